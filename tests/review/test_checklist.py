"""Checklists: what is in them, and how a form that was filled in comes back or is refused."""

import csv
import datetime as dt
import io
from collections.abc import Callable, Mapping
from pathlib import Path

import attrs
import pytest
from review_rows import checklist
from worlds import as_billed, bill, make_world

from peerbill.intake.review_form import read_form
from peerbill.model.claim_state import Standing
from peerbill.model.errors import UnusableInputError
from peerbill.model.finding import Severity
from peerbill.model.review import Rating, ReviewDecision
from peerbill.model.waiver import Waiver, content_of
from peerbill.review.checklist import COLUMNS, Checklist, read_checklist
from peerbill.review.checklist_files import checklist_csv, checklist_workbook
from peerbill.review.checklist_page import checklist_page

KNOWN = {"E1", "E2"}
TWO = {"encounters": {"E2": {"like": "E1", "on": "2026-03-04"}}}


def hints(made: Checklist) -> dict[str, str]:
    return {row.requirement.key: row.audit_finds for row in made.rows if row.audit_finds}


def form(made: Checklist, ratings: Mapping[str, tuple[str, str]], **changes: str) -> str:
    """Return a form filled in by requirement; `changes` are made in the first row."""
    rows = list(csv.DictReader(io.StringIO(checklist_csv(made))))
    for row in rows:
        row["rating"], row["reason"] = ratings.get(row["requirement"], ("", ""))
    rows[0].update(changes)
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def read(text: str, reviewer: str = "R1") -> tuple[ReviewDecision, ...]:
    return read_checklist(read_form(("form.csv", text.encode())), reviewer, KNOWN)


def refused(text: str, reviewer: str = "R1") -> list[str]:
    with pytest.raises(UnusableInputError) as error:
        read(text, reviewer)
    return str(error.value).splitlines()


def test_each_encounter_has_each_requirement_once_and_the_payment_last() -> None:
    made = checklist(make_world(TWO), "E2", "E1", "E2")
    keys = [row.requirement.key for row in made.rows if row.encounter_id == "E1"]

    assert made.encounter_ids == ("E2", "E1")
    assert [row.requirement.key for row in made.rows] == keys * 2
    assert len(set(keys)) == len(keys) > 5
    assert keys[-1] == "payment"
    assert {(row.day.isoformat(), row.staff_id, row.member_id, row.programme) for row in made.rows} == {
        ("2026-03-02", "S1", "M1", "ZZ/peer"),
        ("2026-03-04", "S1", "M1", "ZZ/peer"),
    }


def test_what_the_audit_finds_is_a_hint_also_where_the_encounter_was_billed() -> None:
    sound = make_world({})
    history = bill(sound)
    world = make_world({"credentials": {"first": {"expires_on": "2026-02-28"}}, "members": {"M1": {"release_on": ""}}})
    found = hints(checklist(world, history=history))

    assert found["credential"].startswith("error PB303 credentials.expires_on: ")
    assert "warning PB408 members.release_on: no release is on file" in found.values() or found["payment"]
    assert hints(checklist(sound, history=history)) == {}


def test_a_change_since_it_was_billed_and_a_waiver_are_hints() -> None:
    world = make_world({"members": {"M1": {"release_on": ""}}})
    history = bill(world)
    changed = make_world({"members": {"M1": {"release_on": ""}}, "encounters": {"E1": {"response": "Other."}}})
    (finding,) = world.audit().findings
    from peerbill.model.encounter import fingerprint  # noqa: PLC0415

    waiver = Waiver(
        "W1",
        finding.code,
        ("E1",),
        (fingerprint(world.records.encounters[0]),),
        finding.where,
        content_of(finding),
        Severity.WARNING,
        finding.message,
        world.as_of,
        "paper chart",
    )

    assert "changed since it was billed on C1" in hints(checklist(changed, history=history))["payment"]
    assert any(
        text.endswith(f"(waived until {world.as_of} by W1: paper chart)")
        for text in hints(checklist(world, waivers=(waiver,))).values()
    )


