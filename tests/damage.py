"""Damaged records, as an office makes them: cells blanked, moved or swapped, rows doubled and taken out."""

import datetime as dt
import random
from typing import Any

import attrs

from peerbill.intake import TABLES
from peerbill.model.records import Records

_MOVES = (-400, -90, -31, -7, -1, 1, 2, 7, 30, 180)
_MINUTES = (-1440, -60, -15, -1, 1, 15, 45, 600)


def damaged(records: Records, rng: random.Random, cells: int) -> Records:
    """Return records with so many cells of their tables damaged, of any kind of row, and a row doubled for each ten."""
    tables = {name: list(getattr(records, name)) for name in TABLES if getattr(records, name, ())}
    for number in range(cells):
        # Half of it is in encounters, which are the most rows by far.
        rows = tables["encounters"] if number % 2 and "encounters" in tables else rng.choice(list(tables.values()))
        if not rows:
            continue
        at = rng.randrange(len(rows))
        names = [field.name for field in attrs.fields(type(rows[at])) if field.name not in {"line", "encounter_id"}]
        name = rng.choice(names)
        rows[at] = attrs.evolve(rows[at], **{name: _spoiled(getattr(rows[at], name), rng.choice(rows), name, rng)})
        if number % 10 == 0:
            rows.append(_doubled(rng.choice(rows), number))
        if number % 25 == 0:
            rows.pop(rng.randrange(len(rows)))
    changed: dict[str, Any] = {name: tuple(rows) for name, rows in tables.items()}
    return attrs.evolve(records, **changed)


def _spoiled(value: Any, other: Any, name: str, rng: random.Random) -> Any:
    """Return another value of the same kind: none, one of another row, or an earlier or later one."""
    if rng.random() < 0.3:
        return "" if isinstance(value, str) else () if isinstance(value, tuple) else None
    if isinstance(value, dt.datetime):
        return value + dt.timedelta(minutes=rng.choice(_MINUTES))
    if isinstance(value, dt.date):
        return value + dt.timedelta(days=rng.choice(_MOVES))
    return getattr(other, name)


def _doubled(row: Any, number: int) -> Any:
    """Return a row once more; an encounter under an id of its own, at the same time or another."""
    if not hasattr(row, "start") or not hasattr(row, "signed_at"):
        return row
    by = dt.timedelta(minutes=number % 3 * 30)
    moved = {field: getattr(row, field) and getattr(row, field) + by for field in ("start", "end", "signed_at")}
    return attrs.evolve(row, encounter_id=f"{row.encounter_id}-{number}", **moved)
