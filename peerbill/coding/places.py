"""Where a service was given: the row of `places` that a claim names."""

import re
from functools import lru_cache

from peerbill.coding.context import Context
from peerbill.model import ids
from peerbill.model.claim import Address, Facility
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
