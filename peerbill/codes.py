"""National code lists: places, modifiers, HCPCS, taxonomy, states, diagnoses, answers of payers, kinds of support.

The lists are data of the package, in `codesets/national/`; each is read once, when first asked for. A name is our own
short wording, not the code owner's. Questions about a code take it as it is written in a claim: upper case, without
spaces; a diagnosis may have its dot.
"""

import datetime as dt
import lzma
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cache, lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Final

import attrs

from peerbill.model.finding import Citation

_DATA: Final = "peerbill.codesets.national"
_ICD10CM_BEGAN: Final = dt.date(2015, 10, 1)


@attrs.frozen
class PlaceOfService:
    """A place of service code.

    `from_` is the first day of service on which it is valid, where that was read; `telehealth` marks the places of a
    contact by video or audio, `elsewhere` those that claims name in loop 2310C where they are not the agency's own,
    `inpatient` those at which a patient was admitted.
    """

    code: str
    name: str
    from_: dt.date | None = None
    note: str = ""
    telehealth: bool = False
    elsewhere: bool = True
    inpatient: bool = False


@attrs.frozen
class Modifier:
    """A modifier. `kind`: service, staff-level, telehealth, state-defined, other; `status`: secondary, unconfirmed."""

    code: str
    name: str
    kind: str
    status: str
    read_in: str = ""
    note: str = ""


@attrs.frozen
class Procedure:
    """A HCPCS code met with peer support.

    `minutes` (length of a unit) and `per` (minutes, service, day, or "" for not known) are what the national
    definition implies; the payer's policy decides. `status`: secondary or unconfirmed.
    """

    code: str
    name: str
    status: str
    minutes: int | None = None
    per: str = ""
    read_in: str = ""
    note: str = ""


@attrs.frozen
class Taxonomy:
    """A provider taxonomy code. `kind`: individual, group; `status`: secondary, unconfirmed."""

    code: str
    name: str
    kind: str
    status: str


@attrs.frozen
class Diagnosis:
    """An ICD-10-CM code without its dot. A code that is not `billable` is a heading: use a code below it."""

    code: str
    billable: bool

    @property
    def dotted(self) -> str:
        """The code as people write it, e.g. F11.20."""
        return f"{self.code[:3]}.{self.code[3:]}" if len(self.code) > 3 else self.code


@attrs.frozen
class Meaning:
    """A code that a payer answers with, in our own short wording. `status`: secondary, unconfirmed (a label only).

    `retired` marks a code that is no longer in use.
    """

    code: str
    meaning: str
    status: str
    citations: tuple[Citation, ...] = ()
    retired: bool = False

    @property
    def words(self) -> str:
        """The meaning as it is shown to people, e.g. "service not covered [code no longer in use]"."""
        return f"{self.meaning} [code no longer in use]" if self.retired else self.meaning


@attrs.frozen
class AdjustmentReason(Meaning):
    """A CARC. `act` is the remedy, in sentences, or ""; `groups` the only groups (CAS01) it may be used with, if any.

    `effect` is what it does to a payment under one of `effect_groups` (any, where empty): share, contract or
    prior-payer; "" means a denial. `forwarded`: the payer passed the claim on. `incomplete`: the claim lacks something
    or has an error, and is to be corrected and sent to the same payer again.
    """

    act: str = ""
    groups: tuple[str, ...] = ()
    effect: str = ""
    effect_groups: tuple[str, ...] = ()
    forwarded: bool = False
    incomplete: bool = False


@attrs.frozen
class Remark(Meaning):
    """A RARC. `forwarded`: the payer passed the claim on to another payer.

    `alert` marks a remark that informs and explains no adjustment. `again` is how the payer wants the claim once more:
    "new" (not as a replacement), "no", or "" where the remark says nothing of it; `appeal` is false where it says that
    there is no right of appeal.
    """

    forwarded: bool = False
    alert: bool = False
    again: str = ""
    appeal: bool = True

    @property
    def words(self) -> str:
        """The meaning as it is shown to people, e.g. "alert: you may appeal"."""
        return f"alert: {super().words}" if self.alert else super().words


@attrs.frozen
class ClaimCategory(Meaning):
    """A claim status category.

    `kind`: received, accepted, rejected, pending, final, request, search, system, in-progress, other.
    """

    kind: str = ""


@attrs.frozen
class RemittanceStatus(Meaning):
    """A status of a claim in a remittance (CLP02).

    `decides` is false for a status that is no decision on the claim; `forwarded`: the payer passed the claim on.
    """

    decides: bool = True
    forwarded: bool = False


