"""What a unit of a line is charged at, and what is wrong with a charge."""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation

from peerbill.coding.context import Gap, UnitRule
from peerbill.model.claim import Payer
from peerbill.model.finding import Severity
from peerbill.model.sentence import say
from peerbill.policy import Rules


def choose_entry(charges: Mapping[str, Decimal], hcpcs: str, modifiers: tuple[str, ...]) -> str | None:
    """Return the entry of usual charges for a line: of the code's, the one that shares most of the line's modifiers.

    An entry with a modifier that the line lacks is for another service and is passed over.
    """
    best: tuple[int, str] | None = None
    for entry in charges:
        code, *others = entry.split(":")
        if code != hcpcs or not set(others) <= set(modifiers):
            continue
        if best is None or len(others) > best[0]:
            best = (len(others), entry)
    return best[1] if best is not None else None


def choose_charge(charges: Mapping[str, Decimal], hcpcs: str, modifiers: tuple[str, ...]) -> Decimal | None:
    """Return the usual charge per unit of a line, or None where no entry fits."""
    entry = choose_entry(charges, hcpcs, modifiers)
    return charges[entry] if entry is not None else None


def charge_gaps(
    rules: Rules, service: str, payer: Payer, charges: Mapping[str, Decimal], code: tuple[str, ...], charge: Decimal
) -> Iterator[Gap]:
    """Yield what is wrong with the charge for a code and its modifiers: none at all, or an individual contact's."""
    hcpcs, *modifiers = code
    entry = choose_entry(charges, hcpcs, tuple(modifiers))
    if charge == 0 and payer.purpose == "chargeable":
        full = entry or ":".join((hcpcs, *modifiers))
        yield Gap(
            value="charge",
            severity=Severity.ERROR,
            message=say(
                "charge-of-zero-per-unit",
                "the charge for {service} is 0, and {payer} is billed",
                service=full,
                payer=payer.key,
            ),
            fix="Give the usual charge per unit in peerbill.toml: "
            f'[payers.{payer.key}] charges = {{ "{full}" = "…" }}; to report encounters only, purpose = "reporting".',
        )
    own = _modifiers_of_a_group(rules, service, hcpcs, tuple(modifiers))
    if entry is not None and own and own.isdisjoint(entry.split(":")[1:]):
        wanted = ":".join((hcpcs, *(code for code in modifiers if code in own)))
        yield Gap(
            value="charge",
            severity=Severity.WARNING,
            message=say(
                "no-charge-for-group",
                "there is no charge for {service}: the group is billed at the charge of {billed}",
                service=wanted,
                billed=entry,
            ),
            fix="Give the usual charge per unit of the group in peerbill.toml, even where it is the same: "
            f'[payers.{payer.key}] charges = {{ "{wanted}" = "…" }}',
        )


def _modifiers_of_a_group(rules: Rules, service: str, hcpcs: str, modifiers: tuple[str, ...]) -> frozenset[str]:
    """Return the modifiers that tell a group from the other services of its code; none for another service."""
    answer = rules.service[service].value
    if (answer.mode or service) != "group":
        return frozenset()
    others = [
        frozenset(other.value.modifiers or ())
        for name, other in rules.service.items()
        if other.value.hcpcs == hcpcs and (other.value.mode or name) != "group"
    ]
    if not others:
        return frozenset()
    return frozenset(answer.modifiers or ()).intersection(modifiers).difference(*others)


def schedule_rate(rules: Rules, unit: UnitRule) -> Decimal | None:
    """Return the payer's own rate per unit, None where no text gives one, or gives it per something else."""
    rate = rules.rate
    per_unit = "per" in rate.said and rate.value.per in {"unit", unit.per}
    if rate.value.amount is None or not per_unit:
        return None
    try:
        return Decimal(rate.value.amount)
    except InvalidOperation:
        return None
