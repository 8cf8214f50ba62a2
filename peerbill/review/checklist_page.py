"""A checklist as a page to fill in: no network, by keyboard and screen reader; it saves the answers as a CSV file."""

import json
from collections.abc import Iterator
from functools import cache
from importlib import resources
from itertools import groupby

from peerbill.model.html_page import escape, page_start
from peerbill.model.review import Rating
from peerbill.review.checklist import COLUMNS, LONGEST_REASON, Checklist, ChecklistRow
from peerbill.review.checklist_files import HELP


def checklist_page(checklist: Checklist) -> str:
    """Return a checklist as an HTML page that needs nothing else; its script only saves what was filled in."""
    title = f"Checklist of {checklist.as_of}"
    return "".join(
        (
            page_start(title, _file("checklist.css"), _file("checklist.js")),
            f"<header>\n<h1>{title}</h1>\n",
            *(f"<p>{escape(text)}</p>\n" for text in HELP),
            "</header>\n",
            '<div class="bar" role="region" aria-label="Save">\n',
            '<button type="button" id="save">Save the ratings as a file</button>\n',
            f'<p id="progress" role="status">0 of {len(checklist.rows):,} rated</p>\n</div>\n',
            '<main id="content">\n',
            *_encounters(checklist),
            "</main>\n<footer>Made by peerbill. It has ids of encounters, staff and members, and no names.</footer>\n",
            f'<script type="application/json" id="form">{_data(checklist)}</script>\n',
            f"<script>{_file('checklist.js')}</script>\n</body>\n</html>\n",
        )
    )


@cache
def _file(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8")


def _data(checklist: Checklist) -> str:
    rows = [[cells[column] for column in COLUMNS] for cells in (row.cells for row in checklist.rows)]
    text = json.dumps({"name": f"checklist-{checklist.as_of}.csv", "columns": COLUMNS, "rows": rows})
    # The text of a script element ends at "</".
    return text.replace("<", "\\u003c")


def _encounters(checklist: Checklist) -> Iterator[str]:
    numbered = enumerate(checklist.rows)
    for at, (_, group) in enumerate(groupby(numbered, key=lambda pair: pair[1].encounter_id)):
        rows = list(group)
        first = rows[0][1]
        sample = f", sample {first.sample}" if first.sample else ""
        yield f'<section aria-labelledby="e{at}">\n<h2 id="e{at}">{escape(first.encounter_id)}{escape(sample)}</h2>\n'
        yield (
            f"<p>{first.day}, member {escape(first.member_id)}, staff {escape(first.staff_id)}, "
            f"{escape(first.programme)}</p>\n"
        )
        yield f'<div class="box" role="group" aria-labelledby="e{at}" tabindex="0">\n<table>\n<thead>\n<tr>'
        for title in ("Question", "Policy", "Audit finds", "Recorded", "Rating", "Reason"):
            yield f'<th scope="col">{title}</th>'
        yield "</tr>\n</thead>\n<tbody>\n"
        for number, row in rows:
            yield from _row(number, row, at)
        yield "</tbody>\n</table>\n</div>\n</section>\n"


def _row(number: int, row: ChecklistRow, encounter: int) -> Iterator[str]:
    cells = row.cells
    advised = "" if row.requirement.must else ' <span class="advised">advised</span>'
    source = f'<br><span class="source">{escape(cells["source"])}</span>' if cells["source"] else ""
    names = f"q{number} e{encounter}"
    yield f'<tr><th scope="row" id="q{number}">{escape(cells["question"])}{advised}</th>'
    yield f"<td>{escape(cells['policy_says'])}{source}</td>"
    yield f'<td class="hint">{escape(cells["audit_finds"])}</td><td class="hint">{escape(cells["recorded"])}</td>'
    yield f'<td><select data-row="{number}" data-column="rating" aria-label="Rating" aria-describedby="{names}">'
    yield '<option value=""></option>'
    for rating in Rating:
        yield f"<option>{rating}</option>"
    yield (
        f'</select></td><td><textarea data-row="{number}" data-column="reason" rows="1" maxlength="{LONGEST_REASON}" '
        f'aria-label="Reason" aria-describedby="{names}"></textarea></td></tr>\n'
    )
