"""What the ledger keeps, and why: each table and column, for people who answer for it."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

import attrs

from peerbill.ledger.store import tables
from peerbill.model.frozen import FrozenMap


@attrs.frozen
class KeptTable:
    """A table of the ledger.

    `columns` says of each column what is in it, `person` names those that tell something of a member or of staff, and
    `because` says why the ledger cannot do without them, "" where nothing needs saying.
    """

    name: str
    about: str
    because: str
    person: tuple[str, ...]
    columns: Mapping[str, str]


@cache
def kept_tables() -> tuple[KeptTable, ...]:
    """Return every table of the ledger, as `tables.py` has them, with what `keeps.toml` says of it."""
    said = tomllib.loads(resources.files(__package__).joinpath("keeps.toml").read_text(encoding="utf-8"))
    return tuple(
        KeptTable(
            table.name,
            said[table.name]["about"],
            said[table.name].get("because", ""),
            tuple(column for column in said[table.name].get("person", ()) if column in table.columns),
            FrozenMap((column.name, said[table.name]["columns"][column.name]) for column in table.columns),
        )
        for table in tables.metadata.tables.values()
    )
