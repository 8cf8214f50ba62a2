"""A value that nobody gives, or that nobody has confirmed: what is printed beneath it never looks like its source."""

import csv
import json
from pathlib import Path

import pytest
from worlds import Patch, make_world

from peerbill.cli import audited, output
from peerbill.model.finding import Citation, Finding

UNKNOWN: Patch = {"policy": '[[peer.unit]]\nunknown = ["rounding"]\nsource = "manual p. 3"\n'}
UNREAD: Patch = {"policy": '[[peer.unit]]\nrounding = "down"\nstatus = "unconfirmed"\n'}
SURMISED: Patch = {"policy": '[[peer.unit]]\nrounding = "down"\nsource = "manual p. 3"\nstatus = "unconfirmed"\n'}
VIDEO: Patch = {
    "policy": '[[peer.channel]]\nunknown = ["video"]\nsource = "manual p. 4"\n',
    "encounters": {"E1": {"channel": "video", "place": "10"}},
}
VIDEO_UNREAD: Patch = {
    "policy": '[[peer.channel]]\nallow = ["video"]\nsource = "manual p. 4"\nstatus = "unconfirmed"\n',
    "encounters": {"E1": {"channel": "video", "place": "10"}},
}
PLACE: Patch = {"policy": '[[peer.place]]\nunknown = ["11"]\nsource = "manual p. 4"\n'}
CREDENTIAL: Patch = {
    "policy": '[[peer.credential.CPS]]\nsource = "manual p. 5"\nstatus = "unconfirmed"\n',
}
IN_PROCESS: Patch = {
    "policy": '[[peer.credential.CPS]]\nunknown = ["in_process"]\nsource = "manual p. 5"\n',
    "credentials": {"first": {"status": "in-process"}},
}
GUIDANCE: Patch = {
    "policy": '[[peer.group]]\nmax = 4\nsource = "manual p. 8"\nstatus = "unconfirmed"\n',
    "encounters": {"E1": {"service": "group", "group_size": "5"}},
}
STAY: Patch = {"stays": {"one": {"member_id": "M1", "kind": "residential", "from": "2026-03-01", "to": "2026-03-04"}}}


def the_finding(patch: Patch, code: str) -> Finding:
    (finding,) = [finding for finding in make_world(patch).audit().findings if finding.code == code]
    return finding


@pytest.mark.parametrize(
    ("patch", "code", "missing"),
    [
        (UNKNOWN, "PB605", "unit.rounding"),
        (UNREAD, "PB605", "unit.rounding"),
        (SURMISED, "PB605", "unit.rounding"),
        ({"payers": {"plan": {"charges": {"H0038": False}}}}, "PB605", "charge"),
        (VIDEO, "PB603", "channel.video"),
        (VIDEO_UNREAD, "PB603", "channel.video"),
        (PLACE, "PB602", "place.11"),
        (CREDENTIAL, "PB302", "credential.CPS"),
        (IN_PROCESS, "PB303", "credential.CPS.in_process"),
        (STAY, "PB407", "exclusion.stay:residential"),
    ],
)
def test_a_finding_about_an_open_value_names_it_and_no_source_of_it(
    patch: Patch, code: str, missing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    finding = the_finding(patch, code)
    audited.print_findings([finding])
    printed = capsys.readouterr().out

    assert finding.missing == missing
    assert finding.why_asked == finding.citations
    assert "Source:" not in printed
    assert printed.count("    Why asked: ") == len(finding.citations)


def test_a_rule_that_nobody_confirmed_has_no_source_either(capsys: pytest.CaptureFixture[str]) -> None:
    finding = the_finding(GUIDANCE, "PB604")
    audited.print_findings([finding])
    printed = capsys.readouterr().out

    assert finding.missing == ""
    assert "    Why asked: Manual made for tests, p. 8, 2026-01-01 [unconfirmed]\n" in printed
    assert "Source:" not in printed


def test_a_value_that_was_read_has_its_source(capsys: pytest.CaptureFixture[str]) -> None:
    read = {"policy": '[[peer.group]]\nmax = 4\nsource = "manual p. 8"\n', "encounters": GUIDANCE["encounters"]}
    finding = the_finding(read, "PB604")
    audited.print_findings([finding])
    printed = capsys.readouterr().out

    assert (finding.missing, finding.why_asked) == ("", ())
    assert "    Source: Manual made for tests, p. 8, 2026-01-01 [agency]\n" in printed
    assert "Why asked" not in printed


def test_a_cell_marks_what_only_raises_the_question() -> None:
    gap = the_finding(UNKNOWN, "PB605")
    other = Citation("Law", date="2020", status="primary")

    (_, row) = csv.reader(output.findings_csv([gap]))
    assert row[-1] == "Why asked: Manual made for tests, p. 3, 2026-01-01 [agency]"
    assert output.in_a_cell((*gap.citations, other), gap.why_asked) == f"{row[-1]}; Law, 2020 [primary]"


def test_json_names_the_open_value_and_has_no_such_key_elsewhere(tmp_path: Path) -> None:
    file = tmp_path / "findings.json"
    found = [the_finding(UNKNOWN, "PB605"), the_finding({"members": {"M1": {"release_on": ""}}}, "PB408")]
    output.write_json(file, found)
    gap, other = json.loads(file.read_text(encoding="utf-8"))

    assert gap["missing"] == "unit.rounding"
    assert {*gap} - {*other} == {"missing"}
    assert "why_asked" not in gap


NOBODY_READ_IT: Patch = {"policy": '[[peer.claim]]\nrendering = "peer"\nstatus = "unconfirmed"\n'}
SILENT: Patch = {"policy": '[[peer.claim]]\nunknown = ["rendering"]\nsource = "manual p. 6"\n'}


@pytest.mark.parametrize(("patch", "severity"), [(NOBODY_READ_IT, "warning"), (SILENT, "error")])
def test_whom_the_claim_names_is_set_in_the_payers_table(patch: Patch, severity: str) -> None:
    finding = the_finding(patch, "PB605")

    assert (finding.severity, finding.missing) == (severity, "claim.rendering")
    assert finding.fix.startswith(
        "Ask the payer whom its claims name as rendering provider, and set that in peerbill.toml: "
        '[payers.plan] rendering = "peer" (or "supervisor", "agency"). Every open value'
    )
    for told in ("peer", "supervisor", "agency"):
        found = make_world({**patch, "payers": {"plan": {"rendering": told}}}).audit()
        assert (found.findings, found.count("billable")) == ((), 1)
