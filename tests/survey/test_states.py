"""What is said of the coverage of states: by the audit, on files made here, then held against what ships."""

import datetime as dt
import functools
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from click.testing import CliRunner

from peerbill import records_from
from peerbill.checks.audit import Audit, audit
from peerbill.cli import main
from peerbill.codes import states_and_district
from peerbill.model.claim import Address, BillingProvider, Contact, Party, Payer
from peerbill.model.finding import Severity
from peerbill.model.records import Settings
from peerbill.policy import Facts, load_policies, packaged_states
from peerbill.policy.load import read_state_file
from peerbill.setup import policy_values
from peerbill.survey import answering
from peerbill.survey import states as module
from peerbill.survey.answering import answers_needed
from peerbill.survey.ordinary import complete_records, ordinary_contacts
from peerbill.survey.states import StateCoverage, Value, census, coverage, state_coverage, tally, totals

PAGE = Path(__file__).parents[2] / "codesets" / "README.md"
README = Path(__file__).parents[2] / "README.md"
HEAD = """
state = "QQ"
as_of = 2026-11-21
[source.law]
title = "Law"
kind = "primary"
date = "2019-04-01"
[source.news]
title = "News"
kind = "secondary"
date = "2024"
[own]
name = "Own"
source = "law"
[[own.credential.CPS]]
source = "law"
"""
SERVICE = '[[own.service.individual]]\nhcpcs = "H0038"\nmodifiers = ["HF"]\nsource = "law 1"\n'
UNIT = '[[own.unit]]\nminutes = 15\nrounding = "down"\naggregate = "encounter"\nsource = "news 2"\n'
PART_UNITS = '[[own.unit]]\nminutes = 15\nunknown = ["rounding"]\naggregate = "encounter"\nsource = "news 2"\n'

Show = Callable[[str], StateCoverage]
NO_FILES: Mapping[str, str] = MappingProxyType({})


@functools.cache
def shipped() -> tuple[StateCoverage, ...]:
    return coverage()


@pytest.fixture
def show(monkeypatch: pytest.MonkeyPatch) -> Show:
    """Return what shows the coverage of a made-up state, from the rows of its file."""

    def of(rows: str) -> StateCoverage:
        file = read_state_file("qq.toml", HEAD + rows)
        monkeypatch.setattr(module, "packaged_file", lambda _: file)
        monkeypatch.setattr(module, "packaged_programmes", lambda _: [f"QQ/{key}" for key in file.headers])
        for user in (module, answering, policy_values):
            monkeypatch.setattr(
                user, "load_policies", lambda ids, own=NO_FILES: load_policies(ids, own, {"qq.toml": file.text})
            )
        return state_coverage("QQ", "Quiet State")

    return of


def verdicts(state: StateCoverage) -> list[tuple[int, bool, str, tuple[str, ...]]]:
    assert state.ordinary is not None
    return [(one.minutes, one.rendering_set, one.result, one.why) for one in state.ordinary.verdicts]


def test_a_state_of_which_everything_is_known_is_clean_once_rendering_is_set(show: Show) -> None:
    found = show(SERVICE + UNIT)

    assert verdicts(found) == [
        (30, True, "clean", ()),
        (30, False, "warned", ("rendering",)),
        (37, True, "clean", ()),
        (37, False, "warned", ("rendering",)),
    ]
    assert found.ordinary is not None
    assert (found.ordinary.code, found.ordinary.unit) == (Value("H0038", "primary"), Value("15 minutes", "secondary"))
    assert found.ordinary.rounding == Value("down", "secondary")
    assert (found.primary, found.secondary, found.unconfirmed, found.unknown, found.confirmed) == (3, 3, 0, 0, 1)


