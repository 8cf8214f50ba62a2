"""The report's page in a browser: nothing is loaded, nothing overflows, and it can be read, reached and printed."""

import base64
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from reports import long_report
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from peerbill.report.html import report_page

BROWSER = os.environ.get("PEERBILL_TEST_CHROMIUM") or shutil.which("chromium")
DRIVER = shutil.which("chromedriver")
WIDTHS = (400, 768, 1280, 1600)
SCHEMES = ("light", "dark")
REACHED = """
const reached = document.activeElement;
return reached === document.body ? "" : reached.id || reached.getAttribute("href") || reached.tagName;
"""
CONTRASTS = """
const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
function rgb(text) {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = text;
  canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
}
function light(colour) {
  const [r, g, b] = colour.map(part => {
    part /= 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function behind(element) {
  for (let at = element; at; at = at.parentElement) {
    const colour = rgb(getComputedStyle(at).backgroundColor);
    if (colour[3] === 255) return colour;
  }
  return [255, 255, 255, 255];
}
const least = {};
for (const element of document.querySelectorAll("body *")) {
  const own = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
  if (!own || ["TITLE", "DESC", "STYLE"].includes(element.tagName.toUpperCase())) continue;
  const style = getComputedStyle(element);
  const ink = rgb(element.closest("svg") ? style.fill : style.color);
  const [high, low] = [light(ink), light(behind(element))].sort((a, b) => b - a);
  const key = element.tagName + "." + (element.getAttribute("class") || "");
  least[key] = Math.min(least[key] ?? 99, (high + 0.05) / (low + 0.05));
}
return least;
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not BROWSER or not DRIVER:
        pytest.skip("there is no Chromium with its driver; .ci/chromium installs Debian's packages and runs a command")
    options = Options()
    options.binary_location = BROWSER
    with tempfile.TemporaryDirectory(prefix="peerbill-browser-") as profile:
        for argument in (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            f"--user-data-dir={profile}",
        ):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        driver = webdriver.Chrome(options=options, service=Service(DRIVER))
        try:
            yield driver
        finally:
            driver.quit()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(report_page(long_report()), encoding="utf-8")
    return file


def show(browser: Any, page: Path, width: int = 1280, scheme: str = "light") -> None:
    """Open the page in a window of a width, in a colour scheme."""
    browser.get("about:blank")
    for log in ("performance", "browser"):
        browser.get_log(log)  # of the page before, and of the browser's own
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    browser.get(page.as_uri())


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_said_loaded_or_too_wide(browser: Any, page: Path, width: int, scheme: str) -> None:
    show(browser, page, width, scheme)
    requests = [
        message["params"]["request"]["url"]
        for entry in browser.get_log("performance")
        if (message := json.loads(entry["message"])["message"])["method"] == "Network.requestWillBeSent"
    ]

    assert browser.get_log("browser") == []
    assert [url for url in requests if not url.startswith("data:")] == [page.as_uri()]
    wide = browser.execute_script("const page = document.documentElement; return page.scrollWidth - page.clientWidth")
    assert wide == 0
    # What is wider scrolls in its box.
    scrolled = browser.execute_script(
        "return [...document.querySelectorAll('.box')].filter(box => box.scrollWidth > box.clientWidth).length"
    )
    assert scrolled > 0


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_text_stands_out(browser: Any, page: Path, scheme: str) -> None:
    show(browser, page, scheme=scheme)
    least = browser.execute_script(CONTRASTS)

    assert len(least) > 15
    assert {key: ratio for key, ratio in least.items() if ratio < 4.5} == {}


def test_the_schemes_differ(browser: Any, page: Path) -> None:
    papers = []
    for scheme in SCHEMES:
        show(browser, page, scheme=scheme)
        papers.append(browser.execute_script("return getComputedStyle(document.body).backgroundColor"))

    assert papers == ["rgb(255, 255, 255)", "rgb(20, 23, 26)"]


def test_the_keyboard_reaches_every_table_in_order_and_shows_where_it_is(browser: Any, page: Path) -> None:
    show(browser, page)
    wanted = browser.execute_script("return [...document.querySelectorAll('.box[id]')].map(box => box.id)")
    reached, seen = [], 0
    for _ in range(100):
        browser.execute_cdp_cmd(
            "Input.dispatchKeyEvent", {"type": "keyDown", "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
        )
        browser.execute_cdp_cmd(
            "Input.dispatchKeyEvent", {"type": "keyUp", "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
        )
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
    show(browser, page)
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
    show(browser, page, scheme="dark")
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
