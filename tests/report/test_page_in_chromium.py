"""The report's page in a browser: nothing is loaded, nothing overflows, and it can be read, reached and printed."""

import base64
from pathlib import Path
from typing import Any

import pytest
from browsers import CONTRASTS, loaded, open_page, press
from reports import long_report

from peerbill.report.html import report_page

WIDTHS = (400, 768, 1280, 1600)
SCHEMES = ("light", "dark")
REACHED = """
const reached = document.activeElement;
return reached === document.body ? "" : reached.id || reached.getAttribute("href") || reached.tagName;
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(report_page(long_report()), encoding="utf-8")
    return file


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_said_loaded_or_too_wide(browser: Any, page: Path, width: int, scheme: str) -> None:
    open_page(browser, page, width, scheme)

    assert browser.get_log("browser") == []
    assert loaded(browser) == [page.as_uri()]
    wide = browser.execute_script("const page = document.documentElement; return page.scrollWidth - page.clientWidth")
    assert wide == 0
    # What is wider scrolls in its box.
    scrolled = browser.execute_script(
        "return [...document.querySelectorAll('.box')].filter(box => box.scrollWidth > box.clientWidth).length"
    )
    assert scrolled > 0


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_text_stands_out(browser: Any, page: Path, scheme: str) -> None:
    open_page(browser, page, scheme=scheme)
    least = browser.execute_script(CONTRASTS)

    assert len(least) > 15
    assert {key: ratio for key, ratio in least.items() if ratio < 4.5} == {}


def test_the_schemes_differ(browser: Any, page: Path) -> None:
    papers = []
    for scheme in SCHEMES:
        open_page(browser, page, scheme=scheme)
        papers.append(browser.execute_script("return getComputedStyle(document.body).backgroundColor"))

    assert papers == ["rgb(255, 255, 255)", "rgb(20, 23, 26)"]


def test_the_keyboard_reaches_every_table_in_order_and_shows_where_it_is(browser: Any, page: Path) -> None:
    open_page(browser, page)
    wanted = browser.execute_script("return [...document.querySelectorAll('.box[id]')].map(box => box.id)")
    reached, seen = [], 0
    for _ in range(100):
        press(browser, "Tab", 9)
        at = browser.execute_script(REACHED)
        if not at:
            break
        reached.append(at)
        outline = browser.execute_script("return getComputedStyle(document.activeElement).outlineStyle")
        seen += outline == "solid"

    assert reached[0] == "#content"
    assert [id_ for id_ in reached if id_ in wanted] == wanted
    assert len(wanted) > 10
    assert seen == len(reached)


def test_it_has_landmarks_names_and_headings_for_a_screen_reader(browser: Any, page: Path) -> None:
    open_page(browser, page)
    browser.execute_cdp_cmd("Accessibility.enable", {})
    nodes = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    roles: dict[str, list[str]] = {}
    for node in nodes:
        if not node.get("ignored"):
            roles.setdefault(node["role"]["value"], []).append(node.get("name", {}).get("value", ""))

    assert [len(roles[role]) for role in ("main", "navigation", "banner", "contentinfo")] == [1, 1, 1, 1]
    assert all(roles["table"])
    assert len(roles["table"]) > 10
    assert all(name for role in ("image", "region", "link") for name in roles.get(role, []))
    assert len(roles["columnheader"]) > 50
    assert len(roles["rowheader"]) > 20
    empty = browser.execute_script(
        "return [...document.querySelectorAll('th')].filter(th => !th.scope).length"
        " + [...document.querySelectorAll('table')].filter(table => !table.caption).length"
    )
    assert empty == 0


def test_it_prints_on_pages(browser: Any, page: Path) -> None:
    open_page(browser, page, scheme="dark")
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})
    pdf = base64.b64decode(printed["data"])
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    styles = browser.execute_script(
        "const of = (name, key) => getComputedStyle(document.querySelector(name))[key];"
        "return [of('thead', 'display'), of('tr', 'breakInside'), of('.box', 'overflowX'), of('nav', 'display'),"
        " of('body', 'backgroundColor')]"
    )

    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") > 5
    # Head rows repeat, no row is cut, nothing is hidden behind a scroll bar, and paper stays white.
    assert styles == ["table-header-group", "avoid", "visible", "none", "rgb(255, 255, 255)"]