@attrs.frozen
class CodeSetRelease:
    """The release of a code set in the package, and the days of service it was published for."""

    citation: Citation
    from_: dt.date
    to: dt.date

    def covers(self, day: dt.date) -> bool:
        """Return whether a day of service lies in the release's days, both included."""
        return self.from_ <= day <= self.to


@attrs.frozen
class SupportType:
    """A kind of peer support; `activities` maps the words of encounters.activity to their meanings."""

    name: str
    definition: str
    examples: tuple[str, ...]
    activities: Mapping[str, str]
    citations: tuple[Citation, ...]


@cache
def _table(name: str) -> Mapping[str, Any]:
    return MappingProxyType(tomllib.loads(_text(name)))


def _text(name: str) -> str:
    return resources.files(_DATA).joinpath(name).read_text(encoding="utf-8")


def _citation(source: Mapping[str, Any], where: str = "") -> Citation:
    """Read a source; its `kind` is how sure it is."""
    return Citation(
        title=source["title"],
        url=source.get("url", ""),
        date=source.get("date", ""),
        status=source.get("kind", ""),
        where=where or source.get("where", ""),
    )


@cache
def code_set_citation(name: str) -> Citation:
    """Return where a list was read, such as place_of_service, delay_reasons, policyholders, modifiers or icd10cm."""
    return _citation(_table(f"{name}.toml")["source"])


# Places


@cache
def places_of_service() -> Mapping[str, PlaceOfService]:
    """Return all assigned places of service by code (X12 code source 237; element CLM05-1)."""
    places = (
        PlaceOfService(
            row["code"],
            row["name"],
            row.get("from"),
            row.get("note", ""),
            row.get("telehealth", False),
            row.get("elsewhere", True),
            row.get("inpatient", False),
        )
        for row in _table("place_of_service.toml")["place"]
    )
    return MappingProxyType({place.code: place for place in places})


def is_place_of_service(code: str, on: dt.date | None = None) -> bool:
    """Return whether a place of service code is assigned, and on a day of service was already.

    >>> is_place_of_service("27", dt.date(2023, 9, 30)), is_place_of_service("27", dt.date(2023, 10, 1))
    (False, True)
    """
    place = places_of_service().get(code)
    return place is not None and (on is None or place.from_ is None or place.from_ <= on)


def is_inpatient_place(code: str) -> bool:
    """Return whether a patient was admitted at a place of service: a claim names the day (DTP*435).

    >>> [code for code in places_of_service() if is_inpatient_place(code)]
    ['21', '51', '61']
    """
    place = places_of_service().get(code)
    return place is not None and place.inpatient


def is_telehealth_place(code: str) -> bool:
    """Return whether a place of service is for telehealth.

    >>> is_telehealth_place("02"), is_telehealth_place("10"), is_telehealth_place("11"), is_telehealth_place("")
    (True, True, False, False)
    """
    place = places_of_service().get(code)
    return place is not None and place.telehealth


@cache
def delay_reasons() -> Mapping[str, str]:
    """Return what each reason for a late claim means, by code (X12 element 1514; CLM20)."""
    return MappingProxyType({row["code"]: row["name"] for row in _table("delay_reasons.toml")["reason"]})


@cache
def policyholder_relationships() -> Mapping[str, str]:
    """Return the code of each word for what a member is to the policyholder (X12 element 1069; SBR02 of loop 2320)."""
    return MappingProxyType({row["word"]: row["code"] for row in _table("policyholders.toml")["relationship"]})


# Institutional claims

NOT_KNOWN: Final = "9"
"""Type of admission (CL101) and point of origin (CL102): the information is not available."""


@attrs.frozen
class InstitutionalCode:
    """A code of the NUBC's lists in CL1 or CLM05-1.

    Attributes:
        code: as a claim has it; a type of bill without its frequency.
        name: what it means, in our own words.
        newborn: the type of admission of a newborn, or a point of origin that newborns have too.
        stays: a patient status of somebody who is still a patient.
        hospice: a patient status for hospice bills only.
        inpatient: a type of bill of a stay, which has an admission and an admitting diagnosis.
        days: a type of bill whose lines may be days of a stay, without a date of their own.
        residential: a type of bill that may have room and board though it is not inpatient.
        origin: whether a type of bill needs a point of origin.
        status: secondary where a public list has it, else unconfirmed.

    """

    code: str
    name: str
    newborn: bool = False
    stays: bool = False
    hospice: bool = False
    inpatient: bool = False
    days: bool = False
    residential: bool = False
    origin: bool = True
    status: str = "secondary"


