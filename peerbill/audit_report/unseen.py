"""What an audit could not look at: found by what is blank or missing, so that nobody takes silence for a pass."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import attrs

from peerbill.audit_report.values import Unseen
from peerbill.checks.audit import Audit
from peerbill.checks.patterns.thresholds import CONTACTS, OTHERS
from peerbill.coding.context import Context, Index
from peerbill.model.encounter import Encounter
from peerbill.model.plural import counted
from peerbill.model.records import Records


@attrs.frozen
class _Blank:
    """A column of encounters that checks rest on, and pass over where it is blank."""

    column: str
    codes: tuple[str, ...]
    why: str
    is_blank: Callable[[Encounter], bool]


_BLANKS = (
    _Blank(
        "billed_units", ("PB103",), "the units were not compared with a record", lambda row: row.billed_units is None
    ),
    _Blank(
        "created_at",
        ("PB207", "PB210", "PB910", "PB911", "PB912"),
        "when the note was written is not known",
        lambda row: not row.created_at,
    ),
    _Blank(
        "edited_at",
        ("PB207", "PB210", "PB912"),
        "whether the note was edited later is not known",
        lambda row: not row.edited_at,
    ),
    _Blank(
        "intervention",
        ("PB208", "PB806"),
        "the note was not compared with others (response and next_step are blank, too)",
        lambda row: not (row.intervention or row.response or row.next_step),
    ),
    _Blank(
        "signed_at",
        ("PB203", "PB210"),
        "whether the note was signed in time is not known",
        lambda row: not row.signed_at,
    ),
    _Blank("activity", ("PB206",), "whether it is an activity that is paid is not known", lambda row: not row.activity),
    _Blank("goal", ("PB205",), "the note was not compared with the plan's goals", lambda row: not row.goal),
)

_TABLES = (
    ("stays", ("PB407",), "no service was compared with days in a hospital, a residence or a jail"),
    ("relationships", ("PB409",), "no tie between a peer and a member is known"),
    ("other_services", ("PB802", "PB807"), "no service was compared with what others gave the member"),
    ("assessments", ("PB503",), "no assessment, recommendation or order is known"),
    ("supervision", ("PB307",), "no supervision is known"),
    ("authorizations", ("PB511", "PB512"), "no authorization is known"),
)
"""Tables that checks look into. Where such a check found that something is missing there, it is a finding instead."""


def unseen(
    records: Records,
    audit: Audit,
    contexts: Sequence[Context],
    index: Index,
    *,
    ledger: bool,
    notice: dt.date | None = None,
) -> tuple[Unseen, ...]:
    """Return what the audit could not look at: rows first, then columns, tables and what is outside the workspace."""
    return (
        *_rows(records, audit, contexts),
        *_columns(records, contexts),
        *_tables(records, audit),
        *_few(contexts),
        *_payers(records, contexts, index, ledger=ledger),
        *_notice(notice),
        *_outside(),
    )


def _rows(records: Records, audit: Audit, contexts: Sequence[Context]) -> Iterator[Unseen]:
    if rejected := audit.count("rejected"):
        yield Unseen(
            "The rows of these encounters cannot be read: no check looked at them.",
            (),
            rejected,
            "Correct the cells that PB001 and PB002 name.",
        )
    if billed := audit.count("billed"):
        yield Unseen(
            "These encounters were billed before and are unchanged: an audit does not check them again.",
            (),
            billed,
            "todo audits what was paid; sample draws from it for a review.",
        )
    without = sum(context.rules is None and not context.billed for context in contexts)
    if without:
        yield Unseen(
            "No policy is in force for these encounters: only checks that need none were run.",
            (),
            without,
            "Correct what PB401, PB402 and PB601 find about payer, programme and day.",
        )
    if records.problems:
        yield Unseen(
            f"{counted(len(records.problems), 'row')} or cells of other tables cannot be used.",
            (),
            None,
            "Correct them: audit prints each with its file and line.",
        )


def _columns(records: Records, contexts: Sequence[Context]) -> Iterator[Unseen]:
    rows = [context.encounter for context in contexts if not context.billed]
    for blank in _BLANKS:
        if number := sum(map(blank.is_blank, rows)):
            yield Unseen(
                f"encounters.{blank.column} is blank: {blank.why}.", blank.codes, number, f"Enter {blank.column}."
            )
    if rows and all(not row.break_minutes and not row.travel_minutes for row in rows):
        yield Unseen(
            "No break and no travel is recorded: the whole time from start to end counts.",
            ("PB105",),
            len(rows),
            "Enter break_minutes and travel_minutes.",
        )
    if rows and not any(row.channel for row in rows):
        yield Unseen(
            "encounters.channel is blank everywhere: whether a contact was in person is not recorded.",
            ("PB603",),
            len(rows),
            "Enter channel.",
        )
    if records.members and all(member.died_on is None for member in records.members):
        yield Unseen(
            "members.died_on is blank for every member: no service was compared with a day of death.",
            ("PB406",),
            None,
            "Enter died_on of members who have died.",
        )


def _tables(records: Records, audit: Audit) -> Iterator[Unseen]:
    if not records.exclusions and not records.screenings:
        yield Unseen(
            "exclusions and screenings have no row: nobody was compared with a list of excluded persons.",
            ("PB308",),
            None,
            "Run peerbill exclusions with the OIG's list and your state's.",
        )
    found = {finding.code for finding in audit.findings}
    for table, codes, why in _TABLES:
        if not getattr(records, table) and found.isdisjoint(codes):
            yield Unseen(f"{table} has no row: {why}.", codes, None, f"Enter the rows of {table}, if there are any.")


def _few(contexts: Sequence[Context]) -> Iterator[Unseen]:
    """Yield what is too little to show a pattern."""
    contacts = Counter(context.encounter.staff_id for context in contexts if context.encounter.staff_id)
    few = [number for number in contacts.values() if number < CONTACTS]
    if few:
        yield Unseen(
            f"{counted(len(few), 'peer')} of {len(contacts):,} gave fewer than {CONTACTS} contacts: too few to show a "
            "pattern in their times.",
            ("PB901", "PB902", "PB903", "PB904", "PB913", "PB914"),
            sum(few),
            "Audit a longer period.",
        )
    if len(contacts) <= OTHERS:
        yield Unseen(
            f"There are no more than {OTHERS} peers: what is usual among others is not known.",
            ("PB901", "PB902", "PB903", "PB904", "PB907", "PB909", "PB913"),
            None,
            "Audit the encounters of all peers together.",
        )


def _payers(records: Records, contexts: Sequence[Context], index: Index, *, ledger: bool) -> Iterator[Unseen]:
    if not ledger:
        yield Unseen(
            "No ledger was looked at: what was billed before is not known, and limits count this workspace alone.",
            ("PB512", "PB701", "PB702", "PB805"),
            None,
            "Audit beside the ledger of the agency that billed, without --billed.",
        )
    asked = [(context, context.payer.key) for context in contexts if context.payer is not None and not context.billed]
    unanswered = sum(
        context.day is not None and index.payer_says(context.encounter.member_id, payer, context.day) is None
        for context, payer in asked
    )
    if unanswered:
        yield Unseen(
            "No payer's answer (271) says that the member was enrolled: coverage is as it was entered.",
            ("PB402",),
            unanswered,
            "Run peerbill eligibility, and post the answers.",
        )
    if len({row.payer for row in records.coverage}) == 1:
        yield Unseen(
            "coverage names one payer only: whether another payer comes first is not known.",
            ("PB405",),
            None,
            "Enter the other coverage of members who have any.",
        )


def _notice(notice: dt.date | None) -> Iterator[Unseen]:
    if notice is None:
        yield Unseen(
            "No day of an audit notice was given: notes that were written or changed after one were not looked for.",
            ("PB912",),
            None,
            "Audit with --notice and the day of the notice.",
        )


def _outside() -> Iterator[Unseen]:
    yield Unseen(
        "Whether a service took place, and whether a note is true: checks compare records with each other.",
        (),
        None,
        "Ask members and peers; sample draws encounters for a review.",
    )
    yield Unseen(
        "What peers and members did at other agencies, except what is in other_services.",
        ("PB702", "PB801", "PB802", "PB803"),
        None,
        "Ask for time sheets of other employers, and for the payer's claims.",
    )
