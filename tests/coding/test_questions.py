"""What programmes are asked: what a contact would be billed as, and what an agency must supply."""

import datetime as dt
import doctest
import re

import pytest
from worlds import make_world

from peerbill.coding import questions
from peerbill.coding.questions import answer, missing_values, question_file
from peerbill.model.errors import NotInForceError, PolicyError
from peerbill.policy import Facts, Programme, load_policies, packaged_programmes, packaged_states

DAY = dt.date(2026, 7, 1)
PROGRAMMES = [id_ for state in packaged_states() for id_ in packaged_programmes(state)]
FILL = {
    "hcpcs": '"H0038"',
    "modifiers": '["HF"]',
    "minutes": "15",
    "per": '"minutes"',
    "rounding": '"down"',
    "aggregate": '"encounter"',
    "rendering": '"peer"',
    "form": '"837P"',
    "use": '"required"',
    "paid": "true",
    "source": '"the payer\'s manual, p. 31"',
}


def filled_in(text: str) -> str:
    """Fill in a file of questions as an agency would: every blank, and the name of a certificate."""
    text = re.sub(r'^(\w+) = ""$', lambda blank: f"{blank[1]} = {FILL[blank[1]]}", text, flags=re.MULTILINE)
    return text.replace(".ABBREVIATION]]", ".CPS]]")


def with_answers(id_: str, text: str) -> Programme:
    return load_policies([id_], {f"policies/{id_[:2].lower()}.toml": text}).programme(id_)


def test_doctests() -> None:
    result = doctest.testmod(questions)

    assert result.attempted
    assert not result.failed


def test_a_contact_is_coded_with_who_says_each_value() -> None:
    found = answer("AK/peer", DAY, Facts(service="individual", channel="in-person"), 37)

    assert (found.paid, found.hcpcs, found.units, found.possible) == (True, "H0038", 2, (2,))
    assert found.authorities["unit.rounding"].status == "primary"
    assert "past-midpoint" in (found.rounding or "")


def test_units_that_are_not_known_are_told_as_what_they_may_be() -> None:
    found = answer("NJ/sud", DAY, Facts(service="individual"), 37)

    assert (found.units, found.possible) == (None, (2, 3))
    assert [missing.value for missing in found.missing if missing.holds] == ["unit.rounding", "unit.aggregate"]
    assert answer("NJ/sud", DAY, Facts(service="individual"), 30).units == 2
    assert answer("NJ/sud", DAY, Facts(service="individual")).possible == ()


@pytest.mark.parametrize(
    ("facts", "paid", "reason"),
    [
        (Facts(service="individual", channel="audio"), False, "the programme does not pay for the channel audio"),
        (Facts(service="individual", channel="Telephone"), False, "the programme does not pay for the channel audio"),
        (Facts(service="individual", channel="video"), True, None),
        (Facts(service="acupuncture"), None, "no text that was read names the service acupuncture"),
    ],
)
def test_whether_a_contact_is_paid(facts: Facts, paid: bool | None, reason: str | None) -> None:
    found = answer("NJ/sud", DAY, facts, 30)

    assert found.paid is paid
    assert found.why_not == ((reason,) if reason else ())
    assert found.units == (None if paid is False else 2)


def programme(rows: str) -> Programme:
    """Return the programme of the tests with rows of its own."""
    return make_world({"policy": rows}).policies.programme("ZZ/peer")


@pytest.mark.parametrize(
    ("rows", "paid", "reason"),
    [
        ('allow = ["11"]', True, None),
        ('allow = ["12"]', False, "the place 11 is not among those that the programme pays for"),
        ('deny = ["12"]', True, None),
        ('deny = ["11"]', False, "the programme does not pay for the place 11"),
        ('unknown = ["11"]', None, "no text that was read says whether the place 11 is paid"),
    ],
)
def test_whether_a_contact_at_a_place_is_paid(rows: str, paid: bool | None, reason: str | None) -> None:
    known = programme(f'[[peer.place]]\n{rows}\nsource = "manual p. 9"\n')
    found = answer(known, DAY, Facts(service="individual", place="11"), 30)

    assert (found.paid, found.why_not) == (paid, (reason,) if reason else ())


