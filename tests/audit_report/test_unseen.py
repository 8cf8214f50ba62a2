"""What an audit could not look at: each is listed where it is missing, and no longer where it is there."""

import datetime as dt
from typing import Any

import pytest
from evidence import evidence_of
from rows import AS_OF, POLICIES, base_rows, read

from peerbill.audit_report.unseen import unseen
from peerbill.checks.audit import audit_index, full_audit

FILLED: Any = {
    "encounters": {
        "E1": {
            "billed_units": "3",
            "edited_at": "2026-03-02T12:00",
            "signed_at": "2026-03-02T12:00",
            "created_at": "2026-03-02T11:00",
            "activity": "career planning",
            "goal": "find work",
            "channel": "in-person",
            "break_minutes": "1",
        }
    },
    "members": {"M2": {"died_on": "2026-03-30"}},
    "exclusions": {"one": {"staff_id": "V1", "list": "LEIE", "from": "2026-03-30"}},
    "stays": {"one": {"member_id": "M2", "kind": "inpatient", "from": "2026-03-01", "to": "2026-03-02"}},
    "relationships": {"one": {"staff_id": "S2", "member_id": "M2", "kind": "family"}},
    "other_services": {"one": {"member_id": "M2", "kind": "crisis", "start": "2026-03-02T10:00"}},
    "assessments": {"one": {"member_id": "M2", "kind": "assessment", "date": "2026-03-01"}},
    "supervision": {"one": {"staff_id": "S1", "supervisor_id": "V1", "date": "2026-03-01"}},
    "authorizations": {
        "A1": {"member_id": "M2", "payer": "plan", "hcpcs": "H0038", "from": "2026-01-01", "to": "2026-12-31"}
    },
    "coverage": {"two": {"member_id": "M2", "payer": "other", "subscriber_id": "7", "from": "2020-01-01", "rank": "2"}},
    "payers": {
        "other": {
            "policy": ["ZZ/peer"],
            "name": "OTHER",
            "id": "EXAMPLE02",
            "receiver": {"name": "OTHER", "id": "EXAMPLE02"},
        }
    },
    "eligibility": {"T1": {"state": "enrolled"}},
}
NOTICE = dt.date(2026, 3, 30)
ALWAYS = [
    "1 peer of 1 gave fewer than 40 contacts: too few to show a pattern in their times.",
    "There are no more than 3 peers: what is usual among others is not known.",
    "Whether a service took place, and whether a note is true: checks compare records with each other.",
    "What peers and members did at other agencies, except what is in other_services.",
]


def test_with_everything_on_file_only_what_no_record_shows_is_left() -> None:
    found = evidence_of(FILLED, ledger=True, notice=NOTICE)

    assert [one.what for one in found.unseen] == ALWAYS


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        ("exclusions", ("PB308",)),
        ("stays", ("PB407",)),
        ("relationships", ("PB409",)),
        ("other_services", ("PB802", "PB807")),
        ("assessments", ("PB503",)),
        ("supervision", ("PB307",)),
        ("authorizations", ("PB511", "PB512")),
        ("coverage", ("PB405",)),
        ("members", ("PB406",)),
        ("eligibility", ("PB402",)),
    ],
)
def test_a_table_or_answer_that_is_missing_is_listed_with_the_checks_that_it_blinds(
    table: str, codes: tuple[str, ...]
) -> None:
    without = {name: rows for name, rows in FILLED.items() if name != table}
    found = [one for one in evidence_of(without, ledger=True, notice=NOTICE).unseen if one.what not in ALWAYS]

    assert [one.codes for one in found] == [codes]
    assert found[0].remedy


