"""What billers ask of the federal floor and of Michigan, New Jersey, Texas, Alaska and Minnesota, with the answers."""

import datetime as dt
import tomllib
from importlib import resources
from typing import Any

import pytest
from questions import MH, SUD, look_up, programme

from peerbill.model.errors import NotInForceError
from peerbill.model.finding import Severity
from peerbill.policy import Facts, Listing, Rules, load_policies

MI, MI_MH, NJ = "MI/sud-recovery-coaching", "MI/mh-peer", "NJ/sud"
TX, CFP, CRISIS, AK = "TX/peer", "TX/cfp", "AK/crisis", "AK/peer"
MN, MN_MH = "MN/recovery", "MN/mh"
PROGRAMMES = (MI, MI_MH, NJ, TX, CFP, CRISIS, AK, MN, MN_MH)

BOTH = MH | SUD
INDIVIDUAL = Facts(service="individual", diagnosis=SUD, age=40)
RCO = Facts(service="individual", diagnosis=SUD, provider="recovery-community-organization")
LICENSED = Facts(service="individual", diagnosis=SUD, provider="245G")
DAY = dt.date(2026, 3, 2)


def rules(id_: str, day: dt.date = DAY, facts: Facts = INDIVIDUAL) -> Rules:
    return programme(id_).rules(day, facts)


def asked(rules: Rules, question: str) -> tuple[Any, str]:
    """Return what is found; what a row that is not there would say is unsaid."""
    value, status = look_up(rules, question)
    return value, "unsaid" if status == "absent" else status


def statuses(listing: Listing, verb: str) -> dict[str, str]:
    return {word: said.status.value for word, said in listing.of(verb).items()}


