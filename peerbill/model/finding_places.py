"""Where a finding may point beside a column of a table: tables as a whole, settings and values of a policy."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

LIMITS: Final = (
    "contact",
    "day",
    "documents",
    "episode",
    "group-day",
    "individual-day",
    "month",
    "peer-week",
    "rolling",
    "six-months",
    "unmanaged",
    "week",
    "year",
)
"""The names of limits in the packaged policies, and others that agencies give for a window."""

OTHER_PLACES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "encounters.start_offset": "minutes from UTC at the start of an encounter that was built in code",
        "encounters.end_offset": "minutes from UTC at the end of an encounter that was built in code",
        "organization.taxonomy": "the billing provider's taxonomy: [organization] or [sites.KEY] in peerbill.toml",
        "payers.charges": "what a payer is charged per unit: [payers.KEY] charges in peerbill.toml",
        "payers.claim_filing": "the kind of a payer: [payers.KEY] claim_filing in peerbill.toml",
        "payers.id": "the id by which claims name a payer: [payers.KEY] id in peerbill.toml",
        "payers.name": "the name of a payer: [payers.KEY] name in peerbill.toml",
        "payers.policy": "the programmes by which a payer pays: [payers.KEY] policy in peerbill.toml",
        "policy": "a value of the programme's policy, which `missing` names",
        "policy.calendar.fiscal_year": "the day on which the programme's fiscal year begins",
        "policy.limit": "a limit with a name of the agency's own, which the value `name` gives",
        "policy.unit.per": "what a unit of the programme's policy counts: minutes, services or days",
        "policy.modifiers": "the modifiers of the programme's policy",
        **{f"policy.limit.{name}": f"the limit `{name}` of the programme's policy" for name in LIMITS},
    }
)
"""Places that are no column of a table, each with what it is."""


def limit_place(name: str) -> str:
    """Return where a finding on a limit points."""
    return f"policy.limit.{name}" if name in LIMITS else "policy.limit"
