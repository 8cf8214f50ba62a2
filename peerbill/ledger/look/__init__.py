"""Reading: billed encounters, answers, open claims."""
