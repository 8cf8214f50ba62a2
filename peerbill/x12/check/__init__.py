"""Checks of claim files: values to problems, each with its segment."""
