"""The page of a checklist in a browser: filled in by keyboard, saved, and read back."""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from review_rows import checklist
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from worlds import make_world

from peerbill.intake.review_form import read_form
from peerbill.review.checklist import read_checklist
from peerbill.review.checklist_page import checklist_page

BROWSER = os.environ.get("PEERBILL_TEST_CHROMIUM") or shutil.which("chromium")
DRIVER = shutil.which("chromedriver")


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Any]:
    if not BROWSER or not DRIVER:
        pytest.skip("there is no Chromium with its driver; .ci/chromium installs Debian's packages and runs a command")
    options = Options()
    options.binary_location = BROWSER
    with tempfile.TemporaryDirectory(prefix="peerbill-browser-") as profile:
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
            options.add_argument(argument)
        options.add_argument(f"--user-data-dir={profile}")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        driver = webdriver.Chrome(options=options, service=Service(DRIVER))
        driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
        try:
            yield driver
        finally:
            driver.quit()


def test_ratings_by_keyboard_are_saved_and_read_back(browser: Any, tmp_path: Path) -> None:
    made = checklist(make_world({"members": {"M1": {"release_on": ""}}}))
    page = tmp_path / "checklist.html"
    page.write_text(checklist_page(made), encoding="utf-8")
    browser.get(page.as_uri())
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
    requests = [
        json.loads(entry["message"])["message"]["params"]["request"]["url"]
        for entry in browser.get_log("performance")
        if json.loads(entry["message"])["message"]["method"] == "Network.requestWillBeSent"
    ]
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:", "chrome"))] == []


@pytest.mark.parametrize("width", [400, 1280])
def test_every_field_has_a_name_and_the_page_is_not_too_wide(browser: Any, tmp_path: Path, width: int) -> None:
    page = tmp_path / "checklist.html"
    page.write_text(checklist_page(checklist(make_world({}))), encoding="utf-8")
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(page.as_uri())
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
