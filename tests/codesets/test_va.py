"""What billers ask of Virginia, with the answers on both sides of each change."""

import datetime as dt

from questions import (
    NOW,
    asks,
    channels,
    facts,
    filing_days,
    first_days,
    modifiers,
    note_elements,
    programme,
    words,
)

test_a_billers_question_gets_the_value_and_its_status = asks(
    [
        # Codes of 2017, two limits in two units, a ratio, a recommendation that lapses, a second paper to hold.
        ("VA/arts", NOW, "service.individual.hcpcs", {}, "T1012", "primary"),
        ("VA/arts", NOW, "service.individual.modifiers", {}, (), "primary"),
        ("VA/arts", NOW, "service.group.hcpcs", {"service": "group"}, "S9445", "primary"),
        ("VA/arts", NOW, "service.family.hcpcs", {"service": "family"}, None, "unknown"),
        ("VA/arts", NOW, "unit.minutes", {}, 15, "primary"),
        ("VA/arts", NOW, "unit.rounding", {}, None, "unknown"),
        ("VA/arts", NOW, "limit.day.units", {}, 16, "primary"),
        ("VA/arts", NOW, "limit.day.per", {}, "day", "primary"),
        ("VA/arts", "2021-04-13", "limit.year.hours", {}, 900, "primary"),
        ("VA/arts", "2021-04-14", "limit.year.hours", {}, 900, "primary"),
        ("VA/arts", NOW, "limit.year.per", {}, "calendar year", "primary"),
        ("VA/arts", NOW, "limit.year.then", {}, None, "unsaid"),
        ("VA/arts", NOW, "group.per_facilitator", {"service": "group"}, 10, "primary"),
        ("VA/arts", NOW, "plan.recommendation.start_within", {}, "30 days after recommendation", "primary"),
        ("VA/arts", NOW, "plan.assessment.before_service", {}, True, "primary"),
        ("VA/arts", NOW, "plan.wellness.review_every", {}, None, "unknown"),
        ("VA/arts", NOW, "authorization.required", {}, True, "primary"),
        ("VA/arts", NOW, "population.age", {}, "21+", "primary"),
        ("VA/arts", NOW, "population.age", {"service": "family"}, "0-20", "primary"),
        ("VA/arts", "2017-12-17", "credential.CPRS.also", {}, None, "unsaid"),
        ("VA/arts", "2017-12-18", "credential.CPRS.also", {}, ("RPRS",), "primary"),
        ("VA/arts", "2017-12-17", "credential.RPRS.name", {}, None, "absent"),
        ("VA/arts", NOW, "credential.RPRS.also", {}, ("PRS or CPRS",), "primary"),
        ("VA/arts", NOW, "supervision.every", {}, None, "unknown"),
        ("VA/arts", "2022-06-30", "rate.amount", {}, "6.50", "primary"),
        ("VA/arts", "2022-06-30", "rate.amount", {"service": "group"}, "2.70", "primary"),
        ("VA/arts", "2022-07-01", "rate.amount", {}, None, "unknown"),
        ("VA/arts", NOW, "filing.within", {}, ("12 months after service",), "primary"),
        ("VA/mh", NOW, "service.individual.hcpcs", {}, "H0025", "secondary"),
        ("VA/mh", NOW, "service.individual.modifiers", {}, (), "unconfirmed"),
        ("VA/mh", NOW, "population.diagnosis", {}, ("MH",), "unconfirmed"),
        ("VA/mh", NOW, "service.group.hcpcs", {"service": "group"}, "H0024", "secondary"),
        ("VA/mh", NOW, "limit.day.units", {}, 16, "unconfirmed"),
        ("VA/mh", NOW, "credential.CPRS.also", {}, ("RPRS",), "primary"),
        ("VA/mh", NOW, "rate.amount", {}, None, "unknown"),
    ]
)


test_channels_on_both_sides_of_each_change = channels(
    [
        ("VA/arts", "2020-03-18", {"in-person", "video"}, set(), set()),
        ("VA/arts", "2020-03-19", {"in-person", "video", "audio"}, set(), set()),
        ("VA/arts", "2021-07-01", {"in-person", "video", "audio"}, set(), set()),
        ("VA/arts", "2021-07-02", {"in-person", "video"}, set(), {"audio"}),
    ]
)


test_modifiers_beside_the_services_own = modifiers(
    [
        ("VA/arts", {"channel": "video"}, set()),
    ]
)


test_note_elements_beside_the_federal_floor = note_elements(
    [
        ("VA/arts", NOW, {}, set()),
        ("VA/arts", NOW, {"service": "group"}, {"progress"}),
    ]
)


def test_activities_that_are_not_paid() -> None:
    assert {"transport", "note-writing", "shopping", "case-management", "public-support-group"} <= words(
        "VA/arts", NOW, "exclusion", "activity"
    )


def test_the_disputed_year_says_so_from_the_day_of_the_amendment() -> None:
    arts = programme("VA/arts")
    assert "disputed" not in arts.rules(dt.date(2021, 4, 13), facts()).limit["year"].said["hours"].note
    after = arts.rules(dt.date(2021, 4, 14), facts()).limit["year"].said["hours"]
    assert "disputed" in after.note
    assert len(after.citations) == 2


test_filing_days = filing_days(
    [
        ("VA/arts", NOW, dt.date(2027, 3, 2)),
    ]
)


test_programmes_hold_from_their_first_day = first_days(
    [
        ("VA/arts", "2017-07-01"),
        ("VA/mh", "2017-12-29"),
    ]
)
