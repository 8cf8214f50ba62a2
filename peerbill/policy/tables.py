"""The tables of a policy file: how each merges, the words its fields know, and one row as it was read."""

import datetime as dt
import enum
import re
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from peerbill import codes
from peerbill.model.frozen import freeze
from peerbill.policy import rows
from peerbill.policy.answers import CHANNELS, SUPPORTS, Authority, Facts
from peerbill.policy.phrases import WEEKDAYS, Ages


class Merge(enum.Enum):
    """How rows of a table merge: into one answer, one answer per name, or a list of words."""

    SETTING = "setting"
    NAMED = "named"
    LIST = "list"


SETTINGS: Mapping[str, type[Any]] = {
    row.table: row
    for row in (
        rows.Population,
        rows.Unit,
        rows.Group,
        rows.AuthorizationRule,
        rows.SupervisionRule,
        rows.Filing,
        rows.Rate,
        rows.ClaimRule,
        rows.Calendar,
    )
}
NAMED: Mapping[str, type[Any]] = {
    row.table: row
    for row in (
        rows.Service,
        rows.Modifier,
        rows.Limit,
        rows.Signature,
        rows.PlanRule,
        rows.CredentialRule,
        rows.Tier,
        rows.LicenseRule,
        rows.EnrollmentRule,
    )
}
LISTS: Mapping[str, tuple[str, ...]] = {
    "place": ("allow", "deny"),
    "channel": ("allow", "deny"),
    "documentation": ("require", "waive"),
    "exclusion": ("same_time", "same_day", "stay", "activity", "enrolled", "relationship", "lift"),
}
MERGES: Mapping[str, Merge] = {
    **dict.fromkeys(SETTINGS, Merge.SETTING),
    **dict.fromkeys(NAMED, Merge.NAMED),
    **dict.fromkeys(LISTS, Merge.LIST),
}

LIMIT_COUNTS = ("units", "minutes", "hours", "encounters", "days", "dollars")

MODES = ("individual", "group", "family", "youth", "crisis", "drop-in", "outreach")
NOTE_ELEMENTS = (
    "date",
    "start-and-end",
    "duration",
    "member",
    "author",
    "service",
    "activity",
    "support-type",
    "place",
    "location",
    "channel",
    "diagnosis",
    "plan",
    "goal",
    "intervention",
    "response",
    "progress",
    "next-step",
    "units",
    "group-size",
    "group-participants",
    "voluntary",
    "author-title",
    "entry-time",
    "reason",
    "new-needs",
    "referrals",
    "other-contacts",
    "medical-need",
    "permission",
)

WORDS: Mapping[tuple[str, str], tuple[str, tuple[str, ...]]] = {
    ("service", "mode"): ("mode of service", MODES),
    ("modifier", "use"): ("", ("required", "one-of", "informational", "optional", "forbidden")),
    ("unit", "per"): ("", ("minutes", "service", "day")),
    ("unit", "rounding"): ("", ("down", "up", "midpoint", "past-midpoint")),
    ("unit", "aggregate"): ("", ("encounter", "day")),
    ("unit", "counts"): ("", ("contact", "travel", "break")),
    ("limit", "scope"): ("", ("member", "peer", "member and peer")),
    ("limit", "then"): ("", ("deny", "authorization", "attachment", "review")),
    ("channel", "allow"): ("channel", CHANNELS),
    ("channel", "deny"): ("channel", CHANNELS),
    ("documentation", "require"): ("note element", NOTE_ELEMENTS),
    ("documentation", "waive"): ("note element", NOTE_ELEMENTS),
    ("tier", "supports"): ("kind of support", SUPPORTS),
    ("rate", "per"): ("", ("unit", "service", "day")),
    ("claim", "form"): ("", ("837P", "837I")),
    ("claim", "rendering"): ("", ("peer", "supervisor", "agency")),
    ("claim", "attending"): ("", ("peer", "supervisor")),
    ("claim", "type_of_bill"): (
        "type of bill without its frequency, such as '13' of 131",
        tuple(code for code, bill in codes.types_of_bill().items() if not bill.inpatient),
    ),
    ("claim", "admission_type"): (
        "",
        tuple(code for code, kind in codes.admission_types().items() if not kind.newborn),
    ),
    ("claim", "point_of_origin"): ("", tuple(codes.points_of_origin())),
    ("claim", "patient_status"): (
        "patient status code, two digits such as '01'",
        tuple(code for code, status in codes.patient_statuses().items() if not status.stays),
    ),
    ("calendar", "week"): ("weekday", WEEKDAYS),
    ("when", "channel"): ("channel", CHANNELS),
    ("when", "support"): ("kind of support", SUPPORTS),
}
"""Fields that take known words only: (table, field) to what such a word is called, and the words."""

ROW_NAMES: Mapping[str, tuple[str, ...]] = {
    "signature": ("author", "supervisor", "member"),
    "enrollment": ("organization", "site", "rendering"),
}
"""Named tables whose names are known words."""

