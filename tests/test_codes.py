import datetime as dt
import doctest
import re
import subprocess
import sys
from collections.abc import Callable
from importlib import resources
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared import SHARED, needs_shared

from peerbill import codes
from peerbill.cli import COMMANDS
from peerbill.codes import Diagnosis, Procedure
from peerbill.model import ids
from peerbill.model.finding import Citation
from peerbill.model.words import vocabulary

LISTS = (
    "place_of_service",
    "delay_reasons",
    "policyholders",
    "institutional",
    "modifiers",
    "hcpcs",
    "taxonomy",
    "us_states",
    "iso",
    "icd10cm",
)


def test_a_policyholder_is_known_by_the_same_words_everywhere() -> None:
    known = vocabulary("policyholder")

    assert set(known.words) == set(codes.policyholder_relationships())
    for word, code in codes.policyholder_relationships().items():
        assert known.read(code) == word


def test_doctests() -> None:
    result = doctest.testmod(codes)

    assert (result.failed, result.attempted) == (0, 30)


@pytest.mark.parametrize("name", LISTS)
def test_every_list_says_where_it_was_read(name: str) -> None:
    citation = codes.code_set_citation(name)

    assert citation.title
    assert citation.url.startswith("https://")
    assert citation.status in {"primary", "secondary", "unconfirmed"}


def test_importing_reads_no_list_and_nothing_that_is_not_a_dependency() -> None:
    script = "import sys, peerbill.codes as c; print(c._table.cache_info().currsize, 'simple_icd_10_cm' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)

    assert done.stdout == "0 False\n"


# Places


def test_all_places_have_two_digits_and_a_name_of_their_own() -> None:
    places = codes.places_of_service()

    assert len(places) == 52
    assert all(re.fullmatch(r"[0-9]{2}", code) and place.code == code for code, place in places.items())
    assert len({place.name for place in places.values()}) == 52


@pytest.mark.parametrize(
    ("code", "day", "expected"),
    [
        ("11", None, True),
        ("11", dt.date(2001, 1, 1), True),
        ("27", None, True),
        ("27", dt.date(2023, 9, 30), False),
        ("27", dt.date(2023, 10, 1), True),
        ("66", dt.date(2024, 7, 31), False),
        ("66", dt.date(2024, 8, 1), True),
        ("10", dt.date(2021, 12, 31), False),
        ("10", dt.date(2022, 1, 1), True),
        ("58", dt.date(2019, 12, 31), False),
        ("58", dt.date(2020, 1, 1), True),
        ("28", None, False),
        ("98", None, False),
        ("1", None, False),
        ("011", None, False),
        ("", None, False),
    ],
)
def test_places_by_day(code: str, day: dt.date | None, expected: bool) -> None:
    assert codes.is_place_of_service(code, day) is expected


# Institutional claims


def test_the_codes_of_an_institutional_claim() -> None:
    assert "".join(codes.admission_types()) == "123459"
    assert "".join(codes.points_of_origin()) == "1245689DEFG"
    assert [code for code, origin in codes.points_of_origin().items() if origin.newborn] == ["5", "6"]
    assert [code for code, status in codes.patient_statuses().items() if status.stays] == ["30"]
    assert [code for code, status in codes.patient_statuses().items() if status.hospice] == ["40", "41", "42"]
    assert len(codes.patient_statuses()) == 40
    bills = codes.types_of_bill()
    assert [code for code, bill in bills.items() if bill.inpatient] == ["11", "18", "21", "28", "41"]
    assert [code for code, bill in bills.items() if bill.days and not bill.inpatient] == ["65", "66", "86"]
    assert [code for code, bill in bills.items() if bill.residential] == ["89"]
    assert [code for code, bill in bills.items() if not bill.origin] == ["14"]
    for table in (codes.admission_types(), codes.points_of_origin(), codes.patient_statuses(), bills):
        assert all(known.name for known in table.values())
        assert all(known.status in {"secondary", "unconfirmed"} for known in table.values())
    assert [code for code, bill in bills.items() if bill.status == "unconfirmed"] == [
        *("33", "73", "78", "79", "84", "86", "87", "89")
    ]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        *[("0021", False), ("0022", True), ("0024", True), ("0025", False), ("0001", False), ("0000", False)],
        *[("0099", False), ("0100", True), ("0999", True), ("1000", True), ("1009", True), ("1010", False)],
        *[("2099", False), ("2100", True), ("2109", True), ("2110", False), ("3100", False), ("3101", True)],
        *[("3109", True), ("3110", False), ("9999", False)],
    ],
)
def test_revenue_codes_by_block(code: str, expected: bool) -> None:
    assert codes.is_revenue_code(code) is expected


