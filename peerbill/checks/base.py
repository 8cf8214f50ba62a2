"""What a check is: one pure function that yields findings, with its page for people."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import attrs

from peerbill.codes import check_citations
from peerbill.model.finding import Citation, Finding


@attrs.frozen
class Check:
    """A check by its code. `scope` says what its function is given.

    encounter: a `Context`; line: the contexts whose minutes make one line; member, peer: a `Group`; row: nothing, the
    readers find it.

    The docstring of the function is the check's page: the requirement in one sentence, then paragraphs that
    begin with "Why it matters:", "Passes:" and "Fails:".
    """

    code: str
    scope: str
    function: Callable[[Any], Iterator[Finding]]

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
        return check_citations(self.code)

    @property
    def _paragraphs(self) -> list[str]:
        text = inspect.getdoc(self.function) or ""
        return [" ".join(part.split()) for part in text.split("\n\n")]

    def _section(self, start: str) -> str:
        return next((part.removeprefix(start).strip() for part in self._paragraphs if part.startswith(start)), "")


def check(code: str, scope: str = "encounter") -> Callable[[Callable[[Any], Iterator[Finding]]], Check]:
    """Make a `Check` of a function; it is run once it stands in `peerbill.checks.CHECKS`."""

    def make(function: Callable[[Any], Iterator[Finding]]) -> Check:
        return Check(code, scope, function)

    return make
