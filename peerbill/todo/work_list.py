"""What needs a person today: held, rejected, denied, unanswered, about to lapse or overpaid, by deadline and money.

Pure: the records, what the audit finds in them now, and what `ledger/look/worklist.py` found open make the items. What
is mended is gone at the next run, since nothing of the list is stored but the day of an overpayment.
"""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import attrs

from peerbill.checks.audit import audit_index, audit_of, without_settled
from peerbill.claims.next_payer import shared_members
from peerbill.coding.history import history_scope
from peerbill.ledger.look.worklist import Opened, Scope
from peerbill.model.records import Records
from peerbill.policy import Policies
from peerbill.todo import answered, held, lapsing, next_payer, open_items, overpaid, qualified, screening, unanswered
from peerbill.todo.item import KINDS, Todo, TodoItem
from peerbill.todo.lapsing import SOON, covers, lapsing_plans
from peerbill.todo.sources import Sources

Date = dt.date


def scope(records: Records, policies: Policies, as_of: Date) -> Scope:
    """Return what of a ledger concerns a workspace."""
    days = [encounter.start.date() for encounter in records.encounters if encounter.start is not None]
    part = history_scope(records, policies)
    return Scope(
        part=part,
        tests=records.settings.test_payers,
        encounter_ids=frozenset(coded.encounter_id for coded in records.encounters),
        authorized=frozenset(row.member_id for row in records.authorizations if covers(row, as_of)),
        planned=frozenset(plan.member_id for plan in lapsing_plans(records, as_of)),
        seen_from=as_of - dt.timedelta(days=SOON[-1]),
        shared=shared_members(records),
        kept=frozenset(coded.encounter_id for coded in records.encounters)
        | frozenset(coded.encounter_id for coded in records.rejected),
        kept_members={*part.member_ids} | {member.member_id for member in records.members},
        kept_from=records.read_from or (min(days) if days else dt.date.max),
    )


def work_list(
    records: Records,
    policies: Policies,
    as_of: Date,
    opened: Opened,
    progress: Callable[[int], None] | None = None,
) -> Todo:
    """Audit a workspace now, and return what it and the ledger leave to be done. `opened` is read for `scope`."""
    index = audit_index(
        records,
        policies,
        as_of,
        opened.history,
        opened.enrolments,
        waivers=opened.waivers,
        purged_before=opened.purged_before,
    )
    audit, contexts = audit_of(without_settled(index, policies), policies, progress)
    sources = Sources(records, policies, opened, index, audit, contexts)
    rejected = {id_ for claim in opened.claims for id_, _ in claim.free}
    overpayments, identified, cleared = overpaid.overpayments(sources)
    filing = list(held.filing(sources, rejected))
    items = [
        *overpayments,
        *held.held(sources),
        *filing,
        *held.ready(sources, rejected.union(*(item.encounter_ids for item in filing))),
        *answered.rejections(sources),
        *answered.denials(sources),
        *answered.answered_in_part(sources),
        *answered.taken_back(sources),
        *next_payer.to_go_on(sources),
        *next_payer.unsettled(sources),
        *overpaid.paid_twice(sources),
        *held.deleted(sources),
        *held.charged_otherwise(sources),
        *held.part_units_left(sources),
        *unanswered.unanswered(sources),
        *open_items.open_items(sources),
        *answered.enrolments(sources),
        *lapsing.authorizations(sources),
        *qualified.licenses(sources),
        *qualified.enrollments(sources),
        *lapsing.credentials(sources),
        *qualified.continuing_education(sources),
        *qualified.certificates_in_process(sources),
        *lapsing.supervision(sources),
        *qualified.supervision_by_hours(sources),
        *lapsing.plans(sources),
        *screening.screenings(sources),
    ]
    marked = (
        attrs.evolve(item, test=bool(item.claim_ids) and opened.tests.issuperset(item.claim_ids)) for item in items
    )
    return Todo(as_of, tuple(sorted(marked, key=urgency)), identified, cleared)


def urgency(item: TodoItem) -> tuple[Date, Decimal, int, str, tuple[str, ...]]:
    """Return what items are sorted by: the last day, the dollars at stake, the kind."""
    order = list(KINDS).index(item.kind)
    return (item.deadline or dt.date.max, -item.amount, order, item.what, item.claim_ids + item.encounter_ids)
