"""What a de-identified audit says: whole findings, and over every fixture no canary, no true day and no number."""

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import attrs
import pytest
from canaries import MARK, canaried, days_in, numbers_in, own_words, texts_of
from defects import DEFECTS, EXAMPLES, audit_defect, audit_folder, meta
from snapshot import READ_AS_ROWS
from thorough import some
from worlds import FIXTURES, cases, make_world

from peerbill.audit_report.deidentify import LEFT_OUT, OWN_CHECK, OWN_REMEDY, Deidentifier, ids_in, scrubbed
from peerbill.checks.audit import Audit
from peerbill.checks.overlaps import peer_was_in_one_place
from peerbill.cli.output import findings_csv
from peerbill.coding.explanation import Step
from peerbill.documents.audit_report import audit_report
from peerbill.documents.text import report_text
from peerbill.model.finding import Citation, Finding, Severity
from peerbill.model.pseudonyms import Pseudonyms
from peerbill.model.records import Records
from peerbill.model.sentence import Sentence, say
from peerbill.model.waiver import IdleWaiver, WaivedFinding, Waiver

NAMES = Pseudonyms(bytes(32))
"""A key that moves days back by 168 weeks."""

BY = Deidentifier(
    NAMES,
    frozenset({"E1", "E2", "S1", "M1", "north", "A-77"}),
    frozenset({"S1"}),
    frozenset({"M1"}),
    frozenset({"plan"}),
)
DAY, MOVED = dt.date(2026, 3, 2), dt.date(2022, 12, 12)
RULE = Citation("42 CFR 431.107(b)(1): a provider keeps the records that disclose the extent of its services")


def finding(told: Sentence, **changes: Any) -> Finding:
    found = Finding(
        "PB801",
        Severity.ERROR,
        ("E2", "E1"),
        "encounters.start",
        told.text,
        "Correct the times.",
        (RULE,),
        staff_id="S1",
        member_id="M1",
        template=told.template,
        values=told.values,
        pattern=told.pattern,
    )
    return attrs.evolve(found, **changes)


def the(kind: str, id_: str) -> str:
    return NAMES.of(kind, id_)


def test_a_sentence_is_written_again_with_pseudonyms_and_moved_days() -> None:
    told = say(
        "overlap",
        "{count} encounters of {who} {id} ({encounter_ids}) on {day} between {first} and {last} at {place}: {activity}",
        count=2,
        who="peer",
        id="S1",
        encounter_ids=("E1", "E2"),
        day=DAY,
        first=dt.datetime(2026, 3, 2, 9, 0),
        last=dt.datetime(2026, 3, 2, 9, 30),
        place="11",
        activity="drove Jane home",
    )
    ids = tuple(sorted((the("encounter", "E1"), the("encounter", "E2"))))
    found = BY.finding(finding(told))

    assert found == Finding(
        "PB801",
        Severity.ERROR,
        ids,
        "encounters.start",
        f"2 encounters of peer {the('staff', 'S1')} ({', '.join(ids)}) on 2022-12-12 between 2022-12-12 09:00 "
        f"and 2022-12-12 09:30 at 11: {LEFT_OUT}",
        "Correct the times.",
        (RULE,),
        staff_id=the("staff", "S1"),
        member_id=the("member", "M1"),
        template="overlap",
        values={
            "count": 2,
            "who": "peer",
            "id": the("staff", "S1"),
            "encounter_ids": ids,
            "day": MOVED,
            "first": dt.datetime(2022, 12, 12, 9, 0),
            "last": dt.datetime(2022, 12, 12, 9, 30),
            "place": "11",
            "activity": LEFT_OUT,
        },
    )


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("staff_id", "S1", the("staff", "S1")),
        ("staff_ids", ("S1",), the("staff", "S1")),
        ("other_staff_id", "S1", the("staff", "S1")),
        ("supervisor_id", "S1", the("staff", "S1")),
        ("member_ids", ("M1",), the("member", "M1")),
        ("claim_id", "C1", the("claim", "C1")),
        ("plan_id", "P1", the("plan", "P1")),
        ("place_id", "HOME", the("place", "HOME")),
        ("number", "A-77", the("authorization", "A-77")),
        ("site", "north", the("site", "north")),
        ("sites", ("none",), "none"),
        ("encounter", "encounter E1", f"encounter {the('encounter', 'E1')}"),
        ("id", "S1", the("staff", "S1")),
        ("id", "M1", the("member", "M1")),
        ("id", "X9", the("other", "X9")),
        ("whom", "the organization", "the organization"),
        ("whom", "site north", f"site {the('site', 'north')}"),
        ("payer", "plan", "plan"),
        ("payer", "Jane", LEFT_OUT),
        ("programme", "MI/sud-recovery-coaching", "MI/sud-recovery-coaching"),
        ("programme", "MI/great-lakes", f"MI/{the('programme', 'MI/great-lakes')}"),
        ("programme", "great-lakes", LEFT_OUT),
        ("value", "unit.rounding", "unit.rounding"),
        ("value", "place.Jane", f"place.{LEFT_OUT}"),
        ("whom", "the agency", "the agency"),
        ("whose", "peer S1", f"peer {the('staff', 'S1')}"),
        ("whose", "member E1", f"member {the('member', 'E1')}"),
        ("whatever", "individual E1", LEFT_OUT),
        ("line", 7, "7"),
        ("count", 7, "7"),
        ("release", DAY, "2026-03-02"),
        ("whatever", DAY, "2022-12-12"),
        ("whatever", "S1", LEFT_OUT),
        ("whatever", "individual", "individual"),
        ("whatever", "E1", LEFT_OUT),  # a public code, and the id of an encounter
        ("whatever", "2026-03-02", LEFT_OUT),
    ],
)
def test_a_value_is_kept_only_where_it_is_known_as_safe(name: str, value: Any, shown: str) -> None:
    told = say("template", f"It is {{{name}}}", **{name: value})

    assert BY.finding(finding(told)).message == f"It is {shown}"


