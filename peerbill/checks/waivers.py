"""Which findings of an audit are waived, and which waivers cover nothing.

A waiver is applied as soon as a check has found something and before an error holds an encounter: what the later
passes, the claims and the work list see is the same.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

import attrs

from peerbill.model.encounter import Encounter, fingerprint
from peerbill.model.finding import Finding, Severity
from peerbill.model.waiver import (
    CHANGED,
    EXPIRED,
    GONE,
    NO_FINDING,
    OTHERWISE,
    RAISED,
    IdleWaiver,
    WaivedFinding,
    Waiver,
    subject_of,
)

Subject = tuple[str, tuple[str, ...], str, str]


def may_be_waived(finding: Finding) -> bool:
    """Tell whether a finding may be waived: a warning, an information, or what the agency itself made an error."""
    return bool(finding.encounter_ids) and (finding.severity is not Severity.ERROR or finding.raised)


@attrs.define(eq=False)
class Waivers:
    """The waivers that are in force on a day, and what they cover in one audit.

    `encounters` are those of the audit by id: a waiver covers them as they were when it was given.
    """

    every: tuple[Waiver, ...] = ()
    as_of: dt.date = dt.date.min
    encounters: Mapping[str, Encounter] = attrs.field(factory=dict)
    _in_force: dict[str, dict[Subject, Waiver]] = attrs.field(init=False)
    _covered: dict[str, WaivedFinding] = attrs.field(init=False, factory=dict)
    _raised: set[Subject] = attrs.field(init=False, factory=set)
    _otherwise: dict[tuple[str, str], set[str]] = attrs.field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self._in_force = {}
        # The later of two waivers of one finding counts.
        for waiver in self.every:
            if not waiver.ended and waiver.until >= self.as_of:
                self._in_force.setdefault(waiver.code, {})[waiver.subject] = waiver

    def left(self, findings: list[Finding]) -> list[Finding]:
        """Return the findings that no waiver covers; the others are kept apart."""
        if not self._in_force:
            return findings
        return [finding for finding in findings if not self._covers(finding)]

    def _covers(self, finding: Finding) -> bool:
        of_code = self._in_force.get(finding.code)
        if of_code is None:
            return False
        subject = subject_of(finding)
        waiver = of_code.get(subject)
        if waiver is None or any(self._change(waiver)):
            self._otherwise.setdefault((finding.code, finding.where), set()).update(finding.encounter_ids)
            return False
        if not may_be_waived(finding) or finding.severity.rank > waiver.severity.rank:
            self._raised.add(subject)
            return False
        self._covered[waiver.waiver_id] = WaivedFinding(finding, waiver)
        return True

    def _change(self, waiver: Waiver) -> Iterator[str]:
        """Yield why a waiver cannot cover its encounters as they are now."""
        for id_, before in zip(waiver.encounter_ids, waiver.fingerprints, strict=True):
            encounter = self.encounters.get(id_)
            if encounter is None:
                yield GONE
            elif fingerprint(encounter) != before:
                yield CHANGED

    def start_over(self, encounters: Mapping[str, Encounter]) -> None:
        """Forget what was covered: another encounter is audited by itself."""
        self.encounters = encounters
        self._covered.clear()
        self._raised.clear()
        self._otherwise.clear()

    @property
    def covered(self) -> tuple[WaivedFinding, ...]:
        """The findings that are waived, in the order of encounters, codes and places."""
        return tuple(
            sorted(
                self._covered.values(),
                key=lambda one: (one.finding.encounter_ids, one.finding.code, one.finding.where, one.waiver.waiver_id),
            )
        )

    def idle(
        self, rejected: Collection[str], billed: AbstractSet[str], not_asked: Collection[str] = ()
    ) -> tuple[IdleWaiver, ...]:
        """Return the waivers that cover nothing and that nobody ended, each with why.

        `rejected` and `billed` are ids of encounters: what was billed is not audited again, and its waivers are done.
        `not_asked` are codes of checks that this audit did not run: it does not know whether they would find anything.
        """
        renewed = {one.waiver.subject for one in self._covered.values()}
        left = (
            IdleWaiver(waiver, self._why(waiver, rejected))
            for waiver in self.every
            if not waiver.ended and waiver.subject not in renewed and not billed >= set(waiver.encounter_ids)
        )
        return tuple(one for one in left if one.why != NO_FINDING or one.waiver.code not in not_asked)

    def _why(self, waiver: Waiver, rejected: Collection[str]) -> str:
        if waiver.until < self.as_of:
            return EXPIRED
        changes = list(self._change(waiver))
        if CHANGED in changes or not set(rejected).isdisjoint(waiver.encounter_ids):
            return CHANGED
        if changes:
            return GONE
        if waiver.subject in self._raised:
            return RAISED
        found = self._otherwise.get((waiver.code, waiver.where), set())
        return NO_FINDING if found.isdisjoint(waiver.encounter_ids) else OTHERWISE


def of_records(waivers: Iterable[Waiver], encounters: Iterable[Encounter], as_of: dt.date) -> Waivers:
    """Return the waivers of an audit of these encounters on a day."""
    every = tuple(waivers)
    wanted = {id_ for waiver in every for id_ in waiver.encounter_ids}
    return Waivers(every, as_of, {one.encounter_id: one for one in encounters if one.encounter_id in wanted})
