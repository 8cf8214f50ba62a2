"""`peerbill claims`: the state of each claim, and the history of a claim."""

import datetime as dt
import difflib
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import sqlalchemy as sa

from peerbill import codes
from peerbill.documents.ledger_reports import claims_text
from peerbill.intake.workspace import today, workspace_settings
from peerbill.ledger.look.claims import (
    ClaimRow,
    ListedClaim,
    Sums,
    claim_conditions,
    claim_rows,
    count_claims,
    list_claims,
    near_claims,
    read_chosen,
    sum_claims,
)
from peerbill.ledger.look.history import reading
from peerbill.ledger.states import STATES
from peerbill.ledger.store.identity import Identity, read_identity
from peerbill.model.claim import Adjustment
from peerbill.model.claim_state import Frequency
from peerbill.model.csv_lines import csv_lines
from peerbill.model.errors import UnusableInputError
from peerbill.model.money import dollars, printed, two_decimals
from peerbill.model.plural import counted
from peerbill.model.sent_claim import SentClaim, SentLine

from . import options, output
from .console import echo

MOST_SHOWN = 500
"""How many claims the screen lists; JSON and CSV list all."""

_AMOUNTS = frozenset({"Units", "Charge", "Paid"})
FREQUENCIES = {Frequency.ORIGINAL: "original", Frequency.REPLACEMENT: "replacement", Frequency.VOID: "void"}
_COLUMNS = (
    "claim_id",
    "payer",
    "member_id",
    "first_day",
    "last_day",
    "charge",
    "paid",
    "state",
    "changed_at",
    "frequency",
    "payer_control_number",
    "replaces",
    "file",
    "mode",
    "paid_on",
    "trace",
    "adjustments",
    "staff_ids",
)


def _state(ctx: click.Context, param: click.Parameter, values: Sequence[str]) -> Sequence[str]:
    for value in values:
        if value not in STATES:
            near = difflib.get_close_matches(value, STATES, 1)
            meant = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(STATES)}."
            raise click.BadParameter(f"{value} is no state of a claim. {meant}", ctx, param)
    return values


@click.command(short_help="List claims and what became of them, or tell the whole story of one.")
@options.workspace
@click.argument("claim", required=False, default="")
@click.option("--state", "states", multiple=True, callback=_state, metavar="STATE", help=f"One of {', '.join(STATES)}.")
@click.option("--payer", "payers", multiple=True, metavar="KEY", help="Claims to a payer of peerbill.toml.")
@click.option("--member", "members", multiple=True, metavar="ID", help="Claims for a member_id.")
@click.option("--staff", "staff", multiple=True, metavar="ID", help="Claims for services of a staff_id.")
@options.site
@click.option(
    "--reason", "reasons", multiple=True, metavar="CODE", help="Claims with a CARC, a RARC or a 277CA category."
)
@click.option("--older-than", type=click.IntRange(0), metavar="DAYS", help="In their state for more than so many days.")
@options.as_of
@options.json_file
@options.csv_file
@options.bulk
def claims(
    folder: Path,
    claim: str,
    states: Sequence[str],
    payers: Sequence[str],
    members: Sequence[str],
    staff: Sequence[str],
    sites: Sequence[str],
    reasons: Sequence[str],
    older_than: int | None,
    as_of: dt.date | None,
    json_file: Path | None,
    csv_file: Path | None,
) -> None:
    """List the claims of the workspace in DIR with their states; with CLAIM, show the history of that claim.

    Nothing is changed. An option may be given several times: one of its values must hold. Times on the screen are the
    organisation's, those in files UTC. Exit code: 0, or 2 for a claim or state that is not known.

    JSON: `{"claims": [{"claim_id", "payer", "member_id", "state", "frequency", "charge", "paid",
    "payer_control_number", "replaces", "lines": [{"line_id", "encounter_ids", "state", "charge", "paid", "adjustments":
    [{"group", "reason", "amount"}], "remarks"}], "history": [{"at", "event", "file", "detail"}], …}], "schema"}` with
    more keys, such as `payments`, and `payer_words`, the payer's own text (STC12).
    """
    if json_file == csv_file == output.STANDARD:
        raise click.UsageError("--json and --csv cannot both go to standard output; give one of them a FILE.")
    settings = workspace_settings(folder)
    zone = ZoneInfo(settings.organization.timezone)
    before = "" if older_than is None else ((as_of or today(settings)) - dt.timedelta(days=older_than)).isoformat()
    with reading(settings.ledger_url, folder) as connection:
        left = [key for key in payers if connection is not None and _of_payer(connection, key)]
        options.refuse_unknown_payers(payers, settings, left)
        wanted: Sequence[str] = [_known(connection, claim)] if claim else ()
        conditions = claim_conditions(
            claim_ids=wanted,
            states=states,
            payers=payers,
            member_ids=members,
            staff_ids=staff,
            sites=options.known_sites(sites, settings),
            reasons=reasons,
            changed_before=before,
        )
        if json_file:
            chosen = read_chosen(connection, conditions) if connection is not None else ()
            output.write_parts(json_file, claims_text(chosen))
        if csv_file:
            output.write_parts(csv_file, _csv(connection, conditions))
        if output.STANDARD in (json_file, csv_file):
            return
        if claim and connection is not None:
            for listed in read_chosen(connection, conditions):
                _tell(listed, zone)
        else:
            _list(connection, conditions, zone)
        if connection is None:
            output.notice("there is no ledger yet: bill makes one")


