"""A checklist that was filled in, as rows: the CSV that the page saves, or the workbook."""

from collections.abc import Iterator
from pathlib import Path

from peerbill.intake.importing.files import read_export
from peerbill.model.errors import UnusableInputError
from peerbill.review.checklist import FormRow, form_rows
from peerbill.review.checklist_files import SHEET


def read_form(form: Path | tuple[str, bytes]) -> Iterator[FormRow]:
    """Yield the rows of a form by column. Raises UnusableInputError for a file that is no checklist."""
    name = form.name if isinstance(form, Path) else form[0]
    if name.lower().endswith((".html", ".htm")):
        raise UnusableInputError(
            f'{name} is a page: open it, press "Save the ratings as a file", and record the file that it saves'
        )
    sheets = read_export(form)
    chosen = [sheet for sheet in sheets if sheet.sheet in ("", SHEET)]
    if len(chosen) != 1:
        raise UnusableInputError(
            f'{sheets[0].file}: expected the sheet "{SHEET}", as peerbill review checklist wrote it'
        )
    (sheet,) = chosen
    if sheet.faults:
        raise UnusableInputError("\n".join(f"{sheet.file}:{line}: {why}" for line, why in sheet.faults))
    yield from form_rows(sheet.file, sheet.rows)
