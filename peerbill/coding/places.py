"""Where a service was given: the row of `places` that a claim names, and what is told where none is known (PB602)."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache

from peerbill.codes import places_of_service
from peerbill.coding.context import Context
from peerbill.model import ids
from peerbill.model.claim import Address, Facility
from peerbill.model.finding import Citation, Finding, Severity
from peerbill.model.people import Place

_APART = re.compile(r"[\W_]+")

HOME = "12"
"""The patient's home is no service facility (X12 RFI 423)."""


def place_of(context: Context) -> Place | None:
    """Return the row of `places` that an encounter names, else the only one that has its place-of-service code."""
    encounter = context.encounter
    if encounter.facility:
        return context.index.places.get(encounter.facility)
    rows = context.index.places_of_code.get(encounter.place, ())
    # A row that could not be read may have the code too.
    return rows[0] if len(rows) == 1 and not context.index.records.places_unread else None


def facility_of(context: Context) -> Facility | None:
    """Return where a claim says that the service was given, None for the agency's own address and the patient's home.

    The agency's own NPI is not sent there: loop 2310C has none for a part of the billing provider (X12 RFI 1845).
    """
    row = place_of(context)
    if row is None or context.encounter.place == HOME or _is_own(row, context):
        return None
    npi = ids.compact(row.npi)
    own = ids.compact(context.index.records.settings.organization.npi)
    return Facility(row.name, "" if npi == own else npi, address_of(row))


def address_of(row: Place) -> Address:
    """Return the address of a place as a claim carries it."""
    return Address(row.street, row.city, row.state, ids.compact(row.zip), row.street2)


def _is_own(row: Place, context: Context) -> bool:
    """Tell whether a place is the billing provider's address: it has that address, or its NPI and no address at all."""
    organization = context.index.records.settings.organization
    if not (row.street or row.city or row.zip):
        return bool(row.npi) and ids.compact(row.npi) == ids.compact(organization.npi)
    return _words(address_of(row)) == _words(organization.address)


@lru_cache(maxsize=4096)
def _words(address: Address) -> tuple[str, ...]:
    street = _APART.sub(" ", f"{address.street} {address.street2}".upper()).strip()
    return street, _APART.sub(" ", address.city.upper()).strip(), address.state.upper(), ids.compact(address.zip)[:5]


def unnamed_places(contexts: Iterable[Context], citations: tuple[Citation, ...]) -> Iterator[Finding]:
    """Yield PB602 for each place-of-service code at which members were served and nobody knows where that is.

    It is a warning, and an error where the programme says that the payer wants the place (`claim.facility`).
    """
    found: dict[tuple[str, Severity], list[Context]] = defaultdict(list)
    cited: dict[tuple[str, Severity], tuple[Citation, ...]] = {}
    known = places_of_service()
    for context in contexts:
        code = context.encounter.place
        place = known.get(code)
        if context.billed or context.held or context.encounter.facility or place is None or not place.elsewhere:
            continue
        if place_of(context) is not None:
            continue
        claim = context.rules.claim if context.rules is not None else None
        said = claim.said.get("facility") if claim is not None and claim.value.facility else None
        key = (code, said.severity if said is not None else Severity.WARNING)
        found[key].append(context)
        if said is not None:
            cited[key] = said.citations
    for (code, severity), those in sorted(found.items()):
        index = those[0].index
        rows = len(index.places_of_code.get(code, ()))
        unread = index.records.places_unread
        unknown = f"the name and address of place {code} ({known[code].name}) are not known"
        yield Finding(
            code="PB602",
            severity=severity,
            encounter_ids=tuple(sorted(context.encounter.encounter_id for context in those)),
            where="encounters.facility" if rows and not unread else "places.place",
            message=f"rows of places could not be read, so that nobody knows which one has place {code}"
            if unread
            else f"{rows} rows of places have place {code}, and the encounter names none of them"
            if rows
            else f"{unknown}, and the claim does not say where the service was given (loop 2310C)",
            fix="Correct these rows, or name a row in the column facility."
            if unread
            else "Name one in the column facility."
            if rows
            else "Add a row to places: place_id, name, street, city, state, zip (ZIP+4), npi, place. Where it is the "
            "agency's own address, or has none, enter the agency's: the claim then names no other.",
            citations=cited.get((code, severity), ()) + citations,
        )
