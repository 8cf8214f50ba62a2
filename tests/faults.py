"""A shim between a program and its disk: kills the program, or fails it, at a step of its work.

A step is a write, sync, rename, removal, link, opening to write or making of a folder by `os`, or a commit of the
database: right before it ("commit") and right after ("committed"), when its answer is lost.
"""

import contextlib
import errno
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

import attrs
from sqlalchemy.engine.default import DefaultDialect

KINDS = ("kill", "full", "io")
STEPS = ("write", "fsync", "rename", "replace", "unlink", "link", "open", "mkdir")
STOPPED = 137

_FULL = OSError(errno.ENOSPC, "No space left on device")
_BROKEN = OSError(errno.EIO, "Input/output error")


@attrs.define
class Shim:
    """Notes every step, and at the step `at` (its number, or the name of the first such) does `kind`.

    `full` stays so for every later step that takes room, as a disk does; `io` fails once. `struck` names the step.
    """

    at: int | str = 0
    kind: str = "kill"
    seen: list[str] = attrs.field(factory=list)
    struck: str = ""

    def meets(self, name: str) -> bool:
        """Count a step; return whether it is to fail."""
        self.seen.append(name)
        if self.struck:
            return self.kind == "full" and name not in {"unlink", "committed"}
        if self.at not in {len(self.seen), name}:
            return False
        self.struck = name
        return True

    def fail(self) -> None:
        """Do what is to happen at a step."""
        if self.kind == "kill":
            os._exit(STOPPED)
        error = _FULL if self.kind == "full" else _BROKEN
        raise OSError(error.errno, error.strerror)

    def refuse(self, dialect: Any) -> None:
        """Do what is to happen at a commit."""
        if self.kind == "kill":
            os._exit(STOPPED)
        raise dialect.loaded_dbapi.OperationalError(
            "database or disk is full" if self.kind == "full" else "disk I/O error"
        )

    def step(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function of `os` that is a step."""

        def stepped(*arguments: Any, **options: Any) -> Any:
            if name == "open" and not arguments[1] & (os.O_WRONLY | os.O_RDWR):
                return real(*arguments, **options)
            if self.meets(name):
                if name == "write":
                    real(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
                self.fail()
            return real(*arguments, **options)

        return stepped

    def commit(self, real: Callable[..., None]) -> Callable[..., None]:
        """Return a commit that is two steps."""

        def stepped(dialect: Any, connection: Any) -> None:
            if self.meets("commit"):
                self.refuse(dialect)
            real(dialect, connection)
            if self.meets("committed"):
                self.refuse(dialect)

        return stepped


@contextlib.contextmanager
def shimmed(shim: Shim) -> Iterator[Shim]:
    """Put a shim between this process and its disk."""
    real = {name: getattr(os, name) for name in STEPS}
    commit, writes_none = DefaultDialect.do_commit, sys.dont_write_bytecode
    try:
        # What Python keeps of modules that are imported meanwhile is no step of a command.
        sys.dont_write_bytecode = True
        for name, function in real.items():
            setattr(os, name, shim.step(name, function))
        DefaultDialect.do_commit = shim.commit(commit)  # type: ignore[method-assign]  # that is what a shim does
        yield shim
    finally:
        for name, function in real.items():
            setattr(os, name, function)
        DefaultDialect.do_commit = commit  # type: ignore[method-assign]  # as above
        sys.dont_write_bytecode = writes_none