# Michigan: the length is the national one, what a part unit is worth is not known; the advisory's two tiers.
# New Jersey: Horizon's policy. Texas: one pool for six months; family partners. Alaska: more than half. Minnesota.
QUESTIONS: list[tuple[str, Facts, str, Any, str]] = [
    (MI, INDIVIDUAL, "service.individual.hcpcs", "H0038", "secondary"),
    (MI, INDIVIDUAL, "service.individual.modifiers", ("HF",), "unconfirmed"),
    (MI, INDIVIDUAL, "service.group.modifiers", ("HF", "HQ"), "unconfirmed"),
    (MI, INDIVIDUAL, "unit.minutes", 15, "secondary"),
    (MI, INDIVIDUAL, "unit.rounding", None, "unknown"),
    (MI, INDIVIDUAL, "unit.aggregate", None, "unknown"),
    (MI, INDIVIDUAL, "unit.counts", ("contact",), "primary"),
    (MI, INDIVIDUAL, "population.diagnosis", ("SUD",), "primary"),
    (MI, INDIVIDUAL, "population.age", None, "unsaid"),
    (MI, INDIVIDUAL, "tier.coach.training_hours", 40, "primary"),
    (MI, INDIVIDUAL, "tier.coach.recovery_months", 24, "primary"),
    (MI, INDIVIDUAL, "tier.coach.alone", True, "primary"),
    (MI, INDIVIDUAL, "tier.coach.supports", ("emotional", "informational", "instrumental", "affiliational"), "primary"),
    (MI, INDIVIDUAL, "tier.associate.supports", ("affiliational", "instrumental", "emotional"), "primary"),
    (MI, INDIVIDUAL, "tier.associate.alone", False, "primary"),
    (MI, INDIVIDUAL, "tier.associate.overseen_by", ("coach", "supervisor"), "primary"),
    (MI, INDIVIDUAL, "tier.associate.recovery_months", 6, "primary"),
    (MI, INDIVIDUAL, "tier.associate.training_hours", None, "unsaid"),
    (MI, Facts(tier="coach"), "supervision.every", "week", "primary"),
    (MI, Facts(tier="associate"), "supervision.every", None, "unsaid"),
    (MI, INDIVIDUAL, "filing.within", ("12 months after service",), "secondary"),
    (MI, INDIVIDUAL, "claim.rendering", "peer", "unconfirmed"),
    (MI_MH, INDIVIDUAL, "service.individual.modifiers", None, "unknown"),
    (MI_MH, INDIVIDUAL, "credential.CPSS.training_hours", 56, "secondary"),
    (NJ, INDIVIDUAL, "service.individual.hcpcs", "H0038", "primary"),
    (NJ, INDIVIDUAL, "service.individual.modifiers", ("HF",), "primary"),
    (NJ, INDIVIDUAL, "service.group.hcpcs", None, "unsaid"),
    (NJ, INDIVIDUAL, "unit.minutes", 15, "primary"),
    (NJ, INDIVIDUAL, "unit.rounding", None, "unknown"),
    (NJ, INDIVIDUAL, "limit.day.units", 16, "primary"),
    (NJ, INDIVIDUAL, "limit.day.per", "day", "primary"),
    (NJ, INDIVIDUAL, "limit.day.then", None, "unsaid"),
    (NJ, INDIVIDUAL, "population.age", "18+", "primary"),
    (NJ, INDIVIDUAL, "population.diagnosis_on_claim", True, "primary"),
    (NJ, INDIVIDUAL, "credential.CPRS.name", "Certified Peer Recovery Specialist", "unconfirmed"),
    (NJ, INDIVIDUAL, "filing.within", ("12 months after service",), "secondary"),
    (TX, INDIVIDUAL, "service.individual.hcpcs", "H0038", "primary"),
    (TX, INDIVIDUAL, "service.individual.modifiers", None, "unknown"),
    (TX, INDIVIDUAL, "service.group.modifiers", ("HQ",), "secondary"),
    (TX, INDIVIDUAL, "unit.minutes", 15, "secondary"),
    (TX, INDIVIDUAL, "unit.rounding", None, "unknown"),
    (TX, INDIVIDUAL, "limit.six-months.units", 104, "primary"),
    (TX, INDIVIDUAL, "limit.six-months.per", "6 rolling months", "primary"),
    (TX, INDIVIDUAL, "limit.six-months.of", ("individual", "group"), "primary"),
    (TX, INDIVIDUAL, "limit.six-months.then", "authorization", "primary"),
    (TX, INDIVIDUAL, "group.max", 12, "primary"),
    (TX, INDIVIDUAL, "population.age", "21+", "primary"),
    (TX, Facts(diagnosis=MH), "credential.MHPS.valid_months", 24, "primary"),
    (TX, Facts(diagnosis=MH, tier="initial"), "credential.MHPS.valid_months", 6, "primary"),
    (TX, Facts(diagnosis=SUD, tier="initial"), "credential.RSPS.experience_hours", 0, "primary"),
    (TX, Facts(diagnosis=SUD), "credential.RSPS.experience_hours", 250, "primary"),
    (TX, INDIVIDUAL, "supervision.every", "month", "primary"),
    (TX, Facts(tier="initial"), "supervision.every", "week", "primary"),
    (TX, INDIVIDUAL, "filing.within", ("95 days after service",), "primary"),
    (TX, INDIVIDUAL, "filing.never_after", "24 months after service", "primary"),
    (CFP, Facts(service="family"), "service.family.hcpcs", "S9482", "primary"),
    (CFP, Facts(service="family"), "service.family.modifiers", (), "primary"),
    (CFP, Facts(service="group"), "service.group.modifiers", ("HQ",), "primary"),
    (CFP, Facts(service="family", diagnosis=MH), "modifier.HE.use", "one-of", "primary"),
    (CFP, Facts(service="family"), "unit.continuous", True, "primary"),
    (CFP, Facts(service="family"), "unit.minimum_minutes", 15, "primary"),
    (CFP, Facts(service="family"), "unit.rounding", "down", "primary"),
    (CFP, Facts(service="family"), "limit.six-months.of", ("family", "group"), "primary"),
    (CFP, Facts(service="family"), "authorization.required", False, "primary"),
    (CFP, Facts(service="family"), "population.age", "0-20", "primary"),
    (CFP, Facts(service="family"), "credential.CFP.valid_months", 24, "primary"),
    (CFP, Facts(service="family"), "credential.CFP.ce_hours", None, "unknown"),
    (CFP, Facts(service="family"), "claim.rendering", "peer", "unconfirmed"),
    (CFP, Facts(service="family"), "filing.within", ("95 days after service",), "primary"),
    (CRISIS, Facts(service="crisis"), "service.crisis.hcpcs", None, "unknown"),
    (CRISIS, Facts(service="crisis"), "unit.minutes", None, "unknown"),
    (CRISIS, Facts(service="crisis"), "unit.rounding", "past-midpoint", "primary"),
    (CRISIS, Facts(service="crisis"), "plan.crisis.signers", ("mental-health-professional-clinician",), "primary"),
    (CRISIS, Facts(service="crisis"), "authorization.required", None, "unknown"),
    (CRISIS, Facts(service="crisis"), "filing.within", ("12 months after service",), "primary"),
    (AK, INDIVIDUAL, "service.individual.hcpcs", "H0038", "secondary"),
    (AK, INDIVIDUAL, "unit.minutes", 15, "secondary"),
    (AK, INDIVIDUAL, "unit.rounding", "past-midpoint", "primary"),
    (AK, INDIVIDUAL, "plan.treatment.before_service", True, "primary"),
    (AK, INDIVIDUAL, "authorization.required", True, "primary"),
    (MN, INDIVIDUAL, "service.individual.hcpcs", "H0038", "secondary"),
    (MN, INDIVIDUAL, "service.individual.modifiers", ("U8",), "unconfirmed"),
    (MN, INDIVIDUAL, "unit.minutes", 15, "primary"),
    (MN, INDIVIDUAL, "unit.rounding", None, "unknown"),
    (MN, INDIVIDUAL, "rate.amount", "15.02", "unconfirmed"),
    (MN, INDIVIDUAL, "limit.week.hours", 14, "secondary"),
    (MN, RCO, "plan.individual-recovery.before_service", False, "primary"),
    (MN, RCO, "plan.individual-recovery.complete_within", "3 sessions after first service", "primary"),
    (MN, INDIVIDUAL, "credential.CPRSR.issuer", "Minnesota Certification Board", "secondary"),
    (MN, INDIVIDUAL, "filing.within", ("12 months after service",), "primary"),
    (MN, INDIVIDUAL, "filing.other_payer_within", ("6 months after other payer",), "primary"),
    (MN_MH, Facts(service="individual"), "service.individual.modifiers", (), "unconfirmed"),
    (MN_MH, Facts(service="group"), "service.group.modifiers", ("HQ",), "unconfirmed"),
    (MN_MH, Facts(service="group", tier="II"), "modifier.U5.position", 1, "unconfirmed"),
    (MN_MH, Facts(service="group", tier="I"), "modifier.U5.position", None, "unsaid"),
    (MN_MH, Facts(service="individual"), "unit.rounding", None, "unknown"),
    (MN_MH, Facts(service="individual"), "credential.CPS.training_hours", 80, "secondary"),
]


