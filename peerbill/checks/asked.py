"""Which checks are asked of an encounter: those that can find something there, and no question twice.

A check says with `needs` in which situations it can find anything, and with `looks_at` that it looks at less than an
encounter: a certificate is looked up once for a peer and the days on which the same rows hold. Only silence is kept:
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
    of_staff: Asked
    of_day: Asked
    of_member: Asked
    of_plan: Asked
    days_decide: bool
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
        self._of_contact = Kept[object, Asked]()

    def each(self, contexts: list[Context]) -> Iterator[tuple[Context, list[Finding]]]:
        """Yield encounters with what the checks find, those that were billed before without a question.

        Of a member's plans, or of a peer, what finds nothing about the first and the last encounter of a stretch is
        proven for all.
        """
        stretches = self._stretches(contexts)
        for context, of_both in zip(contexts, stretches, strict=True):
            yield context, [] if context.billed else self._findings(context, of_both)

    def findings(self, context: Context) -> list[Finding]:
        """Return what the checks find in an encounter, warnings raised as the agency chose."""
        return self._findings(context, None)

    def _findings(self, context: Context, stretches: "_Stretches | None") -> list[Finding]:
        asked = self._asked(context, stretches)
        if not asked:
            return []
        found = [check.finding(problem) for check in asked for problem in check.function(context)]
        return self._checks.raised(found) if found else found

    def _asked(self, context: Context, stretches: "_Stretches | None") -> Asked:
        """Return the checks that are asked of an encounter."""
        situation = context.situation
        if situation is None or not quiet.ON:
            return self._all
        able = self._in_situation.get(situation) or self._able(situation, context)
        asked = able.anyway if able.row.holds(context) else able.anyway + able.of_row
        contact = (situation.rules, context.encounter.activity, context.day)
        of_contact = self._of_contact.get(contact)
        if of_contact is None:
            of_contact = self._of_contact.keep(contact, self._asked_of_contact(situation, able, context))
        if stretches is not None:
            return asked + of_contact + stretches[0].asked + stretches[1].asked
        return asked + of_contact + self._asked_alone(situation, able, context)

    def _asked_of_contact(self, situation: Situation, able: _InSituation, context: Context) -> Asked:
        """Return the checks of activities and days that are asked of an encounter."""
        activity = (situation.rules, context.encounter.activity)
        of_activity = self._of_activity.get(activity)
        if of_activity is None:
            of_activity = self._of_activity.keep(activity, _speaking(self._in("activity", situation), context))
        if not able.days_decide:
            return of_activity
        day = (situation.rules, context.day)
        of_day = self._of_day.get(day)
        return of_activity + (self._of_day.keep(day, _speaking(able.of_day, context)) if of_day is None else of_day)

    def _asked_alone(self, situation: Situation, able: _InSituation, context: Context) -> Asked:
        """Return the checks of peers, members and plans that are asked of an encounter by itself."""
        peer = _peer(situation, context)
        of_staff = self._of_staff.get(peer)
        if of_staff is None:
            of_staff = self._of_staff.keep(peer, _speaking(able.of_staff, context))
        return of_staff + self._asked_of_member(situation, able, context) + able.of_plan

    def _asked_of_member(self, situation: Situation, able: _InSituation, context: Context) -> Asked:
        """Return the checks of a member and the coverage that are asked of an encounter."""
        member = (context.encounter.member_id, context.coverage, context.covered, situation.payer.key)
        of_member = self._of_member.get(member)
        return self._of_member.keep(member, _speaking(able.of_member, context)) if of_member is None else of_member

    def _able(self, situation: Situation, context: Context) -> _InSituation:
        """Return the checks that can find something in a situation."""
        anyway = self._in("encounter", situation) + _speaking(self._in("situation", situation), context)
        of_day = self._in("day", situation)
        days_decide = _days_decide(situation.index)
        able = _InSituation(
            anyway=anyway if days_decide else anyway + of_day,
            of_row=self._in("row", situation),
            of_staff=self._in("staff", situation),
            of_day=of_day,
            of_member=self._in("member", situation),
            of_plan=self._in("plan", situation),
            days_decide=days_decide,
            row=quiet.RowProof.of(situation),
        )
        return self._in_situation.keep(situation, able)

    def _in(self, word: str, situation: Situation) -> Asked:
        checks = self._by.get(word, ())
        return tuple(check for check in checks if check.needs is None or check.needs(situation))

    def _stretches(self, contexts: list[Context]) -> list["_Stretches | None"]:
        """Return the two stretches of each encounter: what it has in common with others of its plan, and of its peer.

        An encounter that was billed or has no situation has none.
        """
        if not quiet.ON or not contexts:
            return [None] * len(contexts)
        index = contexts[0].index
        of_member, of_staff = quiet.Stretches.of_members(index), quiet.Stretches.of_staff(index)
        plans: dict[object, _Stretch] = {}
        peers: dict[object, _Stretch] = {}
        peers_on: dict[object, _Stretch] = {}
        found: list[_Stretches | None] = []
        for context in contexts:
            situation, encounter, day = context.situation, context.encounter, context.day
            start = encounter.start
            if situation is None or day is None or start is None or context.billed:
                found.append(None)
                continue
            plan = (
                encounter.member_id,
                encounter.plan_id,
                encounter.goal,
                situation.coding,
                id(context.coverage),  # a row of the index, which holds it
                context.covered,
                encounter.payer,
                of_member.of(encounter.member_id, day),
            )
            peer = _peer(situation, context)
            peer_on = peers_on.get(peer)
            if peer_on is None:
                people = (encounter.staff_id, *encounter.facilitators)
                lasting = (*peer[:3], *[of_staff.of(id_, day) for id_ in people], quiet.standing(context))
                peer_on = peers_on[peer] = _longer(peers, lasting, context, start)
            found.append((_longer(plans, plan, context, start), peer_on))
        for stretch in plans.values():
            situation, able = self._of_first(stretch)
            asked = self._asked_of_member(situation, able, stretch.first)
            stretch.asked = asked + stretch.speaking(able.of_plan)
        for stretch in peers.values():
            _, able = self._of_first(stretch)
            stretch.asked = stretch.speaking(able.of_staff)
        return found

    def _of_first(self, stretch: "_Stretch") -> tuple[Situation, _InSituation]:
        """Return the situation of a stretch's first encounter, and the checks that can find something there."""
        situation = stretch.first.situation
        if situation is None:
            raise AssertionError("an encounter without a situation is in no stretch")
        return situation, self._in_situation.get(situation) or self._able(situation, stretch.first)


