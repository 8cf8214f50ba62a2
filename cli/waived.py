"""How waivers are printed."""

import datetime as dt
from collections.abc import Iterable

from peerbill.checks.audit import Audit
from peerbill.model.plural import counted, named
from peerbill.model.waiver import Waiver

from . import output
from .console import echo

_MOST_NAMED = 5


def print_waived(audit: Audit, *, brief: bool = False, err: bool = False) -> None:
    """Print what an audit found and a waiver covers, and the waivers that cover nothing; with `brief`, how many."""
    if brief:
        if audit.waived:
            echo(f"Waived: {counted(len(audit.waived), 'finding')}", err=err)
        if audit.idle_waivers:
            echo(f"Waivers that cover nothing: {len(audit.idle_waivers):,}", err=err)
        return
    if audit.waived:
        rows = [
            (
                one.waiver.waiver_id,
                f"{one.finding.code} {one.finding.where}",
                encounters(one.waiver),
                str(one.waiver.until),
                one.waiver.reason,
            )
            for one in audit.waived
        ]
        output.print_table(("waiver", "waived", "encounters", "until", "reason"), rows, err=err)
    if audit.idle_waivers:
        idle = [
            (
                one.waiver.waiver_id,
                f"{one.waiver.code} {one.waiver.where}",
                encounters(one.waiver),
                str(one.waiver.until),
                one.why,
            )
            for one in audit.idle_waivers
        ]
        output.print_table(("waiver", "covers nothing", "encounters", "until", "why"), idle, err=err)
        echo("End a waiver that is not needed any more: peerbill review end-waiver DIR WAIVER", err=err)


def print_waivers(waivers: Iterable[Waiver], day: dt.date, *, err: bool = False) -> None:
    """Print waivers, each with what became of it by a day."""
    rows = [
        (
            one.waiver_id,
            f"{one.code} {one.where}",
            encounters(one),
            _state(one, day),
            f"{one.at[:10]} by {one.who or 'somebody'}: {one.reason}",
        )
        for one in waivers
    ]
    output.print_table(("waiver", "finding", "encounters", "state", "given"), rows, err=err)


def encounters(waiver: Waiver) -> str:
    """Return the encounters of a waiver, the first few by name."""
    return named(waiver.encounter_ids, _MOST_NAMED)


def _state(waiver: Waiver, day: dt.date) -> str:
    if waiver.ended:
        return f"ended on {waiver.ended}"
    return f"{'expired' if waiver.until < day else 'until'} {waiver.until}"
