"""How every file that people give is opened: an ordinary file of a bounded size, or a sentence on what is there."""

import errno
import io
import os
import stat
from pathlib import Path

from peerbill.model.errors import UnusableInputError

MOST_BYTES = 64_000_000
"""The size that a file which people write by hand, or a report that is read back, can have."""

# Opened without waiting, a pipe that nobody writes to does not stop the run before it is known to be one.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def open_file(path: Path) -> io.BufferedReader:
    """Open an ordinary file to read its bytes; it never waits, and reads no device.

    Raises OSError where there is none, or something else has the name: a folder, a device, a pipe, a socket, a link to
    a file that is not there. Its `strerror` says so in words that follow "cannot be read:".
    """
    try:
        _require_file(path.stat().st_mode, path)
        handle = os.open(path, _FLAGS)
    except FileNotFoundError:
        if path.is_symlink():
            found = "expected a file, found a link to a file that is not there"
            raise OSError(errno.EINVAL, found, str(path)) from None
        raise
    except ValueError:  # a NUL in the name
        raise OSError(errno.EINVAL, "expected a file, found a name that no file can have") from None
    file: io.BufferedReader = io.BufferedReader(io.FileIO(handle))
    try:
        _require_file(os.fstat(handle).st_mode, path)
    except BaseException:
        file.close()
        raise
    return file


def _require_file(mode: int, path: Path) -> None:
    if stat.S_ISREG(mode):
        return
    found = "a folder" if stat.S_ISDIR(mode) else "a device, a pipe or a socket"
    raise OSError(errno.EINVAL, f"expected a file, found {found}", str(path))


def others_may_use(file: io.BufferedReader) -> bool:
    """Tell whether others than its owner may read or change an open file, which a secret key must not allow."""
    return bool(stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077)


def read_file(path: Path, name: str = "", most: int = MOST_BYTES) -> bytes:
    """Return the bytes of a file; `name` is how messages call it.

    Raises UnusableInputError where it cannot be read, or is larger than `most` bytes.
    """
    name = name or str(path)
    try:
        with open_file(path) as file:
            content = file.read(most + 1)
    except OSError as error:
        raise UnusableInputError(unreadable(name, error)) from None
    if len(content) > most:
        raise UnusableInputError(f"{name}: expected at most {most:,} bytes, found more. Is it the right file?")
    return content


def unreadable(name: str, error: OSError) -> str:
    """Return the sentence for a file that cannot be opened."""
    return f"{name}: cannot be read: {error.strerror or type(error).__name__}. Check the file."


def read_text_file(path: Path, name: str = "", most: int = MOST_BYTES) -> str:
    """Return the text of a file in UTF-8, with or without BOM. Raises UnusableInputError as `read_file` does."""
    name = name or str(path)
    return utf_8(read_file(path, name, most), name)


def utf_8(content: bytes, name: str) -> str:
    """Return bytes as a text. Raises UnusableInputError, with the line, where they are not UTF-8."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UnusableInputError(f"{name} line {line}: expected UTF-8. Save the file in UTF-8.") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")
