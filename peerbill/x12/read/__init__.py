"""Readers: payers' answers to values."""