_PROCEDURE = re.compile(r"[A-Z0-9][0-9]{3}[A-Z0-9]"), "a procedure code such as 'H0038'"
_MODIFIER = re.compile(r"[A-Z0-9]{2}"), "a modifier, two capital letters or digits such as 'HQ'"
_PLACE = re.compile(r"[0-9][0-9]"), "a place of service code, two digits such as '11'"
_DOLLARS = re.compile(r"[0-9]{1,9}(\.[0-9]{2,4})?"), "an amount in dollars such as '16.87'"
_DIAGNOSIS = re.compile(r"[A-Z][0-9][0-9A-Z](\.?[0-9A-Z]{1,4})?"), "an ICD-10-CM code or its beginning such as 'F17'"
SHAPES: Mapping[tuple[str, str], tuple[re.Pattern[str], str]] = {
    ("service", "hcpcs"): _PROCEDURE,
    ("service", "modifiers"): _MODIFIER,
    ("modifier", ""): _MODIFIER,
    ("limit", "dollars"): _DOLLARS,
    ("rate", "amount"): _DOLLARS,
    ("population", "except_codes"): _DIAGNOSIS,
    ("place", "allow"): _PLACE,
    ("place", "deny"): _PLACE,
    ("claim", "place"): _PLACE,
    ("claim", "taxonomy"): (re.compile(r"[A-Z0-9]{9}X"), "a taxonomy code, ten characters such as '175T00000X'"),
    ("claim", "revenue_code"): (re.compile(r"[0-9]{4}"), "a revenue code, four digits such as '0900'"),
    ("calendar", "fiscal_year"): (
        re.compile(r"(?!02-29)(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(?<!02-30|02-31|04-31|06-31|09-31|11-31)"),
        "a month and day such as '07-01'",
    ),
    ("exclusion", "lift"): (
        re.compile(r"(same_time|same_day|stay|activity|enrolled|relationship):\S.*"),
        "an exclusion to lift such as 'stay:residential'",
    ),
    ("when", "hcpcs"): _PROCEDURE,
    ("when", "place"): _PLACE,
}
"""Fields, and names of rows (""), whose text has a shape: (table, field) to the pattern and what it is."""

LEAST: Mapping[tuple[str, str], int] = {
    ("unit", "minutes"): 1,
    ("group", "per_facilitator"): 1,
    ("modifier", "position"): 1,
    ("supervision", "times"): 1,
    ("supervision", "service_hours"): 1,
    ("supervision", "peers_per_supervisor"): 1,
    ("supervision", "members_per_peer"): 1,
    ("credential", "valid_months"): 1,
}
MOST: Mapping[tuple[str, str], int] = {("modifier", "position"): 4}

CONDITIONS = tuple(field.name for field in attrs.fields(Facts))


@attrs.frozen(cache_hash=True)
class Condition:
    """A key of a row's `when`: any of the values is enough."""

    name: str
    values: tuple[str | Ages, ...]

    def is_met(self, facts: Facts) -> bool:
        """Return whether a situation meets it; an unknown fact meets nothing."""
        fact = getattr(facts, self.name)
        if isinstance(fact, str):
            return fact != "" and fact in self.values
        if isinstance(fact, frozenset):
            return not fact.isdisjoint(self.values)
        return fact is not None and any(isinstance(ages, Ages) and ages.includes(fact) for ages in self.values)

    def meets_often(self, other: "Condition") -> bool:
        """Return whether an ordinary situation can meet this and another condition of the same name."""
        return any(
            value.overlaps(theirs) if isinstance(value, Ages) and isinstance(theirs, Ages) else value == theirs
            for value in self.values
            for theirs in other.values
        )


@attrs.frozen
class PolicyRow:
    """One row of a policy file: what it says, from when to when, in which situations, and who says so.

    `programme` is "all" for rows that hold for every programme of the file; `name` is "" except in named tables;
    `index` counts the rows of a table (and name) from 0. `values` holds only what the row states: a field's
    value, or in a list table the words by verb. `layer` is national, state, parent, programme or agency.
    """

    file: str
    programme: str
    table: str
    name: str
    index: int
    values: Mapping[str, Any]
    from_: dt.date | None
    to: dt.date | None
    when: tuple[Condition, ...]
    unknown: tuple[str, ...]
    off: bool
    said: Authority
    layer: str = ""

    def __attrs_post_init__(self) -> None:
        freeze(self, "values")

    @property
    def path(self) -> str:
        """The row's place, as messages name it: `sud.limit.day`."""
        return ".".join(part for part in (self.programme, self.table, self.name) if part)

    @property
    def rank(self) -> tuple[int, dt.date]:
        """The order of rows of a layer: more conditions, then the later first day."""
        return len(self.when), self.from_ or dt.date.min

    def holds_on(self, day: dt.date) -> bool:
        """Return whether the row's days include a day."""
        return (self.from_ is None or self.from_ <= day) and (self.to is None or day <= self.to)

    def states(self) -> Iterator[tuple[str, str]]:
        """Give every (key, text) that the row states; in a list table (item, verb)."""
        if MERGES[self.table] is Merge.LIST:
            for verb, words in self.values.items():
                yield from ((item, word) for item, word in (list_item(self.table, verb, entry) for entry in words))
        else:
            yield from ((field, phrase(value)) for field, value in self.values.items())


def list_item(table: str, verb: str, entry: str) -> tuple[str, str]:
    """Return the subject of a word of a list table, and the word's statement on it.

    Words of a table are about the same thing whatever the verb; of exclusions, each verb has its own things,
    and `lift` names the verb: `stay:imd`.
    """
    if table != "exclusion":
        return entry, verb
    return (entry, verb) if verb == "lift" else (f"{verb}:{entry}", verb)


def phrase(value: object) -> str:
    """Return a value as a policy file would say it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(phrase(item) for item in value) or "nothing"
    return str(value)