def test_what_a_revenue_code_is_of() -> None:
    every = [f"{number:04}" for number in range(10_000)]

    assert [sum(map(test, every)) for test in (codes.is_revenue_code, codes.is_told_by_procedure)] == [932, 60]
    assert [code for code in every if codes.is_room_and_board(code)] == [*every[100:220], *every[1000:1010]]
    assert not any(map(codes.is_revenue_code, ("", "900", "00900", "O900", "٠٩٠٠")))


@pytest.mark.parametrize(
    ("qualifier", "taken", "refused"),
    [
        ("BG", "01 99 A1 C7 DR H0 W2", "00 0 100 ZZ a1 Q1 A"),
        ("BH", "01 11 69 A3 L9 M0", "00 70 99 1A a3"),
        ("BI", "70 99 M0 Z9 A1", "00 69 9Z m0"),
        ("BE", "01 80 99 A1 FC Y5 I1", "00 1 A É1"),
    ],
)
def test_conditions_events_and_values_by_list(qualifier: str, taken: str, refused: str) -> None:
    assert all(codes.is_claim_information(qualifier, code) for code in taken.split())
    assert not any(codes.is_claim_information(qualifier, code) for code in refused.split())


def test_the_letters_of_conditions_events_and_values() -> None:
    known = {"BG": "A1 DR", "BH": "A3 L9", "BI": "M0 Z9", "BE": "A1 FC"}
    new = {"BH": "M0 ZZ", "BI": "A1 L9", "BE": "I1 RR"}

    assert all(codes.is_known_information(qualifier, code) for qualifier in known for code in known[qualifier].split())
    assert not any(codes.is_known_information(qualifier, code) for qualifier in new for code in new[qualifier].split())


# Procedures and modifiers


def test_the_peer_code() -> None:
    assert codes.procedures()["H0038"] == Procedure(
        "H0038",
        "self-help / peer services",
        "secondary",
        minutes=15,
        per="minutes",
        read_in="openpayer.com code page; rvuedge; Horizon NJ Health policy 2020-07-01; "
        "CMS HCPCS file of 2020-03-31 (public repository wamuir/hcpcs, commit 50425cb)",
    )


def test_what_was_read_says_where_and_what_was_not_says_so() -> None:
    procedures = [(row.status, bool(row.read_in)) for row in codes.procedures().values()]
    modifiers = [(row.status, bool(row.read_in)) for row in codes.modifiers().values()]

    assert {*procedures, *modifiers} == {("secondary", True), ("unconfirmed", False)}


def test_known_codes_are_plausible_and_known_modifiers_well_formed() -> None:
    assert all(codes.is_plausible_hcpcs(code) and codes.is_known_hcpcs(code) for code in codes.procedures())
    assert all(codes.is_modifier_shape(code) for code in codes.modifiers())
    assert {row.per for row in codes.procedures().values()} <= {"minutes", "service", "day", ""}
    assert all((row.per == "minutes") == (row.minutes is not None) for row in codes.procedures().values())


@pytest.mark.parametrize(
    ("code", "plausible"),
    [
        ("H0001", True),
        ("H0000", False),
        ("H0050", True),
        ("H0051", False),
        ("H0999", False),
        ("H1000", True),
        ("H1011", True),
        ("H1012", False),
        ("H2000", True),
        ("H2041", True),
        ("H2042", False),
        ("H9999", False),
        ("T0999", False),
        ("T1000", True),
        ("T5999", True),
        ("T6000", False),
        ("S9999", True),
        ("G0140", True),
        ("99408", True),
        ("0362T", True),
        ("W1234", False),
        ("Z9999", False),
        ("h0038", False),
        ("H0038 ", False),
        ("H003", False),
        ("H00381", False),
        ("HH038", False),
        ("H003\u00b3", False),
        ("9940\u00e9", False),
        ("", False),
    ],
)
def test_procedure_codes(code: str, plausible: bool) -> None:
    assert codes.is_plausible_hcpcs(code) is plausible


