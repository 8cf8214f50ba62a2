"""The one door for files of people: whatever has the name of a file is told, and never read without end."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from peerbill.model.errors import UnusableInputError
from peerbill.model.input_files import open_file, read_file, read_text_file

NO_FILE = "a device, a pipe or a socket"


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(path.parent)  # the path of a socket is short
        try:
            server.bind(path.name)
        finally:
            os.chdir(here)


def _loop(path: Path) -> None:
    other = path.with_name("other")
    other.symlink_to(path)
    path.symlink_to(other)


def _broken(path: Path) -> None:
    path.symlink_to(path.with_name("gone"))


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


THINGS: list[tuple[Callable[[Path], object], str]] = [
    (Path.mkdir, "expected a file, found a folder"),
    (os.mkfifo, f"expected a file, found {NO_FILE}"),
    (_device, f"expected a file, found {NO_FILE}"),
    (_socket, f"expected a file, found {NO_FILE}"),
    (_broken, "expected a file, found a link to a file that is not there"),
    (_loop, "Too many levels of symbolic links"),
    (str, "No such file or directory"),
]


@pytest.mark.parametrize(("make", "found"), THINGS)
def test_what_is_no_file_is_named(tmp_path: Path, make: Callable[[Path], object], found: str) -> None:
    path = tmp_path / "staff.csv"
    make(path)

    with pytest.raises(UnusableInputError) as told:
        read_text_file(path, path.name)
    with pytest.raises(OSError, match=found):
        open_file(path)

    assert str(told.value) == f"staff.csv: cannot be read: {found}. Check the file."


def test_a_name_that_no_file_can_have_is_told() -> None:
    with pytest.raises(UnusableInputError, match="found a name that no file can have"):
        read_file(Path("a\0b"))


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"1234")

    assert read_file(path, most=4) == b"1234"
    with pytest.raises(UnusableInputError, match="expected at most 3 bytes, found more"):
        read_file(path, "a.toml", most=3)


def test_a_text_is_utf_8_with_or_without_bom(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"\xef\xbb\xbfa = 1\r\nb = 2\rc = 3\n")
    assert read_text_file(path) == "a = 1\nb = 2\nc = 3\n"

    path.write_bytes(b"a = 1\nb = '\xe9'\n")
    with pytest.raises(UnusableInputError, match=r"^a.toml line 2: expected UTF-8\. Save the file in UTF-8\.$"):
        read_text_file(path, "a.toml")
