"""What keeps the agency and its peers qualified and will soon lapse: licenses, enrollments, training that is due."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from peerbill.coding.context import Context, Group
from peerbill.coding.credentials import last_day_in_process
from peerbill.coding.licenses import enrollment_in_force, license_in_force
from peerbill.coding.ratios import contacts_of, unsupervised
from peerbill.coding.training import continuing_hours, current_term, plain
from peerbill.model.people import Credential, Training
from peerbill.todo.item import TodoItem
from peerbill.todo.lapsing import ONE_DAY, accepting_rule, is_employed, lapses_soon, renews, when
from peerbill.todo.sources import Sources

Date = dt.date

_NEARLY = Decimal("0.8")


def licenses(sources: Sources) -> Iterator[TodoItem]:
    """Yield the licenses in force that lapse soon and that no other of the kind follows."""
    rows = sources.records.licenses
    for row in rows:
        last = row.expires_on
        if last is None or not license_in_force(row, sources.as_of) or not lapses_soon(last, sources.as_of):
            continue
        others = (other for other in rows if other.kind == row.kind and other.site in ("", row.site))
        if any(license_in_force(other, last + ONE_DAY) for other in others):
            continue
        whose = f" of site {row.site}" if row.site else ""
        yield TodoItem(
            kind="license",
            what=f"license {row.kind}{whose} lapses {when(last, sources.as_of)}",
            do="Have it renewed before that day, and enter the renewal in licenses as a row of its own.",
            deadline=last,
        )


def enrollments(sources: Sources) -> Iterator[TodoItem]:
    """Yield the enrollments with payers that end soon and that no other follows, of those who are employed."""
    rows = sources.records.enrollments
    for row in rows:
        last = row.to
        if last is None or not enrollment_in_force(row, sources.as_of) or not lapses_soon(last, sources.as_of):
            continue
        person = sources.staff.get(row.staff_id)
        if row.staff_id and (person is None or not is_employed(person, sources.as_of)):
            continue
        whose = (row.payer, row.staff_id, row.site)
        if any(
            (other.payer, other.staff_id, other.site) == whose and enrollment_in_force(other, last + ONE_DAY)
            for other in rows
        ):
            continue
        whom = row.staff_id or (f"site {row.site}" if row.site else "the organization")
        yield TodoItem(
            kind="provider-enrollment",
            what=f"enrollment of {whom} with {row.payer} ends {when(last, sources.as_of)}",
            do="Revalidate it with the payer before that day, and enter the new days in enrollments.",
            deadline=last,
            payer=row.payer,
            staff_ids=(row.staff_id,) if row.staff_id else (),
        )


def continuing_education(sources: Sources) -> Iterator[TodoItem]:
    """Yield the certificates that lapse soon and lack hours of continuing education for their renewal."""
    trainings: dict[str, list[Training]] = defaultdict(list)
    for training in sources.records.training:
        trainings[training.staff_id].append(training)
    for row, others in _certificates(sources):
        rule = accepting_rule(sources, sources.staff[row.staff_id], row)
        term = current_term(row, rule.valid_months) if rule is not None else None
        if rule is None or not rule.ce_hours or term is None or row.status not in {"", "active"}:
            continue
        last = term[1]
        hours = continuing_hours(trainings[row.staff_id], term) or 0
        if hours >= rule.ce_hours or not lapses_soon(last, sources.as_of):
            continue
        if any(renews(other, row, last) for other in others if other is not row):
            continue
        yield TodoItem(
            kind="training",
            what=f"{plain(hours)} of {rule.ce_hours} hours of continuing education of {row.staff_id} are listed since "
            f"{term[0]}; {row.credential} lapses {when(last, sources.as_of)}",
            do="Complete the missing hours before that day, and enter in training the hours that were completed.",
            deadline=last,
            staff_ids=(row.staff_id,),
        )


def certificates_in_process(sources: Sources) -> Iterator[TodoItem]:
    """Yield the certificates in process whose time to be issued is over soon."""
    for row, _ in _certificates(sources):
        person = sources.staff[row.staff_id]
        rule = accepting_rule(sources, person, row)
        if row.status != "in-process" or rule is None or rule.in_process_within is None:
            continue
        last = last_day_in_process(rule, row, person)
        if last is None or not lapses_soon(last, sources.as_of):
            continue
        yield TodoItem(
            kind="training",
            what=f"{row.credential} of {row.staff_id} is in process, which is enough until {last}",
            do="Have the training completed and the certificate issued before then, and enter it in credentials; "
            "services after that day are held.",
            deadline=last,
            staff_ids=(row.staff_id,),
        )


def supervision_by_hours(sources: Sources) -> Iterator[TodoItem]:
    """Yield the peers who have given four fifths of the hours after which a programme wants supervision."""
    of_staff: dict[str, list[Context]] = defaultdict(list)
    for context in sources.contexts.values():
        of_staff[context.encounter.staff_id].append(context)
    for staff_id, contexts in sorted(of_staff.items()):
        person = sources.staff.get(staff_id)
        asked = [
            context.rules.supervision
            for context in contexts
            if context.rules is not None and context.rules.supervision.value.service_hours is not None
        ]
        if not asked or person is None or not is_employed(person, sources.as_of):
            continue
        answer = min(asked, key=lambda one: one.value.service_hours or 0)
        limit = answer.value.service_hours or 0
        contacts = contacts_of(Group(staff_id, tuple(contexts), sources.index))
        meetings = sources.index.supervision.get(staff_id, ())
        last = unsupervised(contacts, meetings, answer.value.minutes or 0)[-1]
        if last.minutes < limit * 60 * _NEARLY:
            continue
        hours = plain((Decimal(last.minutes) / 60).quantize(Decimal("0.01")))
        since = f"since the supervision of {last.since}" if last.since is not None else "without supervision"
        yield TodoItem(
            kind="supervision",
            what=f"{hours} of {limit} hours of service of {staff_id} {since}",
            do="Hold the meeting, or enter in supervision the one that was held, with its minutes.",
            deadline=sources.as_of if last.minutes > limit * 60 else None,
            staff_ids=(staff_id,),
            citations=answer.said["service_hours"].citations,
        )


def _certificates(sources: Sources) -> Iterator[tuple[Credential, list[Credential]]]:
    """Yield each certificate of those who are employed, with all certificates of the person."""
    by_staff: dict[str, list[Credential]] = defaultdict(list)
    for row in sources.records.credentials:
        by_staff[row.staff_id].append(row)
    for staff_id, rows in by_staff.items():
        person = sources.staff.get(staff_id)
        if person is not None and is_employed(person, sources.as_of):
            yield from ((row, rows) for row in rows)
