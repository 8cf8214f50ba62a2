"""Documented Medicaid peer support to clean claims."""

__version__ = "0.2.0"
