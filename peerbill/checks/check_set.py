"""The checks that an agency runs: those of peerbill, its own, and which of their warnings hold an encounter.

An agency's own checks are pure functions of an installed module, made with `@check("X101")` like those of peerbill and
listed in the module's `CHECKS`. `checks = ["my_agency.checks"]` in `peerbill.toml` names such modules, and an installed
package may bring one as an entry point of the group `peerbill.checks`.
"""

import importlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from importlib import metadata
from typing import Any

import attrs

from peerbill.checks import CHECKS
from peerbill.checks.base import Check, Problem
from peerbill.checks.waivers import Waivers
from peerbill.codes import is_own_check
from peerbill.model.errors import UnusableInputError
from peerbill.model.finding import Finding, Severity
from peerbill.model.records import Settings

ENTRY_POINTS = "peerbill.checks"
"""The group of entry points whose modules bring checks."""

SCOPES = ("encounter", "line", "member", "peer")


@attrs.frozen(eq=False)
class CheckSet:
    """Checks by what they look at, the least severity of some codes, and what is waived in one audit."""

    checks: tuple[Check, ...]
    severity: Mapping[str, Severity]
    waivers: Waivers = attrs.field(factory=Waivers)

    @cached_property
    def of_encounter(self) -> tuple[Check, ...]:
        """The checks that look at one encounter alone, in order."""
        return tuple(check for check in self.checks if check.scope == "encounter")

    @cached_property
    def of_line(self) -> tuple[Check, ...]:
        """The checks that look at the encounters of one service line, in order."""
        return tuple(check for check in self.checks if check.scope == "line")

    def of_pattern(self, *, asked: bool) -> tuple[Check, ...]:
        """The checks that look for patterns, in order: all where it was asked for them, else those that were raised."""
        return tuple(
            check for check in self.checks if check.scope == "pattern" and (asked or check.code in self.severity)
        )

    def raised(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return findings without the waived ones, those of the agency's choice with a higher severity.

        None is ever lowered.
        """
        return self.waivers.left([self._raised(finding) for finding in findings] if self.severity else list(findings))

    def _raised(self, finding: Finding) -> Finding:
        least = self.severity.get(finding.code)
        if least is None or least.rank <= finding.severity.rank:
            return finding
        return attrs.evolve(finding, severity=least, raised=True)


def check_set(settings: Settings) -> CheckSet:
    """Return the checks that an agency runs.

    Raises UnusableInputError where a module of `checks` cannot be imported, has no checks, or gives one a code that is
    not its own; and for `severity` of a code that no check has.
    """
    return _check_set(settings.checks, tuple(sorted(settings.severity.items())))


@lru_cache(maxsize=64)
def _check_set(modules: tuple[str, ...], severity: tuple[tuple[str, Severity], ...]) -> CheckSet:
    own: list[Check] = []
    for name, where in _modules(modules):
        for check in _checks_of(name, where):
            if check.code in {known.code for known in own}:
                raise UnusableInputError(f"{where}: two checks have the code {check.code}. Give one of them another.")
            own.append(_guarded(check, name))
    checks = (*CHECKS, *own)
    codes = {check.code for check in checks}
    for code, _ in severity:
        if code not in codes:
            raise UnusableInputError(
                f"peerbill.toml: severity names {code}, which no check has. List the checks with: peerbill explain"
            )
    return CheckSet(checks, dict(severity))


def _modules(named: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield each module once, with where it is named."""
    seen: set[str] = set()
    found = [(name, f"peerbill.toml: checks names {name}") for name in named]
    found += [(point.value, f"the entry point {point.name}") for point in metadata.entry_points(group=ENTRY_POINTS)]
    for name, where in found:
        if name not in seen:
            seen.add(name)
            yield name, where


def _checks_of(name: str, where: str) -> tuple[Check, ...]:
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        is_there = error.name is not None and not f"{name}.".startswith(f"{error.name}.")
        missing = f" (it imports {error.name}, which is not installed)" if is_there else ""
        raise UnusableInputError(
            f"{where}, and no such module can be imported{missing}. "
            "Install it where peerbill is installed, or take it out."
        ) from error
    except Exception as error:
        why = type(error).__name__
        raise UnusableInputError(f"{where}, and importing it fails with {why}. Correct the module.") from error
    checks = getattr(module, "CHECKS", None)
    if not isinstance(checks, tuple) or not checks or not all(isinstance(check, Check) for check in checks):
        raise UnusableInputError(f"{where}: expected CHECKS, a tuple of checks made with @check, in that module.")
    for check in checks:
        if not is_own_check(check.code):
            raise UnusableInputError(f"{where}: expected a code such as X101, found {check.code}.")
        if check.scope not in SCOPES:
            raise UnusableInputError(f"{where}: {check.code} looks at {check.scope}: expected {', '.join(SCOPES)}.")
    return checks


def _guarded(check: Check, name: str) -> Check:
    """Return a check that ends the run in words where its function fails: nothing passes a check that did not run."""
    function = check.function

    def run(subject: Any) -> Iterator[Problem]:
        try:
            yield from function(subject)
        except Exception as error:  # noqa: BLE001  # whatever it is, the check did not run
            why = type(error).__name__
            raise UnusableInputError(
                f"the check {check.code} of {name} fails with {why}: correct it, or take it out of checks"
            ) from None  # the cause may carry a person's data

    run.__doc__ = function.__doc__
    # What it says of where it is needed is nobody's to prove: it is asked of every encounter.
    return attrs.evolve(check, function=run, needs=None, looks_at="encounter")
