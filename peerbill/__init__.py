"""Documented Medicaid peer support to clean claims."""

__version__ = "0.1.0"
