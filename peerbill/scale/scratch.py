"""A folder for what is worked out on the way: for its owner alone, gone at the end, after a kill at the next run."""

import glob
import os
import secrets
import shutil
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

from peerbill.model.errors import UnusableInputError

_LOCK = ".lock"


class Scratch:
    """A new folder beside others of its kind, removed when it is left.

    A run holds a lock inside its folder for as long as it lives: what has no such lock was left by a run that was
    stopped, and is removed by the next one that uses the same place.
    """

    def __init__(self, place: Path, name: str) -> None:
        self._place, self._name = place, name
        self.folder = place / f".{name}.{secrets.token_hex(6)}.peerbill-part"
        self._lock = FileLock(self.folder / _LOCK)

    def __enter__(self) -> Self:
        try:
            self._remove_stale()
            self.folder.mkdir(mode=0o700)
            self.folder.chmod(0o700)
            self._lock.acquire(blocking=False)
        except OSError as error:
            raise UnusableInputError(
                f"{self._place}: expected a folder in which a folder can be made: {error.strerror}. Give another one."
            ) from None
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()
        shutil.rmtree(self.folder, ignore_errors=True)

    def part(self, name: str) -> Path:
        """Return a new folder in it."""
        folder = self.folder / name
        folder.mkdir(mode=0o700)
        return folder

    def _remove_stale(self) -> None:
        for folder in self._place.glob(f".{glob.escape(self._name)}.*.peerbill-part"):
            if not folder.is_dir() or folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
            lock = FileLock(folder / _LOCK)
            try:
                lock.acquire(blocking=False)
            except (Timeout, OSError):
                continue
            shutil.rmtree(folder, ignore_errors=True)
            lock.release()
