"""The page of an audit in a browser: filtered, sorted, searched, reached by keys, printed and read aloud."""

import base64
from pathlib import Path
from typing import Any

import pytest
from browsers import CONTRASTS, loaded, open_page, press, violations
from evidence import HOSTILE, busy_evidence, evidence_of

from peerbill.audit_report.html import audit_page
from peerbill.audit_report.sections import encounter_link, peer_key

SCHEMES = ("light", "dark")
WIDTHS = (400, 768, 1280, 1600)
TOTAL = len(busy_evidence().findings)
PAGES = -(-TOTAL // 100)
ROWS = """
return [...document.querySelectorAll("#findings-table tbody tr:not(.opened)")].map(
  row => [...row.cells].map(cell => cell.innerText.trim()));
"""
FIRST_HEAD = "return [...document.querySelectorAll('main h2')].find(one => one.offsetParent).innerText"
REACHED = """
const reached = document.activeElement;
if (reached === document.body) return "";
return reached.id || reached.getAttribute("href") || reached.innerText || reached.tagName;
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "audit.html"
    file.write_text(audit_page(busy_evidence(), "0.0.0"), encoding="utf-8")
    return file


def column(browser: Any, at: int) -> list[str]:
    """Return the cells of a column of the rows that are shown."""
    return [row[at] for row in browser.execute_script(ROWS)]


def choose(browser: Any, name: str, text: str) -> None:
    """Choose the option of a filter that begins with a text."""
    found = browser.execute_script(
        "const select = document.getElementById(`filter-${arguments[0]}`);"
        "const option = [...select.options].find(one => one.textContent.startsWith(arguments[1]));"
        "if (!option) return false;"
        "select.value = option.value; select.dispatchEvent(new Event('change')); return true;",
        name,
        text,
    )
    assert found


def search(browser: Any, text: str) -> None:
    browser.execute_async_script(
        "const done = arguments[1];"
        "const input = document.getElementById('filter-search');"
        "input.value = arguments[0]; input.dispatchEvent(new Event('input')); setTimeout(done, 300);",
        text,
    )


def click(browser: Any, selector: str) -> None:
    browser.execute_script("document.querySelector(arguments[0]).click()", selector)


def leave_rows(browser: Any) -> None:
    """Leave the first rows of the list of findings: axe-core looks at each cell for long, and all rows are alike."""
    browser.execute_script(
        "for (const row of [...document.querySelectorAll('#findings-table tbody tr')].slice(12)) row.remove()"
    )


def count(browser: Any) -> str:
    return str(browser.execute_script("return document.getElementById('count').textContent"))


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("at", ["", "#" + peer_key("S1"), encounter_link("E1")])
def test_nothing_is_said_loaded_or_too_wide(browser: Any, page: Path, width: int, scheme: str, at: str) -> None:
    open_page(browser, page, width, scheme, at)
    assert browser.get_log("browser") == []
    assert loaded(browser) == [page.as_uri()]
    wide = browser.execute_script("const page = document.documentElement; return page.scrollWidth - page.clientWidth")
    assert wide == 0


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("at", ["", "#" + peer_key("S1"), encounter_link("E1")])
def test_axe_finds_nothing(browser: Any, page: Path, scheme: str, at: str) -> None:
    open_page(browser, page, scheme=scheme, at=at)
    browser.execute_script("for (const one of document.querySelectorAll('details')) one.open = true")
    if not at.startswith("#encounter"):
        click(browser, "#findings-table .open")
    leave_rows(browser)

    assert violations(browser) == []


def test_axe_finds_nothing_on_a_narrow_screen(browser: Any, page: Path) -> None:
    open_page(browser, page, 400)
    leave_rows(browser)

    assert violations(browser) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_text_stands_out(browser: Any, page: Path, scheme: str) -> None:
    open_page(browser, page, scheme=scheme)
    click(browser, "#findings-table .open")
    least = browser.execute_script(CONTRASTS)

    assert len(least) > 30
    # A button that is switched off needs no contrast (WCAG 1.4.3).
    assert {key: ratio for key, ratio in least.items() if ratio < 4.5 and key != "BUTTON."} == {}


def test_the_list_shows_a_hundred_rows_a_page_and_says_how_many(browser: Any, page: Path) -> None:
    open_page(browser, page)
    first = column(browser, 0)
    said = count(browser)
    click(browser, "#page-next")
    second = column(browser, 0)
    click(browser, "#page-last")
    last = column(browser, 0)

    assert said.startswith(f"{TOTAL:,} of {TOTAL:,} findings, on ")
    assert said.endswith(f"Rows 1 to 100, page 1 of {PAGES}.")
    assert (len(first), len(second), len(last)) == (100, 100, TOTAL - 100 * (PAGES - 1))
    assert len({*first, *second, *last}) == 200 + len(last)
    # The errors come first, in the order of the audit.
    assert column(browser, 1)[-1] == "info"


def test_a_filter_and_a_search_narrow_the_list_together(browser: Any, page: Path) -> None:
    evidence = busy_evidence()
    open_page(browser, page)
    choose(browser, "severity", "error")
    choose(browser, "peer", "S2")
    both = count(browser)
    search(browser, "OVERLAP m2")
    wanted = [row for row in evidence.findings if row.finding.severity == "error" and "S2" in row.staff_ids]
    sought = [row for row in wanted if "overlap" in row.finding.message and "M2" in row.member_ids]

    assert both.startswith(f"{len(wanted)} of {TOTAL:,} findings")
    assert [int(cell) for cell in column(browser, 0)] == [row.number for row in sought]
    assert 0 < len(sought) < len(wanted) < TOTAL
    click(browser, "#clear")
    assert count(browser).startswith(f"{TOTAL:,} of {TOTAL:,}")


@pytest.mark.parametrize(
    ("name", "option", "at"), [("code", "PB202", 2), ("week", "2026-02-01", 3), ("status", "billable", 11)]
)
def test_each_filter_leaves_only_what_it_names(browser: Any, page: Path, name: str, option: str, at: int) -> None:
    open_page(browser, page)
    choose(browser, name, option)
    cells = set(column(browser, at))

    assert cells
    if name == "week":
        assert all("2026-02-01" <= cell[:10] <= "2026-02-07" for cell in cells)
    else:
        assert cells == {option}


def test_a_click_on_a_head_sorts_and_another_turns_it_round(browser: Any, page: Path) -> None:
    open_page(browser, page)
    head = "#findings-table thead th:nth-child(11)"
    click(browser, f"{head} button")
    up = [float(cell[1:].replace(",", "") or 0) if cell else -1 for cell in column(browser, 10)]
    state = browser.execute_script("return document.querySelector(arguments[0]).getAttribute('aria-sort')", head)
    click(browser, f"{head} button")
    down = [float(cell[1:].replace(",", "") or 0) if cell else -1 for cell in column(browser, 10)]

    assert (state, up, down) == ("ascending", sorted(up), sorted(down, reverse=True))
    assert up != down
    assert browser.execute_script("return document.querySelectorAll('[aria-sort]').length") == 1


def test_ids_are_sorted_by_their_numbers(browser: Any, page: Path) -> None:
    open_page(browser, page)
    choose(browser, "code", "PB202")
    click(browser, "#findings-table thead th:nth-child(5) button")
    ids = [cell for cell in column(browser, 4) if cell.startswith("E")]

    assert ids == sorted(ids, key=lambda id_: int(id_[1:]))
    assert ids != sorted(ids)


def test_a_row_opens_to_its_remedy_sources_facts_and_units(browser: Any, page: Path) -> None:
    open_page(browser, page)
    choose(browser, "code", "PB202")
    click(browser, "#findings-table .open")
    text = browser.execute_script("return document.querySelector('.opened').innerText")
    opened = browser.execute_script("return document.querySelector('.open').getAttribute('aria-expanded')")
    click(browser, "#findings-table .open")

    assert opened == "true"
    for part in (
        "Remedy: Have the person who rendered the service sign it",
        "facts",
        "47 minutes",
        "H0038:HF",
        "$60.00",
    ):
        assert part in text
    assert browser.execute_script("return document.querySelector('.opened')") is None


def test_the_page_of_a_peer_has_their_figures_days_and_findings_alone(browser: Any, page: Path) -> None:
    evidence = busy_evidence()
    open_page(browser, page, at="#" + peer_key("S2"))
    shown = browser.execute_script(
        "return [...document.querySelectorAll('main h2')].filter(one => one.offsetParent).map(one => one.innerText)"
    )
    own = [row for row in evidence.findings if "S2" in row.staff_ids]
    plots = browser.execute_script("return document.querySelectorAll('.peer.current svg[role=img]').length")

    assert shown == ["Peer S2", "Findings"]
    assert count(browser).startswith(f"{len(own):,} of {TOTAL:,} findings")
    assert plots == len([day for day in evidence.days if day.staff_id == "S2"]) == 3
    assert browser.title.startswith("Peer S2, ")
    browser.execute_script("location.hash = '#overview'")
    open_page(browser, page)
    assert count(browser).startswith(f"{TOTAL:,} of")


def test_a_link_leads_to_the_encounter_with_its_explanation_and_back(browser: Any, page: Path) -> None:
    open_page(browser, page)
    choose(browser, "code", "PB801")
    click(browser, "#findings-table tbody th a")
    browser.execute_async_script("setTimeout(arguments[0], 100)")
    text = browser.execute_script("return document.getElementById('encounter').innerText")
    focus = browser.execute_script("return document.activeElement.id")
    browser.back()
    browser.execute_async_script("setTimeout(arguments[0], 100)")

    for part in (
        "Encounter E",
        "Why its code, units and charge",
        "minutes",
        "PB801",
        "Remedy:",
        "Source:",
        "[primary]",
    ):
        assert part in text
    assert focus == "encounter-title"
    # The list is as it was left.
    assert set(column(browser, 2)) == {"PB801"}


def test_the_keyboard_reaches_every_control_in_order_and_leaves_the_page(browser: Any, page: Path) -> None:
    open_page(browser, page, at="#" + peer_key("S1"))
    browser.execute_script("document.activeElement.blur(); window.getSelection().removeAllRanges()")
    reached: list[str] = []
    for _ in range(600):
        press(browser, "Tab", 9)
        at = browser.execute_script(REACHED)
        if not at or (reached and at == reached[0]):
            break
        reached.append(at)
    wanted = [
        "filter-search",
        "filter-severity",
        "filter-code",
        "filter-week",
        "filter-status",
        "clear",
        "findings-box",
    ]

    assert [id_ for id_ in reached if id_ in wanted] == wanted
    assert "page-next" in reached
    assert len(reached) < 600


def test_enter_sorts_opens_and_follows(browser: Any, page: Path) -> None:
    open_page(browser, page)
    browser.execute_script("document.querySelector('#findings-table thead th:nth-child(4) button').focus()")
    press(browser, "Enter", 13, "\r")
    days = column(browser, 3)
    browser.execute_script("document.querySelector('#findings-table .open').focus()")
    press(browser, "Enter", 13, "\r")
    opened = browser.execute_script("return document.querySelectorAll('.opened').length")
    browser.execute_script("document.getElementById('page-next').focus()")
    press(browser, "Enter", 13, "\r")
    turned = count(browser)
    browser.execute_script("document.querySelector('#findings-table tbody th a').focus()")
    press(browser, "Enter", 13, "\r")
    browser.execute_async_script("setTimeout(arguments[0], 100)")

    assert days == sorted(days)
    assert opened == 1
    assert f"page 2 of {PAGES}" in turned
    assert browser.execute_script("return location.hash").startswith("#encounter-")


def test_a_button_that_is_switched_off_hands_on_the_focus(browser: Any, page: Path) -> None:
    open_page(browser, page)
    browser.execute_script("document.getElementById('page-last').focus()")
    press(browser, "Enter", 13, "\r")
    at_the_end = browser.execute_script(REACHED)
    browser.execute_script("document.getElementById('page-first').focus()")
    press(browser, "Enter", 13, "\r")

    assert (at_the_end, browser.execute_script(REACHED)) == ("page-previous", "page-next")


def test_paper_has_the_findings_of_the_filter_with_their_remedies(browser: Any, page: Path) -> None:
    open_page(browser, page, scheme="dark")
    choose(browser, "code", "PB801")
    wanted = [row for row in busy_evidence().findings if row.finding.code == "PB801"]
    browser.execute_script("window.dispatchEvent(new Event('beforeprint'))")
    rows = browser.execute_script(ROWS)
    said = browser.execute_script("return document.querySelector('.printed').textContent")
    remedies = browser.execute_script(
        "return [...document.querySelectorAll('.opened')].filter(one => one.innerText.includes('Remedy:')).length"
    )
    folded = browser.execute_script("return document.querySelectorAll('details:not([open])').length")
    browser.execute_script("window.dispatchEvent(new Event('afterprint'))")

    assert len(rows) == remedies == len(wanted)
    assert said.startswith(f"Printed: {len(wanted)} of {len(wanted)} findings of the filter (check PB801).")
    assert folded == 0
    assert browser.execute_script("return document.querySelectorAll('.opened').length") == 0
    assert browser.execute_script("return document.querySelectorAll('details[open]').length") == 0


def test_it_prints_on_pages(browser: Any, page: Path) -> None:
    open_page(browser, page, scheme="dark")
    short = base64.b64decode(printed(browser))
    choose(browser, "code", "PB801")
    shorter = base64.b64decode(printed(browser))
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    styles = browser.execute_script(
        "const of = (name, key) => getComputedStyle(document.querySelector(name))[key];"
        "return [of('thead', 'display'), of('.box', 'overflowX'), of('.filter', 'display'), of('.pages', 'display'),"
        " of('.printed', 'display'), of('body', 'backgroundColor')]"
    )

    assert short.startswith(b"%PDF")
    # The filter goes to paper: fewer findings are fewer pages.
    assert short.count(b"/Type /Page\n") > shorter.count(b"/Type /Page\n") > 3
    assert styles == ["table-header-group", "visible", "none", "none", "block", "rgb(255, 255, 255)"]


def printed(browser: Any) -> str:
    done = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})
    return str(done["data"])


def test_an_id_from_the_workspace_is_text_and_never_runs(browser: Any, page: Path) -> None:
    open_page(browser, page)
    search(browser, "onerror")
    listed = column(browser, 4)
    click(browser, "#findings-table .open")
    links = browser.execute_script(
        "return [...document.querySelectorAll('#findings-table tbody th a')].map(one => one.href)"
    )
    browser.get(links[0])
    browser.execute_async_script("setTimeout(arguments[0], 100)")
    head = browser.execute_script("return document.getElementById('encounter-title').textContent")
    browser.get(page.as_uri() + "#" + peer_key(HOSTILE))
    browser.execute_async_script("setTimeout(arguments[0], 100)")
    peer = browser.execute_script("return document.querySelector('.peer.current h2').textContent")

    assert (listed[0], head, peer) == (HOSTILE, f"Encounter {HOSTILE}", f"Peer {HOSTILE}")
    assert browser.execute_script("return [window.run, document.querySelectorAll('img').length]") == [None, 0]
    assert browser.get_log("browser") == []


def test_an_address_that_nobody_made_shows_that_nothing_is_there(browser: Any, page: Path) -> None:
    seen = []
    for at in ("#encounter-E999", "#encounter-%E0%A4%A", "#peer-S999", "#nothing"):
        open_page(browser, page, at=at)
        seen.append(
            browser.execute_script(
                "return [...document.querySelectorAll('main h2')].find(one => one.offsetParent).innerText"
            )
        )
        assert browser.get_log("browser") == []

    assert seen == ["Encounter E999", "Encounter %E0%A4%A", "What was audited", "What was audited"]


def test_encounters_without_a_peer_have_a_page_too(browser: Any, page: Path) -> None:
    open_page(browser, page)
    link = browser.execute_script(
        "return [...document.querySelectorAll('#by-peer a')].find(one => one.innerText === 'not recorded').hash"
    )
    open_page(browser, page, at=link)

    assert browser.execute_script("return document.querySelector('.peer.current h2').textContent") == (
        "Encounters without a peer"
    )


def test_without_a_script_all_figures_can_be_read(browser: Any, page: Path) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        open_page(browser, page)
        browser.execute_cdp_cmd("DOM.enable", {})
        browser.execute_cdp_cmd("Accessibility.enable", {})
        nodes = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    names = [
        (node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node.get("ignored")
    ]

    assert ("table", "Counts and dollars by check") in names
    assert ("heading", "Peer S1") in names
    assert any(role == "image" and name.startswith("Day ") for role, name in names)
    assert any("needs JavaScript" in name for _, name in names)


def test_it_has_landmarks_names_and_headings_for_a_screen_reader(browser: Any, page: Path) -> None:
    open_page(browser, page)
    browser.execute_cdp_cmd("Accessibility.enable", {})
    nodes = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    roles: dict[str, list[str]] = {}
    for node in nodes:
        if not node.get("ignored"):
            roles.setdefault(node["role"]["value"], []).append(node.get("name", {}).get("value", ""))

    assert [len(roles[role]) for role in ("main", "banner", "contentinfo", "search", "status")] == [1, 1, 1, 1, 1]
    assert sorted(roles["navigation"]) == ["Pages of findings", "Sections"]
    named = ("image", "region", "link", "button", "combobox", "searchbox", "table")
    assert [(role, name) for role in named for name in roles.get(role, []) if not name] == []


def test_an_audit_without_findings_has_an_empty_list(browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "clean.html"
    file.write_text(audit_page(evidence_of(), "0.0.0"), encoding="utf-8")
    open_page(browser, file)

    assert count(browser) == "0 of 0 findings, on 0 encounters charged $0.00."
    assert column(browser, 0) == []
    assert browser.get_log("browser") == []