@cache
def _institutional(table: str) -> Mapping[str, InstitutionalCode]:
    return MappingProxyType({row["code"]: InstitutionalCode(**row) for row in _table("institutional.toml")[table]})


def admission_types() -> Mapping[str, InstitutionalCode]:
    """Return the types (priorities) of an admission or visit by code: CL101."""
    return _institutional("admission_type")


def points_of_origin() -> Mapping[str, InstitutionalCode]:
    """Return from where a patient may have come, by code: CL102."""
    return _institutional("point_of_origin")


def patient_statuses() -> Mapping[str, InstitutionalCode]:
    """Return the statuses of a patient at the end of a statement's days, by code: CL103."""
    return _institutional("patient_status")


def types_of_bill() -> Mapping[str, InstitutionalCode]:
    """Return the types of bill without their frequency, by code: CLM05-1 of an institutional claim."""
    return _institutional("type_of_bill")


@lru_cache(maxsize=1024)
def is_revenue_code(code: str) -> bool:
    """Return whether a text is a revenue code of a line: four digits, in a block that is in use (SV201).

    >>> [is_revenue_code(code) for code in ("0914", "914", "9999", "0001")]
    [True, False, False, False]
    """
    return _revenue_block(code) is not None


@lru_cache(maxsize=1024)
def is_told_by_procedure(revenue_code: str) -> bool:
    """Return whether outpatient services of a revenue code need a procedure code: clinics, behavioral health."""
    block = _revenue_block(revenue_code)
    return block is not None and bool(block.get("coded"))


@lru_cache(maxsize=1024)
def is_room_and_board(revenue_code: str) -> bool:
    """Return whether a revenue code is of room and board."""
    block = _revenue_block(revenue_code)
    return block is not None and bool(block.get("room"))


def _revenue_block(code: str) -> Mapping[str, Any] | None:
    if len(code) != len("0000") or not (code.isascii() and code.isdigit()):
        return None
    rows: Iterable[Mapping[str, Any]] = _table("institutional.toml")["revenue_code"]
    return next((row for row in rows if row["from"] <= code <= row["to"]), None)


@lru_cache(maxsize=1024)
def is_claim_information(qualifier: str, code: str) -> bool:
    """Return whether a code can be of its list in HI: condition (BG), occurrence (BH), its span (BI), value (BE).

    Where no list of the first letters was read, any letter can.

    >>> [is_claim_information("BH", code) for code in ("11", "00", "70", "A3", "ZZ", "a3")]
    [True, False, False, True, True, False]
    >>> is_claim_information("BG", "ZZ")
    False
    """
    row = _table("institutional.toml")["information"][qualifier]
    if len(code) != len("00") or not code.isascii():
        return False
    if code.isdigit():
        return bool(row["from"] <= code <= row["to"])
    if not (code[0].isalpha() and code[1].isalnum() and code == code.upper()):
        return False
    return code[0] in row["first"] or not row.get("letters_confirmed", True)


def is_known_information(qualifier: str, code: str) -> bool:
    """Return whether a code is a number, or begins with a letter that is known to be in use in its list.

    >>> [is_known_information("BH", code) for code in ("11", "A3", "ZZ")]
    [True, True, False]
    """
    return code.isdigit() or code[:1] in _table("institutional.toml")["information"][qualifier]["first"]


# Procedures and modifiers


@cache
def modifiers() -> Mapping[str, Modifier]:
    """Return the modifiers met with peer support, by code. A modifier may be valid and not be listed."""
    return MappingProxyType({row["code"]: Modifier(**row) for row in _table("modifiers.toml")["modifier"]})


def is_modifier_shape(code: str) -> bool:
    """Return whether a text has the shape of a modifier: two capitals or digits (SV101-3 to SV101-6).

    >>> is_modifier_shape("HQ"), is_modifier_shape("95"), is_modifier_shape("hq"), is_modifier_shape("HQ1")
    (True, True, False, False)
    """
    return len(code) == 2 and code.isascii() and code.isalnum() and code == code.upper()


@cache
def procedures() -> Mapping[str, Procedure]:
    """Return the HCPCS codes met with peer support, by code. A code may be valid and not be listed."""
    return MappingProxyType({row["code"]: Procedure(**row) for row in _table("hcpcs.toml")["code"]})


