"""A page to hand out, as HTML that needs nothing else and as CSV."""

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Final

import attrs

from peerbill.model.csv_lines import csv_lines
from peerbill.model.html_page import escape, page_start
from peerbill.model.plural import counted
from peerbill.todo.handouts import Entry, Handout

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_COLUMNS: Final = ("day", "encounter_id", "staff_id", "holds the bill", "check", "what is wrong", "what to do")

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1a1d21; --paper: #ffffff; --soft: #4a5560; --line: #c9d1d9; --head: #eef2f6; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ebee; --paper: #14171a; --soft: #b3bdc7; --line: #3d4650; --head: #22282e; }
}
body { margin: 0 auto; padding: 1rem; max-width: 70rem; background: var(--paper); color: var(--ink);
  font: 100%/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.5rem; line-height: 1.25; }
p { max-width: 48rem; color: var(--soft); }
div { overflow-x: auto; }
div:focus-visible { outline: 3px solid currentColor; }
table { border-collapse: collapse; width: 100%; font-size: 0.9375rem; }
caption { text-align: left; font-weight: 600; padding: 0.25rem 0; }
th, td { border-bottom: 1px solid var(--line); padding: 0.35rem 0.6rem; text-align: left; vertical-align: top;
  overflow-wrap: break-word; }
thead th { background: var(--head); }
tbody th { font-weight: 600; white-space: nowrap; }
@media print {
  :root { --ink: #000000; --paper: #ffffff; --soft: #000000; --line: #888888; --head: #ffffff; }
  body { padding: 0; max-width: none; font-size: 10pt; }
  div { overflow: visible; }
  thead { display: table-header-group; }
  tr { break-inside: avoid; }
}
"""


def file_names(handouts: Iterable[Handout]) -> list[str]:
    """Return the name of each page's files without its ending; a staff id that is no safe name gets a digest."""
    return [f"{handout.role}-{_safe(handout.staff_id)}" for handout in handouts]


def _safe(staff_id: str) -> str:
    # Upper case and lower case are the same name on many disks: only digits and capitals stay as they are.
    if _SAFE.fullmatch(staff_id) and staff_id == staff_id.upper():
        return staff_id
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", staff_id)[:40]
    return f"{plain}-{hashlib.sha256(staff_id.encode()).hexdigest()[:8]}"


def page(handout: Handout, as_of: dt.date) -> str:
    """Return a page as HTML: of a peer a row for each thing to correct, of a supervisor a row for each cause."""
    of_peer = handout.role == "peer"
    title = f"{'Notes to complete' if of_peer else 'To sign, supervise or renew'}: {handout.staff_id}"
    holding = sum(entry.is_error for entry in handout.entries)
    head = ("Day", "Encounter", *_HEAD) if of_peer else ("Peer", *_HEAD, "Encounters")
    columns = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    rows = "".join(map(_row, handout.entries)) if of_peer else "".join(_causes(handout.entries))
    return (
        f"{page_start(title, _STYLE)}"
        f"<header>\n<h1>{escape(title)}</h1>\n"
        f"<p>As of {as_of}: {counted(len(handout.entries), 'thing')} to correct, {holding:,} "
        f"{'holds' if holding == 1 else 'hold'} a bill. Open each contact in your record system by its encounter id "
        "and day: this page has no names of members. Correct the record itself, with the day of the correction; never "
        "sign for somebody else, and never enter what did not take place.</p>\n</header>\n"
        '<main>\n<div role="region" aria-labelledby="list" tabindex="0">\n<table>\n'
        '<caption id="list">What to correct</caption>\n'
        f"<thead>\n<tr>{columns}</tr>\n</thead>\n<tbody>\n{rows}</tbody>\n</table>\n</div>\n</main>\n</body>\n</html>\n"
    )


_HEAD: Final = ("What is wrong", "What to do", "Bill")


def _row(entry: Entry) -> str:
    return f'<tr><td>{entry.day or ""}</td><th scope="row">{escape(entry.encounter_id)}</th>{_told(entry)}</tr>\n'


def _causes(entries: Iterable[Entry]) -> Iterator[str]:
    alike: dict[Entry, list[Entry]] = {}
    for entry in entries:
        alike.setdefault(attrs.evolve(entry, day=None, encounter_id=""), []).append(entry)
    for cause, same in alike.items():
        contacts = ", ".join(
            f"{entry.encounter_id} ({entry.day})" if entry.day else entry.encounter_id for entry in same
        )
        yield f'<tr><th scope="row">{escape(cause.staff_id)}</th>{_told(cause)}<td>{escape(contacts)}</td></tr>\n'


def _told(entry: Entry) -> str:
    bill = "held" if entry.is_error else "please look"
    return f"<td>{escape(entry.what)}</td><td>{escape(entry.do)}</td><td>{bill}</td>"


def sheet(handout: Handout) -> str:
    """Return a page as CSV; no cell of it is a formula to a spreadsheet."""
    rows = (
        (
            entry.day,
            entry.encounter_id,
            entry.staff_id,
            "yes" if entry.is_error else "no",
            entry.code,
            entry.what,
            entry.do,
        )
        for entry in handout.entries
    )
    return "".join(csv_lines((_COLUMNS, *rows)))
