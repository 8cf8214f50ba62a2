"""PB606: the site of an encounter, which decides who bills and where the claim says that the service was given."""

import re
from collections.abc import Iterator

from peerbill.checks.base import Problem, check, problem
from peerbill.coding.context import Context, Situation
from peerbill.coding.places import is_at_site, sites_at
from peerbill.model.claim import Site
from peerbill.model.finding import Severity
from peerbill.model.sentence import say

_LIKE_A_KEY = re.compile(r"[A-Za-z0-9_.-]{1,20}")
_FACILITY = "encounters.facility"


def _sites_matter(situation: Situation) -> bool:
    return bool(situation.index.records.settings.sites or situation.site)


@check("PB606", needs=_sites_matter, looks_at="situation")
def site_is_known(context: Context) -> Iterator[Problem]:
    """Where the agency has sites, each encounter has one of them, and its service facility agrees with it.

    Why it matters: the site decides who bills and where the claim says that the service was given.

    Passes: site "north" in the encounter, or in staff for the peer, where peerbill.toml has [sites.north].

    Fails: no site in either; a site that peerbill.toml does not have; a facility that is another site; a place of
    service code that both the site and a row of places have. A facility with a code of the site is a warning.
    """
    sites = context.index.records.settings.sites
    if context.site in sites:
        yield from _facility_agrees(context, sites[context.site])
    elif sites or context.site:
        yield _unknown(context, tuple(sites))


def _unknown(context: Context, sites: tuple[str, ...]) -> Problem:
    """Return that the encounter has no site, or one that the settings do not have."""
    site, staff_id = context.site, context.encounter.staff_id
    if not site:
        message = say("no-site", "neither the encounter nor {staff_id} names a site", staff_id=staff_id)
        fix = f"Enter the site, in encounters or in staff: {', '.join(sites)}."
        return problem(context, "encounters.site", message, fix)
    known = sites or ("none",)
    message = say("site-not-known", "the site is not one of [sites] in peerbill.toml ({sites})", sites=known)
    if _LIKE_A_KEY.fullmatch(site):
        message = say(
            "site-not-one-of-them", "{site} is not one of [sites] in peerbill.toml ({sites})", site=site, sites=known
        )
    where = "encounters.site" if context.encounter.site else "staff.site"
    return problem(context, where, message, "Correct site, or add its table [sites.KEY] to peerbill.toml.")


def _facility_agrees(context: Context, site: Site) -> Iterator[Problem]:
    """Yield where the row of `places`, or the code of the place, is not the site's alone."""
    encounter = context.encounter
    row = context.index.places.get(encounter.facility)
    is_of_site = encounter.place in site.place
    if row is not None:
        others = sites_at(context)
        if others and site not in others:
            message = say(
                "facility-of-another-site",
                "{place_id} of places is site {other}, and the site of the encounter is {site}",
                place_id=row.place_id,
                other=others[0].key,
                site=site.key,
            )
            yield problem(context, _FACILITY, message, "Correct site or facility.")
        elif is_of_site and not others and encounter.place not in row.place:
            message = say(
                "facility-beside-the-site",
                "place {place} is an address of site {site}, and facility names {place_id}",
                place=encounter.place,
                site=site.key,
                place_id=row.place_id,
            )
            fix = "Correct place or facility, or add the place to the row of places."
            yield problem(context, _FACILITY, message, fix, severity=Severity.WARNING)
    elif is_of_site and not encounter.facility:
        rows = [row for row in context.index.places_of_code.get(encounter.place, ()) if not is_at_site(row, site)]
        if rows:
            message = say(
                "place-of-site-and-row",
                "place {place} is that of site {site} and of {place_id} in places",
                place=encounter.place,
                site=site.key,
                place_id=rows[0].place_id,
            )
            fix = f"Name facility, or take the code out of that row or out of place in [sites.{site.key}]."
            yield problem(context, _FACILITY, message, fix)