def procedure_citation(code: str) -> Citation:
    """Return where the definition of a HCPCS code on the package's list was read."""
    return attrs.evolve(code_set_citation("hcpcs"), where=f"{code}: {procedures()[code].read_in}")


def is_known_hcpcs(code: str) -> bool:
    """Return whether a code is on the package's list of codes met with peer support; many valid codes are not."""
    return code in procedures()


@lru_cache(maxsize=4096)
def is_hcpcs_shape(code: str) -> bool:
    """Return whether a text has the shape of a procedure code for SV101-2.

    HCPCS Level II: a letter A to V and four digits. CPT: five digits, or four digits and a letter. Codes from W on
    were local ones, which ended in 2003.

    >>> [is_hcpcs_shape(code) for code in ("H0038", "99408", "0362T", "W0038", "h0038", "H38")]
    [True, True, True, False, False, False]
    """
    if len(code) != 5 or not code.isascii():
        return False
    if code[:4].isdigit():
        return code[4].isdigit() or code[4].isupper()
    return "A" <= code[0] <= "V" and code[1:].isdigit()


@lru_cache(maxsize=4096)
def is_plausible_hcpcs(code: str) -> bool:
    """Return whether a text can be a procedure code: its shape and, for H and T, the assigned ranges.

    The package has no full list of HCPCS or CPT codes, so an unassigned code may pass; a refused code is surely a slip.
    The ranges and their sources are in codesets/national/hcpcs.toml.

    >>> [is_plausible_hcpcs(code) for code in ("H0038", "H9999", "T1012", "T0999", "S9999")]
    [True, False, True, False, True]
    """
    if not is_hcpcs_shape(code):
        return False
    ranges = [(row["first"], row["last"]) for row in _table("hcpcs.toml")["range"] if row["first"][0] == code[0]]
    return not ranges or any(first <= code <= last for first, last in ranges)


# Providers and addresses


@cache
def taxonomies() -> Mapping[str, Taxonomy]:
    """Return the taxonomy codes met with peer support, by code (X12 code source 682; element PRV03)."""
    return MappingProxyType({row["code"]: Taxonomy(**row) for row in _table("taxonomy.toml")["taxonomy"]})


@cache
def us_states() -> Mapping[str, str]:
    """Return the names of states, the District of Columbia and the territories by their two letters."""
    table = _table("us_states.toml")
    return MappingProxyType(table["state"] | table["territory"])


def states_and_district() -> Mapping[str, str]:
    """Return the names of the 50 states and the District of Columbia by their two letters."""
    return MappingProxyType(_table("us_states.toml")["state"])


def is_us_state(code: str) -> bool:
    """Return whether two letters name a state, the District of Columbia or a territory.

    >>> is_us_state("MI"), is_us_state("PR"), is_us_state("AE"), is_us_state("XX")
    (True, True, False, False)
    """
    return code in us_states()


def is_address_state(code: str) -> bool:
    """Return whether two letters may be the state of an address (N402): also military and associated post."""
    return code in us_states() or code in _table("us_states.toml")["post"]


@cache
def _iso(table: str) -> frozenset[str]:
    return frozenset(_table("iso.toml")["codes"][table].split())


def is_country(code: str) -> bool:
    """Return whether two letters are a country of ISO 3166-1 (N404).

    >>> is_country("MX"), is_country("US"), is_country("ZZ"), is_country("CAN")
    (True, True, False, False)
    """
    return code in _iso("countries")


def is_currency(code: str) -> bool:
    """Return whether three letters are a currency of ISO 4217 (CUR02).

    >>> is_currency("USD"), is_currency("US")
    (True, False)
    """
    return code in _iso("currencies")


def is_province(code: str) -> bool:
    """Return whether two letters are a province or territory of Canada (N402).

    >>> is_province("ON"), is_province("MI")
    (True, False)
    """
    return code in _iso("provinces")


# Diagnoses


@cache
def icd10cm_release() -> CodeSetRelease:
    """Return which release of ICD-10-CM the package holds: the one of April 2026.

    It has no days for single codes. A code that was retired before the release is refused for every day of service,
    such as F50.2, which was divided on 2024-10-01; a code that a later release adds is not known here, so that for
    service after `to` an unknown code is a warning instead of being refused (PB404).
    """
    table = _table("icd10cm.toml")
    return CodeSetRelease(_citation(table["source"]), table["release"]["from"], table["release"]["to"])


