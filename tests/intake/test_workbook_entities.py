"""The XML in a workbook names no file and no address that would be opened, and expands to nothing large."""

import io
import socket
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from peerbill.intake.workbook import read_workbook
from peerbill.model.errors import UnusableInputError

ELSEWHERE = "kept-elsewhere"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))


def workbook(folder: Path) -> bytes:
    """Return a workbook with a formula's error, so that its sheet is read for those too."""
    path = folder / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("members")
        sheet.write_row(0, 0, ["member_id", "died_on"])
        sheet.write_row(1, 0, ["M1"])
        sheet.write_formula(1, 1, "=1/0", value="#DIV/0!")
    return path.read_bytes()


def with_entities(content: bytes, part: str, declared: str) -> bytes:
    """Return a workbook of which a part declares entities, and has one in place of its first text or name."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as book, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as changed:
        for name in book.namelist():
            text = book.read(name).decode()
            if name == part:
                head, end, rest = text.partition("?>")
                root = rest.lstrip()[1:].split()[0].rstrip(">")
                for word in ("member_id", "M1", "#DIV/0!", 'name="members"'):
                    rest = rest.replace(word, 'name="&x;"' if "=" in word else "&x;", 1)
                text = f"{head}{end}\n<!DOCTYPE {root} [{declared}]>{rest}"
            changed.writestr(name, text)
    return out.getvalue()


@pytest.mark.parametrize(
    "part",
    ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/_rels/workbook.xml.rels"],
)
@pytest.mark.parametrize("kind", ["file", "network", "laughs"])
def test_entities_open_nothing_and_stay_small(tmp_path: Path, part: str, kind: str) -> None:
    (tmp_path / "secret.txt").write_text(ELSEWHERE)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        declared = {
            "file": f'<!ENTITY x SYSTEM "{(tmp_path / "secret.txt").as_uri()}">',
            "network": f'<!ENTITY % p SYSTEM "{address}"> %p; <!ENTITY x SYSTEM "{address}">',
            "laughs": f'<!ENTITY l0 "ha">{LAUGHS}<!ENTITY x "&l11;">',
        }[kind]
        book = with_entities(workbook(tmp_path), part, declared)
        try:
            shown = repr(read_workbook(tmp_path / "members.xlsx", book).sheets)
        except UnusableInputError as error:
            shown = str(error)
        with pytest.raises(TimeoutError):
            server.accept()

    assert ELSEWHERE not in shown
    assert len(shown) < 1_000