@pytest.mark.parametrize(
    ("id_", "facts", "question", "value", "status"),
    [pytest.param(*row, id=f"{row[0]} {row[2]} {number}") for number, row in enumerate(QUESTIONS)],
)
def test_a_biller_gets_the_value_and_how_sure_it_is(
    id_: str, facts: Facts, question: str, value: object, status: str
) -> None:
    assert asked(rules(id_, facts=facts), question) == (value, status)


CHANGES: list[tuple[str, str, str, Facts, str, Any, Any]] = [
    (MN, "2024-12-31", "2025-01-01", INDIVIDUAL, "service.group.paid", (None, "unsaid"), (False, "primary")),
    (
        MN,
        "2024-12-31",
        "2025-01-01",
        RCO,
        "plan.individual-recovery.before_service",
        (None, "unsaid"),
        (False, "primary"),
    ),
    (MN, "2021-02-28", "2021-03-01", INDIVIDUAL, "credential.CPRS.training_hours", (40, "primary"), (46, "primary")),
    (MN_MH, "2020-12-31", "2021-01-01", INDIVIDUAL, "credential.CPS.min_age", (21, "primary"), (None, "unsaid")),
]


@pytest.mark.parametrize(("id_", "last", "first", "facts", "question", "before", "after"), CHANGES)
def test_a_value_changes_on_its_day(
    *, id_: str, last: str, first: str, facts: Facts, question: str, before: object, after: object
) -> None:
    days = [rules(id_, dt.date.fromisoformat(day), facts) for day in (last, first)]

    assert [asked(day, question) for day in days] == [before, after]