@pytest.mark.parametrize(
    ("row", "minutes", "units", "possible"),
    [
        ("", 37, 2, (2,)),
        ('unknown = ["rounding"]', 37, None, (2, 3)),
        ('unknown = ["rounding"]', 45, 3, (3,)),
        ('unknown = ["aggregate"]', 37, 2, (2,)),
        ('aggregate = "day"', 37, 2, (2,)),
        ('unknown = ["minutes"]', 37, None, ()),
    ],
)
def test_the_units_of_a_contact_or_what_they_may_be(
    row: str, minutes: int, units: int | None, possible: tuple[int, ...]
) -> None:
    known = programme(f'[[peer.unit]]\n{row}\nsource = "manual p. 9"\n' if row else "")
    found = answer(known, DAY, Facts(service="individual", channel="in-person"), minutes)

    assert (found.units, found.possible) == (units, possible)


def test_what_holds_for_a_code_alone_counts_where_the_service_has_it() -> None:
    row = '[[peer.unit]]\nminutes = 30\nwhen = { hcpcs = "%s" }\nsource = "manual p. 9"\n'

    assert [
        answer(programme(row % code), DAY, Facts(service="individual", channel="in-person"), 60).units
        for code in ("H0038", "H2015")
    ] == [2, 4]


def test_a_question_that_cannot_be_asked_is_refused() -> None:
    facts = Facts(service="individual")
    with pytest.raises(PolicyError):
        answer("NJ/sudd", DAY, facts)
    with pytest.raises(NotInForceError):
        answer("NJ/sud", dt.date(1999, 1, 1), facts)
    with pytest.raises(ValueError, match="found a datetime"):
        answer("NJ/sud", dt.datetime(2026, 7, 1), facts)
    with pytest.raises(ValueError, match="0 or more"):
        answer("NJ/sud", DAY, facts, -1)
    with pytest.raises(ValueError, match="in-person, video or audio"):
        Facts(channel="vidio")


def test_each_value_is_asked_once_with_the_words_that_answer_it() -> None:
    rounding, aggregate, rendering, certificate = missing_values("NJ/sud", DAY)

    assert (rounding.table, rounding.field, rounding.holds, rounding.known) == ("sud.unit", "rounding", True, None)
    assert rounding.allowed == ("down", "up", "midpoint", "past-midpoint")
    assert rounding.row == '[[sud.unit]]\nrounding = ""\nsource = ""'
    assert rounding.why_asked
    assert (aggregate.value, aggregate.allowed) == ("unit.aggregate", ("encounter", "day"))
    assert (rendering.value, rendering.holds, rendering.known) == ("claim.rendering", False, "peer")
    assert (certificate.value, certificate.holds, certificate.known) == ("credential.CPRS", False, "CPRS")
    assert certificate.row == '[[sud.credential.CPRS]]\nsource = ""'


@pytest.mark.parametrize("id_", PROGRAMMES)
def test_a_filled_in_file_of_questions_leaves_nothing_open(id_: str) -> None:
    programme = load_policies([id_]).programme(id_)
    day = DAY if programme.is_in_force(DAY) else programme.to or programme.from_ or DAY
    text = question_file(id_, day)

    asked = [missing for missing in missing_values(id_, day) if missing.value == "claim.rendering"]
    status = programme.rules(day, Facts(service="individual")).claim.said["rendering"].status

    # Whom the claim names is asked wherever something is paid and no text says it, and holds nothing.
    is_open = status == "unconfirmed" and bool(missing_values(id_, day))
    assert [missing.holds for missing in asked] == [False] * is_open
    assert ("rendering` in [payers.KEY] of peerbill.toml answers it too" in text.replace("\n# ", " ")) == bool(asked)
    assert missing_values(with_answers(id_, text), day) == missing_values(id_, day)
    assert missing_values(with_answers(id_, filled_in(text)), day) == ()


def test_what_is_not_filled_in_whole_says_nothing() -> None:
    text = question_file("NJ/sud", DAY)
    without_source = text.replace('rounding = ""', 'rounding = "down"')
    without_value = text.replace('source = ""', 'source = "provider line, 2026-06-30"')

    assert missing_values(with_answers("NJ/sud", without_source), DAY) == missing_values("NJ/sud", DAY)
    assert [each.value for each in missing_values(with_answers("NJ/sud", without_value), DAY)] == [
        "unit.rounding",
        "unit.aggregate",
    ]


def test_the_name_of_a_certificate_is_wanted_with_its_source() -> None:
    text = '[[coach.credential.ABBREVIATION]]\nsource = ""\n'
    assert with_answers("WI/coach", text).id == "WI/coach"
    with pytest.raises(PolicyError, match="write the name in place of ABBREVIATION"):
        with_answers("WI/coach", text.replace('""', '"manual p. 12"'))
