"""The report of an agency: what was charged, paid and refused, by whom, when, and what is still open."""