@cache
def _diagnoses_by_letter() -> Mapping[str, bytes]:
    """Divide the sorted list into a run of lines for each first letter, with a line feed before and after each code."""
    packed = resources.files(_DATA).joinpath("icd10cm.txt.xz").read_bytes()
    lines = b"\n" + lzma.decompress(packed) + b"\n"
    runs: dict[str, bytes] = {}
    start = 0
    while start < len(lines) - 1:
        letter = lines[start + 1 : start + 2]
        last = lines.rfind(b"\n" + letter)
        end = lines.index(b"\n", last + 1)
        runs[letter.decode("ascii")] = lines[start : end + 1]
        start = end
    return MappingProxyType(runs)


def compact_diagnosis(text: str) -> str:
    """Return a diagnosis as HI wants it: capitals, without spaces around it and without the dot after three characters.

    A dot anywhere else stays, so that the code is then not known.

    >>> compact_diagnosis(" f11.20 "), compact_diagnosis("F1120"), compact_diagnosis("F1.120")
    ('F1120', 'F1120', 'F1.120')
    """
    code = text.strip().upper()
    return code[:3] + code[4:] if code[3:4] == "." and len(code) > 4 else code


@lru_cache(maxsize=4096)
def is_diagnosis_shape(code: str) -> bool:
    """Return whether a text has the shape of an ICD-10-CM code, with or without its dot.

    Three to seven characters: a letter, a digit or A, a digit or A or B, then letters or digits.

    >>> [is_diagnosis_shape(code) for code in ("F11.20", "F1120", "F1.120", "303.90", "F11.", "F")]
    [True, True, False, False, False, False]
    """
    code = compact_diagnosis(code)
    if not (3 <= len(code) <= 7 and code.isascii() and code.isalnum()):
        return False
    return code[0].isalpha() and code[1] in "0123456789A" and code[2] in "0123456789AB"


def is_never_principal(code: str) -> bool:
    """Return whether the guidelines of ICD-10-CM bar a code, without its dot, from the first place.

    These are external causes (V00 to Y99, guideline I.C.20) and codes of a sequela (seventh character S, I.B.10).

    >>> [is_never_principal(code) for code in ("Y92009", "S060X0S", "S060X0A", "F1120")]
    [True, True, False, False]
    """
    return code[:1] in {"V", "W", "X", "Y"} or (len(code) == 7 and code[6] == "S")


@lru_cache(maxsize=4096)
def diagnosis(code: str) -> Diagnosis | None:
    """Return what ICD-10-CM says of a code, with or without its dot; None if the release does not have it.

    The package holds one release (see `icd10cm_release`) and looks no day up in it: ask `icd10cm_release().covers`
    before refusing a code for service on another day, since codes come and go each 1 October and 1 April.

    >>> diagnosis("F11.20"), diagnosis("F11.2"), diagnosis("F11.99X")
    (Diagnosis(code='F1120', billable=True), Diagnosis(code='F112', billable=False), None)
    """
    if not is_diagnosis_shape(code):
        return None
    code = compact_diagnosis(code)
    lines = _diagnoses_by_letter().get(code[0], b"")
    line = f"\n{code}\n".encode("ascii")
    at = lines.find(line)
    if at < 0:
        return None
    # The list is sorted, so that a heading is followed by a code that begins with it.
    return Diagnosis(code, billable=not lines.startswith(code.encode("ascii"), at + len(line)))


def is_known_diagnosis(code: str) -> bool:
    """Return whether ICD-10-CM has a code, be it a heading or billable."""
    return diagnosis(code) is not None


def is_billable_diagnosis(code: str, on: dt.date | None = None) -> bool:
    """Return whether a diagnosis may be billed: a code of ICD-10-CM without codes below it.

    Before 2015-10-01 claims had ICD-9-CM codes, so no code is billable then. Otherwise the day changes nothing: the
    package holds one release, that of April 2026 (see `diagnosis`).

    >>> [is_billable_diagnosis(code) for code in ("F32.A", "F32", "F32.Z")]
    [True, False, False]
    """
    entry = diagnosis(code)
    return entry is not None and entry.billable and (on is None or on >= _ICD10CM_BEGAN)


# What payers answer with