def test_part_units_that_are_not_known_hold_37_minutes_and_not_30(show: Show) -> None:
    found = show(SERVICE + PART_UNITS)

    assert [found.result(minutes) for minutes in (30, 37)] == ["clean", "held"]
    assert [found.questions(minutes) for minutes in (30, 37)] == [0, 1]
    assert verdicts(found)[2] == (37, True, "held", ("part units",))
    assert found.ordinary is not None
    assert found.ordinary.rounding == Value("not said", "unknown")


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ('[[own.service.individual]]\nunknown = ["hcpcs"]\nmodifiers = ["HF"]\nsource = "law"\n' + UNIT, ("code",)),
        (
            '[[own.service.individual]]\nhcpcs = "H0038"\nunknown = ["modifiers"]\nsource = "law"\n' + UNIT,
            ("modifiers",),
        ),
        ('[[own.service.individual]]\nhcpcs = "H0038"\nsource = "law"\n' + UNIT, ("modifiers",)),
        (SERVICE.replace("source", 'unknown = ["paid"]\nsource') + UNIT, ("whether paid",)),
        (SERVICE + '[[own.unit]]\nunknown = ["minutes"]\nrounding = "down"\nsource = "law"\n', ("unit",)),
        (SERVICE, ("unit",)),
        (
            SERVICE + UNIT + '[[own.claim]]\nunknown = ["rendering"]\nsource = "law"\n',
            (),
        ),
    ],
    ids=[
        "no code",
        "modifiers not known",
        "modifiers not said",
        "whether it is paid not known",
        "no unit",
        "no unit rule",
        "rendering not known",
    ],
)
def test_a_state_that_lacks_a_value_is_held_and_says_which(show: Show, rows: str, why: tuple[str, ...]) -> None:
    found = show(rows)

    assert found.result(30) == ("held" if why else "clean")
    assert verdicts(found)[0][3] == why
    assert found.questions(30) == len(why)
    assert found.result(30, rendering_set=False) == "held"


def test_a_value_that_nobody_confirmed_is_a_warning(show: Show) -> None:
    found = show(
        '[[own.service.individual]]\nhcpcs = "H0038"\nmodifiers = []\nstatus = "unconfirmed"\n'
        '[[own.claim]]\nrendering = "peer"\nsource = "law"\n' + UNIT
    )

    assert [(result, why) for _, _, result, why in verdicts(found)] == [("warned", ("code", "modifiers"))] * 4


def test_a_unit_under_the_least_minutes_is_told_by_the_check_that_holds_it(show: Show) -> None:
    found = show(
        SERVICE + '[[own.unit]]\nminutes = 15\nrounding = "down"\naggregate = "encounter"\nminimum_minutes = 31\n'
        'source = "law"\n'
    )

    assert [(minutes, result, why) for minutes, given, result, why in verdicts(found) if given] == [
        (30, "held", ("PB104",)),
        (37, "clean", ()),
    ]


def test_a_service_by_the_day_needs_no_rounding(show: Show) -> None:
    found = show(f'{SERVICE}[[own.unit]]\nper = "day"\nsource = "law"\n')

    assert [found.result(minutes) for minutes in (30, 37)] == ["clean", "clean"]
    assert found.ordinary is not None
    assert (found.ordinary.unit, found.ordinary.rounding) == (Value("day", "primary"), Value("whole", "primary"))


def test_a_state_that_pays_nothing_says_so(show: Show) -> None:
    found = show('[[own.service.individual]]\npaid = false\nsource = "law"\n')

    assert [found.result(minutes, rendering_set=given) for minutes in (30, 37) for given in (True, False)] == [
        "not paid"
    ] * 4
    assert found.ordinary is None


def test_the_individual_service_is_shown_and_not_a_surer_one(show: Show) -> None:
    surer = (
        '[[own.service.outreach]]\nhcpcs = "H0023"\nmodifiers = []\nsource = "law"\n'
        '[[own.unit]]\nwhen = { service = "outreach" }\nper = "service"\nsource = "law"\n'
        '[[own.service.day]]\nmode = "individual"\nhcpcs = "H2016"\nmodifiers = []\nsource = "law"\n'
        '[[own.unit]]\nwhen = { service = "day" }\nper = "day"\nsource = "law"\n'
    )
    plain = '[[own.service.individual]]\nunknown = ["hcpcs", "modifiers"]\nsource = "law"\n'
    found = show(surer + plain + UNIT)

    assert (found.result(30), verdicts(found)[0][3]) == ("held", ("code", "modifiers"))
    assert show(surer + SERVICE + UNIT).programmes[0].code == Value("H0038", "primary")