@needs_shared
def test_codes_that_states_print_are_plausible() -> None:
    printed = {
        code
        for path in (SHARED / "state-policy").glob("*.yaml")
        for code in re.findall(r"hcpcs: ([A-Z][0-9]{4})\b", path.read_text(encoding="utf-8"))
    }

    assert "H0038" in printed
    assert [code for code in sorted(printed) if not codes.is_plausible_hcpcs(code)] == []


@pytest.mark.parametrize("code", ["", "H", "HQ1", "hq", "H ", "\u00c9A", "1\u00b2"])
def test_modifier_shapes_refused(code: str) -> None:
    assert not codes.is_modifier_shape(code)


# Providers and addresses


def test_taxonomy_codes_have_their_shape() -> None:
    assert all(ids.is_valid_taxonomy(code) for code in codes.taxonomies())
    assert codes.taxonomies()["175T00000X"].name == "peer specialist"
    assert {row.kind for row in codes.taxonomies().values()} == {"individual", "group"}


def test_states_and_post() -> None:
    assert len(codes.us_states()) == 51 + 5
    assert all(re.fullmatch("[A-Z]{2}", code) for code in codes.us_states())
    assert len(set(codes.us_states().values())) == 56
    assert [codes.is_address_state(code) for code in ("MI", "GU", "AE", "ON", "mi", "")] == [True] * 3 + [False] * 3
    assert [codes.is_us_state(code) for code in ("MI", "GU", "AE", "ON", "mi", "")] == [True] * 2 + [False] * 4


# Diagnoses


def all_codes() -> list[str]:
    return [line for run in codes._diagnoses_by_letter().values() for line in run.decode().split()]


def test_the_list_is_the_release_that_it_says() -> None:
    listed = all_codes()
    release = codes._table("icd10cm.toml")["release"]
    billable = sum(not after.startswith(code) for code, after in zip(listed, [*listed[1:], ""], strict=True))

    assert (len(listed), billable) == (release["codes"], release["billable"]) == (98186, 74719)
    assert listed == sorted(set(listed))
    assert all(codes.is_diagnosis_shape.__wrapped__(code) for code in listed)


def test_a_billable_code_is_one_that_no_other_code_begins_with() -> None:
    listed = all_codes()
    headings = {code[:length] for code in listed for length in range(3, len(code))}
    sample = [*listed[::97], *(code for code in listed if code.startswith("F1"))]

    for code in sample:
        assert codes.diagnosis(code) == Diagnosis(code, billable=code not in headings)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("A00", Diagnosis("A00", billable=False)),
        ("A00.0", Diagnosis("A000", billable=True)),
        ("B20", Diagnosis("B20", billable=True)),
        ("F11", Diagnosis("F11", billable=False)),
        ("F11.2", Diagnosis("F112", billable=False)),
        ("F11.20", Diagnosis("F1120", billable=True)),
        ("F1120", Diagnosis("F1120", billable=True)),
        (" f11.20 ", Diagnosis("F1120", billable=True)),
        ("F32.A", Diagnosis("F32A", billable=True)),
        ("F99", Diagnosis("F99", billable=True)),
        ("T40.0X1A", Diagnosis("T400X1A", billable=True)),
        ("Z99.89", Diagnosis("Z9989", billable=True)),
        ("F10.A", None),
        ("F1.120", None),
        ("F11.", None),
        ("F11..20", None),
        ("F11-F19", None),
        ("F10-F19", None),
        ("F1120\n", Diagnosis("F1120", billable=True)),
        ("F11\n20", None),
        ("ZZZZ", None),
        ("303.90", None),
        ("", None),
        (".", None),
    ],
)
def test_diagnoses(code: str, expected: Diagnosis | None) -> None:
    assert codes.diagnosis(code) == expected
    assert codes.is_known_diagnosis(code) is (expected is not None)
    assert codes.is_billable_diagnosis(code) is (expected is not None and expected.billable)


@given(st.text(max_size=9) | st.from_regex(r"[A-Z][0-9A-Z.\n]{2,7}", fullmatch=True))
def test_any_text_has_an_answer_that_agrees_with_the_list(text: str) -> None:
    answer = codes.diagnosis(text)

    if answer is not None:
        assert answer.code == codes.compact_diagnosis(text)
        assert codes.diagnosis(answer.dotted) == answer
        assert f"\n{answer.code}\n".encode() in codes._diagnoses_by_letter()[answer.code[0]]


