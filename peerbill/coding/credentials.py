"""Which of a person's credentials count for a service on a day, and who may supervise."""

import datetime as dt
from collections.abc import Iterator, Sequence

from dateutil.relativedelta import relativedelta

from peerbill.coding.context import AcceptedCredential, Context, Index
from peerbill.model.people import Credential, Staff
from peerbill.policy import Answer, CredentialRule, Rules

NO_CREDENTIAL = "none"
"""The name of a credential rule that says: nobody needs one."""

SUPERVISING_ROLES = frozenset({"supervisor", "clinician"})

_NO_RULE = CredentialRule()
"""Of a certificate that stands beside another and that the programme has no rule for."""


def expiry(row: Credential, valid_months: int | None = None) -> dt.date | None:
    """Return a credential's last day: the recorded one, else the end of the months for which it is issued."""
    if row.expires_on is not None or row.issued_on is None or valid_months is None:
        return row.expires_on
    return row.issued_on + relativedelta(months=valid_months, days=-1)


def credential_in_force(row: Credential, day: dt.date, grace_days: int = 0, valid_months: int | None = None) -> bool:
    """Tell whether a credential held on a day: issued, not expired (grace days added), not suspended or revoked."""
    if row.status not in {"", "active"} or row.issued_on is None or day < row.issued_on:
        return False
    last = expiry(row, valid_months)
    return last is None or day <= last + dt.timedelta(days=grace_days)


def is_ended(row: Credential) -> bool:
    """Tell whether a credential is suspended or revoked."""
    return row.status not in {"", "active", "in-process"}


def is_withdrawn(index: Index, row: Credential) -> bool:
    """Tell whether another row says of the same certificate that it is suspended or revoked: which holds is not known.

    A certificate is the same by its name, state, day of issue and number; a blank number may be any.
    """
    rows = index.credentials.get(row.staff_id, ())
    return len(rows) > 1 and any(
        is_ended(other)
        and other.issued_on is not None
        and (other.credential.casefold(), other.state, other.issued_on)
        == (row.credential.casefold(), row.state, row.issued_on)
        and (other.number == row.number or not other.number or not row.number)
        for other in rows
    )


def accepted_credentials(context: Context) -> list[AcceptedCredential]:
    """Return the staff member's credentials that the programme accepts, whatever their days, each with its rule."""
    if context.rules is None or context.staff is None:
        return []
    key = (context.staff.staff_id, context.rules)
    kept = context.index.accepted.get(key)
    if kept is None:
        kept = context.index.accepted[key] = _accepted(context, context.staff, context.rules)
    return kept


def _accepted(context: Context, staff: Staff, rules: Rules) -> list[AcceptedCredential]:
    rows = context.index.credentials.get(staff.staff_id, ())
    return [(row, name, answer) for row in rows for name, answer in accepting(rules, row)]


def accepting(rules: Rules, row: Credential) -> Iterator[tuple[str, Answer[CredentialRule]]]:
    """Yield the rules that accept a credential, each with the name under which it does, whatever the days."""
    for name, answer in rules.credential.items():
        if _accepts(rules, name, answer.value, row):
            yield name, answer


def _accepts(rules: Rules, name: str, rule: CredentialRule, row: Credential, states: tuple[str, ...] = ()) -> bool:
    """Tell whether a certificate is one of a name, from the programme's state or one that it accepts."""
    state = rules.programme.partition("/")[0]
    return row.credential.casefold() in names_of(name, rule) and row.state in (state, *rule.states, *states)


def names_of(name: str, rule: CredentialRule) -> frozenset[str]:
    """Return the names of a credential, today's and earlier ones, in lower case."""
    return frozenset({name.casefold(), *(old.casefold() for old in rule.formerly)})


def credentials_in_force(context: Context) -> list[AcceptedCredential]:
    """Return the accepted credentials that were in force on the day of service."""
    day = context.day
    if day is None or context.rules is None or context.staff is None:
        return []
    key = (context.staff.staff_id, context.rules, day)
    kept = context.index.accepted_on.get(key)
    if kept is None:
        kept = context.index.accepted_on[key] = [
            found for found in accepted_credentials(context) if _in_force(context, found[0], found[2], day)
        ]
    return kept


def _in_force(context: Context, row: Credential, answer: Answer[CredentialRule], day: dt.date) -> bool:
    rule = answer.value
    if is_withdrawn(context.index, row):
        return False
    if row.status == "in-process":
        if not rule.in_process or context.staff is None or (row.expires_on is not None and day > row.expires_on):
            return False
        last = last_day_in_process(rule, row, context.staff)
        return rule.in_process_within is None or (last is not None and day <= last)
    if context.rules is None or not credential_in_force(row, day, rule.grace_days or 0, rule.valid_months):
        return False
    return all(
        any(
            holds(context.index, context.rules, row.staff_id, option, day, rule.states)
            for option in wanted.split(" or ")
        )
        for wanted in rule.also
    )


def last_day_in_process(rule: CredentialRule, row: Credential, staff: Staff) -> dt.date | None:
    """Return until when a certificate in process is enough: by the programme's time and the row's own last day."""
    deadline, last = rule.in_process_within, row.expires_on
    if deadline is None:
        return last
    days = (staff.hired_on, row.issued_on) if deadline.event == "hire" else (row.issued_on, staff.hired_on)
    start = days[0] or days[1]
    if start is None:
        return None
    return min(deadline.last_day(start), last or dt.date.max)


def holds(index: Index, rules: Rules, staff_id: str, name: str, day: dt.date, states: tuple[str, ...] = ()) -> bool:
    """Tell whether a person has a certificate of a name, in any case, in force on a day.

    It is from the programme's state, from one of `states`, or from one that the programme accepts for that name.
    """
    name = name.strip()
    answer = rules.credential.get(name)
    rule = answer.value if answer is not None else _NO_RULE
    return any(
        _accepts(rules, name, rule, row, states)
        and credential_in_force(row, day, rule.grace_days or 0, rule.valid_months)
        and not is_withdrawn(index, row)
        for row in index.credentials.get(staff_id, ())
    )


def qualifies(index: Index, rules: Rules, supervisor: Staff, wanted: Sequence[str], day: dt.date) -> bool:
    """Tell whether somebody shows one of the wanted qualifications: a role, a tier, or a certificate in force."""
    # Words in capitals are certificates, which a role does not stand in for.
    by_role = supervisor.role in SUPERVISING_ROLES and not (wanted and all(name.isupper() for name in wanted))
    if by_role or supervisor.role in wanted or supervisor.tier in wanted:
        return True
    return any(holds(index, rules, supervisor.staff_id, name, day) for name in wanted)