def test_a_programme_of_families_has_no_row_and_a_state_counts_by_its_first(show: Show) -> None:
    families = (
        '[families]\nname = "Families"\nsource = "law"\n[[families.service.family]]\nhcpcs = "H0038"\nsource = "law"\n'
    )
    second = '[second]\nname = "Second"\nsource = "law"\n[[second.credential.CPS]]\nsource = "law"\n' + (
        SERVICE + UNIT
    ).replace("[[own.", "[[second.")
    found = show('[[own.service.individual]]\nunknown = ["hcpcs"]\nsource = "law"\n' + families + second)

    assert [(one.programme, one.paid) for one in found.programmes] == [("own", True), ("second", True)]
    assert found.result(30) == "held"
    assert [one.result for one in found.programmes[1].verdicts] == ["clean", "warned", "clean", "warned"]


def test_a_programme_has_two_rows_where_the_diagnosis_changes_something(show: Show) -> None:
    plain = '[[own.service.individual]]\nunknown = ["hcpcs", "modifiers"]\nsource = "law"\n'
    found = show(plain + SERVICE + 'when = { diagnosis = "SUD" }\n' + UNIT)

    assert [(one.diagnosis, one.code) for one in found.programmes] == [
        ("MH", Value("not said", "unknown")),
        ("SUD", Value("H0038", "primary")),
    ]
    assert [one.diagnosis for one in show(SERVICE + UNIT).programmes] == [""]


def test_a_programme_for_other_diagnoses_keeps_its_row_and_says_what_holds(show: Show) -> None:
    found = show(
        '[diagnosis]\nDD = ["F70-F79"]\n' + SERVICE + UNIT + '[[own.population]]\ndiagnosis = ["DD"]\nsource = "law"\n'
    )

    assert [one.programme for one in found.programmes] == ["own"]
    assert verdicts(found)[0] == (30, True, "held", ("PB404",))
    assert found.questions(30) is None


@pytest.mark.parametrize(("ages", "served"), [("0-20", 20), ("30-40", 30), ("65+", 65), ("18+", 30), ("0-0", 0)])
def test_the_member_is_as_near_to_30_as_the_programme_serves(show: Show, ages: str, served: int) -> None:
    found = show(
        f'[[own.service.individual]]\nwhen = {{ age = "{served}-{served}" }}\nhcpcs = "H0038"\nmodifiers = []\n'
        f'source = "law"\n[[own.population]]\nage = "{ages}"\nsource = "law"\n' + UNIT
    )

    assert found.result(30) == "clean"


def test_papers_that_a_programme_asks_for_are_on_file(show: Show) -> None:
    """Whatever a programme asks of the papers, the contact has it: only the values decide."""
    found = show(
        SERVICE + UNIT + '[[own.population]]\nage = "0-20"\ndiagnosis = ["SUD"]\nsource = "law"\n'
        '[[own.place]]\nallow = ["53"]\nsource = "law"\n'
        '[[own.plan.treatment]]\nsigners = ["member", "LADC"]\nsigned_within = "5 days after plan"\n'
        'before_service = true\nsource = "law"\n'
        '[[own.plan.functional-assessment]]\nreview_every = "1 month"\nsource = "law"\n'
        '[[own.authorization]]\nrequired = true\nsource = "law"\n'
        '[[own.documentation]]\nrequire = ["units", "goal", "next-step", "voluntary", "location"]\nsource = "law"\n'
        '[[own.signature.author]]\nwithin = "1 hour after service"\nsource = "law"\n'
        '[[own.signature.supervisor]]\nby = ["LADC"]\nwithin = "1 day after service"\nsource = "law"\n'
        '[[own.supervision]]\nby = ["LADC"]\nevery = "week"\nminutes = 60\nsource = "law"\n'
        '[[own.tier.helper]]\nalone = false\noverseen_by = ["coach"]\nsource = "law"\n'
        '[[own.tier.coach]]\nalone = true\ntraining_hours = 80\nrecovery_months = 24\nsource = "law"\n'
    )

    assert [result for _, given, result, _ in verdicts(found) if given] == ["clean", "clean"], verdicts(found)


