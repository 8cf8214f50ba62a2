"""What every reader promises for any bytes: a result or an error that names the file, and nothing else is touched."""

import os
import sys
import sysconfig
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).parents[2]

LONGEST = 15.0
"""Processor seconds that one input of some kilobytes may take; ordinary is a hundredth of one."""

_READABLE = tuple(
    {
        os.path.realpath(path)
        for path in (
            str(ROOT),
            sys.prefix,
            sys.base_prefix,
            *sysconfig.get_paths().values(),
            "/usr/share/zoneinfo",
            "/etc/localtime",
            os.devnull,
        )
    }
)
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = frozenset(
    f"os.{name}" for name in ("remove", "rename", "rmdir", "mkdir", "link", "symlink", "truncate", "chmod", "chown")
)
_NEVER = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "urllib.", "http.", "smtplib.")

T = TypeVar("T")

_LENT: list[str] = []


def lend(folder: Path) -> Path:
    """Let every input read a folder, from which it may take a copy; return it."""
    _LENT.append(os.path.realpath(folder))
    return folder


class BrokenPromiseError(BaseException):
    """A reader did what none may; `except Exception` does not hide it."""


class _Guard:
    """What the input that is read now may touch: its own folder, and to read, what is installed."""

    folder = ""
    broken = ""

    def listen(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.folder:
            return
        if event == "open":
            path, _, flags = arguments
            if not isinstance(path, int) and not self._may_open(os.fspath(path), flags or 0):
                self._break(f"it opened {path!r}")
        elif event in _CHANGES:
            if not all(self._is_own(path) for path in arguments if isinstance(path, str | bytes | os.PathLike)):
                self._break(f"it changed {arguments!r} ({event})")
        elif event == "sqlite3.connect":
            path = os.fsdecode(arguments[0]).removeprefix("file:").partition("?")[0]
            if not self._is_own(urllib.parse.unquote(path)):
                self._break(f"it opened the database {arguments[0]!r}")
        elif event.startswith(_NEVER):
            self._break(f"it used {event}")

    def _is_own(self, path: Any) -> bool:
        return _lies_in(path, (self.folder,))

    def _may_open(self, path: Any, flags: int) -> bool:
        # Modules that are imported late leave their compiled form behind.
        return self._is_own(path) or (
            (not flags & _WRITES or "__pycache__" in str(path)) and _lies_in(path, (*_READABLE, *_LENT))
        )

    def _break(self, what: str) -> None:
        self.broken = what
        raise BrokenPromiseError(what)


def _lies_in(path: Any, folders: tuple[str, ...]) -> bool:
    try:
        real = os.path.realpath(os.fsdecode(path))
    except ValueError:
        return True  # a name with NUL: nothing is opened
    return any(real == folder or real.startswith(folder + os.sep) for folder in folders)


_GUARD = _Guard()
_LISTENING: list[bool] = []


@contextmanager
def promised(folder: Path) -> Iterator[None]:
    """Read an input: an error on the way, a file outside of `folder`, the network or a long time fail.

    Raises BrokenPromiseError, and whatever the reader raises.
    """
    if not _LISTENING:
        _LISTENING.append(True)
        sys.addaudithook(_GUARD.listen)
    _GUARD.folder, _GUARD.broken = os.path.realpath(folder), ""
    begun = time.process_time()
    try:
        yield
    finally:
        _GUARD.folder = ""
    if _GUARD.broken:
        raise BrokenPromiseError(_GUARD.broken)
    taken = time.process_time() - begun
    if taken > LONGEST:
        raise BrokenPromiseError(f"it took {taken:.0f} s")


def result(work: Callable[[], T], kinds: type[Exception] | tuple[type[Exception], ...], begins: str = "") -> T | None:
    """Return what work gives, or None where it refuses with one of these errors.

    Its message must have a text, and each of its lines begin with the name of what was read.
    """
    try:
        return work()
    except kinds as error:
        lines = str(error).split("\n")
        if not all(line.strip() and line.startswith(begins) for line in lines):
            raise BrokenPromiseError(f"a refusal that does not begin with {begins!r}: {error}") from error
        return None
