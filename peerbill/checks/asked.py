"""Which checks are asked of an encounter: those that can find something there, and no question twice.

A check says with `needs` in which situations it can find anything, and with `looks_at` that it looks at less than an
encounter: a certificate is looked up once for a peer and a day, not for each contact of that day. Only silence is kept:
what a check finds is worked out anew for each encounter, which it names.
"""

import datetime as dt
from collections.abc import Iterable, Iterator

import attrs

from peerbill.checks import quiet
from peerbill.checks.base import Check
from peerbill.checks.check_set import CheckSet
from peerbill.coding.context import Context, Index, Situation
from peerbill.coding.prepare import Kept
from peerbill.model.finding import Finding

Asked = tuple[Check, ...]


@attrs.frozen(eq=False)
class _InSituation:
    """The checks that can find something in a situation: what is asked anyway, and what only where no proof holds."""

    anyway: Asked
    of_row: Asked
    of_member: Asked
    of_plan: Asked
    row: quiet.RowProof


class EncounterChecks:
    """The checks that look at one encounter alone, for the encounters of one index."""

    def __init__(self, checks: CheckSet) -> None:
        self._checks = checks
        self._all = checks.of_encounter
        self._by = {word: _looking_at(word, self._all) for word in {check.looks_at for check in self._all}}
        self._in_situation = Kept[Situation, _InSituation]()
        self._of_staff = Kept[object, Asked]()
        self._of_day = Kept[object, Asked]()
        self._of_member = Kept[object, Asked]()
        self._of_activity = Kept[object, Asked]()

    def each(self, contexts: list[Context]) -> Iterator[tuple[Context, list[Finding]]]:
        """Yield encounters with what the checks find, those that were billed before without a question.

        Of a member's plans, what finds nothing about the first and the last encounter of a stretch is proven for all.
        """
        stretches = self._stretches(contexts)
        for context, stretch in zip(contexts, stretches, strict=True):
            yield context, [] if context.billed else self._findings(context, stretch)

    def findings(self, context: Context) -> list[Finding]:
        """Return what the checks find in an encounter, warnings raised as the agency chose."""
        return self._findings(context, None)

    def _findings(self, context: Context, stretch: "_Stretch | None") -> list[Finding]:
        found = [
            check.finding(problem) for check in self._asked(context, stretch) for problem in check.function(context)
        ]
        return self._checks.raised(found) if found else found

    def _asked(self, context: Context, stretch: "_Stretch | None") -> Asked:
        """Return the checks that are asked of an encounter."""
        situation, encounter = context.situation, context.encounter
        if situation is None or not quiet.ON:
            return self._all
        able = self._in_situation.get(situation) or self._able(situation, context)
        asked = able.anyway
        if not able.row.holds(context):
            asked += able.of_row
        # The coding is one object for each set of rules, service and payer.
        peer = (situation.coding, encounter.staff_id, encounter.facilitators, context.day)
        of_staff = self._of_staff.get(peer)
        asked += self._asked_of_staff(peer, situation, context) if of_staff is None else of_staff
        activity = (situation.rules, encounter.activity)
        of_activity = self._of_activity.get(activity)
        if of_activity is None:
            of_activity = self._of_activity.keep(activity, _speaking(self._in("activity", situation), context))
        asked += of_activity
        if stretch is not None:
            return asked + stretch.asked
        member = (encounter.member_id, context.coverage, context.covered, situation.payer.key)
        of_member = self._of_member.get(member)
        if of_member is None:
            of_member = self._of_member.keep(member, _speaking(able.of_member, context))
        return asked + of_member + able.of_plan

    def _able(self, situation: Situation, context: Context) -> _InSituation:
        """Return the checks that can find something in a situation."""
        anyway = self._in("encounter", situation) + _speaking(self._in("situation", situation), context)
        if not _days_decide(situation.index):
            anyway += self._in("day", situation)
        able = _InSituation(
            anyway=anyway,
            of_row=self._in("row", situation),
            of_member=self._in("member", situation),
            of_plan=self._in("plan", situation),
            row=quiet.RowProof.of(situation),
        )
        return self._in_situation.keep(situation, able)

    def _in(self, word: str, situation: Situation) -> Asked:
        checks = self._by.get(word, ())
        return tuple(check for check in checks if check.needs is None or check.needs(situation))

    def _asked_of_staff(self, peer: object, situation: Situation, context: Context) -> Asked:
        """Return the checks that find something about a peer on a day, or about the day."""
        of_day: Asked = ()
        if _days_decide(situation.index):
            day = (situation.rules, context.day)
            known = self._of_day.get(day)
            of_day = self._of_day.keep(day, _speaking(self._in("day", situation), context)) if known is None else known
        return self._of_staff.keep(peer, _speaking(self._in("staff", situation), context) + of_day)

    def _stretches(self, contexts: list[Context]) -> list["_Stretch | None"]:
        """Return the stretch of each encounter: what it has in common with others of its member, plan and goal."""
        if not quiet.ON or not contexts:
            return [None] * len(contexts)
        days = quiet.Stretches(contexts[0].index)
        stretches: dict[object, _Stretch] = {}
        found: list[_Stretch | None] = []
        for context in contexts:
            situation, encounter, day = context.situation, context.encounter, context.day
            start = encounter.start
            if situation is None or day is None or start is None or context.billed:
                found.append(None)
                continue
            key = (
                encounter.member_id,
                encounter.plan_id,
                encounter.goal,
                situation.coding,
                id(context.coverage),  # a row of the index, which holds it
                context.covered,
                encounter.payer,
                days.of(encounter.member_id, day),
            )
            stretch = stretches.get(key)
            if stretch is None:
                stretch = stretches[key] = _Stretch(context, start, context, start)
            elif start > stretch.ends:
                stretch.last, stretch.ends = context, start
            elif start < stretch.begins:
                stretch.first, stretch.begins = context, start
            found.append(stretch)
        for stretch in stretches.values():
            stretch.asked = self._asked_of_stretch(stretch)
        return found

    def _asked_of_stretch(self, stretch: "_Stretch") -> Asked:
        """Return the checks of members and plans that find something at an end of a stretch."""
        situation = stretch.first.situation
        if situation is None:
            return ()
        able = self._in_situation.get(situation) or self._able(situation, stretch.first)
        checks = able.of_member + able.of_plan
        asked = _speaking(checks, stretch.first)
        if stretch.last is not stretch.first:
            last = _speaking(checks, stretch.last)
            asked = tuple(check for check in checks if check in asked or check in last)
        return asked


@attrs.define(eq=False)
class _Stretch:
    """Encounters about which the checks of plans find the same: the first and the last, and which checks are asked."""

    first: Context
    begins: dt.datetime
    last: Context
    ends: dt.datetime
    asked: Asked = ()


def _days_decide(index: Index) -> bool:
    """Tell whether a claim's time to be filed depends on its day alone: no replacement, no other payer before."""
    return not index.corrected and not index.answered


def _looking_at(what: str, checks: Iterable[Check]) -> Asked:
    return tuple(check for check in checks if check.looks_at == what)


def _speaking(checks: Iterable[Check], context: Context) -> Asked:
    """Return the checks that find something in an encounter."""
    return tuple(check for check in checks if any(True for _ in check.function(context)))