def _of_payer(connection: sa.Connection, payer: str) -> bool:
    """Return whether the ledger has claims to a payer, which the settings may no longer have."""
    return bool(sum_claims(connection, claim_conditions(payers=[payer])).claims)


def _known(connection: sa.Connection | None, claim: str) -> str:
    """Return the id of a claim as the ledger has it."""
    near = near_claims(connection, claim) if connection is not None else []
    if near and near[0] == claim.upper():
        return near[0]
    meant = f" Did you mean {near[0]}?" if near else ""
    raise UnusableInputError(f"There is no claim {claim} in the ledger.{meant}")


# ------------------------------------------------------------------------------------------------------------ writing


def _csv(connection: sa.Connection | None, conditions: Sequence[sa.ColumnElement[bool]]) -> Iterator[str]:
    rows = claim_rows(connection, conditions) if connection is not None else ()
    return csv_lines(chain((_COLUMNS,), map(_cells, rows)))


def _cells(row: ClaimRow) -> tuple[object, ...]:
    claim = row.claim
    return (
        claim.claim_id,
        claim.payer,
        claim.member_id,
        claim.first_day,
        claim.last_day,
        dollars(claim.charge_cents),
        dollars(claim.paid_cents),
        claim.state,
        claim.changed_at,
        claim.frequency,
        claim.payer_control_number,
        claim.replaces,
        claim.file,
        claim.mode,
        row.paid_on,
        ";".join(row.traces),
        ";".join(f"{cut.group}:{cut.reason}:{dollars(cut.cents)}" for cut in row.adjustments),
        ";".join(row.staff_ids),
    )


# -------------------------------------------------------------------------------------------------------- on the screen


def _list(connection: sa.Connection | None, conditions: Sequence[sa.ColumnElement[bool]], zone: ZoneInfo) -> None:
    sums = count_claims(connection, conditions) if connection is not None else []
    sum_ = sum_claims(connection, conditions) if connection is not None else Sums(0, 0, 0, 0, 0, 0, 0)
    total = sum_.claims + sum_.tests
    if connection is not None and total:
        shown = islice(list_claims(connection, conditions), MOST_SHOWN)
        header = ("Claim", "Payer", "Member", "Days", "Charge", "Paid", "State", "Since")
        _print_aligned(header, (_row(claim, zone) for claim in shown), spare=("Since", "Payer"))
    if total > MOST_SHOWN:
        echo(f"and {total - MOST_SHOWN:,} more: choose some by an option, or write all with --csv or --json")
    identity = read_identity(connection) if connection is not None else Identity()
    tag = identity.tag if identity.settled else ""
    if tag:
        echo(f"Ledger {tag}")
    for state, count, charge, paid in sums:
        echo(f"{counted(count, 'claim')} {state}: {printed(dollars(charge))} charged, {printed(dollars(paid))} paid")
    _print_sum(sum_)


def _print_sum(sum_: Sums) -> None:
    """Print the sums of the claims, each service once, and the amounts that the sums leave out."""
    out = sum_.claims - sum_.standing - sum_.following
    stand = f", {sum_.standing:,} of which stand with the first payer" if out or sum_.following else ""
    echo(
        f"{counted(sum_.claims, 'claim')}{stand}: {printed(dollars(sum_.charge_cents))} charged, "
        f"{printed(dollars(sum_.paid_cents))} paid"
    )
    if sum_.following:
        again = "charges" if sum_.following == 1 else "charge"
        echo(
            f"{counted(sum_.following, 'claim')} to a later payer {again} {printed(dollars(sum_.again_cents))} "
            "of that again"
        )
    if sum_.tests:
        was = "was a test" if sum_.tests == 1 else "were tests"
        echo(f"{counted(sum_.tests, 'claim')} {was}, in no sum")


def _print_aligned(header: Sequence[str], rows: Iterable[Sequence[str]], spare: Sequence[str] = ()) -> None:
    """Print a line for each row, never folded: a day or an amount cut in two can be neither read nor searched.

    On a terminal that is too narrow, columns of `spare` are left out, in their order.
    """
    every = [header, *rows]
    widths = {title: max(map(len, column)) for title, *column in zip(header, *every, strict=True)}
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    for title in spare:
        if room and sum(widths.values()) + 2 * (len(widths) - 1) > room:
            del widths[title]
    for row in every:
        cells = (
            cell.rjust(widths[title]) if title in _AMOUNTS else cell.ljust(widths[title])
            for cell, title in zip(row, header, strict=True)
            if title in widths
        )
        echo("  ".join(cells).rstrip(), bold=row is header)