class _Meanings(Mapping[str, Any]):
    """A list of codes, each read when it is looked up: a list has hundreds, of which a remittance has a few.

    A row begins with its code, and the sources are before all rows.
    """

    def __init__(self, file: str, table: str, kind: type[Meaning]) -> None:
        head, *rows = _text(file).split("\n[[")
        begin = f'{table}]]\ncode = "'
        found = [row for row in rows if row.startswith(begin)]
        self._kind, self._head = kind, tomllib.loads(head)
        self._rows = {row[len(begin) : row.index('"', len(begin))]: row.partition("\n")[2] for row in found}
        self._read: dict[str, Meaning] = {}

    def __getitem__(self, code: str) -> Meaning:
        if code not in self._read:
            self._read[code] = _meaning(self._kind, tomllib.loads(self._rows[code]), self._head)
        return self._read[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


_meanings = cache(_Meanings)


def _meaning(kind: type[Meaning], row: Mapping[str, Any], head: Mapping[str, Any]) -> Meaning:
    """Return what a row of a list says; `head` has its sources."""
    given = row.get("source", ())
    cited = tuple(_cited(head, source) for source in ([given] if isinstance(given, str) else given))
    more = {"retired": row.get("retired", False)}
    if kind is AdjustmentReason:
        more |= {"act": row.get("act", ""), "effect": row.get("effect", "")}
        more["incomplete"] = row.get("incomplete", False)
        more |= {name: tuple(row.get(name, ())) for name in ("groups", "effect_groups")}
    if kind in {AdjustmentReason, Remark, RemittanceStatus}:
        more["forwarded"] = row.get("forwarded", False)
    if kind is Remark:
        more |= {"alert": row.get("alert", False), "again": row.get("again", ""), "appeal": row.get("appeal", True)}
    if kind is RemittanceStatus:
        more["decides"] = row.get("decides", True)
    if kind is ClaimCategory:
        more["kind"] = row["class"]
    return kind(row["code"], row["meaning"], row["status"], cited, **more)


def carc(code: str) -> AdjustmentReason | None:
    """Return a claim adjustment reason code (CAS02), also one no longer in use; None for one that is in no list yet.

    >>> carc("29").meaning, carc("18").groups, carc("9999")
    ('timely filing limit passed', ('OA',), None)
    """
    reason: AdjustmentReason | None = _meanings("carc.toml", "carc", AdjustmentReason).get(code)
    return reason


_REASON = re.compile(r"(P?)([1-9][0-9]{0,2})", re.ASCII)
"""Claim adjustment reasons of the two series to which X12 still adds codes: plain numbers, and P for casualty."""


@cache
def _last_reasons() -> Mapping[str, int]:
    reasons: Iterable[str] = _meanings("carc.toml", "carc", AdjustmentReason)
    numbers = [(match[1], int(match[2])) for match in map(_REASON.fullmatch, reasons) if match]
    return {series: max(number for of, number in numbers if of == series) for series, _ in numbers}


def is_newer_reason(code: str) -> bool:
    """Return whether a claim adjustment reason code that the list does not have may have been added since.

    X12 adds a few three times a year, in order: a number far beyond the last is no code.

    >>> [is_newer_reason(code) for code in ("45", "399", "9999", "999", "045", "B99", "N130")]
    [False, True, False, False, False, False, False]
    """
    match = _REASON.fullmatch(code)
    last = _last_reasons().get(match[1], 0) if match else 0
    return match is not None and last < int(match[2]) <= last + 100


SHARE, CONTRACT, PRIOR_PAYER = "share", "contract", "prior-payer"


@lru_cache(maxsize=4096)
def adjustment_effect(group: str, reason: str) -> str:
    """Return what a group and reason of CAS do to a payment: share, contract or prior-payer; "" where they refuse it.

    A reason that is not known here refuses: nobody has read that it does not.

    >>> adjustment_effect("PR", "1"), adjustment_effect("PI", "45"), adjustment_effect("PR", "45")
    ('share', 'contract', '')
    """
    entry = carc(reason)
    if entry is None or (entry.effect_groups and group not in entry.effect_groups):
        return ""
    return entry.effect


def reasons_of(effect: str) -> Mapping[str, tuple[str, ...]]:
    """Return the adjustment reasons of an effect, each with the groups under which it has it; () for any group."""
    reasons: Mapping[str, AdjustmentReason] = _meanings("carc.toml", "carc", AdjustmentReason)
    return {code: one.effect_groups for code, one in reasons.items() if one.effect == effect}


def is_forwarded(status: str, reasons: Iterable[str] = (), remarks: Iterable[str] = ()) -> bool:
    """Return whether CLP02, an adjustment reason or a remark code says that the payer passed the claim on itself."""
    entries = (remittance_status(status), *map(carc, reasons), *map(rarc, remarks))
    return any(entry is not None and entry.forwarded for entry in entries)


def is_incomplete(reason: str) -> bool:
    """Return whether an adjustment reason says that the claim lacks something or has an error: nothing was decided.

    >>> is_incomplete("16"), is_incomplete("96"), is_incomplete("9999")
    (True, False, False)
    """
    entry = carc(reason)
    return entry is not None and entry.incomplete


def adjustment_group(code: str) -> Meaning | None:
    """Return the group of an adjustment (CAS01): CO, PR, OA, PI, CR."""
    meaning: Meaning | None = _meanings("carc.toml", "group", Meaning).get(code)
    return meaning


def provider_adjustment(code: str) -> Meaning | None:
    """Return a reason for money beside the claims (PLB03-1 and the like), or None where it is not known here.

    >>> provider_adjustment("WO").meaning
    'overpayment taken back'
    """
    meaning: Meaning | None = _meanings("carc.toml", "provider", Meaning).get(code)
    return meaning


def rarc(code: str) -> Remark | None:
    """Return a remittance advice remark code (LQ02, MIA, MOA); None for a code in no public list.

    >>> rarc("N362").words, rarc("N210").words, rarc("N9999")
    ('more units than the allowed maximum', 'alert: you may appeal', None)
    """
    remark: Remark | None = _meanings("rarc.toml", "rarc", Remark).get(code)
    return remark


def claim_category(code: str) -> ClaimCategory | None:
    """Return a claim status category (STC01-1): all 48 of a published list; None for a newer category.

    >>> [claim_category(code).kind for code in ("A1", "A2", "A3", "A7", "F2")]
    ['received', 'accepted', 'rejected', 'rejected', 'final']
    """
    category: ClaimCategory | None = _meanings("claim_status.toml", "category", ClaimCategory).get(code)
    return category


def claim_status(code: str) -> Meaning | None:
    """Return a claim status code (STC01-2), also one no longer in use; None for one that is in no list yet.

    >>> claim_status("500").words, claim_status("67").words
    ("the party's ZIP code", 'paid in full [code no longer in use]')
    """
    status: Meaning | None = _meanings("claim_status.toml", "code", Meaning).get(code)
    return status


def claim_entity(code: str) -> Meaning | None:
    """Return whom a claim status is about (STC01-3): all that the guide of the 277CA names, and others met."""
    entity: Meaning | None = _meanings("claim_status.toml", "entity", Meaning).get(code)
    return entity


@lru_cache(maxsize=256)
def remittance_status(code: str) -> RemittanceStatus | None:
    """Return the status of a claim in a remittance (CLP02)."""
    status: RemittanceStatus | None = _meanings("remittance_status.toml", "remittance", RemittanceStatus).get(code)
    return status


def interchange_note(code: str) -> Meaning | None:
    """Return what a TA1 says of an interchange (TA105)."""
    note: Meaning | None = _meanings("claim_status.toml", "interchange", Meaning).get(code)
    return note


def refusal_reason(code: str) -> Meaning | None:
    """Return why a payer did not answer a question about eligibility (AAA03), or None where it is not known here.

    >>> refusal_reason("75").meaning
    'the payer knows no such member'
    """
    reason: Meaning | None = _meanings("eligibility.toml", "refusal", Meaning).get(code)
    return reason


# Kinds of peer support, and who says that a check matters


@cache
def support_types() -> Mapping[str, SupportType]:
    """Return the four kinds of peer support by name: emotional, informational, instrumental, affiliational."""
    return _support_types(_table("peer_support.toml"))


def _support_types(table: Mapping[str, Any]) -> Mapping[str, SupportType]:
    return MappingProxyType(
        {
            name: SupportType(
                name,
                row["definition"],
                tuple(row["examples"]),
                MappingProxyType(table["activity"][name]),
                tuple(_cited(table, source) for source in row["source"]),
            )
            for name, row in table["support-type"].items()
        }
    )


def _cited(table: Mapping[str, Any], said: str) -> Citation:
    """Look up `KEY where` among a table's sources, as policy rows cite."""
    key, _, where = said.partition(" ")
    return _citation(table["source"][key], where)


def is_activity(word: str, support_type: str = "") -> bool:
    """Return whether a word names an activity of peer support: of a kind where `kind` is given, else of any.

    >>> is_activity("mentoring", "emotional"), is_activity("mentoring", "instrumental"), is_activity("mentoring")
    (True, False, True)
    """
    kinds = support_types()
    if support_type:
        return support_type in kinds and word in kinds[support_type].activities
    return any(word in kind.activities for kind in kinds.values())


@attrs.frozen
class Curriculum:
    """A training by name; `topics` are the words of the topics that a source says it covers."""

    word: str
    name: str
    topics: frozenset[str]
    citation: Citation


@cache
def curricula() -> Mapping[str, Curriculum]:
    """Return the curricula that some text names, by the word for `training.curriculum`."""
    table = _table("training.toml")
    return MappingProxyType(
        {
            word: Curriculum(word, row["name"], frozenset(row.get("topics", ())), _cited(table, row["source"]))
            for word, row in table["curriculum"].items()
        }
    )


@cache
def training_topics() -> Mapping[str, str]:
    """Return the topics of training that some text lists, by the word for `training.topics`, and their meaning."""
    return MappingProxyType({word: row["meaning"] for word, row in _table("training.toml")["topic"].items()})


@attrs.frozen
class ExtrapolationRule:
    """What a state asks of samples and extrapolations; 0, None and () where no text was read that asks anything.

    Attributes:
        state: the state's two letters.
        citation: who asks.
        least_sample: the fewest claim details of a sample.
        most_strata: the most strata of a sample.
        least_per_stratum: the fewest claim details of each stratum.
        least_clusters: the fewest clusters of a cluster sample.
        confidence: of the two-sided interval, such as 0.90.
        recoup: the amount that is asked back: lower-limit, or "".
        least_error_rate: where the rates of details and dollars are both below it, nothing is extrapolated.
        must_state: what a demand must describe.

    """

    state: str
    citation: Citation
    least_sample: int = 0
    most_strata: int = 0
    least_per_stratum: int = 0
    least_clusters: int = 0
    confidence: Decimal | None = None
    recoup: str = ""
    least_error_rate: Decimal | None = None
    must_state: tuple[str, ...] = ()


@cache
def extrapolation_rules() -> Mapping[str, ExtrapolationRule]:
    """Return what states ask of samples and extrapolations, by state."""
    table = _table("extrapolation.toml")
    rules = (
        ExtrapolationRule(
            state=row["state"],
            citation=_cited(table, row["source"]),
            least_sample=row.get("least_sample", 0),
            most_strata=row.get("most_strata", 0),
            least_per_stratum=row.get("least_per_stratum", 0),
            least_clusters=row.get("least_clusters", 0),
            confidence=Decimal(row["confidence"]) if "confidence" in row else None,
            recoup=row.get("recoup", ""),
            least_error_rate=Decimal(row["least_error_rate"]) if "least_error_rate" in row else None,
            must_state=tuple(row.get("must_state", ())),
        )
        for row in table["rule"]
    )
    return MappingProxyType({rule.state: rule for rule in rules})


def kinds(table: str) -> Mapping[str, str]:
    """Return the words that policies use for a kind of `stay`, `relationship` or `other-service`, and their meaning."""
    return MappingProxyType(_table("kinds.toml")[table])


@attrs.frozen
class ActivityKind:
    """An activity that some programme does not pay for: what people write for it, and what only sounds like it."""

    word: str
    phrases: tuple[str, ...]
    exceptions: tuple[str, ...] = ()


@cache
def excluded_activities() -> Mapping[str, ActivityKind]:
    """Return the activities that some programme does not pay for, by the word that policies use."""
    return MappingProxyType(
        {
            word: ActivityKind(word, (word, *row.get("phrases", ())), tuple(row.get("except", ())))
            for word, row in _table("kinds.toml")["activity"].items()
        }
    )


@cache
def check_citations(code: str) -> tuple[Citation, ...]:
    """Return who says, for every programme, that a check matters; nothing where only a state's rows ask for it."""
    table = _table("checks.toml")
    return tuple(_cited(table, citation) for citation in table["checks"].get(code, ()))


def check_codes() -> frozenset[str]:
    """Return the codes of the checks that are peerbill's own."""
    return frozenset(_table("checks.toml")["checks"])


def is_own_check(code: str) -> bool:
    """Return whether a code is left to an agency's own checks: X000 to X999.

    >>> is_own_check("X101"), is_own_check("PB101")
    (True, False)
    """
    return re.fullmatch("X[0-9]{3}", code) is not None
