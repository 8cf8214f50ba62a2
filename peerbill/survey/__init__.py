"""What the audit says of the ordinary contact of each programme."""
