"""An agency with sites: who bills, where the service was given, and what one ledger sees of both."""

import contextlib
import datetime as dt
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest
from answering import in_production, take_in
from click.testing import CliRunner
from defects import EXAMPLES, meta
from payer import Decision, denied, in_full, receive, remit

import peerbill
from peerbill.cli import main
from peerbill.intake.settings import read_settings
from peerbill.model.claim import Claim
from peerbill.model.errors import PeerbillError, UnusableInputError, X12Error
from peerbill.model.records import Records
from peerbill.x12.reader import read_segments
from peerbill.x12.write.as_sent import as_sent

DAY = meta("two-sites")["as_of"]
ORGANIZATION, SHORE = "1517002444", "1518003664"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the example of two sites, whose payer is sent production files."""
    shutil.copytree(EXAMPLES["two-sites"], tmp_path / "office")
    return in_production(tmp_path / "office")


def run(*words: object) -> str:
    result = CliRunner().invoke(main, list(map(str, words)))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result.output


def edit(folder: Path, table: str, old: str, new: str) -> None:
    path = folder / table
    text = path.read_text("utf-8")
    assert text.count(old) == 1, (table, old, text.count(old))
    path.write_text(text.replace(old, new), "utf-8")


def bill(folder: Path, day: dt.date = DAY) -> list[Path]:
    """Bill, and return the files that were written now."""
    out = folder / "out"
    before = set(out.glob("*.837"))
    run("bill", folder, "--out", out, "--as-of", day)
    return sorted(set(out.glob("*.837")) - before)


def parties(file: Path) -> list[tuple[str, ...]]:
    """Return billing providers and service facilities of a file, in order: loop, name, NPI, street."""
    found: list[tuple[str, ...]] = []
    for segment in read_segments([file.read_text("utf-8")]):
        match segment.elements:
            case ("NM1", ("85" | "77") as entity, _, name, *rest):
                found.append((entity, name, rest[5] if len(rest) > 5 else ""))
            case ("N3", street, *_) if found and len(found[-1]) == 3:
                found[-1] = (*found[-1], street)
    return found


def claims_of(records: Records, policies: peerbill.Policies) -> tuple[Claim, ...]:
    result = peerbill.audit(records, policies, DAY)
    return peerbill.build_claims(result.billable, records, (f"C{number:03}" for number in range(1, 100)))


def load(folder: Path) -> tuple[Records, peerbill.Policies]:
    records = peerbill.read_workspace(folder)
    own = peerbill.read_agency_policies(folder)
    return records, peerbill.load_policies(peerbill.programme_ids(records.settings), own)


def test_each_billing_provider_has_a_file_and_the_site_is_the_facility_of_the_other(folder: Path) -> None:
    county, shore = map(parties, bill(folder))

    assert county[0] == ("85", "PINELANDS RECOVERY NETWORK", ORGANIZATION, "18 COURTHOUSE SQ")
    assert set(county[1:]) == {
        ("77", "PINELANDS RECOVERY NETWORK, COUNTY SITE", "", "402 MILL POND RD"),
        ("77", "MILLSTONE PUBLIC LIBRARY", "", "2 STAGE COACH RD"),
    }
    assert shore == [
        ("85", "PINELANDS RECOVERY NETWORK, SHORE SITE", SHORE, "77 BOARDWALK AVE"),
        ("77", "OCEAN GROVE SHELTER", "", "31 PILGRIM PATH"),
    ]


@pytest.mark.parametrize(
    ("bills_as", "billers"),
    [
        ("", {"county": "", "shore": "shore"}),
        ('bills_as = "organization"', {"county": "", "shore": ""}),
        ('bills_as = "shore"', {"county": "shore", "shore": "shore"}),
        ('bills_as = { county = "shore" }', {"county": "shore", "shore": "shore"}),
        ('bills_as = { shore = "organization" }', {"county": "", "shore": ""}),
    ],
)
def test_the_payer_may_decide_who_bills(folder: Path, bills_as: str, billers: dict[str, str]) -> None:
    edit(folder, "peerbill.toml", 'claim_span = "day"', f'claim_span = "day"\n{bills_as}')

    claims = claims_of(*load(folder))

    assert {claim.site: claim.bills_as for claim in claims} == billers


def test_a_site_is_no_facility_of_its_own_claims_and_is_one_of_the_organization_with_its_npi(folder: Path) -> None:
    records, policies = load(folder)
    payer = attrs.evolve(records.settings.payers["nj-horizon"], bills_as={"": ""})
    as_one = attrs.evolve(records, settings=attrs.evolve(records.settings, payers={"nj-horizon": payer}))

    def facilities(claims: tuple[Claim, ...]) -> set[tuple[str, str]]:
        found = {claim.facility for claim in claims if claim.site == "shore" and claim.place in ("11", "57")}
        return {(party.name, party.id) if party else ("", "") for party in found}

    assert facilities(claims_of(records, policies)) == {("", "")}
    assert facilities(claims_of(as_one, policies)) == {("Pinelands Recovery Network, Shore Site", SHORE)}


@pytest.mark.parametrize("span", ["week", "month", "batch"])
def test_lines_of_two_sites_never_share_a_claim(folder: Path, span: str) -> None:
    edit(folder, "peerbill.toml", 'claim_span = "day"', f'claim_span = "{span}"\nbills_as = "organization"')
    records, policies = load(folder)
    there = {one.encounter_id: one.site or site(records, one.staff_id) for one in records.encounters}

    claims = claims_of(records, policies)

    assert {
        (claim.site, frozenset(there[id_] for line in claim.lines for id_ in line.encounter_ids)) for claim in claims
    } == {("county", frozenset({"county"})), ("shore", frozenset({"shore"}))}
    assert {claim.site for claim in claims if claim.member_id == "M3"} == {"county", "shore"}


def site(records: Records, staff_id: str) -> str:
    return next(person.site for person in records.staff if person.staff_id == staff_id)


def test_an_overlap_across_sites_is_found_though_the_other_site_was_billed_before(folder: Path) -> None:
    path = folder / "encounters.csv"
    rows = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(row for row in rows if not row.startswith("E10,")), "utf-8")
    bill(folder)
    late = next(row for row in rows if row.startswith("E10,"))
    moved = late.replace("2026-09-21T15:00", "2026-09-21T09:45").replace("2026-09-21T15:45", "2026-09-21T10:30")
    path.write_text(path.read_text("utf-8") + moved, "utf-8")

    records, policies = load(folder)
    history = peerbill.Agency(records.settings, policies, folder=folder).history()
    found = peerbill.audit(records, policies, DAY, history).findings

    assert [(finding.code, finding.severity.value, finding.encounter_ids) for finding in found] == [
        ("PB802", "error", ("E10",))
    ]


def test_a_limit_counts_what_the_other_site_billed(folder: Path) -> None:
    path = folder / "encounters.csv"
    text = path.read_text("utf-8").replace("2026-09-21T09:30,2026-09-21T10:15", "2026-09-21T06:30,2026-09-21T10:15")
    path.write_text(text, "utf-8")
    records, policies = load(folder)

    found = peerbill.audit(records, policies, DAY).findings

    assert [(finding.code, finding.encounter_ids) for finding in found] == [("PB701", ("E10",))]


def test_nothing_is_billed_twice_after_a_peer_moves_to_the_other_site(folder: Path) -> None:
    bill(folder)
    edit(folder, "staff.csv", "2022-01-10,,county", "2022-01-10,,shore")

    assert bill(folder) == []


def test_a_remittance_to_either_npi_is_ours_and_to_another_is_not(folder: Path) -> None:
    files = [receive(path.read_text("utf-8")) for path in bill(folder)]
    settings = peerbill.read_workspace(folder).settings
    _, policies = load(folder)
    agency = peerbill.Agency(settings, policies, folder=folder)
    posted = {
        payee: agency.post(
            remit(
                attrs.evolve(file, answered_on=DAY), [Decision(file.claims[0], in_full)], f"T{payee}", payee=payee
            ).encode()
        ).files[0]
        for file, payee in ((files[0], ORGANIZATION), (files[1], SHORE), (files[1], "1234567893"))
    }

    assert {payee: (one.matched, len(one.unmatched)) for payee, one in posted.items()} == {
        ORGANIZATION: (1, 0),
        SHORE: (1, 0),
        "1234567893": (0, 1),
    }
    assert f"NPI 1234567893, not {ORGANIZATION}, {SHORE}" in posted["1234567893"].problems[0]


def test_a_277ca_to_the_site_that_billed_rejects_its_claims(folder: Path) -> None:
    bill(folder)

    take_in(folder, folder / "out", "A7:562:85")

    assert "11 claims" in run("claims", folder, "--state", "rejected-payer", "--as-of", DAY)


def test_voids_and_replacements_keep_the_billing_provider(folder: Path) -> None:
    _, shore = bill(folder)
    pay(folder, shore)
    ids = [claim.claim_id for claim in receive(shore.read_text("utf-8")).claims]

    run("void", folder, ids[0], "--out", folder / "out", "--as-of", DAY)
    run("replace", folder, ids[1], "--unchanged", "--out", folder / "out", "--as-of", DAY)
    files = sorted((folder / "out").glob("*.837"))[2:]

    assert [parties(file)[0] for file in files] == [
        ("85", "PINELANDS RECOVERY NETWORK, SHORE SITE", SHORE, "77 BOARDWALK AVE")
    ] * 2


def pay(folder: Path, path: Path) -> None:
    file = receive(path.read_text("utf-8"))
    _, policies = load(folder)
    settings = peerbill.read_workspace(folder).settings
    decisions = [Decision(claim, in_full) for claim in file.claims]
    text = remit(attrs.evolve(file, answered_on=DAY), decisions, path.name[-20:-15], payee=file.npi)
    peerbill.Agency(settings, policies, folder=folder).post(text.encode())


def test_a_claim_that_another_would_bill_now_is_not_replaced(folder: Path) -> None:
    _, shore = bill(folder)
    pay(folder, shore)
    claim = receive(shore.read_text("utf-8")).claims[0].claim_id
    edit(folder, "peerbill.toml", 'claim_span = "day"', 'claim_span = "day"\nbills_as = "organization"')

    said = " ".join(run("replace", folder, claim, "--out", folder / "out", "--as-of", DAY).split())
    voided = run("void", folder, claim, "--out", folder / "out", "--as-of", DAY)
    files = sorted((folder / "out").glob("*.837"))[2:]

    assert "its billing provider is the organisation now, not site shore: void it; bill then makes a new claim" in said
    assert "1 claim" in voided
    assert [parties(file)[0][2] for file in files] == [SHORE]


def test_a_site_that_is_gone_stops_its_voids(folder: Path) -> None:
    _, shore = bill(folder)
    pay(folder, shore)
    claim = receive(shore.read_text("utf-8")).claims[0].claim_id
    edit(folder, "peerbill.toml", "[sites.shore]", "[sites.beach]")

    said = " ".join(run("void", folder, claim, "--out", folder / "out", "--as-of", DAY).split())

    assert "site shore, which billed it, is no longer one of [sites] in peerbill.toml: put it back" in said


def test_a_lost_file_of_a_site_is_written_again_byte_for_byte(folder: Path, tmp_path: Path) -> None:
    _, shore = bill(folder)
    sent = shore.read_bytes()
    shore.unlink()

    run("bill", folder, "--out", tmp_path / "again", "--again", shore.name)

    assert (tmp_path / "again" / shore.name).read_bytes() == sent


def test_a_file_of_ones_own_names_the_provider_that_bills_and_takes_no_claim_of_another(folder: Path) -> None:
    records, policies = load(folder)
    settings, payer = records.settings, records.settings.payers["nj-horizon"]
    claims = claims_of(records, policies)
    shore = [claim for claim in claims if claim.bills_as == "shore"]

    content = peerbill.write_837(shore, payer, settings, DAY, isa13=1)
    ours = {claim.claim_id: as_sent(claim, payer, settings) for claim in shore}
    read = list(peerbill.read_837(content))

    assert f"*XX*{SHORE}~" in content.decode()
    assert all(
        one.claim is not None and as_sent(one.claim, one.payer, one.settings) == ours[one.claim_id] for one in read
    )
    with pytest.raises(X12Error, match="it has another billing provider than the file"):
        peerbill.write_837(claims, payer, settings, DAY, isa13=1)
    with pytest.raises(X12Error, match="site shore, which bills it, is not one of"):
        peerbill.write_837(shore, payer, attrs.evolve(settings, sites={}), DAY, isa13=1)
    with pytest.raises(PeerbillError, match="site shore is not one of"):
        as_sent(shore[0], payer, attrs.evolve(settings, sites={}))


@pytest.mark.parametrize(
    "change", ["UPDATE claims SET bills_as = ''", "UPDATE claims SET site = 'x'", "UPDATE encounters SET site = 'x'"]
)
def test_the_audit_trail_shows_that_a_site_was_changed_in_the_ledger(folder: Path, change: str) -> None:
    bill(folder)
    sound = run("ledger", "verify", folder)
    with contextlib.closing(sqlite3.connect(folder / "ledger.db")) as connection, connection:
        connection.execute(change)

    assert "are no longer what the trail says" not in sound
    assert CliRunner().invoke(main, ["ledger", "verify", str(folder)]).exit_code == 1


def test_claims_and_todo_are_chosen_by_site(folder: Path) -> None:
    _, shore = bill(folder)
    file = receive(shore.read_text("utf-8"))
    decisions = [Decision(claim, denied) for claim in file.claims]
    records, policies = load(folder)
    agency = peerbill.Agency(records.settings, policies, folder=folder)
    agency.post(remit(attrs.evolve(file, answered_on=DAY), decisions, payee=file.npi).encode())

    def kinds(site: str) -> set[str]:
        return {item.kind for item in agency.todo(records, DAY, sites=[site]).items}

    assert len(agency.claims(sites=["shore"])) == 11
    assert len(agency.claims(sites=["county"])) == 13
    assert "denial" in kinds("shore")
    assert "denial" not in kinds("county")
    assert "There are: county, shore." in run("claims", folder, "--site", "shor")
    assert "There are: county, shore." in run("todo", folder, "--site", "shor")


def test_a_word_of_another_case_is_the_site(folder: Path) -> None:
    edit(folder, "staff.csv", "2022-01-10,,county", "2022-01-10,,County")

    assert {person.site for person in peerbill.read_workspace(folder).staff} == {"county", "shore"}


SITE = """
[sites.north]
name = "North Office"
address = { street = "5 North St", city = "Lansing", state = "MI", zip = "489061000" }
"""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace('npi = "1518003664"\n', ""), "[sites.shore] npi: expected the NPI of a site that"),
        (lambda text: text.replace('npi = "1518003664"', 'npi = "1518003665"'), "[sites.shore] npi"),
        (lambda text: text.replace('place = ["11"]', 'place = ["1"]'), "[sites.county] place"),
        (
            lambda text: text.replace("claim_span", 'bills_as = "shor"\nclaim_span'),
            "[payers.nj-horizon] bills_as: expected organization or a site (county, shore), found 'shor'. Did you mean",
        ),
        (
            lambda text: text.replace("claim_span", 'bills_as = "county"\nclaim_span'),
            "[payers.nj-horizon] bills_as: expected a site with an NPI, found county, which has none",
        ),
        (
            lambda text: text.replace("claim_span", 'bills_as = { coast = "shore" }\nclaim_span'),
            "[payers.nj-horizon.bills_as] coast: expected the key of a site (county, shore), found another word",
        ),
        (lambda text: text + SITE.replace("north", "organization"), "[sites] organization"),
    ],
)
def test_settings_of_sites_that_cannot_be_used_are_refused(change: Callable[[str], str], message: str) -> None:
    text = (EXAMPLES["two-sites"] / "peerbill.toml").read_text("utf-8").replace("# bills_as", "# or")

    with pytest.raises(UnusableInputError) as error:
        read_settings(change(text))

    assert message in str(error.value)


def test_a_site_without_a_whole_zip_code_stops_before_anything_is_audited(folder: Path) -> None:
    edit(folder, "peerbill.toml", '"077120077"', '"07712"')

    assert "sites.shore.zip: it has not nine digits (ZIP+4)" in " ".join(run("audit", folder, "--as-of", DAY).split())


def test_a_site_has_the_organizations_values_where_it_has_none_of_its_own() -> None:
    text = (EXAMPLES["two-sites"] / "peerbill.toml").read_text("utf-8")
    settings, _ = read_settings(text.replace('place = ["11"]', 'region = "west"\ntax_id = "223334444"'))
    county, shore = settings.provider("county"), settings.provider("shore")

    assert (county.region, county.tax_id, county.taxonomy) == ("west", "223334444", "261QR0405X")
    assert (shore.region, shore.tax_id, shore.contact) == ("", "222770431", settings.organization.contact)
    assert settings.npis == {ORGANIZATION, SHORE}
