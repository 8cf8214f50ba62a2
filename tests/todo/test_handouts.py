"""The pages for peers and supervisors: what each corrects, and nothing of anybody else."""

import csv
import datetime as dt
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerbill.checks.audit import Audit
from peerbill.checks.audited import AuditedEncounter
from peerbill.model.encounter import Encounter
from peerbill.model.finding import Finding, Severity
from peerbill.model.people import Coverage, Member, Plan, Staff
from peerbill.model.records import Records
from peerbill.todo.handout_page import file_names, page, sheet
from peerbill.todo.handouts import Entry, Handout, Handouts, handouts

DAY = dt.date(2026, 3, 2)
ERROR = Severity.ERROR
ANY: Any = None
ASK = "Compare it with your own record, and ask the biller what the other record says."


def encounter(id_: str, member_id: str, staff_id: str, day: dt.date | None = DAY) -> Encounter:
    start = dt.datetime.combine(day, dt.time(10)) if day else None
    return Encounter(id_, member_id, staff_id, "individual", start, start, "11")


RECORDS = Records(
    ANY,
    staff=(Staff("S1", "x", "y", supervisor_id="S9"), Staff("S2", "x", "y"), Staff("S9", "x", "y")),
    members=(Member("M1", "Lane", "Alex", None, "F"), Member("M2", "Roe", "Bo", None, "F")),
    coverage=(Coverage("M1", "p", "770011", DAY),),
    plans=(Plan("M1", "P1"), Plan("M2", "P2")),
    encounters=(encounter("E1", "M1", "S1"), encounter("E2", "M2", "S2"), encounter("E3", "M2", "S1", None)),
)


def finding(code: str, message: str, *ids: str, fix: str = "Sign it.", **more: Any) -> Finding:
    return Finding(code, more.pop("severity", Severity.ERROR), ids, "encounters.signed_at", message, fix, **more)


def pages(*findings: Finding, billed: tuple[str, ...] = ()) -> Handouts:
    rows = tuple(
        AuditedEncounter(row.encounter_id, None, None, "", (), "billed" if row.encounter_id in billed else "held")
        for row in RECORDS.encounters
    )
    return handouts(RECORDS, Audit(DAY, rows, findings, (), ()))


def test_a_peer_has_their_own_notes_and_a_supervisor_those_of_their_peers() -> None:
    found = pages(
        finding("PB202", "the note is not signed", "E1", "E2"),
        finding("PB204", "the note is not cosigned", "E1", "E2"),
        finding("PB209", "no word on it", "E3", severity=Severity.WARNING),
        finding("PB309", "npi of S1 is not valid", "E1", "E3"),
        finding("PB001", "a row without an id"),
        finding("PB001", "a row that is not used", "E7"),
    )
    unsigned = Entry(DAY, "E1", "S1", ERROR, "PB202", "the note is not signed", "Sign it.")
    assert found == Handouts(
        DAY,
        (
            Handout(
                "peer",
                "S1",
                (Entry(None, "E3", "S1", Severity.WARNING, "PB209", "no word on it", "Sign it."), unsigned),
            ),
            Handout("peer", "S2", (Entry(DAY, "E2", "S2", ERROR, "PB202", "the note is not signed", "Sign it."),)),
            Handout(
                "supervisor", "S9", (Entry(DAY, "E1", "S1", ERROR, "PB204", "the note is not cosigned", "Sign it."),)
            ),
        ),
        of_biller=4,
        without_supervisor=1,
    )


def test_what_was_billed_is_on_no_page() -> None:
    assert pages(finding("PB202", "the note is not signed", "E1"), billed=("E1",)).pages == ()


@pytest.mark.parametrize(
    "message",
    [
        "the member M1 was elsewhere",
        "it overlaps E2",
        "it overlaps the contact of S2.",
        "the plan (P2) is another",
        "subscriber 770011 is not known",
    ],
)
def test_a_sentence_that_names_somebody_else_is_replaced(message: str) -> None:
    ((entry,),) = (found.entries for found in pages(finding("PB802", message, "E1")).pages)

    assert (entry.what, entry.do) == ("The member was in one place at a time.", ASK)


def test_a_figure_that_names_somebody_else_is_as_good_as_the_word() -> None:
    named = finding("PB802", "it overlaps another", "E1", values={"others": ("E2", "E3")})
    ((entry,),) = (found.entries for found in pages(named).pages)

    assert entry.what == "The member was in one place at a time."


@pytest.mark.parametrize("message", ["it overlaps E3", "S1 was there", "the goal is not in P1", "45 minutes (11)"])
def test_their_own_contacts_and_plan_are_named(message: str) -> None:
    ((entry,),) = (found.entries for found in pages(finding("PB801", message, "E1")).pages)

    assert (entry.what, entry.do) == (message, "Sign it.")


class Page(HTMLParser):
    """Collects the tags, the texts and the open tags at the end."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a tag; it has no script and no address."""
        self.tags.append(tag)
        if tag not in {"meta", "link"}:
            self.open.append(tag)
        assert not any(name.startswith("on") or name == "src" for name, _ in attrs)

    def handle_endtag(self, tag: str) -> None:
        """Close the tag that is open."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Take a text."""
        self.texts.append(data)


WORDS = st.text(min_size=1, max_size=20)


@given(WORDS, WORDS, WORDS, WORDS, st.sampled_from(["peer", "supervisor"]))
def test_whatever_the_texts_are_they_stay_texts(staff_id: str, id_: str, what: str, do: str, role: str) -> None:
    handout = Handout(role, staff_id, (Entry(DAY, id_, staff_id, ERROR, "PB202", what, do),))
    read = Page(page(handout, DAY))

    assert read.open == []
    assert {"script", "img", "iframe"}.isdisjoint(read.tags)
    assert read.tags.count("tr") == 2
    assert {"header", "main", "table", "caption", "h1"} <= set(read.tags)
    rows = list(csv.reader(sheet(handout).splitlines(keepends=True)))
    assert len(rows) >= 2
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for row in rows for cell in row)


def test_texts_are_escaped_and_formulas_are_harmless() -> None:
    entry = Entry(DAY, "E<1>", "S1", ERROR, "PB202", '<script>alert("x")</script> & so on', "=HYPERLINK(1)")
    handout = Handout("peer", "S1", (entry,))

    assert "<script>" not in page(handout, DAY)
    assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; so on" in page(handout, DAY)
    assert list(csv.reader(sheet(handout).splitlines()))[1] == [
        *("2026-03-02", "E<1>", "S1", "yes", "PB202", '<script>alert("x")</script> & so on', "'=HYPERLINK(1)"),
    ]


def test_a_supervisor_reads_each_cause_once_with_its_encounters() -> None:
    entries = tuple(Entry(DAY, id_, "S1", ERROR, "PB303", "CPRS of S1 expired", "Renew it.") for id_ in ("E1", "E3"))
    texts = Page(page(Handout("supervisor", "S9", entries), DAY)).texts

    assert texts.count("CPRS of S1 expired") == 1
    assert "E1 (2026-03-02), E3 (2026-03-02)" in texts


def test_the_names_of_files_are_safe_and_their_own() -> None:
    ids = ["S1", "s1", "../x", "CON", "a b", "a_b", "-", "Ä", "x" * 300]
    names = file_names([Handout("peer", id_, ()) for id_ in ids])

    assert names[0] == "peer-S1"
    assert len({name.lower() for name in names}) == len(ids)
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") for name in names)
    assert max(map(len, names)) < 80
