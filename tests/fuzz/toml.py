"""What people write by hand: settings, policies, mappings, lists' forms and answers of the setup, all in TOML."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import setup_answers
from conftest import SMALL
from fuzz.contract import ROOT, result
from fuzz.target import Target

from peerbill.intake.exclusion_list import read_form
from peerbill.intake.importing.mapping import read_mapping
from peerbill.intake.settings import read_settings
from peerbill.model.errors import PolicyError, UnusableInputError
from peerbill.policy.load import load_given
from peerbill.setup.answers_file import read_answers
from peerbill.setup.interview import Setup

_EXAMPLES = ROOT / "fixtures" / "examples"


def read_any_toml(data: bytes, _: Path) -> None:
    """Read a text as each kind of file."""
    text = data.decode("utf-8", "surrogateescape")
    result(lambda: read_settings(text), UnusableInputError, "peerbill.toml")
    result(lambda: read_mapping(text, "mapping.toml"), UnusableInputError, "mapping.toml")
    result(lambda: read_form(text, "nj-list.toml"), UnusableInputError, "nj-list.toml")
    result(lambda: load_given({"policies/nj.toml": text}), PolicyError, "policies/nj.toml")
    answers = result(lambda: read_answers("answers.toml", text), UnusableInputError, "answers.toml")
    if answers is not None:
        setup, _problems = Setup(setup_answers.DAY, _blank()).all_answered(answers.answers)
        result(setup.files, (UnusableInputError, PolicyError))


@cache
def _blank() -> str:
    return (_EXAMPLES / "_blank" / "peerbill.toml").read_text(encoding="utf-8")


def _seeds() -> Iterator[bytes]:
    yield SMALL["peerbill.toml"].encode()
    yield setup_answers.NJ.encode()
    yield b'list = "NJ"\ndates = "MM/DD/YYYY"\n[columns]\nname = "Provider"\nnpi = "NPI"\nfrom = "Begins"\n'
    yield _MAPPING
    for example in ("mi-recovery-coach", "nj-recovery-coach", "co-occurring-program"):
        yield (_EXAMPLES / example / "peerbill.toml").read_bytes()
        yield from (path.read_bytes() for path in (_EXAMPLES / example / "policies").glob("*.toml"))
    yield b"".join(
        line
        for line in (ROOT / "codesets" / "states" / "nj.toml").read_bytes().splitlines(keepends=True)
        if not line.startswith(b"#")
    )[:6000].rpartition(b"\n[")[0]


_MAPPING = b"""\
[[source]]
file = "notes*.csv"
encoding = "cp1252"
delimiter = ";"
header = 3
where = { Status = ["Complete", "Signed"] }
ignore = ["Total"]
[source.encounters]
encounter_id = "Note ID"
member_id = { column = "Client", person = "last-first" }
start = { column = ["Date", "Time"], form = "M/D/YYYY H:MM", clock = "12-hour" }
end = { column = "Minutes", unit = "minutes" }
service = { words = { Individual = "individual" }, column = "Type", blank = "individual" }
"""

TOML = Target("toml", read_any_toml, _seeds)