@pytest.mark.parametrize(
    ("id_", "day", "allowed", "denied", "unknown"),
    [
        (MI, "2026-03-02", {"in-person": "primary", "video": "unconfirmed", "audio": "unconfirmed"}, {}, set()),
        (NJ, "2026-03-02", {"in-person": "primary", "video": "secondary"}, {"audio": "secondary"}, set()),
        (TX, "2020-03-19", {"in-person": "primary"}, {"video": "primary", "audio": "primary"}, set()),
        (TX, "2020-03-20", {"in-person": "primary", "video": "primary", "audio": "primary"}, {}, set()),
        (TX, "2022-04-30", {"in-person": "primary", "video": "primary", "audio": "primary"}, {}, set()),
        (TX, "2022-05-01", {"in-person": "primary"}, {"video": "primary", "audio": "primary"}, set()),
        (TX, "2022-08-31", {"in-person": "primary"}, {"video": "primary", "audio": "primary"}, set()),
        (TX, "2022-09-01", {"in-person": "primary"}, {}, {"video", "audio"}),
        (CFP, "2025-03-01", {"in-person": "primary", "video": "primary", "audio": "primary"}, {}, set()),
        (CRISIS, "2026-03-02", {"in-person": "primary"}, {}, set()),
        (AK, "2026-03-02", {"in-person": "secondary"}, {}, {"video", "audio"}),
        (MN, "2023-05-22", {"in-person": "primary"}, {}, set()),
        (MN, "2023-05-23", {"in-person": "primary", "video": "unconfirmed"}, {}, {"audio"}),
        (MN_MH, "2026-03-02", {"in-person": "primary"}, {}, {"video", "audio"}),
    ],
)
def test_channels_on_both_sides_of_each_change(
    id_: str, day: str, allowed: dict[str, str], denied: dict[str, str], unknown: set[str]
) -> None:
    channel = rules(id_, dt.date.fromisoformat(day)).channel

    assert (statuses(channel, "allow"), statuses(channel, "deny"), set(channel.unknown)) == (allowed, denied, unknown)


@pytest.mark.parametrize(
    ("facts", "modifiers"),
    [
        (Facts(service="family", diagnosis=MH, channel="in-person"), {"HE": "one-of"}),
        (Facts(service="family", diagnosis=SUD, channel="video"), {"HF": "one-of", "95": "required"}),
        (Facts(service="group", diagnosis=SUD, channel="audio"), {"HF": "one-of", "FQ": "required"}),
        (Facts(service="family", diagnosis=BOTH, channel="in-person"), {"HE": "one-of", "HF": "one-of"}),
    ],
)
def test_family_partners_mark_channel_and_diagnosis(facts: Facts, modifiers: dict[str, str]) -> None:
    assert {name: rule.value.use for name, rule in rules(CFP, facts=facts).modifier.items()} == modifiers


@pytest.mark.parametrize(
    ("day", "channel", "modifiers"),
    [
        ("2020-03-19", "video", set()),
        ("2020-03-20", "video", {"95"}),
        ("2022-04-30", "audio", {"95"}),
        ("2022-05-01", "audio", set()),
        ("2021-01-04", "in-person", set()),
    ],
)
def test_remote_peer_services_were_marked_95_while_they_were_paid(day: str, channel: str, modifiers: set[str]) -> None:
    asked_for = Facts(service="individual", diagnosis=MH, channel=channel)

    assert set(rules(TX, dt.date.fromisoformat(day), asked_for).modifier) == modifiers


@pytest.mark.parametrize(
    ("id_", "facts", "credentials"),
    [
        (MI, Facts(tier="coach"), {"CPRC", "CCAR"}),
        (MI, Facts(), {"CPRC", "CCAR"}),
        (MI, Facts(tier="associate"), {"provider-training"}),
        (NJ, INDIVIDUAL, {"CPRS"}),
        (TX, Facts(diagnosis=MH), {"MHPS"}),
        (TX, Facts(diagnosis=SUD), {"RSPS"}),
        (TX, Facts(diagnosis=BOTH), {"MHPS", "RSPS"}),
        (CFP, Facts(), {"CFP"}),
        (CRISIS, Facts(), {"peer-support-specialist"}),
        (MN, INDIVIDUAL, {"CPRS", "CPRSR"}),
        (MN_MH, Facts(), {"CPS"}),
    ],
)
def test_credentials_that_are_accepted(id_: str, facts: Facts, credentials: set[str]) -> None:
    assert set(rules(id_, facts=facts).credential) == credentials


