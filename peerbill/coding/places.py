"""Where a service was given: the site or the row of `places` that a claim names."""

import re
from functools import lru_cache

from peerbill.coding.context import Context
from peerbill.model import ids
from peerbill.model.claim import Address, BillingProvider, Facility, Site
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


def site_of(context: Context) -> Site | None:
    """Return the site at whose address the service was given: that of the encounter, where the site has its place."""
    encounter = context.encounter
    site = context.index.records.settings.sites.get(context.site)
    return site if site is not None and not encounter.facility and encounter.place in site.place else None


def facility_of(context: Context) -> Facility | None:
    """Return where a claim says that the service was given, None for the biller's address and the patient's home.

    The biller's own NPI is not sent there: loop 2310C has none for a part of the billing provider (X12 RFI 1845).
    """
    if context.encounter.place == HOME:
        return None
    biller = context.index.records.settings.provider(context.bills_as)
    site = site_of(context)
    if site is not None:
        name, npi, address = site.name, ids.compact(site.npi), site.address
        if _words(address) == _words(biller.address):
            return None
    else:
        row = place_of(context)
        if row is None or _is_own(row, biller):
            return None
        name, npi, address = row.name, ids.compact(row.npi), address_of(row)
    return Facility(name, "" if npi == ids.compact(biller.npi) else npi, address)


def address_of(row: Place) -> Address:
    """Return the address of a place as a claim carries it."""
    return Address(row.street, row.city, row.state, ids.compact(row.zip), row.street2)


def sites_at(context: Context) -> tuple[Site, ...]:
    """Return the sites that have the address or the NPI of the row of `places` that an encounter names."""
    row = context.index.places.get(context.encounter.facility)
    sites = context.index.records.settings.sites.values()
    return tuple(site for site in sites if row is not None and is_at_site(row, site))


def is_at_site(row: Place, site: Site) -> bool:
    """Return whether a row of `places` has the address or the NPI of a site."""
    npi = ids.compact(row.npi)
    return _words(address_of(row)) == _words(site.address) or (bool(npi) and npi == ids.compact(site.npi))


def _is_own(row: Place, biller: BillingProvider) -> bool:
    """Tell whether a place is the billing provider's address: it has that address, or its NPI and no address at all."""
    if not (row.street or row.city or row.zip):
        return bool(row.npi) and ids.compact(row.npi) == ids.compact(biller.npi)
    return _words(address_of(row)) == _words(biller.address)


@lru_cache(maxsize=4096)
def _words(address: Address) -> tuple[str, ...]:
    street = _APART.sub(" ", f"{address.street} {address.street2}".upper()).strip()
    return street, _APART.sub(" ", address.city.upper()).strip(), address.state.upper(), ids.compact(address.zip)[:5]
