"""What each peer and each supervisor corrects, to be handed out: a page for each, with nothing of anybody else.

A page has ids and days of encounters, and no data of a member. A sentence of a finding that names a member, an
encounter of somebody else or another staff member is replaced by what the check asks for.
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Mapping

import attrs

from peerbill.checks import CHECKS
from peerbill.checks.audit import Audit
from peerbill.checks.causes import PEER, SUPERVISOR, who_corrects
from peerbill.model.finding import Finding, Severity, finding_order
from peerbill.model.records import Records

_ID = re.compile(r"[^\s,;:()\[\]\"'“”]+")
_ASK = "Compare it with your own record, and ask the biller what the other record says."
_REQUIREMENTS: Mapping[str, str] = {check.code: check.requirement for check in CHECKS}


@attrs.frozen
class Entry:
    """A thing to correct: the encounter, its day, who served, the check, and what to do. An error holds the bill."""

    day: dt.date | None
    encounter_id: str
    staff_id: str
    severity: Severity
    code: str
    what: str
    do: str

    @property
    def is_error(self) -> bool:
        """Whether it holds the bill."""
        return self.severity is Severity.ERROR


@attrs.frozen
class Handout:
    """The page of a peer or supervisor: `role` is peer or supervisor, the entries by day."""

    role: str
    staff_id: str
    entries: tuple[Entry, ...]


@attrs.frozen
class Handouts:
    """The pages, and how many findings are on none: of billers and payers, and of peers without a known supervisor."""

    as_of: dt.date
    pages: tuple[Handout, ...]
    of_biller: int
    without_supervisor: int


def handouts(records: Records, audit: Audit) -> Handouts:
    """Return a page for each peer and each supervisor who can correct something that an audit found."""
    encounters = {encounter.encounter_id: encounter for encounter in records.encounters}
    supervisors = {person.staff_id: person.supervisor_id for person in records.staff}
    billed = {coded.encounter_id for coded in audit.encounters if coded.status == "billed"}
    served: dict[str, set[str]] = defaultdict(set)
    for id_, contact in encounters.items():
        served[contact.staff_id].add(id_)
    known = _Known(records)
    pages: dict[tuple[str, str], dict[Entry, None]] = defaultdict(dict)
    of_biller = without_supervisor = 0
    for finding in sorted(audit.findings, key=finding_order):
        who = who_corrects(finding)
        for id_ in finding.encounter_ids or ("",):
            if id_ in billed:
                continue
            encounter = encounters.get(id_)
            if encounter is None:
                of_biller += 1  # a row that cannot be read
                continue
            peer = encounter.staff_id
            reader = peer if who == PEER else supervisors.get(peer, "")
            if who not in {PEER, SUPERVISOR}:
                of_biller += 1
            elif not reader:
                without_supervisor += 1
            else:
                # A page names no encounter but those of its own rows.
                plans = known.plans[encounter.member_id]
                what, do = known.told(finding, {reader, peer} | served[peer] | plans)
                day = encounter.start.date() if encounter.start is not None else None
                entry = Entry(day, id_, peer, finding.severity, finding.code, what, do)
                pages[who, reader][entry] = None
    return Handouts(
        audit.as_of,
        tuple(
            Handout(role, staff_id, tuple(sorted(entries, key=_by_day)))
            for (role, staff_id), entries in sorted(pages.items())
        ),
        of_biller,
        without_supervisor,
    )


def _by_day(entry: Entry) -> tuple[dt.date, str, str, str]:
    return entry.day or dt.date.min, entry.encounter_id, entry.code, entry.what


class _Known:
    """The ids that a page may not have: of members, of other staff, and of encounters and plans of others."""

    def __init__(self, records: Records) -> None:
        self.plans: dict[str, set[str]] = defaultdict(set)
        for plan in records.plans:
            self.plans[plan.member_id].add(plan.plan_id)
        ids = {row.encounter_id for row in records.encounters} | {row.plan_id for row in records.plans}
        ids |= {row.member_id for row in records.members} | {row.member_id for row in records.encounters}
        ids |= {row.staff_id for row in records.staff} | {row.staff_id for row in records.encounters}
        ids |= {row.subscriber_id for row in records.coverage} | {row.number for row in records.authorizations}
        self._ids = ids - {""}
        self._with_blanks = {id_ for id_ in self._ids if " " in id_}

    def told(self, finding: Finding, allowed: set[str]) -> tuple[str, str]:
        """Return what is wrong and what to do, in words that name nobody else."""
        figures = (str(part) for value in finding.values.values() for part in _parts(value))
        if any(self._names_another(text, allowed) for text in (finding.message, finding.fix, *figures)):
            return _REQUIREMENTS.get(finding.code, "The record does not meet a check of the agency."), _ASK
        return finding.message, finding.fix

    def _names_another(self, text: str, allowed: set[str]) -> bool:
        words = {text, *_ID.findall(text)}
        words |= {word.rstrip(".") for word in words}
        return bool(words & self._ids - allowed) or any(id_ in text for id_ in self._with_blanks - allowed)


def _parts(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)
