"""Findings, explanations and audits without what identifies anybody: pseudonyms for ids, moved days, public words.

What is kept has to be known as safe: counts, amounts, times of day, words of the packaged data, and the sentences of
peerbill's own checks. A sentence is written again from its pattern with other values. What is not understood (a check
of an agency's own, a word of a row, a sentence without a pattern) is left out.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

import attrs

from peerbill.checks import CHECKS
from peerbill.checks.audit import Audit
from peerbill.codes import is_own_check
from peerbill.coding.explanation import Step
from peerbill.model.finding import Citation, Finding, finding_order
from peerbill.model.frozen import FrozenMap
from peerbill.model.pseudonyms import Pseudonyms
from peerbill.model.records import Records
from peerbill.model.sentence import Sentence, written
from peerbill.model.waiver import IdleWaiver, WaivedFinding, Waiver
from peerbill.policy import packaged_programmes
from peerbill.policy.published import is_published, is_published_source

LEFT_OUT: Final = "(left out)"
OWN_CHECK: Final = "a check of the agency's own found this; its words are left out"
OWN_REMEDY: Final = "The audit that is not de-identified has the remedy."
OWN_SOURCE: Final = "A source of the agency's own"

_KINDS: Final[Mapping[str, str]] = {
    "claim_id": "claim",
    "encounter": "encounter",
    "encounter_id": "encounter",
    "encounters": "encounter",
    "first_encounter": "encounter",
    "group_id": "group",
    "member_id": "member",
    "number": "authorization",
    "other": "site",
    "place_id": "place",
    "plan_id": "plan",
    "site": "site",
    "staff_id": "staff",
    "supervisor_id": "staff",
    "with": "encounter",
}
"""What a value is the id of, by its name; a name in the plural has several."""

_IN_FILES: Final = frozenset({"line", "others", "row"})
"""Numbers that find a row in a file, where the sentence names a file or a table."""

_PUBLIC_DAYS: Final = frozenset({"release"})
"""Days of a publication, not of a person: moved, they would give the shift away."""

_OUR_WORDS: Final = frozenset(
    {
        *("act", "ages", "begins", "billable", "break_does", "causes", "comes_to", "ends", "entry", "exact", "field"),
        *("hcpcs", "lasted", "least", "length", "meaning", "modifier", "modifiers", "price", "rest", "role", "rounded"),
        *("rule", "sha256", "shared", "times", "together", "travel_does", "unit", "who", "whole", "window", "worked"),
    }
)
"""Values that peerbill's own source or a policy's code table gives, whatever the rows say."""

_OUR_WORDS_OF: Final = frozenset(
    {
        *(("cell-not-read", "kind"), ("id-of-other-rows", "kind"), ("row-not-read", "kind")),
        *(("no-source", "title"), ("units-of-part-open", "billed")),
    }
)
"""The same by template and name, where the name alone does not tell; what is added to a template does not matter."""

_WHOM: Final = frozenset({"members", "peers", "the agency", "the billing provider", "the organization"})
_A_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.+-]*[0-9])?")
_A_TABLE: Final = re.compile(r"[a-z_]+\.(?:csv|jsonl)")
_WORD: Final = re.compile(r"\w+")
_MOST_WORDS: Final = 8
_REQUIREMENTS: Final = {check.code: check.requirement for check in CHECKS}


def ids_in(records: Records) -> frozenset[str]:
    """Return every id and number in records that a sentence must not have, as `scrubbed` looks for them.

    Names of people are not among them: no sentence is made with one, and many names are words of sentences.
    """
    settings = records.settings
    own = settings.organization
    found = {own.name, own.npi, own.tax_id, settings.submitter.name, settings.submitter.id, *settings.sites}
    for site in settings.sites.values():
        found |= {site.name, site.npi, site.tax_id}
    columns = ("encounter_id", "member_id", "staff_id", "group_id", "plan_id", "number", "npi", "subscriber_id")
    more = ("place_id", "provider_id", "attachment_control", "payer_control_number", "entry", "supervisor_id")
    for field in attrs.fields(Records):
        rows = getattr(records, field.name)
        if isinstance(rows, tuple) and rows:
            names = [name for name in (*columns, *more) if hasattr(rows[0], name)]
            found.update(getattr(row, name) for row in rows for name in names)
    found.update(id_ for row in records.staff for id_ in row.provider_ids)
    found.update(row.name for row in records.places)
    found.update(id_ for row in records.encounters for id_ in (*row.facilitators, *row.signed_by, *row.cosigned_by))
    return frozenset(bare for text in found if (bare := _bare(text)))


def _programmes(records: Records) -> frozenset[str]:
    return frozenset(id_ for payer in records.settings.payers.values() for id_ in payer.policy)


def _is_packaged(programme: str) -> bool:
    return programme in packaged_programmes(programme.partition("/")[0])


def _bare(text: str) -> str:
    """Return an id from its first to its last letter or digit; "" where a number so short is in many a sentence."""
    found = [*_WORD.finditer(text)]
    bare = text[found[0].start() : found[-1].end()] if found else ""
    return "" if bare.isdigit() and len(bare) < 4 else bare


def scrubbed(text: str, ids: frozenset[str]) -> str:
    """Return a text without days, and without every id that is a word or several words of it.

    >>> scrubbed("plan answered on 2026-03-05 for M-17.", frozenset({"M-17"}))
    'plan answered on (a day) for (left out).'
    """
    text = _A_DAY.sub("(a day)", text)
    words = [*_WORD.finditer(text)]
    parts, done, at = [], 0, 0
    while at < len(words):
        ends = range(min(at + _MOST_WORDS, len(words)) - 1, at - 1, -1)
        last = next((end for end in ends if text[words[at].start() : words[end].end()] in ids), None)
        if last is None:
            at += 1
            continue
        parts += [text[done : words[at].start()], LEFT_OUT]
        done, at = words[last].end(), last + 1
    return "".join([*parts, text[done:]])


@attrs.frozen(slots=False, eq=False)
class Deidentifier:
    """Makes findings, explanations and audits of one workspace such that they identify nobody by themselves.

    Attributes:
        pseudonyms: what ids and days become.
        ids: every id of the workspace, as `scrubbed` takes them.
        staff, members: the ids of these.
        payers: the keys of `[payers]`, which are kept: who pays is no person, and an auditor needs it.
        own: the programmes of the agency's own, STATE/PROGRAMME.

    """

    pseudonyms: Pseudonyms
    ids: frozenset[str]
    staff: frozenset[str]
    members: frozenset[str]
    payers: frozenset[str]
    own: tuple[str, ...] = ()
    _scrubbed: dict[str, str] = attrs.field(factory=dict, init=False, repr=False)
    _known: dict[tuple[str, str], str] = attrs.field(factory=dict, init=False, repr=False)
    _cited: dict[Citation, Citation] = attrs.field(factory=dict, init=False, repr=False)
    _steps: dict[int, tuple[Step, Step]] = attrs.field(factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, records: Records, pseudonyms: Pseudonyms) -> "Deidentifier":
        """Return what makes an audit of these records such that it identifies nobody by itself."""
        return cls(
            pseudonyms,
            ids_in(records),
            frozenset(row.staff_id for row in records.staff),
            frozenset(row.member_id for row in records.members),
            frozenset(records.settings.payers),
            tuple(sorted(id_ for id_ in _programmes(records) if not _is_packaged(id_))),
        )

    def id(self, kind: str, id_: str) -> str:
        """Return the pseudonym of an id."""
        known = self._known.get((kind, id_))
        if known is None:
            known = self._known[kind, id_] = self.pseudonyms.of(kind, id_)
        return known

    def word(self, text: str) -> str:
        """Return a coded word that is public and no id, or that it is left out; a blank stays blank."""
        if not text or text in self.payers:
            return text
        public = is_published(text) or is_published(text.replace(" ", "-"))
        return text if public and self.ids.isdisjoint((text, *_WORD.findall(text))) else LEFT_OUT

    def programme(self, id_: str) -> str:
        """Return a packaged programme; of one of the agency's own its state, and a pseudonym."""
        state, _, key = id_.partition("/")
        if not key:
            return self.word(id_)
        if _is_packaged(id_):
            return id_
        return f"{self.word(state)}/{self.id('programme', id_)}"

    def prose(self, text: str) -> str:
        """Return a text of our own that may name ids or days without them."""
        known = self._scrubbed.get(text)
        if known is None:
            known = text
            for id_ in self.own:
                state, _, key = id_.partition("/")
                known = known.replace(id_, f"{state}/{LEFT_OUT}").replace(f"[[{key}.", f"[[{LEFT_OUT}.")
            known = self._scrubbed[text] = scrubbed(known, self.ids)
        return known

    def citation(self, citation: Citation) -> Citation:
        """Return a source that is packaged; of one of the agency's own, its status alone."""
        known = self._cited.get(citation)
        if known is None:
            known = Citation(OWN_SOURCE, status=citation.status)
            if is_published_source(citation.title) and (not citation.url or is_published_source(citation.url)):
                known = attrs.evolve(citation, where=citation.where if is_published_source(citation.where) else "")
            self._cited[citation] = known
        return known

    def finding(self, finding: Finding) -> Finding:
        """Return a finding with pseudonyms and moved days."""
        own = is_own_check(finding.code) or finding.code not in _REQUIREMENTS
        told = None if own else self._sentence(_sentence_of(finding))
        requirement = _REQUIREMENTS.get(finding.code, "")
        if told is None:
            told = Sentence(OWN_CHECK if own else f"Not met, or not shown: {requirement} Its words are left out.")
        return attrs.evolve(
            finding,
            encounter_ids=tuple(sorted(self.id("encounter", id_) for id_ in finding.encounter_ids)),
            staff_id=self.id("staff", finding.staff_id) if finding.staff_id else None,
            member_id=self.id("member", finding.member_id) if finding.member_id else None,
            where="" if own else finding.where,
            message=told.text,
            fix=OWN_REMEDY if own else self.prose(finding.fix),
            citations=tuple(map(self.citation, finding.citations)),
            missing="" if own else self._path(finding.missing),
            template=told.template,
            values=told.values,
            pattern=told.pattern,
        )

    def step(self, step: Step) -> Step:
        """Return a step of an explanation with pseudonyms and moved days; encounters share many."""
        before, made = self._steps.get(id(step), (None, step))
        if before is not step:
            made = self._step(step)
            self._steps[id(step)] = step, made
        return made

    def _step(self, step: Step) -> Step:
        told = self._sentence(step.told) if step.told.text == step.sentence else None
        return attrs.evolve(
            step,
            sentence=told.text if told is not None else LEFT_OUT,
            values=FrozenMap({name: self._value("", name, value) for name, value in step.values.items()}),
            citations=tuple(map(self.citation, step.citations)),
            told=told or Sentence(""),
        )

    def audit(self, audit: Audit) -> Audit:
        """Return an audit whose ids are pseudonyms, in their order; what there is to bill is left out."""
        coded = [attrs.evolve(row, encounter_id=self.id("encounter", row.encounter_id)) for row in audit.encounters]
        supports = sorted((self.word(word), number) for word, number in audit.support_types)
        return Audit(
            as_of=self.pseudonyms.day(audit.as_of),
            encounters=tuple(sorted(coded, key=lambda row: row.encounter_id)),
            findings=tuple(sorted(map(self.finding, audit.findings), key=finding_order)),
            policies=tuple(sorted((self.programme(id_), sha256) for id_, sha256 in audit.policies)),
            billable=(),
            support_types=tuple(supports),
            policy_data=audit.policy_data,
            waived=self.waived(audit.waived),
            idle_waivers=self.idle_waivers(audit.idle_waivers),
        )

    def waived(self, rows: Iterable[WaivedFinding]) -> tuple[WaivedFinding, ...]:
        """Return what is waived with pseudonyms, in their order."""
        made = map(self._waived, rows)
        return tuple(sorted(made, key=lambda one: (finding_order(one.finding), one.waiver.waiver_id)))

    def idle_waivers(self, rows: Iterable[IdleWaiver]) -> tuple[IdleWaiver, ...]:
        """Return waivers that cover nothing with pseudonyms, in their order."""
        return tuple(sorted(map(self._idle, rows), key=lambda one: one.waiver.waiver_id))

    def _waived(self, waived: WaivedFinding) -> WaivedFinding:
        finding = self.finding(waived.finding)
        return WaivedFinding(finding, self._waiver(waived.waiver, finding.message))

    def _idle(self, idle: IdleWaiver) -> IdleWaiver:
        return IdleWaiver(self._waiver(idle.waiver, LEFT_OUT), idle.why)

    def _waiver(self, waiver: Waiver, message: str) -> Waiver:
        """Return a waiver without its digests, which can be tried out, and without what a person wrote."""
        return Waiver(
            waiver_id=self.id("other", waiver.waiver_id),
            code=waiver.code,
            encounter_ids=tuple(sorted(self.id("encounter", id_) for id_ in waiver.encounter_ids)),
            fingerprints=(),
            where="" if is_own_check(waiver.code) else waiver.where,
            content="",
            severity=waiver.severity,
            message=message,
            until=self.pseudonyms.day(waiver.until),
            reason=LEFT_OUT,
            ended=LEFT_OUT if waiver.ended else "",
        )

    def problems(self, records: Records) -> Iterator[str]:
        """Yield how many rows of each table and column are not used: what they say is left out."""
        counts: dict[str, int] = {}
        for row in records.unused_rows:
            table = row.file.rpartition("/")[2].partition(".")[0]
            name = f"{table}.{row.column}" if row.column else table
            counts[name] = counts.get(name, 0) + 1
        for name, number in sorted(counts.items()):
            yield f"{name if re.fullmatch('[a-z_.]+', name) else LEFT_OUT}: {number:,} not used as they are"

    def _sentence(self, told: Sentence) -> Sentence | None:
        """Return a sentence with other values, or None where its pattern does not give it."""
        if not told.pattern or written(told.pattern, told.values) != told.text:
            return None
        values = {name: self._value(told.template, name, value, told.values) for name, value in told.values.items()}
        try:
            text = written(told.pattern, values)
        except ValueError:  # the pattern wants a number where the value is left out
            return None
        return Sentence(text, told.template, FrozenMap(values), told.pattern)

    def _value(self, template: str, name: str, value: Any, beside: Mapping[str, Any] = FrozenMap()) -> Any:
        if isinstance(value, tuple):
            several = tuple(self._value(template, name, part, beside) for part in value)
            return tuple(sorted(several)) if _kind(name) else several
        if name in _IN_FILES and beside.keys() & {"file", "table"}:
            return LEFT_OUT
        if isinstance(value, dt.datetime):
            return self.pseudonyms.time(value)
        if isinstance(value, dt.date):
            return value if name in _PUBLIC_DAYS else self.pseudonyms.day(value)
        if not isinstance(value, str):
            return value
        return self._text(template, name, value, beside)

    def _text(self, template: str, name: str, text: str, beside: Mapping[str, Any]) -> str:
        kind = _kind(name)
        if kind:
            return self._id_of(kind, text)
        if name in ("id", "whom", "whose"):
            return self._of_whom(text, beside.get("who", ""))
        if name in ("programme", "programmes"):
            return self.programme(text)
        if name in _OUR_WORDS or any(name == of and template.startswith(start) for start, of in _OUR_WORDS_OF):
            return text
        if name in ("expected", "reasons"):
            return self.prose(text)
        if name in ("value", "values"):
            return self._path(text)
        if name == "file":
            return text if _A_TABLE.fullmatch(text) and is_published(text.partition(".")[0]) else LEFT_OUT
        return self.word(text)

    def _id_of(self, kind: str, text: str) -> str:
        if kind == "encounter" and text.startswith("encounter "):
            return f"encounter {self.id(kind, text.removeprefix('encounter '))}"
        return text if kind == "site" and text == "none" else self.id(kind, text)

    def _of_whom(self, text: str, who: str) -> str:
        """Return whom a sentence is about, where the name of the value does not tell what they are."""
        if text in _WHOM:
            return text
        for start, kind in (("site ", "site"), ("peer ", "staff"), ("member ", "member")):
            if text.startswith(start):
                return f"{start}{self.id(kind, text.removeprefix(start))}"
        is_staff, is_member = text in self.staff, text in self.members
        if who == "peer" or (is_staff and not is_member and not who):
            return self.id("staff", text)
        if who == "member" or (is_member and not is_staff):
            return self.id("member", text)
        return self.id("other", text)

    def _path(self, text: str) -> str:
        """Return the path of a policy's value; a part that is no public word is left out."""
        parts = re.split("([.:])", text)
        return "".join(part if part in ".:" or is_published(part) else LEFT_OUT for part in parts)


@cache
def _kind(name: str) -> str:
    """Return what a value of a name is the id of, or ""; a longer name ends in a shorter one: `first_member_id`."""
    for one in (name, name.removesuffix("s")):
        for ending, kind in _KINDS.items():
            if one == ending or (ending.endswith("_id") and one.endswith(f"_{ending}")):
                return kind
    return ""


def _sentence_of(finding: Finding) -> Sentence:
    return Sentence(finding.message, finding.template, finding.values, finding.pattern)
