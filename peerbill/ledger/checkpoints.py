"""Checkpoints as files: JSON that says where the trail ended, and, where it is signed, has the signature beside that.

The keys of the document are those of `Checkpoint`, then `schema`; without a signature there is no key `signature`.
"""

import json
from pathlib import Path

import msgspec

from peerbill.ledger.store.trail import Checkpoint
from peerbill.model.errors import UnusableInputError
from peerbill.model.input_files import read_file

SCHEMA = 1
"""The version of the document, and of the text that is signed."""


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
        return msgspec.convert(json.loads(content), Checkpoint), content
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        if content.startswith(b"-----BEGIN "):
            raise UnusableInputError(f"{file} is no checkpoint, but a key: give each file its own option.") from None
        raise UnusableInputError(
            f"{file} is no checkpoint: expected JSON with number, hash and at, as peerbill ledger checkpoint writes it"
        ) from error
