"""What a programme says of the codes of a claim, where nothing but the claim is known."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import attrs

from peerbill import codes
from peerbill.coding.context import Context
from peerbill.model.errors import NotInForceError
from peerbill.model.finding import Citation
from peerbill.policy import Authority, Facts, Programme, Rules

GROUP_MODIFIER = "HQ"
"""The modifier of a service in a group, by its national meaning."""


@attrs.frozen
class CodedService:
    """A service as a line may have it.

    Attributes:
        name: of the programme's service, "" where no programme is known.
        rules: what the programme says of it.
        modifiers: those that each line of it has.
        minutes: of a unit; None where a unit is no stretch of minutes, or nobody knows.
        is_group: whether several members are served at the same time.
        said: who says the code.

    """

    name: str
    rules: Rules | None
    modifiers: frozenset[str]
    minutes: int | None
    is_group: bool
    said: Authority | None = None
    is_paid: bool = True


@attrs.define(eq=False)
class ClaimRules:
    """Answers for codes, each worked out once; without a programme, what the national lists have.

    `known` are the services of codes with sorted modifiers that encounters show, before all others. Conditions of
    a programme that a claim does not show (age, credential, tier) are taken as not met.
    """

    programme: Programme | None = None
    known: Mapping[tuple[str, tuple[str, ...]], CodedService] = attrs.field(factory=dict)
    _services: dict[object, tuple[CodedService, ...]] = attrs.field(factory=dict)

    def in_force(self, day: dt.date) -> bool:
        """Return whether the programme's days include a day."""
        return self.programme is None or self.programme.is_in_force(day)

    def services(self, hcpcs: str, day: dt.date) -> tuple[CodedService, ...]:
        """Return the services of a day with a code: those with most modifiers first."""
        if self.programme is None:
            key: object = hcpcs
        else:
            try:
                key = (self.programme.stretch(day), hcpcs)
            except NotInForceError:
                return ()
        found = self._services.get(key)
        if found is None:
            found = self._services[key] = self._found(hcpcs, day)
        return found

    def service(self, hcpcs: str, modifiers: Sequence[str], day: dt.date) -> CodedService | None:
        """Return the service of a line: the one that shares most modifiers; None where none has its code."""
        shown = self.known.get((hcpcs, tuple(modifiers)))
        if shown is not None:
            return shown
        found = self.services(hcpcs, day)
        return next((service for service in found if service.modifiers <= set(modifiers)), None)

    def nearest(self, hcpcs: str, modifiers: Sequence[str], day: dt.date) -> CodedService | None:
        """Return the service of a line, or, where none has its modifiers, the one that asks for the fewest."""
        return self.service(hcpcs, modifiers, day) or next(reversed(self.services(hcpcs, day)), None)

    def _found(self, hcpcs: str, day: dt.date) -> tuple[CodedService, ...]:
        if self.programme is None:
            known = codes.procedures().get(hcpcs)
            minutes = known.minutes if known is not None and known.per == "minutes" else None
            group = CodedService("", None, frozenset({GROUP_MODIFIER}), minutes, is_group=True)
            return group, CodedService("", None, frozenset(), minutes, is_group=False)
        every = self.programme.rules(day, Facts())
        found = []
        for name in every.service:
            rules = self.programme.rules(day, Facts(service=name))
            answer = rules.service.get(name)
            if answer is None or answer.value.hcpcs != hcpcs:
                continue
            unit = rules.unit.value
            by_minutes = (unit.per or "minutes") == "minutes" and "minutes" in rules.unit.said
            found.append(
                CodedService(
                    name,
                    rules,
                    frozenset(answer.value.modifiers or ()),
                    unit.minutes if by_minutes else None,
                    is_group=(answer.value.mode or name) == "group",
                    said=answer.said.get("modifiers") or answer.said.get("hcpcs") or answer.row,
                    is_paid=answer.value.paid is not False,
                )
            )
        found.sort(key=lambda service: (-len(service.modifiers), service.name))
        return tuple(found)

    def unit_citations(self, service: CodedService, hcpcs: str) -> tuple[Citation, ...]:
        """Return who says how long a unit is."""
        if service.rules is not None:
            said = service.rules.unit.said.get("minutes")
            return said.citations if said is not None else ()
        if hcpcs in codes.procedures():
            return (codes.procedure_citation(hcpcs),)
        return (attrs.evolve(codes.code_set_citation("hcpcs"), where=f"{hcpcs}: "),)


def known_services(contexts: Iterable[Context]) -> Mapping[tuple[str, tuple[str, ...]], CodedService]:
    """Return the services that encounters show, by code and sorted modifiers."""
    found: dict[tuple[str, tuple[str, ...]], CodedService] = {}
    for context in contexts:
        coding, rules = context.coding, context.rules
        if coding is None or rules is None or not coding.hcpcs:
            continue
        key = (coding.hcpcs, tuple(sorted(coding.modifiers)))
        if key not in found:
            is_group = coding.mode == "group"
            name = context.encounter.service
            found[key] = CodedService(name, rules, frozenset(coding.modifiers), coding.unit.length, is_group)
    return found
