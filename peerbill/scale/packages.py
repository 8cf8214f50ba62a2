"""The packages of the extra `scale`, which nothing else needs."""

import importlib
from types import ModuleType

from peerbill.model.extras import name_the_extra

_NEEDED = ("duckdb", "pyarrow", "pyarrow.parquet")


def require_packages(*, cluster: bool = False) -> None:
    """Raise ImportError, which names the extra to install, where a package is not there."""
    for name in (*_NEEDED, *(("distributed",) if cluster else ())):
        load(name)


def load(name: str) -> ModuleType:
    """Return a package of the extra.

    Raises ImportError, which names the extra to install, where it is not there.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise name_the_extra(error, "an audit in parts (--workers, --cluster)") from None