def test_what_is_gone_from_the_workspace_is_asked_about_from_the_ledger() -> None:
    world = make_world(TWO)
    history = tuple(as_billed(one) for one in world.audit().billable)
    left = attrs.evolve(world, records=attrs.evolve(world.records, encounters=world.records.encounters[:1]))
    made = checklist(left, "E2", history=history)

    assert {(row.day, row.fingerprint, row.programme) for row in made.rows} == {(dt.date(2026, 3, 4), "", "ZZ/peer")}
    assert hints(made) == {"payment": "billed on C1; it is not among the encounters that can be read"}


def test_encounters_without_a_checklist_are_all_named() -> None:
    world = make_world({"encounters": {"E1": {"start": ""}}})
    with pytest.raises(UnusableInputError) as error:
        checklist(world, "E1", "E9")
    first, second = str(error.value).splitlines()

    assert first.startswith("E1: no programme is known for it (PB101")
    assert second == "E9: no encounter has this id, neither in the workspace nor in the ledger"


def test_a_rejected_claim_is_no_change() -> None:
    world = make_world({})
    history = tuple(attrs.evolve(one, standing=Standing.REJECTED, fingerprint="0") for one in bill(world))

    assert "payment" not in hints(checklist(world, history=history))


def test_programme_and_open_choose_rows() -> None:
    world = make_world({})
    made = checklist(world)
    decided = attrs.evolve(read(form(made, {"payment": ("met", "")}))[0], at="2026-04-01T10:00:00+00:00", number=7)
    again = checklist(world, decisions=(decided,))

    assert checklist(world, programme="ZZ/peer") == made
    with pytest.raises(UnusableInputError, match="None of the encounters is one of NJ/sud"):
        checklist(world, programme="NJ/sud")
    assert {row.requirement.key: row.recorded for row in again.rows if row.recorded} == {
        "payment": "met, R1, 2026-04-01"
    }
    assert len(checklist(world, decisions=(decided,), is_open=True).rows) == len(made.rows) - 1


def _as_csv(made: Checklist) -> tuple[str, bytes]:
    return "form.csv", checklist_csv(made).encode()


def _as_workbook(made: Checklist) -> tuple[str, bytes]:
    return "form.xlsx", checklist_workbook(made)


@pytest.mark.parametrize("write", [_as_csv, _as_workbook])
def test_a_form_comes_back_as_it_was_written(write: Callable[[Checklist], tuple[str, bytes]]) -> None:
    made = checklist(make_world({"members": {"M1": {"release_on": ""}}}), samples={"E1": "1 (PB1-1)"})
    name, content = write(made)
    rows = list(read_form((name, content)))

    assert [cells for _, cells in rows] == [row.cells for row in made.rows]
    assert rows[0][0].endswith((f"{name}:2", f"{name} (Checklist):2"))
    assert read_checklist(rows, "R1", KNOWN) == ()


def test_the_workbook_is_the_same_bytes_each_time_and_offers_the_ratings() -> None:
    import zipfile  # noqa: PLC0415

    made = checklist(make_world({}))
    content = checklist_workbook(made)
    sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()

    assert content == checklist_workbook(made)
    assert f"&quot;{','.join(Rating)}&quot;" in sheet or f'"{",".join(Rating)}"' in sheet
    assert "sheetProtection" in sheet


def test_decisions_have_what_was_asked_and_by_which_policy() -> None:
    made = checklist(make_world({}))
    ratings = {"payment": ("Not-Met", " no\tnote of\nthat day "), "signature.author": ("1", "")}
    signed, payment = read(form(made, ratings), " Reviewer  1 ")
    row = made.rows[-1]

    assert payment == ReviewDecision(
        encounter_id="E1",
        requirement="payment",
        question=row.requirement.question,
        must=True,
        rating=Rating.NOT_MET,
        reason="no note of that day",
        reviewer="Reviewer 1",
        programme="ZZ/peer",
        policy=row.policy,
        fingerprint=row.fingerprint,
    )
    assert (signed.requirement, signed.rating, signed.reason) == ("signature.author", Rating.MET, "")


