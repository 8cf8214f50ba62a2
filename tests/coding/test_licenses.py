"""Which licenses a policy's row accepts, and when licenses and enrollments are in force."""

import datetime as dt

import pytest

from peerbill.coding.licenses import enrollment_in_force, kinds_accepted, license_in_force, of_kinds
from peerbill.model.people import License, ProviderEnrollment
from peerbill.policy import LicenseRule

DAY = dt.date(2026, 3, 2)
BEFORE, AFTER = DAY - dt.timedelta(days=1), DAY + dt.timedelta(days=1)


def test_a_row_accepts_its_own_kind_and_those_that_are_as_good_in_any_spelling() -> None:
    kinds = kinds_accepted("RCO accreditation", LicenseRule(accepts=("CAPRSS",)))

    assert kinds == {"rco-accreditation", "caprss"}
    assert of_kinds([License("caprss", DAY), License("carf", DAY)], kinds, "") == [License("caprss", DAY)]


def test_a_license_of_a_site_is_of_that_site_and_one_without_is_of_all() -> None:
    own, north = License("x", DAY), License("x", DAY, site="north")

    assert of_kinds([own, north], frozenset({"x"}), "") == [own]
    assert of_kinds([own, north], frozenset({"x"}), "north") == [own, north]
    assert of_kinds([own, north], frozenset({"x"}), "south") == [own]


@pytest.mark.parametrize(
    ("first", "last", "status", "holds"),
    [
        (DAY, DAY, "", True),
        (DAY, None, "active", True),
        (AFTER, None, "", False),
        (BEFORE, BEFORE, "", False),
        (None, None, "", False),
        (BEFORE, AFTER, "suspended", False),
    ],
)
def test_a_license_and_an_enrollment_hold_from_their_first_to_their_last_day(
    first: dt.date | None, last: dt.date | None, status: str, holds: bool
) -> None:
    assert license_in_force(License("x", first, last, status), DAY) is holds
    assert enrollment_in_force(ProviderEnrollment("plan", first, last, status), DAY) is holds