def test_the_census_counts_each_value_of_a_row_and_a_bare_row_once() -> None:
    rows = HEAD.rpartition("[[own.credential")[0] + (
        '[[own.documentation]]\nrequire = ["goal", "plan"]\nsource = "law"\n'
        '[[own.credential.CPS]]\nsource = "news"\n'
        '[[own.group]]\nmax = 12\nunknown = ["min"]\nstatus = "unconfirmed"\n'
    )
    counts = census(read_state_file("qq.toml", rows).rows)

    assert counts == {"primary": 2, "secondary": 1, "unconfirmed": 1, "unknown": 1}


def test_values_on_one_source_alone_are_counted_and_the_newest_source_dated(show: Show) -> None:
    found = show(
        SERVICE + UNIT + '[[own.limit.day]]\nunits = 12\nper = "day"\nsource = ["law 3", "news 3"]\n'
        '[[own.rate]]\namount = "20.00"\nper = "unit"\nsource = "news"\nstatus = "unconfirmed"\n'
        '[[own.channel]]\nunknown = ["audio"]\nsource = "law"\n'
    )

    assert (found.single, found.single_secondary, found.most_alone, found.newest) == (6, 3, ("Law", 3), 2024)


def test_every_state_and_the_district_have_a_row() -> None:
    rows = shipped()
    without = {row.state for row in rows if not row.has_file}

    assert [row.state for row in rows] == sorted(states_and_district())
    assert without == {*states_and_district()} - {*packaged_states()}
    assert all((row.read is not None) == row.has_file for row in rows)
    assert all(row.confirmed is None or 0 <= row.confirmed <= 1 for row in rows)
    for minutes in (30, 37):
        for given in (True, False):
            assert sum(tally(rows, minutes, rendering_set=given).values()) == 51
    assert sum(totals(rows).values()) == sum(row.values for row in rows)
    # Setting what is asked never makes a contact worse, and a remainder never makes it better.
    order = ["not paid", "held", "warned", "clean"]
    for row in rows:
        assert order.index(row.result(30)) >= order.index(row.result(30, rendering_set=False))
        assert order.index(row.result(30)) >= order.index(row.result(37))


def test_what_a_page_says_of_a_contact_is_only_about_values() -> None:
    """The contact has its papers: what a check finds missing in them would be our own omission."""
    why = {word for row in shipped() for one in row.programmes for verdict in one.verdicts for word in verdict.why}

    assert not {word for word in why if word.startswith("PB")}


NAME = Party("PAYER", "X1")
OWN_CHARGE = {code: Decimal("20.00") for code in ("H0038", "T1012", "H0025", "H2015", "H2016", "H0023")}


