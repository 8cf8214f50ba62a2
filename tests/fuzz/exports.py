"""What other programs and offices hand over: exports, lists of excluded persons, forms that reviewers filled in."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import exports as programs
from fuzz.contract import result
from fuzz.target import Target
from review_rows import checklist
from worlds import make_world

from peerbill.intake.exclusion_list import LEIE_FORM, read_list
from peerbill.intake.importing.convert import convert_export
from peerbill.intake.importing.files import read_export
from peerbill.intake.importing.mapping import read_mapping
from peerbill.intake.importing.suggest import suggest_mapping
from peerbill.intake.review_form import read_form
from peerbill.model.errors import UnusableInputError
from peerbill.review.checklist import read_checklist
from peerbill.review.checklist_files import checklist_csv

_ZONE = ZoneInfo("America/New_York")
_DAY = dt.date(2026, 10, 2)
_NAME = "export.csv"


def read_any_export(data: bytes, folder: Path) -> None:
    """Read an export, suggest a mapping and convert by it; read it as a list of excluded persons and as a form."""
    path = folder / _NAME
    path.write_bytes(data)
    sheets = result(lambda: read_export(path), UnusableInputError, _NAME)
    if sheets is not None:
        suggestion = suggest_mapping(sheets, {"plan": "PLAN"}, "NJ")
        answers = {each: "12" if each.is_number else each.default or "9" for each in suggestion.questions}
        mapping = result(lambda: read_mapping(suggestion.answered(answers).text), UnusableInputError, "mapping.toml")
        if mapping is not None:
            converted = result(lambda: convert_export(mapping, sheets, _ZONE, payers=["plan"]), UnusableInputError)
            for read in () if converted is None else converted.sheets:
                assert read.rows <= sum(len(sheet.rows) for sheet in sheets)
    result(lambda: read_list(path, LEIE_FORM, _DAY), UnusableInputError, _NAME)
    rows = result(lambda: list(read_form(path)), UnusableInputError, _NAME)
    if rows is not None:
        result(lambda: read_checklist(rows, "Dana Rivera", {"E1"}), UnusableInputError)


def _export_seeds() -> Iterator[bytes]:
    with TemporaryDirectory() as made:
        folder = Path(made)
        for program in (programs.clinic, programs.center, programs.county):
            yield from (file.read_bytes() for file in program(folder) if file.suffix in {".csv", ".txt"})
    yield (
        b"LASTNAME,FIRSTNAME,MIDNAME,BUSNAME,GENERAL,SPECIALTY,UPIN,NPI,DOB,ADDRESS,CITY,STATE,ZIP,EXCLTYPE,EXCLDATE,"
        b"REINDATE,WAIVERDATE,WVRSTATE\r\nRIVERA,DANA,,,,,,1245319599,19800102,1 A ST,TRENTON,NJ,08601,1128a1,20260105,"
        b"00000000,00000000,\r\n"
    )
    yield checklist_csv(checklist(make_world())).encode()


EXPORTS = Target("exports", read_any_export, _export_seeds)