def test_lines_of_a_file_are_left_out() -> None:
    told = say(
        "row-not-read", "{file} {kind} {line} and {others}", file="staff.csv", kind="line", line=7, others=(8, 9)
    )

    assert BY.finding(finding(told)).message == f"staff.csv line {LEFT_OUT} and {LEFT_OUT}, {LEFT_OUT}"
    other = say("row-not-read", "{file}", file="jane.csv")
    assert BY.finding(finding(other)).message == LEFT_OUT


@pytest.mark.parametrize(
    "told",
    [
        Sentence("Jane was late"),
        Sentence("Jane was late", "late", {"count": 1}),
        Sentence("Jane was late", "late", {"count": 1}, "{count} was late"),
        say("in-file", "{file} {line:,}", file="staff.csv", line=7),
    ],
)
def test_a_sentence_that_its_pattern_does_not_give_is_left_out(told: Sentence) -> None:
    found = BY.finding(finding(told))

    assert (found.template, found.values, found.pattern) == ("", {}, "")
    assert found.message == f"Not met, or not shown: {peer_was_in_one_place.requirement} Its words are left out."


def test_of_a_check_of_the_agencys_own_only_its_code_is_kept() -> None:
    told = say("mine", "{staff_id} wore no badge", staff_id="S1")
    found = BY.finding(finding(told, code="X101", fix="Ask Jane", where="jane.badge", missing="jane"))

    assert (found.code, found.message, found.fix, found.where, found.missing, found.values) == (
        "X101",
        OWN_CHECK,
        OWN_REMEDY,
        "",
        "",
        {},
    )
    assert found.staff_id == the("staff", "S1")


def test_a_source_that_is_not_packaged_keeps_its_status_alone() -> None:
    own = Citation("Handbook of Great Lakes", "https://great-lakes.example", "2026-03-02", "agency", "p. 3, Jane")

    assert BY.citation(RULE) == RULE
    assert BY.citation(own) == Citation("A source of the agency's own", status="agency")
    assert BY.citation(attrs.evolve(RULE, where="p. 3, Jane")).where == ""
    assert BY.citation(attrs.evolve(RULE, url="https://great-lakes.example")).url == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Enter S1.", "Enter (left out)."),
        ("[sites.north]", "[sites.(left out)]"),
        ("Enter A-77, E1", "Enter (left out), (left out)"),
        ("northern S12 A-7 77", "northern S12 A-7 77"),
        ("by 2026-03-02 and 2026-03-02T14:05:00", "by (a day) and (a day)"),
        ("", ""),
    ],
)
def test_ids_and_days_are_taken_out_of_a_remedy(text: str, shown: str) -> None:
    assert scrubbed(text, BY.ids) == BY.prose(text) == shown


def test_a_programme_of_the_agencys_own_is_taken_out_of_a_remedy() -> None:
    by = attrs.evolve(BY, own=("MI/great-lakes",))

    assert by.prose("[[great-lakes.unit]] minutes, or: peerbill policy --questions MI/great-lakes") == (
        f"[[{LEFT_OUT}.unit]] minutes, or: peerbill policy --questions MI/{LEFT_OUT}"
    )


def test_a_step_is_written_again_or_left_out() -> None:
    told = say(
        "rendering-staff",
        "The rendering provider is the {rendering}: staff {staff_id}.",
        rendering="peer",
        staff_id="S1",
    )
    step = Step("rendering", told.text, {"rendering": "peer", "staff_id": "S1"}, "primary", (RULE,), told)
    found = BY.step(step)

    assert found.sentence == f"The rendering provider is the peer: staff {the('staff', 'S1')}."
    assert found.values == {"rendering": "peer", "staff_id": the("staff", "S1")}
    assert BY.step(attrs.evolve(step, told=Sentence(""))).sentence == LEFT_OUT


