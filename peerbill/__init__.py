"""Documented Medicaid peer support to clean claims."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from peerbill.coding.questions import answer, missing_values
    from peerbill.intake.gate import records_from

__version__ = "0.4.0"

__all__ = ["__version__", "answer", "missing_values", "records_from"]

_HOMES = {
    "answer": "peerbill.coding.questions",
    "missing_values": "peerbill.coding.questions",
    "records_from": "peerbill.intake.gate",
}
"""Where each public name is; it is imported when it is first asked for, so that `import peerbill` stays light."""


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # noqa: PLC0415  # only where a name is asked for

    value = globals()[name] = getattr(importlib.import_module(home), name)
    return value
