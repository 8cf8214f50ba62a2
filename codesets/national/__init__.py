"""National code lists."""
