"""Packages that not everything needs, and the extra of peerbill that installs each."""

from peerbill.model.errors import PeerbillError

_EXTRAS = {
    "sqlalchemy": "ledger",
    "alembic": "ledger",
    "filelock": "ledger",
    "click": "cli",
    "rapidfuzz": "cli",
    "rich": "cli",
    "structlog": "cli",
    "pyx12": "guide",
    "python_calamine": "workbooks",
    "xlsxwriter": "workbooks",
    "numpy": "patterns",
    "scipy": "review",
    "cryptography": "signing",
    "duckdb": "scale",
    "pyarrow": "scale",
    "distributed": "scale",
}


class MissingPackageError(PeerbillError, ImportError):
    """A package that an extra of peerbill brings is not installed; the message names the extra."""


def name_the_extra(error: ModuleNotFoundError, what: str) -> ModuleNotFoundError | MissingPackageError:
    """Return the error that names the extra to install, or the same error where no extra brings the module."""
    package = (error.name or "").partition(".")[0]
    if package not in _EXTRAS:
        return error
    return MissingPackageError(
        f"{what} needs the package {package}: install peerbill[{_EXTRAS[package]}]", name=package
    )
