"""Which checks are asked of an encounter: those that can find something there, and no question twice.

A check says with `needs` in which situations it can find anything, and with `looks_at` that it looks at less than an
encounter: a certificate is looked up once for a peer and a day, not for each contact of that day. Only silence is kept:
what a check finds is worked out anew for each encounter, which it names.
"""

from collections.abc import Iterable, Iterator

from peerbill.checks.base import Check
from peerbill.checks.check_set import CheckSet
from peerbill.coding.context import Context, Situation
from peerbill.coding.prepare import Kept
from peerbill.model.finding import Finding


class EncounterChecks:
    """The checks that look at one encounter alone, for the encounters of one index."""

    def __init__(self, checks: CheckSet) -> None:
        self._checks = checks
        self._all = checks.of_encounter
        self._of_encounter = tuple(check for check in self._all if check.looks_at == "encounter")
        self._of_situation = tuple(check for check in self._all if check.looks_at == "situation")
        self._of_staff = tuple(check for check in self._all if check.looks_at == "staff")
        self._of_member = tuple(check for check in self._all if check.looks_at == "member")
        self._in_situation = Kept[Situation, tuple[Check, ...]]()
        self._on_staff = Kept[object, tuple[Check, ...]]()
        self._on_member = Kept[object, tuple[Check, ...]]()

    def findings(self, context: Context) -> list[Finding]:
        """Return what the checks find, warnings raised as the agency chose."""
        found = _found(self._asked(context), context)
        return self._checks.raised(found) if found else found

    def _asked(self, context: Context) -> Iterator[Check]:
        """Yield the checks that are asked of an encounter."""
        situation = context.situation
        if situation is None:
            yield from self._all
            return
        checks = self._in_situation.get(situation)
        if checks is None:
            able = tuple(check for check in self._of_encounter if check.needs is None or check.needs(situation))
            checks = self._in_situation.keep(situation, able + _speaking(self._of_situation, context))
        yield from checks
        encounter = context.encounter
        # The coding is one object for each set of rules, service and payer.
        peer = (situation.coding, encounter.staff_id, encounter.facilitators, context.day)
        checks = self._on_staff.get(peer)
        if checks is None:
            checks = self._on_staff.keep(peer, _speaking(self._of_staff, context))
        yield from checks
        member = (encounter.member_id, context.coverage, context.covered, situation.payer.key)
        checks = self._on_member.get(member)
        if checks is None:
            checks = self._on_member.keep(member, _speaking(self._of_member, context))
        yield from checks


def _found(checks: Iterable[Check], context: Context) -> list[Finding]:
    return [check.finding(problem) for check in checks for problem in check.function(context)]


def _speaking(checks: Iterable[Check], context: Context) -> tuple[Check, ...]:
    """Return the checks that find something in an encounter."""
    return tuple(check for check in checks if any(True for _ in check.function(context)))
