"""National code lists and state policies: data only."""