def agency(programme: str, credential: str, tier: str, diagnosis: str, minutes: int, rendering: str) -> Audit:
    """Audit one contact that is entered by hand, as an agency of the state would."""
    state = programme[:2]
    provider = BillingProvider(
        name="Elm Street Peers",
        tax_id="381540277",
        address=Address("412 Elm St", "Town", state, "489061412"),
        contact=Contact("Billing", "5175550142"),
        timezone="America/Chicago",
        npi="1345771202",
        taxonomy="251S00000X",
    )
    payer = Payer("p", (programme,), NAME.name, NAME.id, NAME, charges=OWN_CHARGE, rendering=rendering)
    start = dt.datetime(2026, 11, 18, 14)
    end = start + dt.timedelta(minutes=minutes)
    staff = [
        {"staff_id": "A", "last_name": "Ash", "first_name": "Bo", "npi": "1203405612", "role": "supervisor"},
        {"staff_id": "B", "last_name": "Cole", "first_name": "Di", "npi": "1304516721", "role": "peer", "tier": tier}
        | {"supervisor_id": "A", "recovery_since": "2012-01-01", "hired_on": "2022-01-03", "birth_date": "1985-05-01"},
    ]
    plan = {"member_id": "M", "plan_id": "P", "effective_on": "2026-11-02", "signed_on": "2026-11-02"}
    plan |= {"signed_by": "A;B;member;guardian", "goals": "keep the job"}
    encounter: dict[str, Any] = {
        "encounter_id": "E",
        "member_id": "M",
        "staff_id": "B",
        "service": "individual",
        "start": start,
        "end": end,
        "place": "11",
        "channel": "in-person",
        "diagnoses": diagnosis,
        "activity": "career planning",
        "support_type": "informational",
        "plan_id": "P",
        "goal": "keep the job",
        "intervention": "Practised what to say to the foreman.",
        "response": "Authority it aloud three times.",
        "next_step": "Speak with the foreman on Wednesday.",
        "location": "office",
        "signed_by": "B",
        "signed_at": end,
        "cosigned_by": "A",
        "cosigned_at": end,
        "created_at": end,
        "voluntary": "yes",
    }
    policies = load_policies([programme])
    facts = Facts(service="individual", channel="in-person")
    if "units" in policies.programme(programme).rules(start.date(), facts).documentation.of("require"):
        encounter["billed_units"] = 2
    records = records_from(
        Settings(provider, NAME, {"p": payer}),
        {
            "staff": staff,
            "credentials": [
                {"staff_id": staff_id, "state": state, "credential": name, "issued_on": "2026-01-05"}
                | {"status": "active", "training_hours": 200, "experience_hours": 3000, "exam_on": "2025-12-01"}
                for staff_id, name in (("B", credential), ("A", "LCSW"), ("A", "MLADC"))
            ],
            "licenses": [
                {"kind": kind, "issued_on": "2026-01-05"}
                for kind in policies.programme(programme).rules(start.date(), facts).license
            ],
            "supervision": [
                {"staff_id": "B", "supervisor_id": "A", "date": start.date() - dt.timedelta(weeks=week), "minutes": 90}
                for week in range(30)
            ],
            "members": [
                {"member_id": "M", "last_name": "Ee", "first_name": "Ff", "birth_date": "1992-03-01", "sex": "F"}
                | {"street": "1 Larch St", "city": "Town", "state": state, "zip": "489121234"}
                | {"release_on": "2026-05-01"}
            ],
            "coverage": [{"member_id": "M", "payer": "p", "subscriber_id": "100", "from": "2026-01-01"}],
            "episodes": [{"member_id": "M", "from": "2026-11-01"}],
            "plans": [plan],
            "assessments": [
                {"member_id": "M", "kind": kind, "date": "2026-11-02", "by": "A"}
                for kind in ("assessment", "recommendation", "order", "referral", "evaluation")
            ],
            "authorizations": [
                {"member_id": "M", "payer": "p", "number": f"N{code}", "hcpcs": code, "from": "2026-11-01"}
                | {"to": "2026-12-31"}
                for code in OWN_CHARGE
            ],
            "encounters": [encounter],
        },
    )
    assert records.problems == ()
    return audit(records, policies, dt.date(2026, 11, 21))


@pytest.mark.parametrize("minutes", [30, 37])
@pytest.mark.parametrize(
    ("programme", "credential", "tier", "diagnosis"),
    [
        ("GA/peer", "CPS-MH", "", "F33.1"),
        ("NE/peer", "CPSS", "", "F33.1"),
        ("NH/sud", "CRSW", "", "F11.20"),
        ("NM/recovery", "CPSW", "", "F33.1"),
        ("NV/peer", "PRSS", "", "F33.1"),
        ("NY/mhotrs", "NYCPS", "", "F33.1"),
        ("TN/peer", "CPRS", "", "F33.1"),
        ("AZ/peer", "PRSS", "", "F33.1"),
        ("KS/peer", "KCPS", "", "F33.1"),
        ("OR/pds", "PSS", "", "F33.1"),
        ("MI/sud-recovery-coaching", "CPRC", "coach", "F11.20"),
        ("MI/mh-peer", "CPSS", "", "F33.1"),
        ("WA/peer", "CPSS", "certified", "F11.20"),
        ("UT/peer", "PSS", "", "F33.1"),
        ("AL/peer", "CPS", "", "F33.1"),
    ],
)
def test_the_page_says_what_an_audit_of_an_agencys_own_tables_says(
    programme: str, credential: str, tier: str, diagnosis: str, minutes: int
) -> None:
    state, _, key = programme.partition("/")
    shown = [one for one in state_coverage(state, state).programmes if one.programme == key]
    group = "SUD" if diagnosis.startswith("F11") else "MH"
    page = next(one for one in shown if one.diagnosis in ("", group))
    for given in (True, False):
        verdict = page.verdict(minutes, rendering_set=given)
        found = agency(programme, credential, tier, diagnosis, minutes, "peer" if given else "")
        (encounter,) = found.encounters
        warnings = [finding for finding in found.findings if finding.severity is Severity.WARNING]
        said = "held" if encounter.status != "billable" else "warned" if warnings else "clean"

        assert verdict is not None
        assert verdict.result == said, [(finding.code, finding.message) for finding in found.findings]


