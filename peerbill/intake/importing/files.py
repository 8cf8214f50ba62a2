"""Files of other programs as sheets of texts: separated text in any usual encoding, and workbooks."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import attrs

from peerbill.intake.csv_file import rows_of
from peerbill.intake.workbook import ENDINGS, read_workbook
from peerbill.model.errors import UnusableInputError
from peerbill.model.input_files import read_file
from peerbill.model.limits import DEFAULT, Limits

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
_LOOKED_AT = 200
_WINDOWS_MARKS = frozenset(
    "\u2018\u2019\u201c\u201d\u2013\u2014\u2026\u2022\u20ac\u2122\u00a0\u00b0\u00bd\u00a7\u00ae\u00a9"
)
"""Characters beside letters that a text in cp1252 usually has."""


@attrs.frozen
class ExportSheet:
    """A sheet of a file, or the text of a file without sheets: the rows that are not blank, each with its line.

    `sheet` is "" for a text; `reading` says how it was read, for people. `faults` are lines that are not separated
    text, with the reason.
    """

    file: str
    sheet: str
    reading: str
    rows: Sequence[tuple[int, Sequence[str]]] = attrs.field(repr=False)
    faults: Sequence[tuple[int, str]] = ()

    @property
    def name(self) -> str:
        """The sheet for a message, such as `notes.xlsx (Consumers)`."""
        return f"{self.file} ({self.sheet})" if self.sheet else self.file


def read_export(
    file: Path | tuple[str, bytes], *, encoding: str = "", delimiter: str = "", limits: Limits = DEFAULT
) -> tuple[ExportSheet, ...]:
    """Read a file, or its name and its bytes: every sheet of a workbook, or a text with its encoding and delimiter.

    These are found, unless they are given. Raises UnusableInputError where the file cannot be read, or where encoding
    or delimiter leave two readings.
    """
    path, content = (file, None) if isinstance(file, Path) else (Path(file[0]), file[1])
    if path.suffix.lower() in ENDINGS:
        return _workbook(path, content, limits)
    if content is None:
        content = read_file(path, most=limits.table_bytes)
    if not content.strip():
        raise UnusableInputError(f"{path.name}: expected rows, found an empty file. Export it again.")
    text, how = decode(path.name, content, encoding)
    delimiter = delimiter or find_delimiter(path.name, text)
    rows: list[tuple[int, Sequence[str]]] = []
    faults: list[tuple[int, str]] = []
    for line, row in rows_of(iter(io.StringIO(text, newline="")), delimiter):
        if isinstance(row, str):
            faults.append((line, row))
        else:
            rows.append((line, row))
    reading = f"{how}, separated by {DELIMITERS.get(delimiter, repr(delimiter))}"
    return (ExportSheet(path.name, "", reading, rows, faults),)


def decode(name: str, content: bytes, encoding: str = "") -> tuple[str, str]:
    """Return the text of a file and the name of its encoding, which is found unless it is given.

    >>> decode("a.csv", "José".encode("cp1252")), decode("a.csv", "José".encode("utf-16"))
    (('José', 'cp1252 (Western European of Windows)'), ('José', 'UTF-16'))
    """
    if encoding:
        try:
            return content.decode(encoding), encoding
        except LookupError:
            raise UnusableInputError(
                f"{name}: encoding {encoding} is not known. Write utf-8, utf-16, cp1252 or mac_roman."
            ) from None
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            raise UnusableInputError(
                f"{name} line {line}: expected text in {encoding}, found another encoding. "
                "Correct encoding in the mapping, or take it out."
            ) from None
    if content.startswith(codecs.BOM_UTF8):
        try:
            return content.decode("utf-8-sig"), "UTF-8 with BOM"
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            raise UnusableInputError(
                f"{name} line {line}: expected UTF-8, as the mark at the beginning says, found another encoding. "
                "Export it again."
            ) from None
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in content:
        return _utf_16(name, content), "UTF-16"
    try:
        return content.decode(), "UTF-8"
    except UnicodeDecodeError:
        return _windows(name, content), "cp1252 (Western European of Windows)"


def _utf_16(name: str, content: bytes) -> str:
    """Read UTF-16; without a BOM, its zero bytes are at odd places in little endian, at even places in big endian."""
    odd, even = content[1::2].count(0), content[::2].count(0)
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if marked else "utf-16-le" if odd > even else "utf-16-be")
    except UnicodeDecodeError:
        raise UnusableInputError(
            f"{name}: expected a text or a workbook, found another kind of file. Export it as CSV or .xlsx."
        ) from None


def _windows(name: str, content: bytes) -> str:
    """Read a text that is not UTF-8 as cp1252, if what is not ASCII then makes letters and usual marks."""
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
    else:
        strange = next((at for at, sign in enumerate(text) if sign > "\x7f" and not _is_usual(sign)), None)
        if strange is None:
            return text
        line = text[:strange].count("\n") + 1
    raise UnusableInputError(
        f"{name} line {line}: expected UTF-8, UTF-16 or cp1252, found a character that is none of them clearly. "
        'Write encoding = "cp1252", "mac_roman" or "cp437" into the [[source]] of this file in the mapping, '
        'or save it as "CSV UTF-8".'
    )


def _is_usual(sign: str) -> bool:
    return sign in _WINDOWS_MARKS or ("\u00c0" <= sign <= "\u00ff" and sign.isalpha())


def find_delimiter(name: str, text: str) -> str:
    r"""Return the delimiter under which most lines have the same number of cells, of several.

    >>> find_delimiter("a.csv", "Name;Fee\nReed, Bo;1,50\nQuill, Al;2,25\n")
    ';'
    """
    lines = [line for line in islice(text.splitlines(), _LOOKED_AT) if line.strip()]
    score = {delimiter: _agreeing(lines, delimiter) for delimiter in DELIMITERS}
    best = max(score.values())
    found = [delimiter for delimiter, cells in score.items() if cells == best]
    if best == 0:
        return ","
    if len(found) > 1:
        either = " or ".join(DELIMITERS[delimiter] for delimiter in found)
        raise UnusableInputError(
            f"{name}: expected a clear delimiter, found that {either} fit equally well. "
            "Write delimiter into the [[source]] of this file in the mapping."
        )
    return found[0]


def _agreeing(lines: Sequence[str], delimiter: str) -> int:
    """Return how many cells are in rows of the most frequent width, if that is more than a cell."""
    try:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return 0
    return max((width * rows for width, rows in widths.items() if width > 1), default=0)


def _workbook(path: Path, content: bytes | None, limits: Limits) -> tuple[ExportSheet, ...]:
    workbook = read_workbook(path, content, limits)
    reading = "workbook" if workbook.shows_errors else "workbook, whose format shows a formula's error as a blank cell"
    return tuple(
        ExportSheet(
            path.name,
            sheet.name,
            f"{reading}, hidden sheet" if sheet.hidden else reading,
            [(row.line, row.texts) for row in sheet.rows],
        )
        for sheet in workbook.sheets
    )
