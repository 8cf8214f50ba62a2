"""`peerbill.toml`: the organisation, the submitter and the payers."""

import datetime as dt
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

import attrs

from peerbill.codes import check_codes, is_modifier_shape, is_own_check, is_place_of_service
from peerbill.intake.cells import DATE_ORDERS, state
from peerbill.intake.header import nearest
from peerbill.intake.tables import SETTINGS
from peerbill.model import ids
from peerbill.model.claim import (
    ANSWER_DAYS,
    PART_UNITS,
    Address,
    BillingProvider,
    Contact,
    DatedCharge,
    FunctionalGroup,
    Interchange,
    Party,
    Payer,
    SecondService,
    Site,
)
from peerbill.model.errors import UnusableInputError
from peerbill.model.finding import Severity
from peerbill.model.limits import DEFAULT, Limits
from peerbill.model.records import LEDGER_URL, Settings
from peerbill.model.toml_text import load_toml
from peerbill.model.words import UnknownWordError, Vocabulary, fold, has_control_characters, vocabulary, vocabulary_of

if TYPE_CHECKING:
    from peerbill.policy.payers import PayerProfile

T = TypeVar("T")

WEIGHED = "PB808"
"""The check of rejected claims: whether it holds an encounter depends on what its next claim would say."""

ORGANIZATION = "organization"
"""The word of `bills_as` for the organisation itself."""

_MOST_CLAIMS = 999_999
_MOST_DAYS = 3_660
"""Ten years: no payer takes longer to answer, and the day exists in every calendar."""

_SITE = re.compile(r"[A-Za-z0-9_-]{1,30}")
_CHARGED = re.compile(r"[A-Z0-9]{5}(:[A-Z0-9]{2}){0,4}")
_AMOUNT = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,2})?")
_PROGRAMME = re.compile(r"[A-Z]{2}/[A-Za-z0-9._-]+")
_HEADER = re.compile(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"\s*([A-Za-z0-9_.\"'-]+)\s*=")


def read_settings(text: str) -> tuple[Settings, tuple[str, ...]]:
    """Read the text of `peerbill.toml`; return it with a notice for each unknown key.

    Raises UnusableInputError with every problem and every unknown key, each on a line.
    """
    document = _Document(text)
    top = _Section(document, (), document.load())
    organization = _organization(top.section("organization"))
    submitter = _party(top.section("submitter"))
    listed_sites = top.section("sites", required=False)
    sites = {key: _site(key, listed_sites.section(key)) for key in listed_sites.values}
    payers = top.section("payers")
    keyed = {key: _payer(key, payers.section(key), organization, sites) for key in payers.values}
    if not keyed and "payers" in top.values:
        payers.fail("", "expected at least one payer, found none", "Add a table such as [payers.medicaid].")
    ledger = top.section("ledger", required=False)
    url = ledger.text("url", default=LEDGER_URL)
    tag = ledger.text("tag", read=ids.validate_tag)
    checkpoint = ledger.text("checkpoint", read=_checkpoint)
    keys = {key: ledger.text(key, read=_path) for key in ("checkpoint_key", "checkpoint_public_key")}
    for key, needed in (("checkpoint_key", "checkpoint"), ("checkpoint_public_key", "checkpoint_key")):
        if keys[key] and needed not in ledger.values:
            ledger.fail(key, f"expected {needed} beside it, found none", f"Add {needed}, or take this line out.")
    checks = top.texts("checks", _module)
    severity = _severity(top.section("severity", required=False))
    workspace = top.section("workspace", required=False)
    dates = workspace.text("dates", read=_date_order)
    limits = _limits(top.section("limits", required=False))
    retention_years = _retention_years(top.section("retention", required=False))
    for section in (top, payers, ledger, workspace, listed_sites):
        section.notice_unknown()
    if document.problems:
        # An unknown key is often the misspelling of a missing key.
        raise UnusableInputError("\n".join(document.problems + document.unknown))
    signing = {f"ledger_{key}": given for key, given in keys.items()}
    settings = Settings(
        organization,
        submitter,
        keyed,
        url,
        tag,
        checks,
        severity,
        dates,
        sites,
        limits,
        checkpoint,
        **signing,
        retention_years=retention_years,
    )
    return settings, tuple(document.notices)


