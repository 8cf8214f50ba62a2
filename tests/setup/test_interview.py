"""From answers to files: what is asked, what is still open, and that an ordinary contact can be billed afterwards."""

import doctest
import tomllib
from typing import Any

import attrs
import pytest
from setup_answers import DAY, IN, MI, NJ, setup_of

from peerbill.checks.audit import audit
from peerbill.intake.settings import read_settings
from peerbill.intake.workspace import blank_settings
from peerbill.model.errors import PolicyError
from peerbill.policy import load_policies
from peerbill.setup import interview
from peerbill.setup.interview import (
    MissingAnswersError,
    Setup,
    UnknownQuestionError,
    WrongAnswerError,
)
from peerbill.setup.settings_file import near_profiles
from peerbill.survey.ordinary import complete_records, ordinary_contacts


def written(setup: Setup) -> Setup:
    """Return the set-up of an agency whose files were written."""
    files = setup.files()
    return Setup(DAY, setup.blank, files.pop("peerbill.toml"), {**setup.policies, **files})


@pytest.mark.parametrize(
    ("answers", "programme", "charge"),
    [
        (NJ, "NJ/sud", "32.00"),
        (IN, "IN/mro", "35.00"),
        (MI, "MI/sud-recovery-coaching", "50.00"),
    ],
)
def test_a_complete_contact_of_37_minutes_is_billed_after_the_answers(
    answers: str, programme: str, charge: str
) -> None:
    setup = setup_of(answers)
    files = setup.files()
    settings, _ = read_settings(files.pop("peerbill.toml"))
    [payer] = settings.payers.values()
    policies = load_policies([programme], files)
    contact = ordinary_contacts(policies.programme(programme), DAY)[0]
    records = complete_records(contact, (37,), ("peer",))
    own = attrs.evolve(payer, key="payer-peer")
    records = attrs.evolve(records, settings=attrs.evolve(records.settings, payers={"payer-peer": own}))

    result = audit(records, policies, DAY)
    before = audit(records, load_policies([programme]), DAY)

    [billed] = result.billable
    assert (billed.units, f"{billed.unit_charge * billed.units:.2f}") == (2, charge)
    assert not any(finding.code == "PB605" for finding in result.findings)
    assert before.billable == ()


def test_the_files_say_who_was_asked_when_and_on_which_page() -> None:
    text = setup_of(IN).files()["policies/in.toml"]
    policy = tomllib.loads(text)

    assert policy["state"] == "IN"
    assert policy["source"] == {"provider-module-2026-07-01": {"title": "Provider module", "date": "2026-07-01"}}
    assert policy["mro"]["service"]["individual"][1] == {
        "modifiers": ["HW"],
        "source": "provider-module-2026-07-01 p. 31",
    }
    assert policy["mro"]["unit"][0] == {"minutes": 15, "source": "provider-module-2026-07-01"}
    assert policy["mro"]["credential"] == {"CRS": [{"source": "provider-module-2026-07-01 p. 12"}]}


def test_the_settings_keep_their_comments_and_take_the_place_of_the_payer() -> None:
    text = setup_of(NJ).files()["peerbill.toml"]
    settings, notices = read_settings(text)

    assert notices == ()
    assert (settings.organization.npi, settings.organization.address.zip) == ("1234567893", "080771234")
    assert (settings.submitter.name, settings.submitter.id) == ("Lantern Row Recovery", "LRR01")
    [(key, payer)] = settings.payers.items()
    assert (key, payer.policy, payer.receiver.id, payer.mode, payer.rendering, payer.part_units) == (
        "plan",
        ("NJ/sud",),
        "44556",
        "test",
        "peer",
        "hold",
    )
    assert {line for line in blank_settings().splitlines() if line.startswith("#") and "medicaid" not in line} <= {
        *text.splitlines()
    }
    assert "medicaid" not in text.replace("# MC is Medicaid", "")


def test_asking_again_shows_what_is_answered_and_what_is_open() -> None:
    without = NJ.replace('unit.aggregate = "encounter"\n', "").replace('rendering = "peer"\n', "")
    again = written(setup_of(without))
    answers = {each.key: each.answer for each in again.questions() if each.asked}

    assert answers["organization.npi"] == "1234567893"
    assert answers["policy.NJ/sud.unit.rounding"] == "down"
    assert answers["payers.plan.charges.H0038:HF"] == "16.00"
    assert [(each.key, each.holds) for each in again.still_open()] == [
        ("policy.NJ/sud.unit.aggregate", True),
        ("payers.plan.rendering", False),
    ]
    assert again.files() == {"peerbill.toml": again.settings}


def test_an_answer_can_be_changed_in_the_files() -> None:
    first = written(setup_of(NJ))
    changed = first.answered("organization.phone", "856-555-0199").answered("policy.NJ/sud.unit.rounding", "up")
    changed = changed.answered("policy.NJ/sud.asked", "The manual").answered("policy.NJ/sud.on", "2026-10-01")
    files = changed.files()
    policy = tomllib.loads(files["policies/nj.toml"])

    assert files["peerbill.toml"] == first.settings.replace("8565550142", "8565550199")
    assert policy["sud"]["unit"] == [
        {"rounding": "up", "source": "the-manual-2026-10-01"},
        {"aggregate": "encounter", "source": "garden-plan-provider-line-2026-09-30"},
    ]
    assert policy["source"]["the-manual-2026-10-01"] == {"title": "The manual", "date": "2026-10-01"}