def test_no_diagnosis_of_this_list_before_it_was_in_use() -> None:
    assert [codes.is_billable_diagnosis("F11.20", dt.date(2015, 9, 30) + dt.timedelta(days)) for days in (0, 1)] == [
        False,
        True,
    ]


def test_the_days_of_the_release() -> None:
    release = codes.icd10cm_release()
    days = [dt.date(2026, 3, 31), dt.date(2026, 4, 1), dt.date(2026, 9, 30), dt.date(2026, 10, 1)]

    assert [release.covers(day) for day in days] == [False, True, True, False]
    assert release.citation.title == "ICD-10-CM, April 2026 release"


# Kinds of peer support, and who says that a check matters


def test_support_types_are_read_in_the_agreed_shape() -> None:
    table: dict[str, Any] = {
        "source": {"guide": {"title": "A guide", "date": "2009", "kind": "primary", "where": "tables"}},
        "support-type": {
            "emotional": {
                "definition": "care and concern",
                "examples": ["a talk"],
                "source": ["guide table 1", "guide"],
            }
        },
        "activity": {"emotional": {"mentoring": "leading or coaching"}},
    }

    assert dict(codes._support_types(table)) == {
        "emotional": codes.SupportType(
            "emotional",
            "care and concern",
            ("a talk",),
            {"mentoring": "leading or coaching"},
            (
                Citation("A guide", "", "2009", "primary", "table 1"),
                Citation("A guide", "", "2009", "primary", "tables"),
            ),
        )
    }


def test_the_four_kinds_of_support() -> None:
    kinds = codes.support_types()

    assert list(kinds) == ["emotional", "informational", "instrumental", "affiliational"]
    assert all(kind.definition and kind.examples and kind.activities and kind.citations for kind in kinds.values())
    assert all(re.fullmatch("[a-z][a-z-]*", word) for kind in kinds.values() for word in kind.activities)


@pytest.mark.parametrize(
    ("word", "kind", "expected"),
    [
        ("mentoring", "emotional", True),
        ("mentoring", "instrumental", False),
        ("mentoring", "", True),
        ("mentoring", "moral", False),
        ("basic-needs", "instrumental", True),
        ("shopping", "", False),
        ("", "", False),
    ],
)
def test_activities(word: str, kind: str, expected: bool) -> None:
    assert codes.is_activity(word, kind) is expected


def test_every_citation_of_a_check_is_found() -> None:
    cited = {code: codes.check_citations(code) for code in codes._table("checks.toml")["checks"]}

    assert all(re.fullmatch("PB[0-9]{3}", code) for code in cited)
    assert all(each.title and each.status in {"primary", "secondary"} for row in cited.values() for each in row)
    assert cited["PB101"]
    assert codes.check_citations("PB999") == ()


# What payers answer with


def meanings(file: str, table: str) -> list[str]:
    return [row["code"] for row in codes._table(file)[table]]


ANSWERS: dict[Callable[[str], codes.Meaning | None], tuple[str, str, int]] = {
    codes.carc: ("carc.toml", "carc", 407),
    codes.adjustment_group: ("carc.toml", "group", 5),
    codes.provider_adjustment: ("carc.toml", "provider", 41),
    codes.rarc: ("rarc.toml", "rarc", 1216),
    codes.claim_category: ("claim_status.toml", "category", 48),
    codes.claim_status: ("claim_status.toml", "code", 796),
    codes.claim_entity: ("claim_status.toml", "entity", 55),
    codes.remittance_status: ("remittance_status.toml", "remittance", 10),
    codes.interchange_note: ("claim_status.toml", "interchange", 32),
    codes.refusal_reason: ("eligibility.toml", "refusal", 34),
}


@pytest.mark.parametrize("ask", ANSWERS, ids=lambda ask: ask.__name__)
def test_a_payer_s_answer_is_explained_and_says_how_sure_that_is(ask: Callable[[str], codes.Meaning | None]) -> None:
    file, table, number = ANSWERS[ask]
    listed = meanings(file, table)

    assert (len(listed), len(set(listed))) == (number, number)
    for row in codes._table(file)[table]:
        found = ask(row["code"])
        assert found is not None
        assert (found.code, found.meaning, found.retired) == (row["code"], row["meaning"], row.get("retired", False))
        assert found.meaning
        assert (found.status, bool(found.citations)) in {("secondary", True), ("unconfirmed", False)}
    assert ask("ZZZ") is None