_NO_CHECKPOINT = (".csv", ".db", ".jsonl", ".pem", ".toml", ".xlsx")
"""How the names of tables, workbooks, settings, ledgers and keys end."""


def _path(text: str) -> str:
    if has_control_characters(text):
        raise ValueError("expected the path of a file, found control characters in it")
    return text


def _checkpoint(text: str) -> str:
    if text.lower().endswith(_NO_CHECKPOINT):
        raise ValueError("expected a folder, such as checkpoints/, or a file of its own, such as checkpoint.json")
    return _path(text)


_LARGEST_LIMIT = 10**15


def _limits(section: "_Section") -> Limits:
    names = [field.name for field in attrs.fields(Limits)]
    limits = Limits(**{name: section.count(name, getattr(DEFAULT, name), _LARGEST_LIMIT) for name in names})
    section.notice_unknown()
    return limits


_MOST_YEARS = 100


def _retention_years(section: "_Section") -> int | None:
    years = section.count_or_none("years", _MOST_YEARS)
    section.notice_unknown()
    return years


def _date_order(text: str) -> str:
    if fold(text) not in DATE_ORDERS:
        raise ValueError(f"expected {' or '.join(DATE_ORDERS)}, the order of days such as 9/14/2026")
    return fold(text)


def _module(text: str) -> str:
    if not all(part.isidentifier() for part in text.split(".")):
        raise ValueError("expected the name of a Python module, such as my_agency.checks")
    return text


def _severity(section: "_Section") -> Mapping[str, Severity]:
    """Return how severe findings of some codes are at least; a check's own severity can only be raised."""
    severities: dict[str, Severity] = {}
    codes = check_codes()
    for code, word in section.values.items():
        if code not in codes and not is_own_check(code):
            near = nearest(code, codes)
            fix = f"Did you mean {near[0]}?" if near else "List the checks with: peerbill explain"
            section.fail(code, "expected the code of a check, such as PB408, found something else", fix)
        elif code == WEIGHED:
            fix = "Take it out."
            section.fail(code, f"expected another code: bill itself decides when {WEIGHED} holds an encounter", fix)
        elif word not in ("error", "warning"):
            fix = f'Write {code} = "error", or take the line out.'
            section.fail(code, "expected error or warning: a severity can be raised and never lowered", fix)
        else:
            severities[code] = Severity(word)
    return severities


def _organization(section: "_Section") -> BillingProvider:
    contact = section.section("contact")
    organization = BillingProvider(
        name=section.text("name", required=True),
        tax_id=section.text("tax_id", required=True, read=lambda text: ids.validate_tax_id(ids.compact(text))),
        address=_address(section.section("address"), required=True),
        contact=Contact(contact.text("name", required=True), contact.text("phone", read=phone), contact.text("email")),
        timezone=section.text("timezone", required=True, read=_timezone),
        npi=section.text("npi", read=lambda text: ids.validate_npi(ids.compact(text))),
        taxonomy=section.text("taxonomy", read=_taxonomy),
        kind=section.text("kind"),
        region=section.text("region"),
        pay_to=_address(section.section("pay_to"), required=True) if "pay_to" in section.values else None,
    )
    contact.notice_unknown()
    section.notice_unknown()
    return organization


def _site(key: str, section: "_Section") -> Site:
    if not _SITE.fullmatch(key) or key == ORGANIZATION:
        fix = "Write a short name such as [sites.north]."
        section.fail("", f"expected letters, digits, hyphens or underscores, and not {ORGANIZATION}", fix)
    npi = section.text("npi", read=lambda text: ids.validate_npi(ids.compact(text)))
    bills = section.yes_no("bills") or False
    if bills and not npi:
        section.fail("npi", "expected the NPI of a site that bills, found none", "Add it, or write bills = false.")
    site = Site(
        key=key,
        name=section.text("name", required=True),
        address=_address(section.section("address"), required=True),
        npi=npi,
        taxonomy=section.text("taxonomy", read=_taxonomy),
        tax_id=section.text("tax_id", read=lambda text: ids.validate_tax_id(ids.compact(text))),
        kind=section.text("kind"),
        region=section.text("region"),
        pay_to=_address(section.section("pay_to"), required=True) if "pay_to" in section.values else None,
        bills=bills,
        place=section.texts("place", _place_of_service) or ("11",),
    )
    section.notice_unknown()
    return site


