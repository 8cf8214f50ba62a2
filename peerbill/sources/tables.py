"""The tables of a workspace: what each column is, told once for every file format.

A table's columns are the fields of its record (`from` is the field `from_`), and the type of a field says how
its cells are read. Only what the type does not say stands here.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

import attrs

from peerbill.encounter import Encounter
from peerbill.people import (
    Assessment,
    Authorization,
    Coverage,
    Credential,
    EarlierPayment,
    Episode,
    Exclusion,
    Member,
    OtherService,
    Plan,
    Relationship,
    SpendDown,
    Staff,
    Stay,
    Supervision,
)
from peerbill.sources import cells
from peerbill.sources.cells import Reader

Read = Callable[[str], object]


@attrs.define(slots=False)
class Table:
    """A table: its record and the columns that must be in its file.

    `key` names the row in messages. A row means something only if each of `filled` is filled, and one of `named_by`,
    which must be in the file too. Where the key is `unique`, a later row that repeats it is not read (encounters
    judge that for themselves). `special` reads a column in another way than its field's type suggests.
    """

    name: str
    record: type
    key: str
    required: tuple[str, ...]
    filled: tuple[str, ...] = attrs.field(default=attrs.Factory(lambda self: (self.key,), takes_self=True))
    named_by: tuple[str, ...] = ()
    unique: bool = False
    special: Mapping[str, Read] = attrs.field(factory=dict)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns in the order of the record's fields."""
        return tuple(field.name.rstrip("_") for field in self._fields)

    @cached_property
    def absent(self) -> Mapping[str, object]:
        """What a column holds that is not in the file."""
        return dict(zip(self.columns, (_absent(field.type) for field in self._fields), strict=True))

    @cached_property
    def spans(self) -> tuple[tuple[str, str], ...]:
        """The pairs of columns that are the first and last day of one span."""
        return tuple(pair for pair in _SPANS if set(pair) <= set(self.columns))

    @property
    def knows_lines(self) -> bool:
        """Whether the record ends with the line of its row."""
        return len(self._fields) < len(attrs.fields(self.record))

    def readers(self, zone: ZoneInfo) -> dict[str, Reader]:
        """Return a fresh reader for each column; columns that read alike share what they remember."""
        kinds: dict[object, Reader] = {}
        times = cells.time(zone)
        readers = {}
        for column, field in zip(self.columns, self._fields, strict=True):
            read = self.special.get(column) or (times if field.type == dt.datetime | None else _BY_TYPE[field.type])
            several = field.type == tuple[str, ...]
            if (read, several) not in kinds:
                kinds[read, several] = Reader(cells.many(read) if several else cells.one(read))
            readers[column] = kinds[read, several]
        return readers

    @cached_property
    def _fields(self) -> "tuple[attrs.Attribute[object], ...]":
        return tuple(field for field in attrs.fields(self.record) if field.name != "line")


_SPANS = (("from", "to"), ("issued_on", "expires_on"), ("effective_on", "expires_on"))

_BY_TYPE: Mapping[object, Read] = {
    str: cells.text,
    tuple[str, ...]: cells.text,
    int | None: cells.number,
    Decimal | None: cells.amount,
    bool | None: cells.yes_no,
    dt.date | None: cells.date,
}


def _absent(type_: object) -> object:
    return "" if type_ is str else () if type_ == tuple[str, ...] else None


SEXES = cells.choice("F", "M", "U")
STAYS = cells.choice("inpatient", "residential", "incarceration", "imd")
STATUSES = cells.choice("active", "suspended", "revoked", "in-process")

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
                "staff_id": cells.identifier,
                "npi": cells.identifier,
                "supervisor_id": cells.identifier,
                "provider_ids": cells.identifier,
            },
        ),
        Table(
            "credentials",
            Credential,
            "staff_id",
            required=("staff_id", "state", "credential", "issued_on"),
            special={"state": cells.code, "number": cells.identifier, "status": STATUSES},
        ),
        Table("supervision", Supervision, "staff_id", required=("staff_id", "supervisor_id", "date")),
        Table(
            "relationships",
            Relationship,
            "staff_id",
            required=("staff_id", "member_id", "kind"),
            filled=("staff_id", "member_id"),
        ),
        Table(
            "exclusions",
            Exclusion,
            "staff_id",
            required=("list", "from"),
            filled=(),
            named_by=("npi", "staff_id"),
            special={"npi": cells.identifier},
        ),
        Table(
            "members",
            Member,
            "member_id",
            required=("member_id", "last_name", "first_name", "birth_date", "sex"),
            unique=True,
            special={"member_id": cells.identifier, "sex": SEXES, "state": cells.code, "zip": cells.zip_code},
        ),
        Table(
            "coverage",
            Coverage,
            "member_id",
            required=("member_id", "payer", "subscriber_id", "from"),
            special={"subscriber_id": cells.identifier},
        ),
        Table("plans", Plan, "member_id", required=("member_id", "plan_id", "effective_on")),
        Table(
            "authorizations",
            Authorization,
            "member_id",
            required=("member_id", "payer", "number", "hcpcs", "from"),
            special={"number": cells.identifier, "hcpcs": cells.code, "modifiers": cells.code},
        ),
        Table("assessments", Assessment, "member_id", required=("member_id", "kind", "date")),
        Table("episodes", Episode, "member_id", required=("member_id", "from")),
        Table("stays", Stay, "member_id", required=("member_id", "kind", "from"), special={"kind": STAYS}),
        Table("other_services", OtherService, "member_id", required=("member_id", "kind", "start")),
        Table(
            "prior_payments",
            EarlierPayment,
            "encounter_id",
            required=("encounter_id", "payer", "paid_on", "paid"),
            filled=("encounter_id", "payer"),
            special={
                "encounter_id": cells.identifier,
                "adjustments": cells.adjustment,
                "payer_control_number": cells.identifier,
            },
        ),
        Table(
            "spend_down",
            SpendDown,
            "member_id",
            required=("member_id", "date", "amount"),
            special={"member_id": cells.identifier},
        ),
        Table(
            "encounters",
            Encounter,
            "encounter_id",
            required=("encounter_id", "member_id", "staff_id", "service", "start", "end", "place"),
            special={
                "encounter_id": cells.identifier,
                "member_id": cells.identifier,
                "staff_id": cells.identifier,
                "place": cells.code,
                "diagnoses": cells.code,
            },
        ),
    )
}
"""Every table of a workspace by its name, which is the name of its file."""