def test_a_file_of_questions_is_filled_in_where_it_is_blank() -> None:
    theirs = '# ours\nstate = "NJ"\n\n# 1. How?\n[[sud.unit]]\nrounding = ""   # which?\nsource = ""\n'
    setup = attrs.evolve(setup_of(NJ), policies={"policies/nj.toml": theirs})
    text = setup.files()["policies/nj.toml"]

    assert text.startswith("# ours\n")
    assert "# 1. How?" in text
    assert tomllib.loads(text)["sud"]["unit"][0] == {
        "rounding": "down",
        "source": "garden-plan-provider-line-2026-09-30",
    }


def test_what_nothing_can_be_written_without_is_named() -> None:
    setup = setup_of(NJ.replace('npi = "1234567893"\n', "").replace("on = 2026-09-30\n", ""))

    assert [each.key for each in setup.missing()] == ["organization.npi", "policy.NJ/sud.on"]
    with pytest.raises(MissingAnswersError) as raised:
        setup.files()
    assert str(raised.value).splitlines() == [
        "organization.npi: expected an answer, found none. What is the agency's National Provider Identifier?",
        "policy.NJ/sud.on: expected an answer, found none. When, or of which day is the document?",
    ]
    with pytest.raises(MissingAnswersError, match="expected at least one payer"):
        Setup(DAY).files()


def test_a_wrong_answer_says_what_was_expected() -> None:
    setup = setup_of(NJ)
    with pytest.raises(WrongAnswerError, match=r"payers\.plan\.policy: expected a programme .*: NJ/sud"):
        setup.answered("payers.plan.policy", "NJ/none")
    with pytest.raises(WrongAnswerError, match=r"unit\.rounding: expected one of down, up, midpoint, past-midpoint"):
        setup.answered("policy.NJ/sud.unit.rounding", "eight minute rule")
    with pytest.raises(UnknownQuestionError, match=r"Did you mean organization\.taxonomy\?"):
        setup.answered("organization.taxonmy", "251S00000X")
    with pytest.raises(UnknownQuestionError, match=r"policy\.IN/mro: no payer has this programme"):
        setup.answered("policy.IN/mro.unit.rounding", "down")


@pytest.mark.parametrize("value", [None, 1234567893, True, ["1234567893"]])
def test_an_answer_of_a_form_that_is_no_text_is_wrong(value: Any) -> None:
    with pytest.raises(WrongAnswerError, match=r"^organization\.npi: expected a text, found another value$"):
        Setup(DAY).answered("organization.npi", value)


def test_a_blank_answer_takes_it_back() -> None:
    setup = setup_of(NJ).answered("policy.NJ/sud.unit.rounding", " ")
    assert [each.key for each in setup.still_open()] == ["policy.NJ/sud.unit.rounding"]


def test_an_unconfirmed_value_is_shown_and_no_default() -> None:
    asked = {each.key: each for each in setup_of(MI).questions()}
    group = asked["policy.MI/sud-recovery-coaching.service.group.hcpcs"]

    assert (group.default, group.holds) == ("", False)
    assert group.note.endswith("nobody has confirmed: H0038")


def test_the_agencys_own_mistakes_are_told() -> None:
    setup = attrs.evolve(setup_of(NJ), policies={"policies/nj.toml": '[[sud.unit]]\nper = "dwn"\nsource = "x"\n'})
    with pytest.raises(PolicyError, match="'dwn' is not one of"):
        setup.questions()


def test_a_second_payer_is_added_beside_the_first() -> None:
    setup = written(setup_of(NJ)).with_payer("second", "Shore Plan")
    for key, text in (("policy", "NJ/sud"), ("id", "77"), ("charges.H0038:HF", "18")):
        setup = setup.answered(f"payers.second.{key}", text)
    settings, _ = read_settings(setup.files()["peerbill.toml"])

    assert list(settings.payers) == ["plan", "second"]
    assert settings.payers["second"].claim_filing == "MC"
    assert setup.files()["peerbill.toml"].startswith(setup.settings[:400])


def test_of_other_states_a_payer_is_offered_only_by_its_name() -> None:
    assert near_profiles("Indiana Medicaid", "IN")[0] == ("IN/ihcp", "Indiana Health Coverage Programs")
    assert {id_.partition("/")[0] for id_, _ in near_profiles("Medicaid", "IN")} == {"IN"}
    assert near_profiles("Kentucky Medicaid", "IN")[-1] == ("KY/medicaid", "Kentucky Medicaid")


def test_where_whole_units_are_billed_the_rounding_holds_nothing() -> None:
    open_ = NJ.replace('unit.rounding = "down"\n', "")
    held = {each.key: each.holds for each in setup_of(open_).still_open()}
    whole = {
        each.key: each.holds
        for each in setup_of(
            open_.replace('rendering = "peer"', 'rendering = "peer"\npart_units = "whole"')
        ).still_open()
    }

    assert held == {"policy.NJ/sud.unit.rounding": True}
    assert whole == {"policy.NJ/sud.unit.rounding": False}


def test_doctests() -> None:
    result = doctest.testmod(interview)

    assert (result.failed, result.attempted >= 2) == (0, True)
