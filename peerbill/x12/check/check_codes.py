"""Values of single segments that lists outside X12 decide: countries, states, ZIP codes, currencies, diagnoses."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from peerbill import codes
from peerbill.model.finding import Severity
from peerbill.model.ids import is_valid_zip, is_valid_zip9
from peerbill.x12.structure import Trouble, is_day, shown, size

REMARKS = {"MIA": (5, 20, 21, 22, 23), "MOA": (3, 4, 5, 6, 7)}
"""Where the segments of an earlier payer's outcome hold remark codes."""

_CANADIAN = re.compile(r"[A-Z][0-9][A-Z][0-9][A-Z][0-9]", re.ASCII)
_SOCIAL_SECURITY = re.compile(r"[0-9]{9}", re.ASCII)


def look_at_town(fields: Sequence[str], *, whole_zip: bool = False) -> Iterator[Trouble]:
    """Judge the country, state and postal code of an N4; `fields` has its id first and at least eight elements.

    State and ZIP code are needed in the United States, of which an address is whose N404 names no other country;
    province and postal code in Canada. `whole_zip`: the loop needs a ZIP code of nine digits.
    """
    country = fields[4]
    if country and not codes.is_country(country):
        yield Trouble("X12-314", "N404", f"N404 is {shown(country, 'N404')}, no two-letter country code of ISO 3166")
    if country == "CA":
        if not codes.is_province(fields[2]):
            yield Trouble("X12-506", "N402", f"N402 is {shown(fields[2], 'N402')}, no province of Canada")
        if not _CANADIAN.fullmatch(fields[3]):
            yield Trouble("X12-508", "N403", "N403 is no Canadian postal code: letter and digit in turn, six in all")
    elif country in ("", "US") or not codes.is_country(country):
        if not codes.is_address_state(fields[2]):
            yield Trouble("X12-506", "N402", f"N402 is {shown(fields[2], 'N402')}, no state or territory")
        if not is_valid_zip(fields[3]):
            yield Trouble("X12-508", "N403", f"N403 is not a ZIP code of five or nine digits: it has {size(fields[3])}")
        elif whole_zip and not is_valid_zip9(fields[3]):
            yield Trouble("X12-508", "N403", "N403 has five digits; nine expected in this loop")


def look_at_accident_place(composite: Sequence[str]) -> Iterator[Trouble]:
    """Judge CLM11-4, the state of an accident, and CLM11-5, its country; `composite` has the components of CLM11."""
    state, country = [*composite[3:5], "", ""][:2]
    if state and not (codes.is_address_state(state) or codes.is_province(state)):
        yield Trouble("X12-506", "CLM11-4", f"CLM11-4 is {shown(state, 'CLM11-4')}, no state or province")
    if country and not codes.is_country(country):
        yield Trouble(
            "X12-314", "CLM11-5", f"CLM11-5 is {shown(country, 'CLM11-5')}, no two-letter country code of ISO 3166"
        )


def look_at_currency(fields: Sequence[str]) -> Iterator[Trouble]:
    """Judge the currency of a CUR."""
    if not codes.is_currency(fields[2]):
        yield Trouble("X12-315", "CUR02", f"CUR02 is {shown(fields[2], 'CUR02')}, no currency of ISO 4217")


def look_at_social_security(fields: Sequence[str]) -> Iterator[Trouble]:
    """Judge a REF*SY."""
    if fields[1] == "SY" and not _SOCIAL_SECURITY.fullmatch(fields[2]):
        yield Trouble(
            "X12-316", "REF02", f"REF*SY is no Social Security number: it has {size(fields[2])}, not 9 digits"
        )


def look_at_remarks(fields: Sequence[str]) -> Iterator[Trouble]:
    """Judge the remark codes (RARC) of an MIA or MOA."""
    for place in REMARKS[fields[0]]:
        if fields[place] and codes.rarc(fields[place]) is None:
            name = f"{fields[0]}{place:02}"
            yield Trouble("X12-317", name, f"{name} is {shown(fields[place], name)}, no remark code (RARC)")


@lru_cache(maxsize=4096)
def is_covered(day: str) -> bool:
    """Return whether the package's release of ICD-10-CM holds on a day CCYYMMDD."""
    if not is_day(day):
        return False
    return codes.icd10cm_release().covers(dt.date(int(day[:4]), int(day[4:6]), int(day[6:])))


@lru_cache(maxsize=4096)
def has_begun(day: str) -> bool:
    """Return whether the package's release of ICD-10-CM is of a day CCYYMMDD or of an earlier day."""
    return is_day(day) and f"{codes.icd10cm_release().from_:%Y%m%d}" <= day


@lru_cache(maxsize=8192)
def judge_diagnosis(code: str, covered: bool, begun: bool) -> tuple[Severity, str] | None:
    """Report the faults of a diagnosis; it is an error where the release at hand is that of the day of service.

    Later releases add codes below the categories that there are, and make headings of codes, not codes of headings.
    """
    if not code:
        return None
    if "." in code:
        return Severity.ERROR, "has a dot"
    if not codes.is_diagnosis_shape(code) or code != code.upper():
        return Severity.ERROR, "is not an ICD-10-CM code"
    entry = codes.diagnosis(code)
    if entry is None:
        is_error = covered or (begun and codes.diagnosis(code[:3]) is None)
        return Severity.ERROR if is_error else Severity.WARNING, "is not in ICD-10-CM"
    if not entry.billable:
        return Severity.ERROR if begun else Severity.WARNING, "is a heading; a longer code below it is needed"
    return None
