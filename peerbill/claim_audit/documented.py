"""What an encounter comes to on a claim: the facts that are compared, and the units that its minutes make.

Facts that the workspace does not know are None, and contradict nothing.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import attrs

from peerbill.claim_audit.people import People
from peerbill.coding.context import Context, Index
from peerbill.coding.lines import counts_alone, open_line_units
from peerbill.coding.payers import compact_id
from peerbill.model.ids import compact
from peerbill.x12.rules837p import provider_of


@attrs.frozen
class Service:
    """What encounters of a member and day have in common, as a claim says it.

    Attributes:
        payer_id: the payer's id, as `FileClaim.payer_id`.
        subscriber_id: as `FileClaim.subscriber_id`.
        hcpcs, modifiers: the modifiers are sorted.
        renderings: the ids of the rendering provider that the claim may name; "" is the agency. Several where nobody
            knows whom the payer wants.
        place: the place of service.

    """

    payer_id: str | None
    subscriber_id: str | None = attrs.field(repr=False)
    hcpcs: str | None
    modifiers: tuple[str, ...] | None
    renderings: frozenset[str] | None
    place: str | None


@attrs.define(eq=False)
class Documented:
    """Encounters of one service; those in `free` are on no line yet, in order of start, by payer.

    A claim that follows another payer bills the same encounters once more: each payer has them once.
    """

    service: Service
    contexts: tuple[Context, ...]
    used: dict[str, set[str]] = attrs.field(factory=dict)

    def free(self, payer: str) -> list[Context]:
        """Return the encounters that no line to a payer has taken; "" is the payer of the encounters."""
        used = self.used.get(payer, ())
        return [context for context in self.contexts if context.encounter.encounter_id not in used]

    def take(self, payer: str, contexts: Iterable[Context]) -> None:
        """Give encounters to a line."""
        self.used.setdefault(payer, set()).update(context.encounter.encounter_id for context in contexts)


Days = Mapping[tuple[str, dt.date], Sequence[Documented]]
"""The services of each member and day."""


def documented(contexts: Iterable[Context], index: Index, people: People) -> Days:
    """Return the services of each member and day, in order of start."""
    makers = _Services(index, people)
    groups: dict[tuple[str, dt.date], dict[Service, list[Context]]] = defaultdict(lambda: defaultdict(list))
    for context in contexts:
        if context.day is not None and context.encounter.member_id:
            groups[context.encounter.member_id, context.day][makers.service(context)].append(context)
    return {
        key: [Documented(service, tuple(own)) for service, own in services.items()] for key, services in groups.items()
    }


class _Services:
    def __init__(self, index: Index, people: People) -> None:
        self._index, self._people = index, people
        self._agency = frozenset(map(compact, index.records.settings.npis))

    def service(self, context: Context) -> Service:
        coding, payer, coverage = context.coding, context.payer, context.coverage
        return Service(
            payer_id=None if payer is None else payer.id.strip().upper(),
            subscriber_id=None if coverage is None else compact_id(coverage.subscriber_id),
            hcpcs=coding.hcpcs or None if coding is not None else None,
            modifiers=tuple(sorted(coding.modifiers)) if coding is not None and coding.hcpcs else None,
            renderings=self._renderings(context),
            place=context.encounter.place or None,
        )

    def _renderings(self, context: Context) -> frozenset[str] | None:
        coding, staff = context.coding, context.staff
        if coding is None or context.payer is None:
            return None
        if not coding.rendering:
            ids = {context.encounter.staff_id, staff.supervisor_id if staff is not None else "", ""}
        elif coding.form.name == "837I" and not context.rendering_id:
            ids = {context.attending_id}
        else:
            ids = {context.rendering_id}
        found = [self._id(staff_id, context) for staff_id in ids]
        known = frozenset(id_ for id_ in found if id_ is not None)
        return known if len(known) == len(set(found)) or not coding.rendering else None

    def _id(self, staff_id: str, context: Context) -> str | None:
        """Return the id of a person on claims; "" for the agency, None where the workspace has none."""
        if not staff_id:
            return ""
        person = self._index.staff.get(staff_id)
        if person is None:
            return None
        provider = provider_of(person, context.payer)
        id_ = compact(provider.npi) or provider.provider_id.strip().upper()
        if not id_:
            return None
        return "" if id_ in self._agency else id_


def units_of(contexts: Sequence[Context]) -> tuple[int, int] | None:
    """Return the fewest and the most units that the minutes of encounters make by the rules; None: not known.

    They differ where nobody knows how parts of a unit are rounded, or whether a day's minutes are added.
    """
    apart: list[list[Context]] = []
    together: dict[object, list[Context]] = defaultdict(list)
    for context in contexts:
        if context.coding is None or context.minutes is None:
            return None
        if counts_alone(context.coding.unit) or context.line_key is None:
            apart.append([context])
        else:
            together[context.line_key, context.programme and context.programme.id].append(context)
    fewest = most = 0
    for line in (*apart, *together.values()):
        answers = [sum(units) for units in open_line_units(line)]
        if not answers:
            return None
        fewest, most = fewest + min(answers), most + max(answers)
    return fewest, most