@pytest.mark.parametrize(
    ("id_", "facts", "plans"),
    [
        (MI, INDIVIDUAL, {"care"}),
        (NJ, INDIVIDUAL, {"care"}),
        (TX, INDIVIDUAL, {"care"}),
        (CFP, Facts(service="family"), {"care", "recovery"}),
        (CRISIS, Facts(service="crisis"), {"care", "crisis"}),
        (AK, INDIVIDUAL, {"care", "treatment", "assessment"}),
        (MN, INDIVIDUAL, {"care"}),
        (MN, RCO, {"individual-recovery"}),
        (MN, LICENSED, {"treatment"}),
        (MN, Facts(provider="245F"), {"stabilization"}),
        (MN_MH, Facts(), {"care"}),
    ],
)
def test_plans_that_must_be_there(id_: str, facts: Facts, plans: set[str]) -> None:
    assert set(rules(id_, facts=facts).plan) == plans


FLOOR = {"date", "member", "author", "service", "start-and-end"}


@pytest.mark.parametrize(
    ("id_", "facts", "elements"),
    [
        (MI, INDIVIDUAL, FLOOR | {"permission", "medical-need"}),
        (MI_MH, Facts(diagnosis=MH), FLOOR | {"medical-need", "plan"}),
        (NJ, INDIVIDUAL, FLOOR | {"permission", "diagnosis", "duration", "medical-need"}),
        (TX, Facts(diagnosis=MH), FLOOR),
        (AK, Facts(diagnosis=MH), FLOOR | {"diagnosis", "medical-need"}),
        (MN, INDIVIDUAL, FLOOR | {"permission", "plan", "goal", "intervention", "voluntary"}),
        (MN, LICENSED, FLOOR | {"permission", "plan", "goal", "intervention", "voluntary", "duration"}),
        (MN_MH, Facts(), FLOOR),
    ],
)
def test_what_the_note_must_show(id_: str, facts: Facts, elements: set[str]) -> None:
    assert set(rules(id_, facts=facts).documentation.of("require")) == elements


def test_the_advisory_advises_and_its_must_binds() -> None:
    """What coaches should have gives warnings; the training that they are required to take gives errors."""
    coach = rules(MI, facts=Facts(service="individual", tier="coach"))

    assert coach.tier["coach"].said["training_hours"].severity is Severity.WARNING
    assert coach.supervision.said["every"].severity is Severity.WARNING
    assert coach.credential["CCAR"].said["name"].severity is Severity.ERROR
    associate = rules(MI, facts=Facts(tier="associate")).credential["provider-training"]
    assert associate.said["name"].severity is Severity.ERROR


@pytest.mark.parametrize(("facts", "severity"), [(RCO, Severity.WARNING), (LICENSED, Severity.ERROR)])
def test_the_first_notes_of_a_recovery_organization_may_name_no_plan(facts: Facts, severity: Severity) -> None:
    assert rules(MN, facts=facts).documentation.of("require")["plan"].severity is severity


@pytest.mark.parametrize("relationship", ["resides-with", "employs"])
def test_no_service_to_housemates_or_employees_of_the_peer(relationship: str) -> None:
    days = [dt.date(2024, 12, 31), dt.date(2025, 1, 1)]

    assert [relationship in rules(MN, day).exclusion.of("relationship") for day in days] == [False, True]


def test_other_behavioral_services_bar_the_same_time() -> None:
    assert statuses(rules(TX).exclusion, "same_time") == {"*": "primary"}
    assert statuses(rules(CFP).exclusion, "same_time") == {}


def test_indirect_work_is_no_service() -> None:
    barred = {"note-writing", "collateral-contact", "case-review", "travel"}

    assert set(rules(MI).exclusion.of("activity")) == barred


