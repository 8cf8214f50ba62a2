"""The values that everything else speaks of: people, encounters, claims, findings, payers' answers."""
