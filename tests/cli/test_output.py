import datetime as dt
import errno
import io
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from peerbill.checks.audit import Audit
from peerbill.checks.audited import AuditedEncounter
from peerbill.cli import audited, output
from peerbill.ledger.corrections import Refused
from peerbill.model.finding import Citation, Finding, Severity


class Terminal(io.StringIO):
    """A stream that takes itself for a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


FINDING = Finding(
    code="PB303",
    severity=Severity.ERROR,
    encounter_ids=("E1", "E2"),
    where="credentials.expires_on",
    message="the credential was in force until 2026-02-28,\nand the service was given on [bold]2026-03-02[/bold]",
    fix="Enter the renewal, if there is one.",
    citations=(Citation("Manual", "https://example.org", "2025-10-01", "primary", "section 4"),),
)


def test_a_pipe_gets_whole_lines_and_text_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    audited.print_findings([FINDING])

    assert capsys.readouterr().out == (
        "E1, E2\n"
        "  error PB303 credentials.expires_on: the credential was in force until 2026-02-28, and the service was given "
        "on [bold]2026-03-02[/bold]\n"
        "    Fix: Enter the renewal, if there is one.\n"
        "    Source: Manual, section 4, 2025-10-01 [primary]\n"
        "\n"
    )


def test_a_terminal_gets_folded_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", "50")
    output.print_paragraph("  one two three four five six seven eight nine ten eleven twelve")

    assert terminal.getvalue() == "  one two three four five six seven eight nine ten\n      eleven twelve\n"


def test_a_table_fits_80_columns_whatever_stands_in_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    output.print_table(("code", "text"), [("PB101", "[red]" + "long " * 60), ("PB102", "x" * 200)])
    lines = capsys.readouterr().out.splitlines()

    assert max(map(len, lines)) <= 80
    assert sum(line.count("x") for line in lines if "text" not in line) == 200
    assert any("[red]long" in line for line in lines)


def test_a_table_breaks_no_word_that_fits(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    output.print_table(("column", "value", "what it is for"), [("kind", "inpatient, cadaver-donor", "who pays " * 9)])
    lines = capsys.readouterr().out.splitlines()

    assert max(map(len, lines)) <= 60
    assert " ".join(lines).split().count("cadaver-donor") == 1
    assert " ".join(lines).split().count("who") == 9


@pytest.mark.parametrize(
    ("path", "typed"),
    [("my-agency", "my-agency"), ("büro", "büro"), ("my agency", '"my agency"'), ("d'été", '"d\'été"')],
)
def test_a_path_is_shown_as_it_is_typed_in_a_command(path: str, typed: str) -> None:
    assert output.in_command(path) == typed


def test_claims_that_are_refused_for_the_same_reason_are_named_together(capsys: pytest.CaptureFixture[str]) -> None:
    waits, gone = "the payer has not answered it yet", "it was voided before"
    output.print_refused([Refused("PB1", waits), Refused("PB2", gone), Refused("PB3", waits)])

    assert capsys.readouterr().err.splitlines() == [f"Not done: PB1, PB3: {waits}", f"Not done: PB2: {gone}"]


class Started:
    """A timer whose time has come, or has not come, at once."""

    def __init__(self, seconds: float, begin: Callable[[], None]) -> None:
        self.seconds = seconds
        self.begin = begin
        self.daemon = False

    def start(self) -> None:
        """Begin, if there is nothing to wait for."""
        if not self.seconds:
            self.begin()

    def cancel(self) -> None:
        """Do nothing."""

    def join(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize("total", [10, 0])
def test_progress_is_shown_on_a_terminal_after_a_second_and_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, total: int
) -> None:
    with output.progress(total, "Auditing") as done:
        assert done is None

    monkeypatch.setattr(threading, "Timer", Started)
    monkeypatch.setenv("TERM", "xterm")
    shown = []
    for seconds in (1.0, 0.0):
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setattr(output, "SHOW_AFTER", seconds)
        with output.progress(total, "Auditing") as done:
            assert done is not None
            done(10)
        shown.append("Auditing" in terminal.getvalue())

    assert shown == [False, True]


def test_progress_ends_where_the_work_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(threading.enumerate())
    monkeypatch.setattr(sys, "stderr", Terminal())
    with pytest.raises(KeyboardInterrupt), output.progress(0, "Auditing"):
        raise KeyboardInterrupt

    assert set(threading.enumerate()) <= before


def test_a_file_is_replaced_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    output.write_json(file, {"a": ("long", "list", "of", "words")})
    output.write_json(file, {"a": FINDING.severity})

    assert file.read_text() == '{\n  "a": "error"\n}\n'
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_written_whole_stays_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    output.write_file(file, "before")

    def half() -> Iterator[str]:
        yield "half"
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left") as raised:
        output.write_parts(file, half())

    assert raised.value.filename == str(file)
    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == {"a.json": "before"}


def test_a_link_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    output.write_file(tmp_path / "link", "text")

    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "text"


def test_a_link_in_the_place_of_a_half_written_file_is_not_written_through(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("kept")
    (tmp_path / f".a.json.{os.getpid()}.part").symlink_to(other)
    output.write_file(tmp_path / "a.json", "text")

    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == {"a.json": "text", "other": "kept"}
    assert not (tmp_path / "a.json").is_symlink()


@pytest.mark.parametrize(("number", "text"), [(0, "0 claims"), (1, "1 claim"), (2, "2 claims"), (1500, "1,500 claims")])
def test_numbers_with_their_noun(number: int, text: str) -> None:
    assert output.counted(number, "claim") == text


def test_every_number_of_the_sum_is_written_alike() -> None:
    statuses = ["billable"] * 1200 + ["billed"] * 1001 + ["held"] * 3000 + ["rejected"] * 2
    encounters = tuple(AuditedEncounter(f"E{at}", 15, 1, "H0038", (), status) for at, status in enumerate(statuses))
    whole = Audit(as_of=dt.date(2026, 3, 5), encounters=encounters, findings=(), policies=(), billable=())

    assert audited.sum_line(whole) == (
        "5,203 encounters = 1,200 billable + 1,001 billed before + 3,000 held + 2 rejected"
    )
