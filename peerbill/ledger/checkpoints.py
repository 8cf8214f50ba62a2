"""Checkpoints as files: JSON that says where the trail ended, and, where it is signed, has the signature beside that.

The keys of the document are those of `Checkpoint`, then `schema`; without a signature there is no key `signature`.
`[ledger] checkpoint` names a folder, to which each run that changed the ledger adds a file, or a file, which each of
them replaces. None is written where the trail no longer has the entry of the newest checkpoint there: the ledger was
rolled back then, and the checkpoint is what shows it. None is written either where that checkpoint is not what a run
wrote: its number is another than its name has, or it is not signed with the key of the settings.
"""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import msgspec

from peerbill.ledger.look.history import reading
from peerbill.ledger.store import disk, trail
from peerbill.ledger.store.ledger import utc_now
from peerbill.ledger.store.trail import Checkpoint
from peerbill.model.errors import LedgerError, UnusableInputError
from peerbill.model.input_files import read_file
from peerbill.model.records import Settings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ed25519

SCHEMA = 1
"""The version of the document, and of the text that is signed."""

_NAME = re.compile(r"checkpoint-([0-9]{9,})\.json")
_MOST = 2**63 - 1
"""The highest number that an entry can have."""


def document(checkpoint: Checkpoint) -> str:
    """Return a checkpoint as the text of its file."""
    keys: dict[str, object] = {"number": checkpoint.number, "hash": checkpoint.hash, "at": checkpoint.at}
    if checkpoint.signature:
        keys["signature"] = checkpoint.signature
    return json.dumps(keys | {"schema": SCHEMA}, indent=2) + "\n"


def read_checkpoint(file: Path) -> tuple[Checkpoint, bytes]:
    """Return the checkpoint in a file, and the bytes of the file, of which a signature allows no other.

    Raises UnusableInputError for a file that cannot be read, and for one that holds something else.
    """
    content = read_file(file)
    try:
        checkpoint = msgspec.convert(json.loads(content), Checkpoint)
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        if content.startswith(b"-----BEGIN "):
            raise UnusableInputError(f"{file} is no checkpoint, but a key: give each file its own option.") from None
        raise UnusableInputError(
            f"{file} is no checkpoint: expected JSON with number, hash and at, as peerbill ledger checkpoint writes it"
        ) from error
    if not 0 <= checkpoint.number <= _MOST:
        raise UnusableInputError(
            f"{file} is no checkpoint: expected a number from 0 to {_MOST}, as peerbill ledger checkpoint writes it"
        )
    return checkpoint, content


# --- at the end of a run ---------------------------------------------------------------------------------------------


@attrs.frozen
class Keeping:
    """Where checkpoints are kept: a folder or a file; the private key that signs them, and the public one, if any."""

    path: Path
    is_folder: bool
    key: Path | None
    public_key: Path | None


def keeping(settings: Settings, folder: Path | None) -> Keeping | None:
    """Return where the settings of a workspace say that checkpoints are kept, None where they say nothing.

    Raises UnusableInputError for a relative path without a folder, from which it would begin.
    """
    if not settings.ledger_checkpoint:
        return None
    path = _path(settings.ledger_checkpoint, folder)
    keys = (settings.ledger_checkpoint_key, settings.ledger_checkpoint_public_key)
    key, public_key = (_path(text, folder) if text else None for text in keys)
    return Keeping(path, settings.ledger_checkpoint.endswith("/") or path.is_dir(), key, public_key)


def _path(text: str, folder: Path | None) -> Path:
    if folder is None and not Path(text).is_absolute():
        raise UnusableInputError(f"{text}, of [ledger], begins at the workspace, and there is none: give a whole path")
    return Path(text) if folder is None else folder / text


@attrs.frozen
class KeptCheckpoint:
    """A checkpoint where the settings keep them: its file, and the content of that, as `read_checkpoint` returns it."""

    file: Path
    checkpoint: Checkpoint
    content: bytes


def newest_checkpoint(kept: Keeping) -> KeptCheckpoint | None:
    """Return the checkpoint that was written last, None where there is none.

    Raises UnusableInputError for a file that holds none, or another than its name says: an older checkpoint, signed as
    ever, would hide under a higher number what was cut off since. Raises OSError.
    """
    file = newest(kept)
    if file is None:
        return None
    checkpoint, content = read_checkpoint(file)
    name = _NAME.fullmatch(file.name) if kept.is_folder else None
    if name is not None and int(name[1]) != checkpoint.number:
        raise UnusableInputError(
            f"{file} holds the checkpoint of entry {checkpoint.number:,}, and not the one of its name: somebody copied "
            "or renamed it. Move it elsewhere, find out who did that, and compare the ledger with a checkpoint that is "
            "kept apart from it (peerbill ledger verify --checkpoint FILE)"
        )
    return KeptCheckpoint(file, checkpoint, content)


