"""The tables of a workspace: what each column is, declared once for every file format.

A table's columns are the fields of its record (`from` is the field `from_`), and the type of a field says how its cells
are read. This module adds only what the types do not say.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

import attrs

from peerbill.coding.holds import CODES
from peerbill.intake import cells
from peerbill.intake.cells import Reader, Words
from peerbill.model.encounter import Encounter
from peerbill.model.limits import DEFAULT, Limits
from peerbill.model.people import (
    Assessment,
    Authorization,
    Coverage,
    Credential,
    EarlierPayment,
    Episode,
    Exclusion,
    License,
    Member,
    OtherService,
    Place,
    Plan,
    ProviderEnrollment,
    Relationship,
    Screening,
    SpendDown,
    Staff,
    Stay,
    Supervision,
    Training,
)
from peerbill.model.words import vocabulary, vocabulary_of

Read = Callable[[str], object]

SETTINGS = "peerbill.toml"
"""The file beside the tables."""


@attrs.define(slots=False)
class Table:
    """A table: its record and the columns that must be in its file.

    `key` names the row in messages. A row means something only if each of `filled` is filled, and one of `named_by`,
    one of which must be in the file too. Where the key is `unique`, every row that repeats it is refused. `special`
    reads a column in another way than its field's type suggests; a column named `payer` is a key of `[payers]`, a
    column named `site` a key of `[sites]`. An unreadable row of a table that `can_forbid`, and an unreadable cell of
    `LIMITING` (of any column, where each `ends` something), hold what they could concern.
    """

    name: str
    record: type
    key: str
    required: tuple[str, ...]
    filled: tuple[str, ...] = attrs.field(default=attrs.Factory(lambda self: (self.key,), takes_self=True))
    named_by: tuple[str, ...] = ()
    unique: bool = False
    special: Mapping[str, Read] = attrs.field(factory=dict)
    can_forbid: bool = False
    ends: bool = False

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns in the order of the record's fields."""
        return tuple(field.name.rstrip("_") for field in self._fields)

    @cached_property
    def dates(self) -> frozenset[str]:
        """The columns that hold days."""
        return frozenset(field.name.rstrip("_") for field in self._fields if field.type == dt.date | None)

    @cached_property
    def times(self) -> tuple[str, ...]:
        """The columns that hold times."""
        return tuple(field.name for field in self._fields if field.type == dt.datetime | None)

    @cached_property
    def absent(self) -> Mapping[str, object]:
        """What a column holds that is not in the file."""
        return dict(zip(self.columns, (_absent(field.type) for field in self._fields), strict=True))

    @cached_property
    def spans(self) -> tuple[tuple[str, str], ...]:
        """The pairs of columns that are the first and last day or time of a span; those of encounters are PB101's."""
        return () if self.record is Encounter else tuple(pair for pair in _SPANS if set(pair) <= set(self.columns))

    @cached_property
    def days(self) -> tuple[tuple[str, str], ...]:
        """The same pairs, or the column of its one day twice."""
        return self.spans or ((("date", "date"),) if "date" in self.columns else ())

    @property
    def code(self) -> str:
        """The check under which a row holds what it could concern."""
        return CODES[self.name]

    def fails_closed(self, column: str) -> bool:
        """Return whether a row holds what it could concern where a column ("" for the row) cannot be read."""
        return self.can_forbid or column in LIMITING or (self.ends and column != "")

    @property
    def knows_lines(self) -> bool:
        """Whether the record has the line of its row."""
        return self.record is Encounter

    def readers(
        self,
        zone: ZoneInfo,
        payers: Iterable[str] = (),
        dates: str = "",
        sites: Iterable[str] = (),
        limits: Limits = DEFAULT,
    ) -> dict[str, Reader]:
        """Return a fresh reader for each column; columns that read alike share what they remember.

        Times with an offset are moved to `zone`. `payers` and `sites` are the keys of `[payers]` and `[sites]`: a name
        of either is read as one of them in any case; another name stays as it is written. `dates` is the order of days
        with slashes.
        """
        kinds: dict[object, Reader] = {}
        by_type = {**_BY_TYPE, dt.date | None: cells.date(dates), dt.datetime | None: cells.time(zone, dates)}
        keys = {
            "payer": cells.known_or_as_written(vocabulary_of(payers)),
            "site": cells.known_or_as_written(vocabulary_of(sites)),
        }
        last_day = cells.last_day(dates)
        readers = {}
        for column, field in zip(self.columns, self._fields, strict=True):
            read = self.special.get(column)
            if read is None:
                ends = column in LIMITING and column in self.dates
                read = last_day if ends else keys.get(column) or by_type[field.type]
            several = field.type == tuple[str, ...]
            if (read, several) not in kinds:
                kinds[read, several] = Reader((cells.many if several else cells.one)(read, limits.cell_characters))
            readers[column] = kinds[read, several]
        return readers

    @cached_property
    def _fields(self) -> "tuple[attrs.Attribute[object], ...]":
        return tuple(field for field in attrs.fields(self.record) if field.name not in _MADE)