def _bills_as(section: "_Section", sites: Mapping[str, Site]) -> Mapping[str, str]:
    """Return who bills a payer: a text for all sites, or a table by site."""
    value = section.values.get("bills_as")
    if value is None:
        return {}
    if isinstance(value, str):
        return {"": _biller(section, "bills_as", sites)}
    words = section.section("bills_as")
    for key in words.values:
        if key not in sites:
            words.fail(key, f"expected the key of a site ({_site_keys(sites)}), found another word", "Correct it.")
    return {key: _biller(words, key, sites) for key in words.values}


def _biller(section: "_Section", key: str, sites: Mapping[str, Site]) -> str:
    """Return the site that a key names as the biller, "" for the organisation."""
    name = section.text(key, required=True)
    if name == ORGANIZATION or not name:
        return ""
    if name not in sites:
        near = nearest(name, [*sites, ORGANIZATION])
        fix = f"Did you mean {near[0]}?" if near else "Write one of these."
        section.fail(key, f"expected {ORGANIZATION} or a site ({_site_keys(sites)}), found {name!r}", fix)
    elif not sites[name].npi:
        fix = f"Add npi to [sites.{name}], or name another site."
        section.fail(key, f"expected a site with an NPI, found {name}, which has none", fix)
    return name


def _site_keys(sites: Mapping[str, Site]) -> str:
    return ", ".join(sites) or "there is no [sites.KEY]"


def _place_of_service(text: str) -> str:
    if not is_place_of_service(text):
        raise ValueError("expected a place of service code of two digits, such as 11 or 57")
    return text


def _address(section: "_Section", *, required: bool) -> Address:
    address = Address(
        street=section.text("street", required=required),
        city=section.text("city", required=required),
        state=section.text("state", required=required, read=us_state),
        zip=section.text("zip", required=required, read=lambda text: ids.validate_zip(ids.compact(text))),
        street2=section.text("street2"),
    )
    section.notice_unknown()
    return address


def _party(section: "_Section", *, required: bool = True) -> Party:
    party = Party(section.text("name", required=required), section.text("id", required=required))
    section.notice_unknown()
    return party


def _payer(key: str, section: "_Section", organization: BillingProvider, sites: Mapping[str, Site]) -> Payer:
    section = _with_profile(section)
    policy = section.texts("policy", _programme)
    billed = bool(policy)
    provider_id = section.text("provider_id")
    if billed and not provider_id and not organization.npi:
        section.fail(
            "provider_id",
            "expected a provider id, since [organization] has no npi, found none",
            "Add the organization's npi, or the id that this payer gave it.",
        )
    interchange = section.section("interchange", required=False)
    group = section.section("group", required=False)
    eligibility = section.section("eligibility", required=False)
    default = Interchange()
    payer = Payer(
        key=key,
        policy=policy,
        name=section.text("name", required=billed),
        id=section.text("id", required=billed),
        receiver=_party(section.section("receiver", required=billed), required=billed),
        claim_filing=section.text("claim_filing", default="MC"),
        purpose=section.choice("purpose", "chargeable"),
        mode=section.choice("mode", "test"),
        charges=_charges(section.section("charges", required=False)),
        claim_span=section.choice("claim_span", "day"),
        interchange=Interchange(
            sender_qualifier=interchange.text("sender_qualifier", default=default.sender_qualifier, read=_at_most(2)),
            sender_id=interchange.text("sender_id", read=_at_most(15)),
            receiver_qualifier=interchange.text(
                "receiver_qualifier", default=default.receiver_qualifier, read=_at_most(2)
            ),
            receiver_id=interchange.text("receiver_id", read=_at_most(15)),
            acknowledgment=interchange.yes_no("acknowledgment") or False,
        ),
        group=FunctionalGroup(group.text("sender", read=_at_most(15)), group.text("receiver", read=_at_most(15))),
        rendering=section.choice("rendering", ""),
        taxonomy=section.yes_no("taxonomy"),
        provider_id=provider_id,
        max_claims_per_transaction=section.count("max_claims_per_transaction", 5000, _MOST_CLAIMS),
        max_claims_per_file=section.count("max_claims_per_file", 5000, _MOST_CLAIMS),
        address_when_none=(
            _address(section.section("address_when_none"), required=True)
            if "address_when_none" in section.values
            else None
        ),
        payer=section.text("payer"),
        service_types=eligibility.texts("service_types", _service_type) or ("30",),
        answer_days=section.count("answer_days", ANSWER_DAYS, _MOST_DAYS),
        dated_charges=_dated_charges(section),
        peers_without_npi=section.yes_no("peers_without_npi") or False,
        second_service=_second_service(section),
        part_units=section.choice("part_units", "hold", vocabulary_of(PART_UNITS)),
        bills_as=_bills_as(section, sites),
    )
    for part in (interchange, group, eligibility, section):
        part.notice_unknown()
    return payer