@pytest.mark.parametrize(
    ("column", "codes"),
    [
        ("billed_units", ("PB103",)),
        ("edited_at", ("PB207", "PB210", "PB912")),
        ("created_at", ("PB207", "PB210", "PB910", "PB911", "PB912")),
        ("activity", ("PB206",)),
        ("goal", ("PB205",)),
        ("channel", ("PB603",)),
        ("break_minutes", ("PB105",)),
    ],
)
def test_a_column_that_is_blank_is_listed_with_how_many_encounters(column: str, codes: tuple[str, ...]) -> None:
    row = {**FILLED["encounters"]["E1"], column: ""}
    found = evidence_of({**FILLED, "encounters": {"E1": row}}, ledger=True, notice=NOTICE).unseen

    assert [(one.codes, one.encounters) for one in found if one.what not in ALWAYS] == [(codes, 1)]


def test_without_a_ledger_nobody_knows_what_was_billed() -> None:
    found = [one for one in evidence_of(FILLED, notice=NOTICE).unseen if one.what not in ALWAYS]

    assert [one.codes for one in found] == [("PB512", "PB701", "PB702", "PB805")]


def test_what_was_billed_before_or_has_no_policy_is_counted() -> None:
    stranger = {"like": "E1", "on": "2026-03-03", "member_id": "M9"}
    billed = evidence_of({**FILLED, "billed": FILLED["encounters"]}, ledger=True, notice=NOTICE)
    bare = evidence_of({**FILLED, "encounters": {**FILLED["encounters"], "E2": stranger}}, ledger=True, notice=NOTICE)

    assert ("billed before" in billed.unseen[0].what, billed.unseen[0].encounters) == (True, 1)
    assert ("No policy" in bare.unseen[0].what, bare.unseen[0].encounters) == (True, 1)


def test_rows_that_cannot_be_read_are_counted() -> None:
    first = base_rows()["encounters"][0]
    members = [*base_rows()["members"], {"member_id": "M3", "birth_date": "soon"}]
    records = read(encounters=[first, {**first, "encounter_id": "E2", "start": "soon"}], members=members)
    index = audit_index(records, POLICIES, AS_OF)
    full = full_audit(index, POLICIES)
    found = unseen(index.records, full.audit, tuple(full.contexts.values()), index, ledger=True, notice=NOTICE)

    assert [("cannot be" in one.what, one.encounters) for one in found[:2]] == [(True, 1), (True, None)]


def test_without_the_day_of_a_notice_no_note_is_compared_with_it() -> None:
    found = [one for one in evidence_of(FILLED, ledger=True).unseen if one.what not in ALWAYS]

    assert [one.codes for one in found] == [("PB912",)]


def test_a_note_without_text_is_compared_with_no_other() -> None:
    row = {**FILLED["encounters"]["E1"], "intervention": "", "response": "", "next_step": ""}
    found = evidence_of({**FILLED, "encounters": {"E1": row}}, ledger=True, notice=NOTICE).unseen

    assert [(one.codes, one.encounters) for one in found if one.what not in ALWAYS] == [(("PB208", "PB806"), 1)]


@pytest.mark.parametrize(("contacts", "listed"), [(39, True), (40, False)])
def test_peers_with_too_few_contacts_for_a_pattern_are_counted(contacts: int, listed: bool) -> None:
    day = dt.date(2026, 1, 5)
    rows = {f"E{at}": {"like": "E1", "on": f"{day + dt.timedelta(days=at)}"} for at in range(2, contacts + 1)}
    found = evidence_of({"encounters": {"E1": {}, **rows}}).unseen

    assert any("fewer than 40 contacts" in one.what for one in found) is listed


@pytest.mark.parametrize(("peers", "listed"), [(3, True), (4, False)])
def test_that_there_are_too_few_peers_to_compare_is_listed(peers: int, listed: bool) -> None:
    rows = {f"E{at}": {"like": "E1", "staff_id": f"S{at}", "on": f"2026-03-{at:02}"} for at in range(1, peers + 1)}
    found = evidence_of({"encounters": {"E1": {}, **{id_: row for id_, row in rows.items() if id_ != "E1"}}}).unseen

    assert any("no more than 3 peers" in one.what for one in found) is listed