def newest(kept: Keeping) -> Path | None:
    """Return the file of the checkpoint that was written last, None where there is none. Raises OSError."""
    if not kept.is_folder:
        return kept.path if kept.path.exists() else None
    if not kept.path.exists():
        return None
    found = [(int(name[1]), path) for path in kept.path.iterdir() if (name := _NAME.fullmatch(path.name))]
    return max(found, default=(0, None))[1]


def last_entry(url: str, folder: Path | None) -> tuple[int, str]:
    """Return number and hash of the last entry of a trail, 0 and `GENESIS` without a ledger. Raises LedgerError."""
    with reading(url, folder) as connection:
        if connection is None:
            return 0, trail.GENESIS
        end = trail.checkpoint(connection, "")
        return end.number, end.hash


def keep_checkpoint(url: str, folder: Path | None, kept: Keeping) -> Path:
    """Write where a trail ends now, signed where there is a key, and return the file.

    Raises LedgerError, with nothing written, where there is no ledger, where the trail no longer has the entry of the
    newest checkpoint, and where a purge came after that whose run wrote none; UnusableInputError where that checkpoint,
    or a key, cannot be used, and where there is a key and it is not signed with that; ImportError without the package
    that signs; OSError.
    """
    before, key = newest_checkpoint(kept), _signing_key(kept)
    if before is not None and key is not None:
        _require_signature(before, key)
    with reading(url, folder) as connection:
        if connection is None:
            raise LedgerError("there is no ledger yet: bill makes one")
        end = trail.checkpoint(connection, utc_now().isoformat(timespec="seconds"))
        if before is not None and not trail.holds(connection, before.checkpoint):
            raise LedgerError(
                f"the trail, whose last entry is {end.number:,}, no longer has entry {before.checkpoint.number:,} as "
                f"the checkpoint {before.file} has it: the ledger was rolled back, or written anew, or it is another. "
                f"Run peerbill ledger verify. If you restored a backup on purpose, keep {before.file}, and move it "
                "elsewhere"
            )
        if before is not None and (purge := trail.unseen_purge(connection, before.checkpoint)):
            raise LedgerError(
                f"a purge, whose last entry is {purge:,}, came after the checkpoint {before.file}, and its run wrote "
                "none: whoever can write to the ledger may have put it in. Ask who purged. If the purge was meant, "
                f"keep {before.file}, and move it elsewhere"
            )
    return _write(_signed(end, key), kept)


def _signing_key(kept: Keeping) -> "ed25519.Ed25519PrivateKey | None":
    if kept.key is None:
        return None
    from peerbill.ledger.signing import read_private_key, read_public_key  # noqa: PLC0415 - it imports this one

    key = read_private_key(kept.key)
    if kept.public_key is not None and read_public_key(kept.public_key) != key.public_key():
        raise UnusableInputError(
            f"{kept.key} and {kept.public_key} are no pair: correct checkpoint_key or checkpoint_public_key in [ledger]"
        )
    return key


def _require_signature(before: KeptCheckpoint, key: "ed25519.Ed25519PrivateKey") -> None:
    """Refuse to go on from a checkpoint that anybody may have written: the next one would be signed all the same."""
    from peerbill.ledger.signing import require_signature  # noqa: PLC0415 - as above

    try:
        require_signature(before.checkpoint, before.content, key.public_key(), before.file)
    except UnusableInputError as error:
        raise UnusableInputError(
            f"{error} If you set or changed checkpoint_key after it was written, keep {before.file}, and move it "
            "elsewhere"
        ) from None


def _signed(end: Checkpoint, key: "ed25519.Ed25519PrivateKey | None") -> Checkpoint:
    if key is None:
        return end
    from peerbill.ledger.signing import sign  # noqa: PLC0415 - as above

    return sign(end, key)


def _write(end: Checkpoint, kept: Keeping) -> Path:
    if kept.is_folder:
        disk.make_folder(kept.path)
        file, named = kept.path / f"checkpoint-{end.number:09d}.json", kept.path / "checkpoint.json"
    else:
        file = named = kept.path.resolve()  # a link may lead to where nobody else can write
    temporary = disk.own_name(named, "part")
    try:
        disk.write_synced(temporary, [document(end)])
        if kept.is_folder:
            try:
                disk.give_name(temporary, file)
            except FileExistsError:
                _require_same(file, end)
        else:
            disk.rename(temporary, file)
        disk.sync_folder(file.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(file)) from error
    finally:
        temporary.unlink(missing_ok=True)
    return file if kept.is_folder else kept.path


def _require_same(file: Path, end: Checkpoint) -> None:
    """Refuse another checkpoint under the name of this; a run that ended at the same entry has written the same."""
    found = read_checkpoint(file)[0]
    if (found.number, found.hash) != (end.number, end.hash):
        raise LedgerError(
            f"{file} holds the checkpoint of another entry than {end.number:,} of this trail: keep it, move it "
            "elsewhere, and run peerbill ledger verify"
        )