def _with_profile(section: "_Section") -> "_Section":
    """Fill what a payer's table leaves out from the profile that it names; the workspace's own values go first.

    In production a value goes out only if the payer's own 837P text says it, or if `confirmed` lists its key: others
    were read elsewhere, or by nobody.
    """
    id_ = section.text("profile")
    confirmed = section.texts("confirmed", str)
    if not id_:
        if confirmed:
            section.fail("confirmed", "expected a profile whose values are confirmed, found none", "Remove it.")
        return section
    # A workspace without a profile needs nothing of policies to be billed, or to be posted to.
    from peerbill.policy.payers import payer_profile, profile_ids  # noqa: PLC0415

    if id_ not in profile_ids():
        near = nearest(id_, profile_ids())
        fix = f"Did you mean {near[0]}?" if near else "List them with: peerbill policy --payers"
        section.fail("profile", "expected the id of a payer profile, such as MI/champs, found something else", fix)
        return section
    profile = payer_profile(id_)
    filled = {entry.key: entry for entry in profile.values if not _is_given(section.values, entry.key)}
    for word in confirmed:
        if word not in {entry.key for entry in profile.values}:
            near = nearest(word, [entry.key for entry in profile.values])
            fix = f"Did you mean {near[0]}?" if near else f"Its keys are {_listed(profile)}."
            section.fail("confirmed", f"expected a key of the profile {id_}, found something else", fix)
    unsure = [entry for entry in filled.values() if not entry.is_sure and entry.key not in confirmed]
    if section.choice("mode", "test") == "production":
        for entry in unsure:
            what = entry.status if entry.transaction == "837P" else f"{entry.status}, read for {entry.transaction}"
            section.fail(
                "profile",
                f"{entry.key} = {_toml(entry.value)} of the profile {id_} is not confirmed ({what})",
                f'Ask the payer; then write it here, or confirmed = ["{entry.key}"], before mode = "production".',
            )
    elif unsure:
        keys = ", ".join(entry.key for entry in unsure)
        section.notice("profile", f"taken from {id_} and not confirmed: {keys}. Ask the payer before production.")
    values: dict[str, object] = {**section.values}
    for key, entry in filled.items():
        table, _, field = key.rpartition(".")
        if table:
            within = values.get(table, {})
            values[table] = {**within, field: entry.value} if isinstance(within, dict) else within
        else:
            values[field] = entry.value
    return _Section(section.document, section.path, values, section.asked)


def _is_given(values: Mapping[str, object], key: str) -> bool:
    table, _, field = key.rpartition(".")
    within = values.get(table, {}) if table else values
    # Another kind of value in the table's place is reported when it is read.
    return not isinstance(within, dict) or field in within


def _listed(profile: "PayerProfile") -> str:
    return ", ".join(profile_value.key for profile_value in profile.values) or "none"


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else f"{value}".lower()


def _charges(section: "_Section") -> Mapping[str, Decimal]:
    charges = {}
    for key, value in section.values.items():
        fix = 'Write it as "H0038:HQ" = "10.00"; one that changes on a day is a table [[payers.KEY.charge]].'
        if not _CHARGED.fullmatch(key):
            section.fail(key, "expected a procedure code with its modifiers, such as H0038:HQ", fix)
        amount = _dollars(value)
        if amount is None:
            section.fail(key, "expected an amount in dollars and cents, such as 10.00", fix)
        else:
            charges[key] = amount
    return charges


