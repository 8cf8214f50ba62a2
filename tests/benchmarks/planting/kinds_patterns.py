"""Defects that show over many encounters, PB9xx: when notes were written."""

import datetime as dt

from benchmarks.planting.case import NOTICE, PATTERNS, Case, day_of, kind, start_of
from benchmarks.planting.cell import Row
from benchmarks.planting.days import AS_OF, ONE_DAY, text


@kind("PB910", "six notes written within ten minutes", setting=PATTERNS)
def in_bulk(case: Case) -> None:
    """The near miss has five, or the sixth a minute later."""
    cell = case.start()
    rows = sorted(cell.individual(), key=start_of)[:6]
    last = dt.datetime.combine(day_of(rows[-1]) + ONE_DAY, dt.time(case.rng.choice((5, 6)), case.rng.randrange(40)))
    minutes = [0, 2, 3, 6, 8, 10]
    if not case.over and case.rng.random() < 0.5:
        rows = rows[1:]
        minutes = minutes[1:]
    elif not case.over:
        minutes[-1] = 11
    for row, minute in zip(rows, minutes, strict=True):
        _write(row, last + dt.timedelta(minutes=minute))
    case.found(rows)
    _late(case, rows)


@kind("PB911", "five late notes written on the day of billing or the day before", setting=PATTERNS)
def for_billing(case: Case) -> None:
    """The near miss has four, or five that were written two days before billing, or after six days."""
    near = "" if case.over else case.rng.choice(("four", "before", "soon"))
    written = AS_OF - (2 if near == "before" else case.rng.choice((0, 1))) * ONE_DAY
    delays = [11, 10, 9, 8, 6 if near == "soon" else 7]
    cell = case.start([written - delay * ONE_DAY for delay in delays])
    rows = sorted(cell.encounters, key=start_of)
    if near == "four":
        rows = rows[1:]
    for number, row in enumerate(rows):
        _write(row, dt.datetime.combine(written, dt.time(9 + number, case.rng.randrange(60))))
    late = [row for row in rows if day_of(row) <= written - 7 * ONE_DAY]
    case.found(late)
    _late(case, rows)


@kind("PB912", "a note edited on the day after the notice of an audit", setting=PATTERNS)
def after_the_notice(case: Case) -> None:
    """The near miss is edited on the day of the notice."""
    row = case.one()
    row["edited_at"] = text(dt.datetime.combine(NOTICE + case.over * ONE_DAY, dt.time(case.rng.randrange(8, 18))))
    case.found(row)
    case.allow("PB210", row)  # nor was it signed again


def _write(row: Row, at: dt.datetime) -> None:
    row["created_at"] = text(at)
    row["signed_at"] = text(at + dt.timedelta(minutes=1))
    if "cosigned_at" in row:
        row["cosigned_at"] = text(at + dt.timedelta(minutes=2))


def _late(case: Case, rows: list[Row]) -> None:
    """Allow what follows from notes that are late: so are their signatures."""
    case.allow("PB203", rows)
    case.allow("PB204", rows)