def _row(claim: ListedClaim, zone: ZoneInfo) -> tuple[str, ...]:
    days = claim.first_day if claim.first_day == claim.last_day else f"{claim.first_day} to {claim.last_day}"
    amounts = (str(dollars(claim.charge_cents)), str(dollars(claim.paid_cents)))
    state = f"{claim.state} (test)" if claim.mode == "test" else claim.state
    return claim.claim_id, claim.payer, claim.member_id, days, *amounts, state, _local(claim.changed_at, zone)[:10]


def _local(at: str, zone: ZoneInfo) -> str:
    """Return a time of the ledger, UTC, as the organisation's clocks showed it; a day without a time as it is."""
    time = dt.datetime.fromisoformat(at)
    return at if time.tzinfo is None else f"{time.astimezone(zone):%Y-%m-%d %H:%M %Z}"


def _tell(claim: SentClaim, zone: ZoneInfo) -> None:
    test = " (a test)" if claim.mode == "test" else ""
    echo(f"{claim.claim_id}: {claim.state}{test}, {printed(claim.paid)} paid of {printed(claim.charge)}", bold=True)
    kind = FREQUENCIES[claim.frequency]
    days = f"{claim.first_day}" + (f" to {claim.last_day}" if claim.last_day != claim.first_day else "")
    for text in (
        f"{kind} of {days} for member {claim.member_id} to {claim.payer}",
        f"sent on {claim.sent_on} in {claim.file} ({claim.form.name})",
        f"the payer's number: {claim.payer_control_number}" if claim.payer_control_number else "",
        f"corrects {claim.replaces}" if claim.replaces else "",
        f"corrected by {claim.replaced_by}" if claim.replaced_by else "",
        f"follows {claim.follows}, to the payer before" if claim.follows else "",
    ):
        if text:
            output.print_paragraph(f"  {text}")
    header = ("Line", "Encounters", "Day", "Code", "Units", "Charge", "Paid", "State")
    _print_aligned(header, map(_line_row, claim.lines))
    for line in claim.lines:
        _tell_cuts(line.line_id, line.adjustments)
    _tell_cuts("The claim", claim.adjustments)
    _tell_remarks(claim)
    if len(claim.adjudications) > 1:
        for part in claim.adjudications:
            ids = ", ".join(line.line_id for line in claim.lines if line.number in part.lines) or "no line named"
            output.print_paragraph(
                f"The payer's number {part.payer_control_number}: {printed(part.paid)} of {printed(part.charge)}, {ids}"
            )
    for payment in claim.payments + claim.apart:
        status = codes.remittance_status(payment.status)
        words = f" ({status.meaning.split(' (')[0]})" if status else ""
        day = f"{payment.paid_on} " if payment.paid_on else ""
        interest = f", with {printed(payment.interest)} interest" if payment.interest else ""
        what = "Payment" if payment not in claim.apart else f"Not counted, of {payment.payer or 'another payer'}:"
        output.print_paragraph(
            f"{what} {day}{payment.trace}: {printed(payment.paid)} of {printed(payment.charge)}{interest}, "
            f"status {payment.status}{words}, in {payment.file}"
        )
        if payment.renamed:
            output.print_paragraph(
                f"  {payment.payer} has another member id on file: correct subscriber_id in coverage"
            )
    for quotation in claim.payer_words:
        output.print_paragraph(f'The payer says in {quotation.file}: "{quotation.words}"')
    echo("History")
    for entry in claim.history:
        state = f" [{entry.state}]" if entry.state != entry.event else ""
        source = (f" by {entry.who}" if entry.who else "") + (f" from {entry.file}" if entry.file else "")
        output.print_paragraph(f"  {_local(entry.at, zone)} {entry.event}{state}{source}: {entry.detail}")


def _line_row(line: SentLine) -> tuple[str, ...]:
    code = ":".join((line.hcpcs, *line.modifiers))
    amounts = (two_decimals(line.charge), two_decimals(line.paid))
    return (
        line.line_id,
        " ".join(line.encounter_ids),
        f"{line.service_date}",
        code,
        f"{line.units}",
        *amounts,
        line.state,
    )


def _tell_cuts(what: str, cuts: Sequence[Adjustment]) -> None:
    for cut in cuts:
        reason, group = codes.carc(cut.reason), codes.adjustment_group(cut.group)
        words = "; ".join(
            (
                reason.words if reason else "a reason not known here",
                group.meaning if group else "a group not known here",
            )
        )
        output.print_paragraph(f"{what}: {cut.group} {cut.reason} {printed(cut.amount)}: {words}")
        if reason and reason.act:
            output.print_paragraph(f"    To do: {reason.act}")


def _tell_remarks(claim: SentClaim) -> None:
    """Print each remark once, with the lines that it is on."""
    places: dict[str, list[str]] = defaultdict(list)
    for line in claim.lines:
        for code in line.remarks:
            places[code].append(line.line_id)
    for code in dict.fromkeys((*places, *claim.remarks)):
        where = ["Every line"] if 1 < len(claim.lines) == len(places[code]) else places[code]
        if code in claim.remarks:
            where = [*where, "the claim"] if where else ["The claim"]
        remark = codes.rarc(code)
        output.print_paragraph(f"{', '.join(where)}: {code}: {remark.words if remark else 'a remark not known here'}")
