"""Which licenses of the agency a policy's row accepts, and which licenses and enrollments are in force on a day."""

import datetime as dt
from collections.abc import Iterable

from peerbill.model.people import License, ProviderEnrollment
from peerbill.model.words import fold
from peerbill.policy import LicenseRule


def kinds_accepted(name: str, rule: LicenseRule) -> frozenset[str]:
    """Return the words of `licenses.kind` that a policy's row accepts: its own name and the kinds that are as good."""
    return frozenset(map(fold, (name, *rule.accepts)))


def of_kinds(licenses: Iterable[License], kinds: frozenset[str], site: str) -> list[License]:
    """Return the licenses of some kinds that are the organisation's or a site's."""
    return [row for row in licenses if fold(row.kind) in kinds and row.site in ("", site)]


def license_in_force(row: License, day: dt.date) -> bool:
    """Tell whether a license held on a day: issued, not expired, not suspended, revoked or applied for."""
    return (
        row.status in ("", "active")
        and row.issued_on is not None
        and row.issued_on <= day
        and (row.expires_on is None or day <= row.expires_on)
    )


def enrollment_in_force(row: ProviderEnrollment, day: dt.date) -> bool:
    """Tell whether an enrollment held on a day: begun, not ended, and neither pending, suspended nor terminated."""
    return (
        row.status in ("", "active")
        and row.from_ is not None
        and row.from_ <= day
        and (row.to is None or day <= row.to)
    )
