"""Reading: what was billed, what was answered, what is open."""