@attrs.define(eq=False)
class _Stretch:
    """Encounters about which the same rows hold: the first and the last, and the checks that are asked of them."""

    first: Context
    begins: dt.datetime
    last: Context
    ends: dt.datetime
    asked: Asked = ()

    def speaking(self, checks: Asked) -> Asked:
        """Return the checks that find something about the first or the last encounter."""
        asked = _speaking(checks, self.first)
        if self.last is self.first:
            return asked
        last = _speaking(checks, self.last)
        return tuple(check for check in checks if check in asked or check in last) if asked or last else ()


_Stretches = tuple[_Stretch, _Stretch]
"""The stretch of an encounter's member and plan, and that of its peer."""


def _longer(stretches: dict[object, _Stretch], key: object, context: Context, start: dt.datetime) -> _Stretch:
    """Take an encounter into the stretch of a key, and return it."""
    stretch = stretches.get(key)
    if stretch is None:
        stretch = stretches[key] = _Stretch(context, start, context, start)
    elif start > stretch.ends:
        stretch.last, stretch.ends = context, start
    elif start < stretch.begins:
        stretch.first, stretch.begins = context, start
    return stretch


def _peer(situation: Situation, context: Context) -> tuple[object, ...]:
    """Return what decides about a peer on a day; the coding is one object for each set of rules, service and payer."""
    encounter = context.encounter
    return (situation.coding, encounter.staff_id, encounter.facilitators, context.day)


def _days_decide(index: Index) -> bool:
    """Tell whether a claim's time to be filed depends on its day alone: no replacement, no other payer before."""
    return not index.corrected and not index.answered and not index.prior_payments


def _looking_at(what: str, checks: Iterable[Check]) -> Asked:
    return tuple(check for check in checks if check.looks_at == what)


def _speaking(checks: Iterable[Check], context: Context) -> Asked:
    """Return the checks that find something in an encounter."""
    return tuple([check for check in checks if next(check.function(context), None) is not None])