def reasons() -> list[codes.AdjustmentReason]:
    return [reason for code in meanings("carc.toml", "carc") if (reason := codes.carc(code))]


def test_reasons_stand_under_known_groups() -> None:
    groups = {group for reason in reasons() for group in (*reason.groups, *reason.effect_groups)}

    assert groups == {"OA", "CO", "PI", "PR", "CR"}
    assert all(codes.adjustment_group(group) is not None for group in groups)
    only: dict[tuple[str, ...], list[str]] = {}
    for reason in reasons():
        if reason.groups and not reason.retired:
            only.setdefault(reason.groups, []).append(reason.code)
    assert {groups: " ".join(found) for groups, found in only.items()} == {
        ("OA",): "18 23 133 136 209 257 271 277 P11",
        ("CO",): "139 249 281 303 P24 P25 P26",
        ("PR",): "85 201 229 238 275 P3",
        ("CO", "PR"): "45",
        ("CO", "PI"): "278",
        ("CO", "OA"): "P16",
    }


def test_every_reason_in_use_is_here_and_those_no_longer_in_use_are_marked() -> None:
    kept = {reason.code for reason in reasons() if not reason.retired}
    retired = {reason.code for reason in reasons() if reason.retired}
    numbers = {str(number) for number in range(1, 309)}

    assert (len(kept), len(retired)) == (297, 110)
    assert numbers - kept - retired == set()
    lettered = {f"P{number}" for number in range(1, 33)} | {
        f"B{number}" for number in (1, 4, *range(7, 17), 20, 22, 23)
    }
    assert kept - numbers == lettered | {"A0", "A1", "A5", "A6", "A8"}
    words = [found.words for code in ("125", "16") if (found := codes.carc(code))]
    assert words == [
        "submission or billing error: see the remark code [code no longer in use]",
        "claim lacks information or has an error: see the remark code",
    ]


VERBS = """
Add Appeal Ask Bill Book Check Collect Compare Correct Count Decide Find Get Help Leave Look Name Post Read Send Set
Show Void Wait Write
"""


def test_a_remedy_is_one_to_three_sentences_that_each_begin_with_what_to_do() -> None:
    remedies = {reason.code: reason.act for reason in reasons() if reason.act}
    sentences = {code: re.split(r"(?<=[.]) ", act) for code, act in remedies.items()}

    assert [code for code, act in remedies.items() if not re.fullmatch(r"[A-Z][^?!]*[a-z\")]\.", act)] == []
    assert {code: parts for code, parts in sentences.items() if len(parts) > 3 or len(" ".join(parts)) > 240} == {}
    assert {code: parts for code, parts in sentences.items() if any(len(part.split()) < 3 for part in parts)} == {}
    begun = {part.split()[0].rstrip(";:") for parts in sentences.values() for part in parts}
    assert begun == set(VERBS.split())


def test_the_commands_that_remedies_name_exist() -> None:
    named = {name for reason in reasons() for name in re.findall(r"peerbill ([a-z-]+)", reason.act)}

    assert named - {"always"} == {"claims", "eligibility", "policy"}
    assert named - {"always"} <= set(COMMANDS)


MET = """
1 2 3 4 5 6 8 9 11 13 16 18 22 23 24 26 27 29 31 35 39 45 50 51 54 96 97 107 109 110 119 129 133 140 142 146 147 150 151
167 170 177 178 181 182 185 197 198 199 204 206 207 208 216 222 226 227 231 234 236 242 243 252 253 256 258 272 273 284
296 299 300 301 302 A1 B1 B7 B9 B11 B13 B15 B16
"""


def test_what_peer_support_meets_has_a_remedy() -> None:
    assert set(MET.split()) - {reason.code for reason in reasons() if reason.act} == set()


def test_only_reasons_that_surely_refuse_nothing_have_an_effect() -> None:
    by_effect: dict[str, list[str]] = {}
    for reason in reasons():
        if reason.effect:
            by_effect.setdefault(reason.effect, []).append(reason.code)

    assert {effect: " ".join(found) for effect, found in by_effect.items()} == {
        codes.SHARE: "1 2 3 66 122 126 127 142 156 187 241 247 248",
        codes.CONTRACT: "41 42 43 44 45 94 103 104 105 130 131 132 137 139 144 161 225 245 253 271 278 281 308 A2 "
        "P12 P23 P24 P25 P26 P29 W1 Y3",
        codes.PRIOR_PAYER: "23",
    }
    assert all(reason.effect or not reason.effect_groups for reason in reasons())
    contract = [reason.effect_groups for reason in reasons() if reason.effect == codes.CONTRACT]
    assert all(groups and "PR" not in groups for groups in contract)


