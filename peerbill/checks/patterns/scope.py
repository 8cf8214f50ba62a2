"""What an audit is asked about patterns, and the packages that the search needs."""

import datetime as dt
import importlib

import attrs

from peerbill.model.extras import name_the_extra

NEED_A_NOTICE = frozenset({"PB912"})
"""Checks that find nothing where no notice is given."""


@attrs.frozen
class PatternScope:
    """Asks an audit to look for patterns over all encounters.

    Attributes:
        notice: the day on which an audit was announced; notes that were written or edited later, on services from
            before it, are reported (PB912). None: there was no notice.

    """

    notice: dt.date | None = None


def load_packages() -> None:
    """Load what the search for patterns needs, before it begins. Raises ImportError that names the extra to install."""
    for package in ("numpy", "rapidfuzz"):
        try:
            importlib.import_module(package)
        except ModuleNotFoundError as error:
            raise name_the_extra(ModuleNotFoundError(name="numpy"), "the search for patterns") from error