@pytest.mark.parametrize(
    ("channel", "places"),
    [("in-person", {"11", "12", "19", "22", "99"}), ("video", {"02", "10", "11", "12", "19", "22", "99"})],
)
def test_places_of_family_partners(channel: str, places: set[str]) -> None:
    assert set(rules(CFP, facts=Facts(service="family", channel=channel)).place.of("allow")) == places


@pytest.mark.parametrize("id_", PROGRAMMES)
def test_the_federal_floor_holds_everywhere(id_: str) -> None:
    floor = rules(id_)

    assert floor.supervision.row is not None
    assert floor.signature["author"].row is not None
    assert "incarceration" in floor.exclusion.of("stay")
    assert asked(floor, "calendar.week") == ("sunday", "unconfirmed")


@pytest.mark.parametrize(("age", "barred"), [(21, False), (22, True), (64, True), (65, False)])
def test_institutions_for_mental_diseases_bar_adults_under_65(age: int, barred: bool) -> None:
    assert ("imd" in rules(NJ, facts=Facts(age=age)).exclusion.of("stay")) is barred


@pytest.mark.parametrize(
    ("day", "age", "note"),
    [("2024-12-31", 17, "inmate"), ("2025-01-01", 17, "youth"), ("2025-01-01", 21, "inmate")],
)
def test_young_inmates_have_their_own_rule_from_2025(day: str, age: int, note: str) -> None:
    stay = rules(NJ, dt.date.fromisoformat(day), Facts(age=age)).exclusion.of("stay")["incarceration"]

    assert note in stay.note


@pytest.mark.parametrize(
    ("id_", "first"),
    [(MI, "2012-09-01"), (NJ, "2020-07-01"), (TX, "2019-01-01"), (CFP, "2025-03-01"), (MN, "2018-07-01")],
)
def test_nothing_is_known_before_the_first_day(id_: str, first: str) -> None:
    day = dt.date.fromisoformat(first)

    assert rules(id_, day).programme == id_
    with pytest.raises(NotInForceError, match=f"{id_} is not in force on .*; known from {first}"):
        rules(id_, day - dt.timedelta(days=1))


@pytest.mark.parametrize(
    ("code", "groups"),
    [
        ("F10.20", SUD),
        ("F1121", SUD),
        ("F19.99", SUD),
        ("F09", frozenset()),
        ("F20.0", MH),
        ("F32.A", MH),
        ("F4310", MH),
        ("F69", MH),
        ("F70", frozenset()),
        ("F89", frozenset()),
        ("F90.0", MH),
        ("F98.9", MH),
        ("F99", MH),
        ("Z59.00", frozenset()),
    ],
)
def test_diagnoses_fall_into_groups(code: str, groups: frozenset[str]) -> None:
    assert programme(NJ).diagnosis_groups(code) == groups


def test_an_agency_settles_what_horizon_leaves_open() -> None:
    """The agency's contract rounds down; the length stays Horizon's, and the limit denies from its day."""
    contract = """
        state = "NJ"
        [source.contract]
        title = "Example value, not a real rule"
        kind = "primary"
        [[sud.unit]]
        rounding = "down"
        aggregate = "encounter"
        source = "contract p. 12"
        [[sud.limit.day]]
        from = 2026-02-01
        then = "deny"
        source = "contract p. 14"
    """
    horizon = load_policies([NJ], {"nj.toml": contract}).programme(NJ)
    before, after = (horizon.rules(day, INDIVIDUAL) for day in (dt.date(2026, 1, 31), dt.date(2026, 2, 1)))

    assert asked(after, "unit.rounding") == ("down", "agency")
    assert asked(after, "unit.minutes") == (15, "primary")
    assert [asked(rules, "limit.day.then") for rules in (before, after)] == [(None, "unsaid"), ("deny", "agency")]


def test_every_activity_has_a_kind_of_support_with_a_source() -> None:
    text = resources.files("peerbill.codesets.national").joinpath("peer_support.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    kinds = ["emotional", "informational", "instrumental", "affiliational"]
    words = [word for kind in kinds for word in data["activity"][kind]]

    assert list(data["support-type"]) == kinds == list(data["activity"])
    assert all(source.split()[0] in data["source"] for kind in kinds for source in data["support-type"][kind]["source"])
    assert len(words) == len(set(words)) == 51