@pytest.mark.parametrize(
    ("group", "reason", "effect"),
    [
        *(("PR", reason, "share") for reason in ("1", "2", "3", "142")),
        ("CO", "3", "share"),
        *((group, reason, "contract") for group in ("CO", "PI", "OA") for reason in ("45", "104", "253")),
        ("CO", "281", "contract"),
        ("PR", "281", ""),
        ("PR", "187", "share"),
        ("PR", "122", "share"),
        ("CO", "122", ""),
        *(("PR", reason, "") for reason in ("85", "104", "178", "201", "275")),
        *(("CO", reason, "") for reason in ("209", "223", "237", "256", "275", "303")),
        ("OA", "23", "prior-payer"),
        ("CO", "23", "prior-payer"),
        *(("PR", reason, "") for reason in ("27", "31", "45", "96", "204", "253", "9999")),
        ("CO", "16", ""),
        ("CO", "24", ""),
    ],
)
def test_what_a_reason_does_to_a_payment_is_one_fact(group: str, reason: str, effect: str) -> None:
    assert codes.adjustment_effect(group, reason) == effect


def test_who_passed_a_claim_on_is_said_by_its_status_a_remark_or_a_reason() -> None:
    statuses = {code for code in meanings("remittance_status.toml", "remittance") if codes.is_forwarded(code)}
    remarks = {code for code in meanings("rarc.toml", "rarc") if codes.is_forwarded("1", (), [code])}
    reasons = {code for code in meanings("carc.toml", "carc") if codes.is_forwarded("1", [code])}

    assert (statuses, remarks, reasons) == (
        {"19", "20", "21", "23"},
        {"MA07", "MA18", "N89"},
        {"B11", "290", "291", "292", "298", "300", "305"},
    )
    undecided = {code for code in meanings("remittance_status.toml", "remittance") if not _decides(code)}
    assert (undecided, codes.remittance_status("27")) == ({"23", "25"}, None)


def _decides(code: str) -> bool:
    found = codes.remittance_status(code)
    return found is not None and found.decides


def test_a_rejected_claim_is_told_from_one_that_was_only_received() -> None:
    kinds = {
        code: category.kind
        for code in meanings("claim_status.toml", "category")
        if (category := codes.claim_category(code))
    }

    assert {code for code, kind in kinds.items() if kind == "rejected"} == {"A3", "A4", "A6", "A7", "A8"}
    assert {code for code, kind in kinds.items() if kind in {"received", "accepted", "in-progress"}} == {
        "A0",
        "A1",
        "A2",
        "A5",
    }
    assert codes.claim_category("R2") is None


def _remark_order(code: str) -> tuple[str, int]:
    letters = code.rstrip("0123456789")
    return letters, int(code[len(letters) :])


def test_remark_codes_have_their_shape_stand_in_order_and_each_once() -> None:
    remarks = meanings("rarc.toml", "rarc")

    shape = re.compile(r"M[1-9][0-9]{0,2}|MA(0[1-9]|[1-9][0-9]{1,2})|N[1-9][0-9]{0,2}")

    assert [code for code in remarks if not shape.fullmatch(code)] == []
    assert remarks == sorted(set(remarks), key=_remark_order)


def test_a_remark_is_told_in_a_short_wording_of_our_own() -> None:
    rows = codes._table("rarc.toml")["rarc"]
    by_wording: dict[str, list[str]] = {}
    for row in rows:
        by_wording.setdefault(row["meaning"], []).append(row["code"])

    assert [row["code"] for row in rows if not 1 < len(row["meaning"].split()) < 14 or len(row["meaning"]) > 80] == []
    assert [row["code"] for row in rows if re.search(r"[?]|[:.]$|^\W|^alert|missing/|  ", row["meaning"])] == []
    assert {wording: same for wording, same in by_wording.items() if len(same) > 1} == {}


