"""The values that all other modules share: people, encounters, claims, findings, payers' answers."""
