"""Which checks are asked of an encounter: those that can find something there, and no question twice.

A check says with `needs` in which situations it can find anything, and with `looks_at` that it looks at less than an
encounter: a certificate is looked up once for a peer and a day, not for each contact of that day. Only silence is kept:
what a check finds is worked out anew for each encounter, which it names.
"""

from collections.abc import Iterable

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
        self._of_encounter = _looking_at("encounter", self._all)
        self._of_situation = _looking_at("situation", self._all)
        self._in_situation = Kept[Situation, tuple[Check, ...]]()
        self._of_staff = _Once(_looking_at("staff", self._all))
        self._of_member = _Once(_looking_at("member", self._all))
        self._of_activity = _Once(_looking_at("activity", self._all))

    def findings(self, context: Context) -> list[Finding]:
        """Return what the checks find, warnings raised as the agency chose."""
        found = [check.finding(problem) for check in self._asked(context) for problem in check.function(context)]
        return self._checks.raised(found) if found else found

    def _asked(self, context: Context) -> tuple[Check, ...]:
        """Return the checks that are asked of an encounter."""
        situation, encounter = context.situation, context.encounter
        if situation is None:
            return self._all
        asked = self._in_situation.get(situation)
        if asked is None:
            able = tuple(check for check in self._of_encounter if check.needs is None or check.needs(situation))
            asked = self._in_situation.keep(situation, able + _speaking(self._of_situation, context))
        # The coding is one object for each set of rules, service and payer.
        peer = (situation.coding, encounter.staff_id, encounter.facilitators, context.day)
        member = (encounter.member_id, context.coverage, context.covered, situation.payer.key)
        return (
            asked
            + self._of_staff.asked(peer, context)
            + self._of_member.asked(member, context)
            + self._of_activity.asked((situation.rules, encounter.activity), context)
        )


class _Once:
    """Checks that look at one thing: those that found something about it are asked again, each time."""

    def __init__(self, checks: tuple[Check, ...]) -> None:
        self._checks = checks
        self._speaking = Kept[object, tuple[Check, ...]]()

    def asked(self, thing: object, context: Context) -> tuple[Check, ...]:
        """Return the checks that are asked of an encounter about its thing."""
        known = self._speaking.get(thing)
        return self._speaking.keep(thing, _speaking(self._checks, context)) if known is None else known


def _looking_at(what: str, checks: Iterable[Check]) -> tuple[Check, ...]:
    return tuple(check for check in checks if check.looks_at == what)


def _speaking(checks: Iterable[Check], context: Context) -> tuple[Check, ...]:
    """Return the checks that find something in an encounter."""
    return tuple(check for check in checks if any(True for _ in check.function(context)))