def test_a_remark_tells_how_the_claim_may_be_sent_again_and_whether_an_appeal_is_possible() -> None:
    remarks = [remark for code in meanings("rarc.toml", "rarc") if (remark := codes.rarc(code))]
    again = {remark.code: remark.again for remark in remarks if remark.again}

    assert again == {"MA130": "new", "N142": "new", "N517": "new", "N185": "no", "N368": "no"}
    assert {remark.code for remark in remarks if not remark.appeal} == {"MA44", "MA130", "N83", "N211", "N704", "N921"}


def test_a_remark_that_only_informs_is_an_alert() -> None:
    assert [
        (code, remark.alert, remark.words) for code in ("MA13", "N210", "N290") if (remark := codes.rarc(code))
    ] == [
        ("MA13", True, "alert: do not bill the patient beyond PR"),
        ("N210", True, "alert: you may appeal"),
        ("N290", False, "rendering provider primary id missing or invalid"),
    ]
    rows = codes._table("rarc.toml")["rarc"]
    assert [sum(row.get(mark, False) for row in rows) for mark in ("alert", "retired")] == [193, 79]


@pytest.mark.parametrize(
    ("element", "guide", "ask"),
    [
        ("STC02", "277.5010.X214.xml", codes.claim_entity),
        ("PLB03-01", "835.5010.X221.A1.xml", codes.provider_adjustment),
        ("CLP02", "835.5010.X221.A1.xml", codes.remittance_status),
        ("TA105", "x12.control.00501.xml", codes.interchange_note),
    ],
)
def test_every_code_that_the_guide_allows_is_told_in_words(
    element: str, guide: str, ask: Callable[[str], codes.Meaning | None]
) -> None:
    text = resources.files("pyx12").joinpath("map", guide).read_text(encoding="utf-8")
    if element == "STC02":  # the entity stands in a composite of each STC
        allowed = {
            code
            for listed in re.findall("<data_ele>98</data_ele>.*?</element>", text, re.DOTALL)
            for code in re.findall("<code>(.*?)</code>", listed)
        }
    else:
        allowed = set(
            re.findall("<code>(.*?)</code>", text[text.index(f'xid="{element}"') :].partition("</element>")[0])
        )

    assert len(allowed) >= 10
    assert {code for code in allowed if ask(code) is None} == set()


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("19", "the party confirms that it received the claim"),
        ("33", "subscriber and member id not found"),
        ("77", None),
        ("82", None),
        ("88", "the party has no benefits on the days of service"),
        ("125", "the party's name"),
        ("126", "the party's address"),
        ("127", "the party's phone, fax or e-mail"),
        ("145", "the party's taxonomy code"),
        ("187", "days of service"),
        ("500", "the party's ZIP code"),
        ("562", "the party's NPI"),
        ("787", "send a new claim, not a replacement"),
        ("999", None),
    ],
)
def test_what_a_status_code_says(code: str, meaning: str | None) -> None:
    found = codes.claim_status(code)

    assert (found and found.meaning) == meaning


def test_categories_and_codes_stand_in_the_lists_of_pyx12() -> None:
    text = resources.files("pyx12").joinpath("map", "codes.xml").read_text(encoding="utf-8")
    lists = {
        name: set(re.findall("<code>(.*?)</code>", body))
        for name, body in re.findall(r"<id>(\w+)</id>(.*?)</codeset>", text, re.DOTALL)
    }

    assert set(meanings("claim_status.toml", "category")) == lists["claim_status_cat"]
    newer = {str(number) for number in range(772, 809)}
    assert set(meanings("claim_status.toml", "code")) - newer == lists["claim_status"]
    assert lists["remark_code"] - set(meanings("rarc.toml", "rarc")) == set()


@pytest.mark.parametrize(
    ("retired", "instead"),
    [("F50.2", "F50.20"), ("F50.01", "F50.010"), ("F50.02", "F50.020"), ("F50.81", "F50.810")],
)
def test_a_code_retired_in_2024_is_refused_for_a_service_in_2026(retired: str, instead: str) -> None:
    """Eating disorders were divided by severity on 2024-10-01 (legalclarity.org, "Eating disorder ICD-10 codes")."""
    day = dt.date(2026, 3, 2)

    assert codes.diagnosis(retired) == Diagnosis(retired.replace(".", ""), billable=False)
    assert not codes.is_billable_diagnosis(retired, day)
    assert codes.is_billable_diagnosis(instead, day)
