"""Replay an office's first day: from three messy exports and what their clerk knows to a clean test file.

It needs the folder `shared` beside the checkout, which has the exports. It prints the commands with their seconds and
lines, and what the last audit says of the encounters.

    python tests/benchmarks/first_day.py
"""

import csv
import datetime as dt
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from click.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[1]))
import setup_answers
from shared import SHARED

from peerbill.cli import main as peerbill

AS_OF = "2026-10-02"
EXPORTS = SHARED / "cases" / "office" / "exports"
OFFICES = {
    "new-jersey": (setup_answers.NJ, ("service_export.csv", "clients_and_staff.xlsx")),
    "indiana": (setup_answers.IN, ("notes.xlsx", "providers.csv")),
    "michigan": (setup_answers.MI, ("report.txt", "members.txt", "staff.csv")),
}
KNOWN = {"Community": "99", "Office": "57", "CPRS": "peer", "LCADC": "clinician"}
"""What the clerk answers beside what the questions call likely."""
MONDAYS = ("2026-09-07", "2026-09-14", "2026-09-21", "2026-09-28")


class Office:
    """A workspace, and the commands that were given in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.commands: list[tuple[str, float, int]] = []
        self.last = ""

    def run(self, *words: object, typed: str | None = None) -> str:
        """Run a command; return what it prints."""
        began = time.perf_counter()
        result = CliRunner().invoke(peerbill, [str(word) for word in words], input=typed)
        seconds = time.perf_counter() - began
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        self.commands.append((f"{words[0]} ({result.exit_code})", seconds, result.output.count("\n")))
        self.last = result.output
        return result.output


def fill_in(mapping: Path) -> int:
    """Answer the open questions of a mapping as the clerk does; return how many there were."""
    lines = mapping.read_text(encoding="utf-8").splitlines()
    answered = 0
    questions: list[str] = []
    for at, line in enumerate(lines):
        if line.startswith("# ? "):
            questions.append(line)
            continue
        for question in questions:
            answer = _answer(question)
            word = re.search(r"`(.+?)`", question)
            if word is not None and f'{_key(word[1])} = ""' in lines[at]:
                lines[at] = lines[at].replace(f'{_key(word[1])} = ""', f'{_key(word[1])} = "{answer}"')
            else:
                lines[at] = lines[at].replace('""', f'"{answer}"', 1)
            answered += 1
        questions = []
    mapping.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return answered


def _key(word: str) -> str:
    return word if re.fullmatch(r"[A-Za-z0-9_-]+", word) else f'"{word}"'


def _answer(question: str) -> str:
    word = re.search(r"`(.+?)`", question)
    if word is not None and word[1] in KNOWN:
        return KNOWN[word[1]]
    answers = {
        "month": "month-first",
        "in person": "in-person",
        "signs the plans": "member",
        "signer": "Provider",
        "service": "individual",
        "insured": "2026-01-01",
        "payer": "plan",
    }
    return next((answer for mark, answer in answers.items() if mark in question), "")


def supervise(folder: Path) -> None:
    """Enter the weekly supervision, and the two places, as the clerk knows them."""
    with (folder / "staff.csv").open(encoding="utf-8", newline="") as file:
        staff = list(csv.DictReader(file))
    with (folder / "supervision.csv").open("a", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerows(
            (person["staff_id"], person["supervisor_id"], day, 60)
            for person in staff
            if person["supervisor_id"]
            for day in MONDAYS
        )
    with (folder / "places.csv").open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    with (folder / "places.csv").open("a", encoding="utf-8", newline="") as file:
        places = csv.DictWriter(file, header, restval="", lineterminator="\n")
        for code, name in (("57", "Treatment house"), ("99", "Ocean Mall"), ("53", "Center")):
            places.writerow(
                {"place_id": f"P{code}", "name": name, "street": "7 Lantern Row", "city": "Riverton", "state": "NJ"}
                | {"zip": "080771234", "place": code}
            )


def first_day(name: str, folder: Path) -> Iterator[str]:
    """Yield the lines of an office's first day."""
    answers, files = OFFICES[name]
    exports = [EXPORTS / name / file for file in files]
    office = Office(folder / "agency")
    given = folder / "answers.toml"
    given.write_text(answers, encoding="utf-8")
    office.run("setup", office.folder, "--answers", given)
    office.run("import", office.folder, *exports, "--suggest")
    asked = fill_in(office.folder / "mapping.toml")
    office.run("import", office.folder, *exports)
    supervise(office.folder)
    office.run("audit", office.folder, "--as-of", AS_OF)
    total = office.last.splitlines()[-1]
    office.run("bill", office.folder, "--out", folder / "out", "--as-of", AS_OF)
    written = sorted((folder / "out").glob("*.837"))
    checked = office.run("check", *written) if written else "no file\n"
    yield f"{name}: {len(office.commands)} commands, {asked} questions of the mapping answered"
    for word, seconds, lines in office.commands:
        yield f"  {word:14} {seconds:6.2f} s {lines:5} lines"
    yield f"  {total}"
    yield f"  {checked.splitlines()[-1]}"


def main() -> None:
    """Print the first day of each office."""
    if not EXPORTS.is_dir():
        print(f"{EXPORTS} is not there: nothing to replay")
        return
    print(f"as of {AS_OF}, run on {dt.date.today()}")  # noqa: DTZ011 - the day of a printout
    for name in OFFICES:
        with tempfile.TemporaryDirectory() as folder:
            for line in first_day(name, Path(folder)):
                print(line)


if __name__ == "__main__":
    main()