_MADE = frozenset({"line", "start_offset", "end_offset"})
"""Fields that no column holds: readers work them out."""

LIMITING = frozenset({"to", "expires_on", "left_on", "died_on", "status"})
"""Columns that can only end, limit or forbid, in whatever table."""

_SPANS = (("from", "to"), ("issued_on", "expires_on"), ("effective_on", "expires_on"), ("start", "end"))

_BY_TYPE: Mapping[object, Read] = {
    str: cells.text,
    tuple[str, ...]: cells.text,
    int | None: cells.number,
    Decimal | None: cells.amount,
    bool | None: cells.yes_no,
}


def _absent(type_: object) -> object:
    return "" if type_ is str else () if type_ == tuple[str, ...] else None


_ID = cells.identifier
_NUMBER = cells.number_of
_STATE = cells.state
_WORD = cells.folded


def _ids(*columns: str) -> dict[str, Read]:
    return dict.fromkeys(columns, _ID)


TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        Table(
            "staff",
            Staff,
            "staff_id",
            required=("staff_id", "last_name", "first_name"),
            unique=True,
            special={
                **_ids("staff_id", "supervisor_id", "provider_ids"),
                "last_name": cells.name,
                "first_name": cells.name,
                "npi": _NUMBER,
                "taxonomy": cells.capitals,
                "role": Words(vocabulary("role"), own=True),
                "fte": cells.share,
            },
            ends=True,
        ),
        Table(
            "credentials",
            Credential,
            "staff_id",
            required=("staff_id", "state", "credential", "issued_on"),
            special={
                **_ids("staff_id", "number"),
                "state": _STATE,
                "status": Words(vocabulary("credential-status"), shown=True),
            },
        ),
        Table(
            "training",
            Training,
            "staff_id",
            required=("staff_id", "kind", "hours", "date"),
            filled=("staff_id", "kind", "date"),
            special={
                **_ids("staff_id", "number"),
                "kind": Words(vocabulary("training-kind"), shown=True),
                "hours": cells.hours,
                "curriculum": Words(vocabulary("curriculum"), own=True),
                "topics": Words(vocabulary("training-topic"), own=True),
            },
        ),
        Table(
            "supervision",
            Supervision,
            "staff_id",
            required=("staff_id", "supervisor_id", "date"),
            special=_ids("staff_id", "supervisor_id"),
        ),
        Table(
            "licenses",
            License,
            "kind",
            required=("kind", "issued_on"),
            special={
                "kind": _WORD,
                "number": _ID,
                "status": Words(vocabulary("credential-status"), shown=True),
            },
        ),
        Table(
            "enrollments",
            ProviderEnrollment,
            "payer",
            required=("payer", "from"),
            special={
                **_ids("staff_id", "provider_id"),
                "npi": _NUMBER,
                "status": Words(vocabulary("enrollment-status")),
            },
        ),
        Table(
            "relationships",
            Relationship,
            "staff_id",
            required=("staff_id", "member_id", "kind"),
            filled=("staff_id", "member_id", "kind"),
            special={**_ids("staff_id", "member_id"), "kind": Words(vocabulary("relationship"), own=True)},
            can_forbid=True,
        ),
        Table(
            "exclusions",
            Exclusion,
            "staff_id",
            required=("list", "from"),
            filled=(),
            named_by=("npi", "staff_id"),
            special={"npi": _NUMBER, "staff_id": _ID},
            can_forbid=True,
        ),
        Table(
            "screenings",
            Screening,
            "staff_id",
            required=("staff_id", "list", "list_date", "result"),
            filled=("staff_id", "list", "list_date", "result"),
            special={"staff_id": _ID, "entry": _ID, "result": Words(vocabulary("screening"))},
        ),
        Table(
            "members",
            Member,
            "member_id",
            required=("member_id", "last_name", "first_name", "birth_date", "sex"),
            unique=True,
            special={
                "member_id": _ID,
                "last_name": cells.name,
                "first_name": cells.name,
                "sex": Words(vocabulary("sex")),
                "state": _STATE,
                "zip": cells.zip_code,
            },
            ends=True,
        ),
        Table(
            "coverage",
            Coverage,
            "member_id",
            required=("member_id", "payer", "subscriber_id", "from"),
            special={
                "member_id": _ID,
                "subscriber_id": _NUMBER,
                "relationship": Words(vocabulary("policyholder")),
            },
            ends=True,  # a payer that is ranked first bars the others
        ),
        Table(
            "plans",
            Plan,
            "member_id",
            required=("member_id", "plan_id", "effective_on"),
            special={**_ids("member_id", "plan_id"), "signed_by": cells.signer, "services": _WORD},
        ),
        Table(
            "authorizations",
            Authorization,
            "member_id",
            required=("member_id", "payer", "number", "hcpcs", "from"),
            special={**_ids("member_id", "number"), "hcpcs": cells.code, "modifiers": cells.code},
        ),
        Table(
            "assessments",
            Assessment,
            "member_id",
            required=("member_id", "kind", "date"),
            special={"member_id": _ID},
        ),
        Table(
            "episodes",
            Episode,
            "member_id",
            required=("member_id", "from"),
            special={"member_id": _ID},
        ),
        Table(
            "stays",
            Stay,
            "member_id",
            required=("member_id", "kind", "from"),
            filled=("member_id", "kind"),
            special={"member_id": _ID, "kind": Words(vocabulary("stay"))},
            can_forbid=True,
        ),
        Table(
            "other_services",
            OtherService,
            "member_id",
            required=("member_id", "kind", "start"),
            filled=("member_id", "kind"),
            named_by=("start", "end"),
            special={"member_id": _ID},
            can_forbid=True,
        ),
        Table(
            "prior_payments",
            EarlierPayment,
            "encounter_id",
            required=("encounter_id", "payer", "paid_on", "paid"),
            filled=("encounter_id", "payer"),
            special={**_ids("encounter_id", "payer_control_number"), "adjustments": cells.adjustment},
            can_forbid=True,
        ),
        Table(
            "spend_down",
            SpendDown,
            "member_id",
            required=("member_id", "date", "amount"),
            filled=("member_id", "date", "amount"),
            special={"member_id": _ID},
            can_forbid=True,
        ),
        Table(
            "places",
            Place,
            "place_id",
            required=("place_id", "name"),
            unique=True,
            special={
                "place_id": _ID,
                "state": _STATE,
                "zip": cells.zip_code,
                "place": cells.code,
                "npi": _NUMBER,
            },
        ),
        Table(
            "encounters",
            Encounter,
            "encounter_id",
            required=("encounter_id", "member_id", "staff_id", "service", "start", "end", "place"),
            special={
                "encounter_id": cells.encounter_id,
                **_ids(
                    "member_id",
                    "staff_id",
                    "group_id",
                    "plan_id",
                    "facilitators",
                    "signed_by",
                    "cosigned_by",
                ),
                "service": _WORD,
                "place": cells.code,
                "channel": Words(vocabulary("channel"), shown=True),
                "support_type": Words(vocabulary("support-type"), shown=True),
                "diagnoses": cells.code,
                "facility": cells.identifier,
                "delay_reason": cells.code,
                "attachment_type": cells.code,
                "attachment_transmission": cells.code,
                "attachment_control": cells.identifier,
            },
        ),
    )
}
"""Every table of a workspace by its name, which is the name of its file."""
