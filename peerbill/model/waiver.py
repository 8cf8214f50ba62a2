"""A waiver: a finding that a person has looked at and lets pass until a day, with the reason."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import attrs
import msgspec

from peerbill.model.finding import Finding, Severity

Date = dt.date

_encode = msgspec.json.Encoder(order="deterministic").encode

EXPIRED: Final = "its last day has passed: the finding counts again"
CHANGED: Final = "an encounter was changed, or its row cannot be read: what was waived is not what is there now"
GONE: Final = "an encounter is not in the workspace"
RAISED: Final = "the finding has become an error, which this waiver does not cover"
OTHERWISE: Final = "the audit finds it with other figures or other encounters: look at it, and waive it again"
NO_FINDING: Final = "the audit does not find it any more"

BACKGROUND: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "PB208": frozenset({"count", "total", "all", "agency"}),
        "PB806": frozenset({"days", "total", "all", "agency", "others", "usual", "as_long"}),
        "PB906": frozenset({"usual"}),
        "PB908": frozenset({"usual"}),
        "PB910": frozenset({"total", "bulk"}),
        "PB911": frozenset({"total", "usual"}),
        "PB912": frozenset({"count", "total"}),
    }
)
"""Figures of a sentence that tell how usual a pattern is among all contacts, by check.

Each new contact changes them, and what was looked at is still the same.
"""


@attrs.frozen
class Waiver:
    """A finding that is waived for the encounters that it names; the entry of the audit trail is the only record.

    Attributes:
        waiver_id: W and the number of its entry in the audit trail.
        code: the check.
        encounter_ids: every encounter that the finding names.
        fingerprints: the SHA-256 of each of them, in the same order: a changed encounter has another one.
        where: the place of the finding.
        content: the SHA-256 of what the finding says, with its figures (`content_of`).
        severity: of the finding when it was waived; error where the agency's own `severity` had raised it.
        message: the finding's sentence when it was waived.
        until: the last day on which it holds.
        reason: why, in a person's words.
        who: who waived it.
        at: when, in UTC.
        ended: when it was ended before its last day, by whom and why; "" while nobody did.

    """

    waiver_id: str
    code: str
    encounter_ids: tuple[str, ...]
    fingerprints: tuple[str, ...]
    where: str
    content: str
    severity: Severity
    message: str
    until: Date
    reason: str
    who: str = ""
    at: str = ""
    ended: str = ""

    @property
    def subject(self) -> tuple[str, tuple[str, ...], str, str]:
        """What it is about: another waiver of the same subject takes its place."""
        return self.code, self.encounter_ids, self.where, self.content


@attrs.frozen
class WaivedFinding:
    """A finding that holds nothing and is no open warning, since a waiver covers it."""

    finding: Finding
    waiver: Waiver


@attrs.frozen
class IdleWaiver:
    """A waiver that covers nothing, and why."""

    waiver: Waiver
    why: str


def content_of(finding: Finding) -> str:
    """Return the SHA-256, in hex, of what a finding says: its template and figures, or else its sentence.

    Another figure is another finding: 15 hours in a day are not the 13 hours that were waived. Figures that only tell
    how usual it is (`BACKGROUND`) are left out.
    """
    says: tuple[object, ...] = (finding.message,)
    if finding.template:
        usual = BACKGROUND.get(finding.code, frozenset())
        says = (finding.template, {name: value for name, value in finding.values.items() if name not in usual})
    return hashlib.sha256(_encode([finding.code, finding.where, finding.missing, *says])).hexdigest()


def subject_of(finding: Finding) -> tuple[str, tuple[str, ...], str, str]:
    """Return what a waiver of a finding is about."""
    return finding.code, finding.encounter_ids, finding.where, content_of(finding)