def _dollars(value: object) -> Decimal | None:
    if not isinstance(value, str | int | Decimal) or isinstance(value, bool):
        return None
    written = str(value).strip()
    return Decimal(written) if _AMOUNT.fullmatch(written) else None


def _second_service(section: "_Section") -> SecondService | None:
    """Return `second_service`: the modifier of any second line of a day, or for the same and for another peer."""
    value = section.values.get("second_service")
    if value is None:
        return None
    if isinstance(value, str):
        code = section.text("second_service", read=_modifier)
        return SecondService(code, code) if code else None
    words = section.section("second_service")
    second_service = SecondService(words.text("same_peer", read=_modifier), words.text("other_peer", read=_modifier))
    words.notice_unknown()
    return second_service if second_service.codes else None


def _modifier(text: str) -> str:
    if not is_modifier_shape(text):
        raise ValueError("expected a modifier of two capitals or digits, such as 76")
    return text


def _dated_charges(section: "_Section") -> tuple[DatedCharge, ...]:
    """Return the tables [[payers.KEY.charge]]; refuse tables that give a code two charges on a day."""
    fix = 'Write [[payers.KEY.charge]] with hcpcs = "H0038:HF", amount = "18.00", from = 2026-09-15.'
    charges: list[DatedCharge] = []
    same: dict[tuple[str, ...], list[tuple[dt.date, dt.date, int]]] = {}
    rows = section.tables("charge")
    for number, row in enumerate(rows, start=1):
        code, amount = row.text("hcpcs", required=True), _dollars(row.values.get("amount"))
        row.asked.add("amount")
        begins, ends = row.day("from", required=True), row.day("to")
        if code and not _CHARGED.fullmatch(code):
            row.fail("hcpcs", "expected a procedure code with its modifiers, such as H0038:HQ", fix)
        if amount is None:
            row.fail("amount", "expected an amount in dollars and cents, such as 10.00", fix)
        if begins is not None and ends is not None and ends < begins:
            row.fail("to", "expected a day on or after from, found an earlier one", "Correct from or to.")
        row.notice_unknown()
        if amount is None or begins is None or not _CHARGED.fullmatch(code):
            continue
        charges.append(DatedCharge(code, amount, begins, ends))
        same.setdefault(_parts(code), []).append((begins, ends or dt.date.max, number))
    for earlier, number in sorted(pair for spans in same.values() for pair in _on_the_same_days(spans)):
        row = rows[number - 1]
        row.fail(
            "from",
            f"expected one charge for {row.text('hcpcs')} on a day, "
            f"found tables {earlier} and {number} on the same days",
            "Give the earlier one its last day: to.",
        )
    return tuple(charges)


def _on_the_same_days(spans: Iterable[tuple[dt.date, dt.date, int]]) -> Iterator[tuple[int, int]]:
    """Yield two numbers, the lower first, for each span that shares a day with one that begins before it."""
    last, holder = dt.date.min, 0
    for begins, ends, number in sorted(spans):
        if holder and begins <= last:
            yield min(holder, number), max(holder, number)
        if not holder or ends > last:
            last, holder = ends, number


def _parts(code: str) -> tuple[str, ...]:
    hcpcs, *modifiers = code.split(":")
    return hcpcs, *sorted(modifiers)


def _programme(text: str) -> str:
    if not _PROGRAMME.fullmatch(text):
        raise ValueError("expected a programme as STATE/PROGRAMME, such as MI/sud-recovery-coaching")
    return text


def _service_type(text: str) -> str:
    if not re.fullmatch("[A-Z0-9]{1,2}", text):
        raise ValueError("expected a service type code of one or two capitals and digits, such as 30 or MH")
    return text


def phone(text: str) -> str:
    """Return the ten digits of a telephone number. ValueError: it has others."""
    digits = re.sub(r"[\s().+-]", "", text)
    digits = digits[1:] if len(digits) == 11 and digits.startswith("1") else digits
    if not re.fullmatch("[0-9]{10}", digits):
        raise ValueError("expected a telephone number of ten digits, with its area code")
    return digits