def test_a_waiver_has_no_digest_and_nothing_that_a_person_wrote() -> None:
    told = say("overlap", "{staff_id} overlaps", staff_id="S1")
    waiver = Waiver(
        *("W7", "PB801", ("E1",), ("ab" * 32,), "encounters.start", "cd" * 32, Severity.WARNING, told.text, DAY),
        *("Jane said so", "Jane", "2026-03-02T10:00:00", "by Jane"),
    )
    audit = Audit(
        DAY, (), (), (), (), waived=(WaivedFinding(finding(told), waiver),), idle_waivers=(IdleWaiver(waiver, "x"),)
    )
    found = BY.audit(audit)
    shown = Waiver(
        the("other", "W7"),
        "PB801",
        (the("encounter", "E1"),),
        (),
        "encounters.start",
        "",
        Severity.WARNING,
        f"{the('staff', 'S1')} overlaps",
        MOVED,
        LEFT_OUT,
        ended=LEFT_OUT,
    )

    assert found.as_of == MOVED
    assert found.waived[0].waiver == shown
    assert found.idle_waivers == (IdleWaiver(attrs.evolve(shown, message=LEFT_OUT), "x"),)


# Over every fixture


@cache
def _worlds() -> tuple[tuple[str, Records, Audit], ...]:
    return tuple(_audited_worlds())


def _audited_worlds() -> Iterator[tuple[str, Records, Audit]]:
    for path in sorted(FIXTURES.glob("PB*.toml")):
        if path.stem not in READ_AS_ROWS:
            for name, case in cases(path.stem).items():
                world = make_world(case)
                world = attrs.evolve(
                    world,
                    records=canaried(world.records),
                    history=canaried(world.history),
                    eligibility=canaried(world.eligibility),
                )
                yield f"{path.stem} {name}", world.records, world.audit()


def _files(kept: Path) -> Iterator[tuple[str, Records, Audit]]:
    for name, folder in EXAMPLES.items():
        yield (name, *audit_folder(folder, meta(name)["as_of"]))
    for id_ in some(tuple(DEFECTS), 75):
        yield (id_, *audit_defect(id_, kept))


def _written(records: Records, audit: Audit) -> tuple[str, list[str]]:
    """Return what the files of a de-identified audit hold, and each text of the JSON without the sources."""
    by = Deidentifier.of(records, NAMES)
    shown = by.audit(audit)
    text = report_text(audit_report(shown, by.problems(records), NAMES.mark))
    plain = json.loads(text)
    for found in plain["findings"]:
        del found["citations"]
    return text + "".join(findings_csv(shown.findings)), texts_of(plain)


def _leaks(records: Records, audit: Audit, *, ids: bool) -> list[str]:
    whole, texts = _written(records, audit)
    every = "\n".join(texts)
    words = set(re.findall(r"[\w-]+", every))
    found = list(re.findall(rf"{MARK}\w*", whole))
    found += [number for number in numbers_in(records) if number in whole]
    found += [str(day) for day in {*days_in(records), audit.as_of} if str(day) in every]
    found += [word for word in own_words(records) if re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", every)]
    if ids:
        known = {id_ for id_ in ids_in(records) if len(id_) > 1} - set(records.settings.sites)
        found += [id_ for id_ in known & words if id_ not in ("peer", "plan")]
    return found


def test_no_case_of_a_check_tells_an_id_a_name_or_a_day() -> None:
    leaks = {name: found for name, records, audit in _worlds() if (found := _leaks(records, audit, ids=False))}

    assert leaks == {}


def test_no_example_or_defect_tells_an_id_a_number_or_a_day(kept_audits: Path) -> None:
    leaks = {name: found for name, records, audit in _files(kept_audits) if (found := _leaks(records, audit, ids=True))}

    assert leaks == {}


def test_the_figures_stay_and_another_key_cannot_be_linked() -> None:
    for _, records, audit in _worlds():
        shown = Deidentifier.of(records, NAMES).audit(audit)
        other = Deidentifier.of(records, Pseudonyms(bytes(range(32)))).audit(audit)
        for made in (shown, other):
            assert Counter((one.code, one.severity, one.where) for one in made.findings) == Counter(
                (one.code, one.severity, one.where) for one in audit.findings
            )
            assert Counter((one.status, one.minutes, one.units, one.charge) for one in made.encounters) == Counter(
                (one.status, one.minutes, one.units, one.charge) for one in audit.encounters
            )
            assert [one.encounter_id for one in made.encounters] == sorted(one.encounter_id for one in made.encounters)
        ids = {one.encounter_id for one in shown.encounters}
        assert ids.isdisjoint(one.encounter_id for one in other.encounters)


def test_the_canaries_are_in_an_audit_that_is_not_deidentified() -> None:
    """So that a search that finds none in the other one says something."""
    found = [report_text(audit_report(audit)) for _, _, audit in _worlds()]

    assert all(MARK in text for text in found)
    assert sum("2026-03-02" in text for text in found) > 100