CHANGED = "the row was changed, other than in rating and reason: make the checklist again, or undo the change"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"rating": "fine"}, "rating fine is not known: expected met, not met, no note, "),
        ({"reason": "looked"}, "rating is empty, and reason is not: expected met, "),
        ({"rating": "0"}, 'reason is empty with "not met": say why, or how it was repaid'),
        ({"rating": "8"}, 'reason is empty with "repaid before notice": say why, or how it was repaid'),
        ({"rating": "met", "reason": "x" * 501}, "reason has 501 characters: expected 500 at most"),
        ({"rating": "Petrovic, Dana"}, "rating is not known: expected met, not met, no note, "),
        ({"rating": "met", "reason": "as noted\x1b[2J"}, "reason has control characters: type it anew"),
        ({"encounter_id": "E2"}, CHANGED),
        ({"must": "advised"}, CHANGED),
        ({"question": "Is all well?"}, CHANGED),
        ({"policy": "0"}, CHANGED),
        ({"fingerprint": ""}, CHANGED),
        ({"row": ""}, CHANGED),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_meant_is_refused_by_its_line(changes: dict[str, str], why: str) -> None:
    made = checklist(make_world({}))
    lines = refused(form(made, {"payment": ("met", "")}, **changes))

    assert len(lines) == 1
    assert lines[0].startswith(f"form.csv:2: {why}")


def test_a_hint_or_an_earlier_decision_may_be_changed() -> None:
    made = checklist(make_world({}))

    assert len(read(form(made, {"payment": ("met", "")}, audit_finds="x", recorded="y", sample="z"))) == 1


def test_every_problem_is_reported_with_its_line() -> None:
    made = checklist(make_world({}))
    text = form(made, {"payment": ("met", ""), "signature.author": ("yes", "")})
    last = text.splitlines()[-1]
    lines = refused(f"{text}{last}\n")

    assert [line.partition(": ")[0].partition(":")[0] for line in lines] == ["form.csv", "form.csv"]
    assert "rating yes is not known" in lines[0]
    assert lines[1].endswith(": payment of E1 is rated in a row above: keep one of the two")


def test_an_encounter_that_nobody_knows_is_refused() -> None:
    world = make_world({})
    renamed = attrs.evolve(world.records.encounters[0], encounter_id="E7")
    other = attrs.evolve(world, records=attrs.evolve(world.records, encounters=(renamed,)))

    (line,) = refused(form(checklist(other, "E7"), {"payment": ("met", "")}))
    assert line.endswith(": encounter_id is neither in the workspace nor in the ledger: is it the same agency?")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "form.csv:1: expected the columns encounter_id, sample, day"),
        (",".join(COLUMNS) + "\n" + "," * 17 + "x,y\n", "form.csv:2: the row has more cells than the header"),
    ],
)
def test_another_file_is_refused(text: str, message: str) -> None:
    assert refused(text)[0].startswith(message)


def test_a_workbook_without_the_sheet_is_refused(tmp_path: Path) -> None:
    import xlsxwriter  # noqa: PLC0415

    with xlsxwriter.Workbook(tmp_path / "x.xlsx") as book:
        book.add_worksheet("Other").write_string(0, 0, "a")
    with pytest.raises(UnusableInputError, match='expected the sheet "Checklist"'):
        list(read_form(tmp_path / "x.xlsx"))


@pytest.mark.parametrize("reviewer", ["", " \n", "x" * 101])
def test_a_reviewer_is_needed(reviewer: str) -> None:
    made = checklist(make_world({}))

    assert refused(form(made, {"payment": ("met", "")}), reviewer) == ["The reviewer must have 1 to 100 characters"]


def test_the_page_has_no_name_and_ends_no_script_early() -> None:
    world = make_world({})
    settings = attrs.evolve(world.records.encounters[0], encounter_id="</script><b>E1")
    odd = attrs.evolve(world, records=attrs.evolve(world.records, encounters=(settings,)))
    page = checklist_page(checklist(odd, "</script><b>E1"))

    assert page.count("</script>") == 2
    assert "<b>" not in page
    for member in world.records.members:
        assert member.last_name not in page


def test_a_reviewer_is_a_name() -> None:
    made = checklist(make_world({}))

    assert refused(form(made, {"payment": ("met", "")}), "R1\x1b[31m") == [
        "The reviewer has control characters: write the name alone"
    ]