def test_the_page_shows_what_the_files_say() -> None:
    """After a change of a state's file: make coverage."""
    result = CliRunner().invoke(main, ["policy", "--coverage", "--markdown"])

    assert result.exit_code == 0
    assert PAGE.read_text(encoding="utf-8") == result.stdout, "write the page anew: make coverage"
    assert max(map(len, result.stdout.partition("| State")[0].splitlines())) <= 180


def test_the_json_gives_each_contact_and_the_sums() -> None:
    report = json.loads(CliRunner().invoke(main, ["policy", "--coverage", "--json", "-"]).stdout)
    rows = {row.state: row for row in shipped()}

    assert [contact["minutes"] for contact in report["totals"]["contacts"]] == [30, 30, 37, 37]
    after = {"after_answers": 27, "unknown_how": 0}
    assert report["totals"]["contacts"][0] == {"minutes": 30, "rendering_set": True} | after | {
        result.replace(" ", "_"): count for result, count in tally(rows.values(), 30).items()
    }
    for state in report["states"]:
        row = rows[state["state"]]
        bills = {"clean": "yes", "warned": "yes", "held": "no"}.get(row.result(30), row.result(30))

        assert state["billable"] == bills
        assert [one["programme"] for one in state["programmes"]] == [one.programme for one in row.programmes]
        assert (state["newest_source"], state["single_source"]) == (row.newest, row.single)
        assert state["single_secondary_source"] == row.single_secondary
    assert report["totals"]["billable"] == sum(state["billable"] == "yes" for state in report["states"])


def test_every_state_bills_after_a_few_answers_and_fewer_where_whole_units_are_billed() -> None:
    """What holds 37 minutes in most states is the rounding alone, which `part_units = "whole"` does without."""
    paid = [row.ordinary for row in shipped() if row.ordinary is not None]

    assert {row.questions(30) for row in paid} <= {0, 1, 2, 3}
    assert {row.questions(37) for row in paid} <= {0, 1, 2, 3, 4}
    assert all((row.questions(37) or 0) - (row.questions(30) or 0) in {0, 1} for row in paid)
    nj = load_policies(["NJ/sud"])
    contact = ordinary_contacts(nj.programme("NJ/sud"), dt.date(2026, 7, 6))[0]
    needed = []
    for part_units in ("hold", "whole"):
        records = complete_records(contact, (30, 37), ("peer",), part_units)
        first = audit(records, nj, dt.date(2026, 7, 7))
        after = answers_needed(contact, first, (30, 37), "peer", dt.date(2026, 7, 7), part_units)
        needed.append([(each.minutes, each.questions) for each in after])
    assert needed == [[(30, 0), (37, 1)], [(30, 0), (37, 0)]]


def test_the_numbers_of_the_readme_are_those_of_the_audits() -> None:
    def billed(minutes: int) -> int:
        return sum(row.result(minutes) in {"clean", "warned"} for row in shipped())

    held = [row.questions(37) for row in shipped() if row.result(37) == "held"]
    text = " ".join(README.read_text(encoding="utf-8").split())
    assert None not in held
    assert (
        f"a complete contact of 30 minutes is billed in {billed(30)} states, one of 37 minutes in {billed(37)} "
        f'(in {billed(30)} with `part_units = "whole"`); after {min(filter(None, held))} to {max(filter(None, held))} '
        f"answers, for which `peerbill setup` asks, both are billed in all {billed(37) + len(held)} that pay"
    ) in text
