"""Which lines of a member's day are marked as a second service: a choice of the payer's, told in `second_service`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from peerbill.coding.context import Context
from peerbill.model.claim import BilledEncounter, SecondService

_Service = tuple[object, ...]
_Line = tuple[str, str, str]


def second_services(contexts: Iterable[Context], sent: Iterable[BilledEncounter]) -> Mapping[str, tuple[str, ...]]:
    """Return by encounter id the modifiers of those of a member's lines that are marked, or were marked when sent.

    Lines of one payer, day, code and modifiers differ in rendering provider, place or site alone. One of them stays as
    it is: that which the ledger holds unmarked, else the first by start, then id. The others are marked, as those of a
    provider who has a line already, or of another one.
    """
    asked = [one for one in contexts if _rule(one) is not None and one.hcpcs and one.day is not None]
    if not asked:
        return {}
    before: dict[_Service, dict[_Line, BilledEncounter]] = defaultdict(dict)
    own = {one.encounter.encounter_id for one in asked if not one.billed}
    rules = {one.payer.key: rule for one in asked if one.payer is not None and (rule := _rule(one)) is not None}
    for row in sent:
        rule = rules.get(row.payer)
        if rule is not None and row.encounter_id not in own:
            service: _Service = (row.payer, row.start.date(), row.hcpcs, unmarked(row.modifiers, rule))
            before[service][row.rendering_id, row.place, row.site] = row
    found: dict[str, tuple[str, ...]] = {}
    now: dict[_Service, dict[_Line, list[Context]]] = defaultdict(lambda: defaultdict(list))
    for context in asked:
        rule = _rule(context)
        if rule is None or context.payer is None or context.held:
            continue
        service = (context.payer.key, context.day, context.hcpcs, unmarked(context.modifiers, rule))
        line = (context.rendering_id, context.encounter.place, context.site)
        there = before[service].get(line)
        if there is not None:
            found[context.encounter.encounter_id] = there.modifiers
        elif not context.billed:
            now[service][line].append(context)
    for service, lines in now.items():
        known = before[service]
        rule = rules[str(service[0])]
        first_is_there = any(not {*row.modifiers} & rule.codes for row in known.values())
        providers = {provider for provider, *_ in known}
        for (provider, *_), those in lines.items():
            if first_is_there:
                code = rule.same_peer if provider in providers else rule.other_peer
                if code:
                    found.update({one.encounter.encounter_id: (*one.modifiers, code) for one in those})
            first_is_there = True
            providers.add(provider)
    return found


def unmarked(modifiers: Iterable[str], *rules: SecondService | None) -> tuple[str, ...]:
    """Return modifiers in order of the alphabet, without those that mark a second service."""
    codes = frozenset[str]().union(*(rule.codes for rule in rules if rule is not None))
    return tuple(sorted(code for code in modifiers if code not in codes))


def _rule(context: Context) -> SecondService | None:
    return context.payer.second_service if context.payer is not None else None
