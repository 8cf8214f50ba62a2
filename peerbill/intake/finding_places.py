"""Every place to which a finding may point."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from peerbill.intake.tables import TABLES
from peerbill.model.finding_places import OTHER_PLACES


@cache
def finding_places() -> Mapping[str, str]:
    """Return every value of `Finding.where` with what it means: TABLE.COLUMN, TABLE for a whole row, and others.

    The others are settings and values of policies. A check of an agency's own may name places of its own.

    >>> from peerbill import finding_places
    >>> finding_places()["payers.policy"]
    'the programmes by which a payer pays: [payers.KEY] policy in peerbill.toml'
    """
    found: dict[str, str] = {}
    for table in TABLES.values():
        found[table.name] = f"a row of {table.name} as a whole"
        found |= {f"{table.name}.{column}": f"the column {column} of {table.name}" for column in table.columns}
    return MappingProxyType({**found, **OTHER_PLACES})
