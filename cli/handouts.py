"""`peerbill todo --by staff`: a page for each peer and each supervisor, in a folder of their own."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from peerbill.ledger.store import disk
from peerbill.model.errors import UnusableInputError
from peerbill.model.input_files import read_text_file

MARK = ".handouts"
"""Lists the files of a folder of pages: only such a folder is written anew."""


def write_folder(folder: Path, files: Mapping[str, str]) -> None:
    """Write all files into a new folder, or none; pages of an earlier run are replaced.

    Raises UnusableInputError where something else is in the folder.
    """
    _refuse_other(folder)
    for old in disk.left_over(folder, "old"):
        if not os.path.lexists(folder):  # a run was stopped right after it had taken the pages away
            old.rename(folder)
    new, old = disk.own_name(folder, "part"), disk.own_name(folder, "old")
    try:
        disk.make_folder(new)
        for name, text in {**files, MARK: "".join(f"{name}\n" for name in sorted(files))}.items():
            with os.fdopen(disk.new_file(new / name), "w", encoding="utf-8", newline="") as out:
                out.write(text)
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
    except BaseException:
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise
    finally:
        shutil.rmtree(new, ignore_errors=True)
        if folder.exists():
            shutil.rmtree(old, ignore_errors=True)


def _refuse_other(folder: Path) -> None:
    if not os.path.lexists(folder):
        return
    if folder.is_symlink() or not folder.is_dir():
        raise UnusableInputError(f"{folder}: expected a folder for the pages, found something else. Give another name.")
    mark = folder / MARK
    ours = {MARK, *(read_text_file(mark).splitlines() if os.path.lexists(mark) else ())}
    other = sorted(path.name for path in folder.iterdir() if path.name not in ours)
    if other:
        raise UnusableInputError(
            f"{folder}: expected a new folder or one with pages of an earlier run, found {other[0]} in it. "
            "Give another name, or move it out."
        )
