"""The shape of every problem that peerbill reports."""

import enum
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from peerbill.model.frozen import FrozenMap, freeze
from peerbill.model.quick import quick

NOT_IN_DOCUMENTS: Mapping[str, bool] = FrozenMap(document=False)
"""The metadata of a field that no document has."""


class Severity(enum.StrEnum):
    """How much a finding matters: an error holds the encounter, a warning does not, info only informs."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """How severe it is: 0 an info, 1 a warning, 2 an error."""
        return {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}[self]


@attrs.frozen
class Citation:
    """Where a rule was read: `status` is primary, secondary, unconfirmed or agency; `where` a section or page."""

    title: str
    url: str = ""
    date: str = ""
    status: str = ""
    where: str = ""


@quick
@attrs.frozen
class Finding:
    """A problem: its check code, what is wrong (`message`), what to do next (`fix`) and its sources.

    `where` names a field as table.column. Messages name rows by id and never carry a person's data. `missing` names the
    policy value, such as `unit.rounding`, that is not known or that nobody has confirmed: the citations are then the
    texts that raise the question, and none of them gives the value.

    `template` names the sentence of `message`, and `values` are the figures in it, by name: counts, minutes and units
    as whole numbers, dollars as Decimal, days and times, ids, codes and words, or several of these. With both, a
    program says it in words of its own. A template's name stays as it is, and within a code it has one text; it is ""
    where the sentence is somebody else's. `pattern` is the message with its values still as fields; documents leave it
    out, and it is "" of a finding that was read from one. `raised` tells that it is more severe than its sources make
    it, because `severity` in `peerbill.toml` says so.
    """

    code: str
    severity: Severity
    encounter_ids: tuple[str, ...]
    where: str
    message: str
    fix: str
    citations: tuple[Citation, ...] = ()
    staff_id: str | None = None
    member_id: str | None = None
    missing: str = ""
    template: str = ""
    values: Mapping[str, Any] = FrozenMap()
    pattern: str = attrs.field(default="", eq=False, repr=False, metadata=NOT_IN_DOCUMENTS)
    raised: bool = False

    def __attrs_post_init__(self) -> None:
        freeze(self, "values")

    @property
    def why_asked(self) -> tuple[Citation, ...]:
        """The citations that only raise a question: all where a value is missing, and those that nobody confirmed."""
        return tuple(citation for citation in self.citations if self.missing or citation.status == "unconfirmed")


def finding_order(finding: Finding) -> tuple[tuple[str, ...], str, str, str]:
    """Sort findings by encounters, then code, then place: the order of every report."""
    return (finding.encounter_ids, finding.code, finding.where, finding.message)


def held_ids(findings: Iterable[Finding]) -> frozenset[str]:
    """Return the ids of all encounters that some error names."""
    return frozenset(id_ for finding in findings if finding.severity is Severity.ERROR for id_ in finding.encounter_ids)
