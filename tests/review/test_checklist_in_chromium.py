"""The page of a checklist in a browser: filled in by keyboard, saved, and read back."""

import time
from pathlib import Path
from typing import Any

import pytest
from browsers import loaded, open_page, violations
from review_rows import checklist
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from worlds import make_world

from peerbill.intake.review_form import read_form
from peerbill.review.checklist import read_checklist
from peerbill.review.checklist_page import checklist_page

SCHEMES = ("light", "dark")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "checklist.html"
    file.write_text(checklist_page(checklist(make_world({}))), encoding="utf-8")
    return file


def test_ratings_by_keyboard_are_saved_and_read_back(browser: Any, tmp_path: Path) -> None:
    made = checklist(make_world({"members": {"M1": {"release_on": ""}}}))
    page = tmp_path / "checklist.html"
    page.write_text(checklist_page(made), encoding="utf-8")
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    open_page(browser, page)
    selects = browser.find_elements(By.CSS_SELECTOR, "select")
    reasons = browser.find_elements(By.CSS_SELECTOR, "textarea")
    selects[0].send_keys("met")
    selects[-1].send_keys("not met")
    selects[-1].send_keys(Keys.TAB)
    browser.switch_to.active_element.send_keys('no "note", of that day')

    assert len(selects) == len(reasons) == len(made.rows)
    assert browser.find_element(By.ID, "progress").text == f"2 of {len(made.rows)} rated, not saved"
    browser.find_element(By.ID, "save").send_keys(Keys.ENTER)
    saved = tmp_path / f"checklist-{made.as_of}.csv"
    for _ in range(100):
        if saved.exists() and not list(tmp_path.glob("*.crdownload")):
            break
        time.sleep(0.1)
    decisions = read_checklist(read_form(saved), "R1", {"E1"})

    assert [(one.requirement, one.rating, one.reason) for one in decisions] == [
        (made.rows[0].requirement.key, "met", ""),
        ("payment", "not met", 'no "note", of that day'),
    ]
    assert browser.get_log("browser") == []
    # The file that is saved comes from the page itself.
    assert [url for url in loaded(browser) if not url.startswith("blob:")] == [page.as_uri()]


@pytest.mark.parametrize("width", [400, 1280])
def test_every_field_has_a_name_and_the_page_is_not_too_wide(browser: Any, page: Path, width: int) -> None:
    open_page(browser, page, width)
    tree = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    fields = [
        (node["name"]["value"], node.get("description", {}).get("value", ""))
        for node in tree
        if node.get("role", {}).get("value") in {"combobox", "textbox"}
    ]

    assert fields
    assert {name for name, _ in fields} == {"Rating", "Reason"}
    assert all("?" in about and "E1" in about for _, about in fields)
    assert browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [400, 1280])
def test_axe_finds_nothing(browser: Any, page: Path, width: int, scheme: str) -> None:
    open_page(browser, page, width, scheme)

    assert violations(browser) == []
