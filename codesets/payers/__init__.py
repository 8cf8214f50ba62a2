"""Payer profiles: data only."""
