"""Files that are whole or absent: written under a temporary name, synced, then named."""

import contextlib
import errno
import grp
import hashlib
import os
import pwd
import re
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from peerbill.model.input_files import open_file

_CHUNK = 1 << 18
_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK})
"""Errors of file systems that give a file only one name."""


def temporary_name(name: str, tag: str) -> str:
    """Return the hidden name that a file has until it is whole; `tag` is the mark of its ledger."""
    return f".{name}.{tag}.tmp"


def stale(folder: Path, tag: str) -> list[Path]:
    """Return the temporary files of a tag in a folder, by name; none for an absent folder."""
    return sorted(folder.glob(f".*.{tag}.tmp"))


def new_file(path: Path) -> int:
    """Open a new file that only its owner may read, and return its handle.

    Raises FileExistsError where anything has the name, even a link: what others left there is never written to.
    """
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


def own_name(path: Path, ending: str) -> Path:
    """Return the hidden name that a file or folder has until this process has made it whole.

    What processes that were stopped left under such names of the same file is removed.
    """
    for left in left_over(path, ending):
        with contextlib.suppress(OSError):  # of another account
            remove(left)
    return path.with_name(f".{path.name}.{os.getpid()}.{ending}")


def left_over(path: Path, ending: str) -> list[Path]:
    """Return what processes that were stopped left under hidden names of a file; not what a running one writes now."""
    form = re.compile(rf"\.{re.escape(path.name)}\.([0-9]+)\.{re.escape(ending)}(-journal)?")
    try:
        names = sorted(beside.name for beside in path.parent.iterdir())
    except OSError:
        return []  # who writes into the folder says why
    found = [(name, form.fullmatch(name)) for name in names]
    return [path.with_name(name) for name, match in found if match is not None and not _runs_beside(int(match[1]))]


def remove(path: Path) -> None:
    """Remove a file, or a folder with all that is in it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _runs_beside(process: int) -> bool:
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def write_new(path: Path, text: Iterable[str]) -> None:
    """Write a file that only its owner may read, whole or not at all. Raises FileExistsError where one has its name."""
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    temporary = own_name(path, "part")
    try:
        write_synced(temporary, text)
        give_name(temporary, path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_synced(path: Path, text: Iterable[str]) -> str:
    """Write text to a new file that only its owner may read, sync it, and return its SHA-256 in hex."""
    digest = hashlib.sha256()
    handle = new_file(path)
    try:
        for block in _blocks(text):
            digest.update(block)
            rest = memoryview(block)
            while rest:
                rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    finally:
        os.close(handle)
    return digest.hexdigest()


def _blocks(text: Iterable[str]) -> Iterator[bytes]:
    parts: list[str] = []
    size = 0
    for part in text:
        parts.append(part)
        size += len(part)
        if size >= _CHUNK:
            yield "".join(parts).encode()
            parts.clear()
            size = 0
    if parts:
        yield "".join(parts).encode()


def replace_synced(path: Path, text: Iterable[str], tag: str) -> None:
    """Write text to a file, over its old text, so that a reader sees the old or the new text and no other."""
    temporary = path.with_name(temporary_name(path.name, tag))
    temporary.unlink(missing_ok=True)
    try:
        write_synced(temporary, text)
        rename(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def give_name(temporary: Path, path: Path) -> None:
    """Give a whole file its name, which no other file may have. Raises FileExistsError where another file has it.

    Two ledgers may bill into the same folder at the same moment: a rename would replace the other's file.
    """
    try:
        os.link(temporary, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # An empty file of ours holds the name until the whole file takes its place.
        os.close(new_file(path))
        rename(temporary, path)
    else:
        temporary.unlink()


def rename(temporary: Path, path: Path) -> None:
    """Give a whole file its name, also where another has it."""
    os.rename(temporary, path)  # noqa: PTH104 - beside os.write and os.fsync, where a test stops each of the three


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power failure, where the system can sync folders."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, each new one for its owner alone, and sync their names."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync_folder(folder.parent)


def is_open_to_others(path: Path) -> bool:
    """Tell whether other accounts of this machine than the owner's can read a file, or look into a folder.

    A path below a folder that others cannot pass is closed. A group that has the owner's name is the owner alone.
    """
    path = path.resolve()
    status = path.stat()
    needed = stat.S_IXOTH if path.is_dir() else stat.S_IROTH
    return _lets_others(status, needed) and all(_lets_others(above.stat(), stat.S_IXOTH) for above in path.parents)


def _lets_others(status: os.stat_result, right: int) -> bool:
    """Tell whether others than the owner have a right, which is given as the bit of all others."""
    if status.st_mode & right:
        return True
    return bool(status.st_mode & right << 3) and not _is_of_one(status.st_gid, status.st_uid)


def _is_of_one(group: int, account: int) -> bool:
    try:
        return grp.getgrgid(group).gr_name == pwd.getpwuid(account).pw_name
    except KeyError:
        return False


def sha256(path: Path) -> str | None:
    """Return the SHA-256 of a file in hex, or None where there is none."""
    try:
        with open_file(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None
