"""The browser in which pages are tested: Chromium without a window, and axe-core for accessibility."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

BROWSER = os.environ.get("PEERBILL_TEST_CHROMIUM") or shutil.which("chromium")
DRIVER = shutil.which("chromedriver")
AXE = os.environ.get("PEERBILL_TEST_AXE")
"""The file axe.min.js, if there is one."""

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
"""The least contrast of the texts of a page, by element and class."""


@contextmanager
def opened_browser() -> Iterator[Any]:
    """Yield a driver of a browser with a profile of its own, which logs what pages say and load."""
    if not BROWSER or not DRIVER:
        raise LookupError("there is no Chromium with its driver; .ci/chromium installs both and runs a command")
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


def open_page(browser: Any, page: Path, width: int = 1280, scheme: str = "light", at: str = "") -> None:
    """Open a page in a window of a width, in a colour scheme, at an address within it."""
    browser.get("about:blank")
    for log in ("performance", "browser"):
        browser.get_log(log)  # of the page before, and of the browser's own
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": features})
    browser.get(page.as_uri() + at)


def press(browser: Any, key: str, code: int, text: str = "") -> None:
    """Press a key and let it go."""
    pressed = {"key": key, "code": key, "windowsVirtualKeyCode": code}
    browser.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": "keyDown", "text": text, **pressed})
    browser.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": "keyUp", **pressed})


def loaded(browser: Any) -> list[str]:
    """Return what the browser asked for since the page was opened, without what the page has in itself."""
    asked = (json.loads(entry["message"])["message"] for entry in browser.get_log("performance"))
    urls = [one["params"]["request"]["url"] for one in asked if one["method"] == "Network.requestWillBeSent"]
    return [url.partition("#")[0] for url in urls if not url.startswith("data:")]


def violations(browser: Any) -> list[tuple[str, list[str]]]:
    """Return what axe-core finds wrong on the page as it is now; without axe-core, skip the test."""
    if not AXE:
        pytest.skip("there is no axe-core; .ci/chromium fetches it and runs a command")
    browser.set_script_timeout(300)  # it looks at each of thousands of cells
    browser.execute_script(Path(AXE).read_text(encoding="utf-8"))
    found = browser.execute_async_script(
        "const done = arguments[0]; axe.run(document).then(result => done(result.violations))"
    )
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]
