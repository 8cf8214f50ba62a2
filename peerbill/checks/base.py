"""What a check is: one pure function that yields problems, with its code, its sources and its page for people."""

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, cast

import attrs

from peerbill.codes import check_citations
from peerbill.coding.context import Context, Situation
from peerbill.model.finding import Citation, Finding, Severity
from peerbill.model.quick import quick
from peerbill.model.sentence import Sentence
from peerbill.policy import Authority


def _sentence(message: Sentence | str) -> Sentence:
    return message if isinstance(message, Sentence) else Sentence(message)


@quick
@attrs.frozen
class Problem:
    """What a check found. `Check.finding` adds its code, and to `citations` those of the check where `own` says so.

    `message` is a sentence that `say` gives, with its figures; a text becomes one without.
    """

    encounter_ids: tuple[str, ...]
    where: str
    message: Sentence = attrs.field(converter=_sentence)
    fix: str
    severity: Severity = Severity.ERROR
    citations: tuple[Citation, ...] = ()
    own: bool = True
    staff_id: str | None = None
    member_id: str | None = None
    missing: str = ""


def shortfall(
    context: Context, where: str, message: Sentence | str, fix: str, said: Authority, *, recorded: bool
) -> Problem:
    """Return a problem of what falls short of a policy's row, as the row says; where nothing is recorded, a warning.

    No source says that a service is not paid because a column of the workspace is blank.
    """
    if recorded:
        return problem(context, where, message, fix, said=said)
    return problem(context, where, message, fix, severity=Severity.WARNING, citations=said.citations)


def weight(problems: Sequence[Problem]) -> tuple[int, int]:
    """Return how much is against a certificate, to be compared: its errors, then all that is found about it."""
    return sum(found.severity is Severity.ERROR for found in problems), len(problems)


def problem(
    context: Context,
    where: str,
    message: Sentence | str,
    fix: str,
    *,
    severity: Severity = Severity.ERROR,
    said: Authority | None = None,
    citations: tuple[Citation, ...] | None = None,
    also: tuple[Citation, ...] = (),
    missing: str = "",
) -> Problem:
    """Return a problem of one encounter, which cites what the check cites for every programme.

    `said` gives severity and citations instead, where a row of a policy speaks, and `citations` replaces them; `also`
    are cited before the check's own. `missing` names the policy value that is not known or not confirmed.
    """
    if said is not None:
        severity, citations = said.severity, said.citations
    encounter = context.encounter
    return Problem(  # by position, in the order of the fields: names take twice as long
        (encounter.encounter_id,),
        where,
        message,
        fix,
        severity,
        also if citations is None else citations,
        citations is None,
        encounter.staff_id or None,
        encounter.member_id or None,
        missing,
    )


@attrs.frozen
class Check:
    """A check by its code. `scope` says what its function is given.

    encounter: a `Context`; line: the contexts whose minutes make one line; member, peer: a `Group`; row: nothing, the
    readers find it; pattern: what `peerbill.checks.patterns.seen.Seen` kept of all encounters;
    claim: nothing, the audit of claim files finds it.

    A check of an encounter is left out where it cannot find anything. `needs` tells of a situation whether it can.
    `looks_at` tells what decides that it finds nothing; where it did, it is not asked again about the same:

    - encounter: anything of the encounter;
    - situation: what a `Situation` has in common;
    - staff: the coding, the staff member, the facilitators and the day. Between two days on which none of the rows of
      `quiet.Stretches.of_staff` begins or ends, with the same certificates in force and the peer as old, the days on
      which it finds nothing are one run;
    - day: the rules and the day;
    - member: the member, the coverage and the payer;
    - activity: the rules and the activity.

    Other words need a proof of `peerbill.checks.quiet`; what is not proven is asked:

    - row: the row itself, or a line of one row, and nothing is found about a plain one;
    - plan: the coding, the coverage, the named plan and goal, and the member's rows on the day. Between two days on
      which no row begins or ends, the days on which it finds nothing are one run.

    So do these, of a member or peer:

    - times: when the encounters were, and nothing is found where no two meet and no day is long;
    - units: what limits count, and nothing is found where all of it is within each of them.

    The docstring of the function is the check's page: the requirement in one sentence, then paragraphs that
    begin with "Why it matters:", "Passes:" and "Fails:".
    """

    code: str
    scope: str
    function: Callable[[Any], Iterator[Problem]]
    sources: tuple[Citation, ...] = ()
    needs: Callable[[Situation], object] | None = None
    looks_at: str = "encounter"

    def __call__(self, subject: Any) -> Iterator[Finding]:
        """Yield what the check finds in what its scope says."""
        return self.findings(self.function(subject))

    def findings(self, problems: Iterable[Problem]) -> Iterator[Finding]:
        """Yield problems as findings of this check, also those that somebody else found for it."""
        return map(self.finding, problems)

    def finding(self, found: Problem) -> Finding:
        """Return a problem as a finding of this check."""
        message = found.message
        return Finding(  # by position, as in `problem`
            self.code,
            found.severity,
            found.encounter_ids,
            found.where,
            message.text,
            found.fix,
            found.citations + self.citations if found.own else found.citations,
            found.staff_id,
            found.member_id,
            found.missing,
            message.template,
            message.values,
            message.pattern,
        )

    @property
    def requirement(self) -> str:
        """What holds when the check is content."""
        return self._paragraphs[0]

    @property
    def why(self) -> str:
        """Why it matters."""
        return self._section("Why it matters:")

    @property
    def passes(self) -> str:
        """An example that passes."""
        return self._section("Passes:")

    @property
    def fails(self) -> str:
        """An example that fails."""
        return self._section("Fails:")

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Who says so for every programme; a programme's own rows add theirs to each finding."""
        return self.sources or check_citations(self.code)

    @property
    def _paragraphs(self) -> list[str]:
        text = inspect.getdoc(self.function) or ""
        return [" ".join(part.split()) for part in text.split("\n\n")]

    def _section(self, start: str) -> str:
        return next((part.removeprefix(start).strip() for part in self._paragraphs if part.startswith(start)), "")


def check(
    code: str,
    scope: str = "encounter",
    sources: tuple[Citation, ...] = (),
    needs: Callable[[Situation], object] | None = None,
    looks_at: str = "encounter",
) -> Callable[[Callable[[Any], Iterator[object]]], Check]:
    """Make a `Check` of a function; it is run once `peerbill.checks.CHECKS`, or an agency's own `CHECKS`, has it.

    `sources` are for an agency's own check; those of peerbill's are in `codesets/national/checks.toml`. `needs` and
    `looks_at` are for peerbill's: an agency's own check is asked of every encounter.
    """

    def make(function: Callable[[Any], Iterator[object]]) -> Check:
        # What `problem` gives has no public name: whoever writes a check says Iterator[object].
        return Check(code, scope, cast("Callable[[Any], Iterator[Problem]]", function), sources, needs, looks_at)

    return make
