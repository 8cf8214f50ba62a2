"""Rows of the base world as an integrator's database gives them."""

from collections.abc import Mapping
from typing import Any

from worlds import ID_COLUMNS, base, make_world

from peerbill import records_from
from peerbill.checks.audit import Audit, audit
from peerbill.model.records import Records

Rows = dict[str, list[dict[str, Any]]]

SETTINGS = make_world().records.settings
POLICIES = make_world().policies
AS_OF = base()["as_of"]


def base_rows(changes: Mapping[str, Any] | None = None) -> Rows:
    """Return the rows of every table; `changes` are values of the one encounter."""
    rows = {
        table: [
            {**({ID_COLUMNS[table]: name} if table in ID_COLUMNS else {}), **cells} for name, cells in named.items()
        ]
        for table, named in base().items()
        if table not in {"as_of", "policy", "peerbill"}
    }
    rows["encounters"][0] |= changes or {}
    return rows


def read(changes: Mapping[str, Any] | None = None, **tables: list[dict[str, Any]]) -> Records:
    """Return the records of the base world with values of its encounter changed, and tables put in."""
    return records_from(SETTINGS, {**base_rows(changes), **tables})


def audited(records: Records) -> Audit:
    """Audit records under the base world's policy."""
    return audit(records, POLICIES, AS_OF)


def status(records: Records) -> list[tuple[str, str, int | None, int | None]]:
    """Return id, status, minutes and units of each encounter."""
    return [(one.encounter_id, one.status, one.minutes, one.units) for one in audited(records).encounters]


def errors(records: Records) -> list[tuple[str, tuple[str, ...], str]]:
    """Return code, encounters and place of each error."""
    return [
        (one.code, one.encounter_ids, one.where) for one in audited(records).findings if one.severity.value == "error"
    ]