def us_state(text: str) -> str:
    """Return a state's two letters, from these or its name. ValueError: it is neither."""
    code = state(text)
    if not re.fullmatch("[A-Z]{2}", code):
        raise ValueError("expected a state in two letters, or by name")
    return code


def _taxonomy(text: str) -> str:
    if not ids.is_valid_taxonomy(text):
        raise ValueError("expected a taxonomy code: ten capitals and digits, the last an X")
    return text


def _timezone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError("expected the name of a time zone, such as America/Detroit") from None
    return text


def _at_most(length: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if len(text) > length:
            raise ValueError(f"expected at most {length} characters")
        return text

    return read


@attrs.define
class _Document:
    """The text, and its problems so far."""

    text: str
    problems: list[str] = attrs.field(factory=list)
    notices: list[str] = attrs.field(factory=list)
    unknown: list[str] = attrs.field(factory=list)
    """The notices on unknown keys."""
    _places: dict[tuple[str, ...], dict[tuple[tuple[str, ...], int], int]] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        # One look at all lines: a file may have thousands of problems.
        self._places = self._placed()

    def load(self) -> dict[str, object]:
        return load_toml(self.text, SETTINGS)

    def where(self, path: tuple[str, ...], nth: int = 0) -> str:
        """Name a key by file, line and table; the line is that of its table where the key is in no line of its own.

        Of several tables of one name, [[…]], it is the `nth`.
        """
        at = next((at for length in range(len(path), 0, -1) if (at := self._line(path[:length], path[:-1], nth))), 0)
        line = f"{SETTINGS} line {at}" if at else SETTINGS
        table = path[:-1]
        return f"{line}: [{'.'.join(table)}] {path[-1]}" if table else f"{line}: [{path[-1]}]"

    def _line(self, key: tuple[str, ...], table: tuple[str, ...], nth: int) -> int:
        """Return the first line of a key or table, 0 for none; of the keys of `table`, that in the `nth` if not 0."""
        places = self._places.get(key, {})
        found = [number for (of, at), number in places.items() if not nth or of != table]
        if nth and (table, nth) in places:
            found.append(places[table, nth])
        return min(found, default=0)

    def _placed(self) -> dict[tuple[str, ...], dict[tuple[tuple[str, ...], int], int]]:
        """Return the first line of each key and table, by the table that it is in and its number among its like."""
        places: dict[tuple[str, ...], dict[tuple[tuple[str, ...], int], int]] = {}
        seen: Counter[tuple[str, ...]] = Counter()
        table: tuple[str, ...] = ()
        for number, line in enumerate(self.text.splitlines(), start=1):
            if header := _HEADER.match(line):
                candidate = table = _split(header[1])
                seen[table] += 1
            elif key := _KEY.match(line):
                candidate = table + _split(key[1])
            else:
                continue
            places.setdefault(candidate, {}).setdefault((table, seen[table]), number)
        return places


def _split(key: str) -> tuple[str, ...]:
    """Return the parts of a dotted key."""
    try:
        value: object = tomllib.loads(f"{key} = 0")
    except tomllib.TOMLDecodeError:
        return (key,)
    parts = []
    while isinstance(value, dict) and value:
        (part, value), *_ = value.items()
        parts.append(part)
    return tuple(parts) or (key,)  # in a text of several lines, what looks like a key may be a comment


@attrs.define
class _Section:
    """A table of the document; it remembers which keys were asked for."""

    document: _Document
    path: tuple[str, ...]
    values: Mapping[str, object]
    asked: set[str] = attrs.field(factory=set)
    nth: int = 0

    def fail(self, key: str, why: str, fix: str) -> None:
        path = (*self.path, key) if key else self.path
        self.document.problems.append(f"{self.document.where(path, self.nth)}: {why}. {fix}")

    def section(self, key: str, *, required: bool = True) -> "_Section":
        value = self._get(key, dict, "a table", required=required)
        if value is None:
            # An empty section under a missing table needs no further message: the missing table was reported.
            return _Absent(self.document, (*self.path, key), {})
        return _Section(self.document, (*self.path, key), value)

    def text(
        self, key: str, *, required: bool = False, default: str = "", read: Callable[[str], str] | None = None
    ) -> str:
        value = self._get(key, str, 'a text in quotation marks, such as "x"', required=required)
        text = (value or "").strip()
        if not text:
            if value is not None and required:
                self.fail(key, "expected a text, found it blank", "Fill it in.")
            return default
        return self._read(key, text, read) if read else text

    def texts(self, key: str, read: Callable[[str], str]) -> tuple[str, ...]:
        """Return a text or a list of texts as a tuple."""
        value = self.values.get(key, [])
        listed = [value] if isinstance(value, str) else value
        self.asked.add(key)
        if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
            self.fail(key, "expected a text or a list of texts, found something else", "Write each in quotation marks.")
            return ()
        return tuple(self._read(key, item.strip(), read) for item in listed)

    def choice(self, key: str, default: str, words: Vocabulary | None = None) -> str:
        """Return a word of a key's list, written in any case and spacing."""
        text = self.text(key, default=default)
        words = words or vocabulary(key.replace("_", "-"))
        try:
            return words.read(text)
        except UnknownWordError as error:
            near = nearest(text, words.words)
            fix = f"Did you mean {near[0]}?" if near else "Write one of these."
            self.fail(key, str(error), fix)
            return default

    def tables(self, key: str) -> list["_Section"]:
        """Return the tables of a list of tables, [[…]]."""
        value = self._get(key, list, "a list of tables") or []
        if not all(isinstance(item, dict) for item in value):
            self.fail(key, "expected a list of tables, found something else", "Write each as a table [[…]].")
            return []
        return [
            _Section(self.document, (*self.path, key), item, nth=number) for number, item in enumerate(value, start=1)
        ]

    def day(self, key: str, *, required: bool = False) -> dt.date | None:
        """Return a day, as TOML writes it or as a text."""
        value = self.values.get(key)
        self.asked.add(key)
        if value is None:
            if required:
                self._miss(key)
            return None
        if isinstance(value, str):
            try:
                return dt.date.fromisoformat(value.strip())
            except ValueError:
                value = None
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            return value
        self.fail(key, "expected a day such as 2026-09-15, found something else", "Write it as YYYY-MM-DD.")
        return None

    def yes_no(self, key: str) -> bool | None:
        return self._get(key, bool, "true or false")

    def count(self, key: str, default: int, most: int) -> int:
        value = self.count_or_none(key, most, f" for {default:,}")
        return default if value is None else value

    def count_or_none(self, key: str, most: int, otherwise: str = "") -> int | None:
        value = self._get(key, int, "a whole number")
        if value is not None and (isinstance(value, bool) or not 1 <= value <= most):
            why = f"expected a whole number from 1 to {most:,}"
            self.fail(key, why, f"Write such a number, or leave it out{otherwise}.")
            return None
        return value

    def notice_unknown(self) -> None:
        """Add a notice for each unknown key."""
        for key in self.values:
            if key not in self.asked:
                near = nearest(key, self.asked)
                fix = f"Did you mean {near[0]}?" if near else "Remove it, or look up its name."
                self.notice(key, f"not known, ignored. {fix}")
                self.document.unknown.append(self.document.notices[-1])

    def notice(self, key: str, what: str) -> None:
        """Add a notice on something that is no mistake."""
        self.document.notices.append(f"{self.document.where((*self.path, key), self.nth)}: {what}")

    def _get(self, key: str, type_: type[T], expected: str, *, required: bool = False) -> T | None:
        self.asked.add(key)
        value = self.values.get(key)
        if isinstance(value, type_):
            return value
        if value is not None:
            self.fail(key, f"expected {expected}, found another kind of value", "Change it.")
        elif required:
            self._miss(key)
        return None

    def _miss(self, key: str) -> None:
        near = nearest(key, self.values)
        fix = f"Is it misspelt as {near[0]}?" if near else "Add it."
        self.asked.update(near[:1])
        self.fail(key, "expected, found nothing", fix)

    def _read(self, key: str, text: str, read: Callable[[str], str]) -> str:
        try:
            return read(text)
        except ValueError as error:
            self.fail(key, str(error), "Correct it.")
            return text


class _Absent(_Section):
    """A table that is not there."""

    def _miss(self, key: str) -> None:
        """Report nothing: the missing table was reported, or may be missing."""
