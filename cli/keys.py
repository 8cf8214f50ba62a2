"""The file of a secret key: read, or made where there is none, for its owner alone."""

from pathlib import Path

import click

from peerbill.ledger.store import disk
from peerbill.model.errors import PeerbillError
from peerbill.model.input_files import open_file, others_may_use
from peerbill.model.pseudonyms import Pseudonyms, key_of, new_key

from .console import echo


def pseudonyms_of(file: Path) -> Pseudonyms:
    """Return the pseudonyms of the key in a file, which is made where there is none.

    Raises UsageError for a file that holds no key, and for one that others than its owner may read or change.
    """
    try:
        return _made(file)
    except FileExistsError:
        return _read(file)


def _made(file: Path) -> Pseudonyms:
    text = new_key()
    disk.write_new(file, [text])
    echo(
        f"Notice: made a new key in {file}. Keep it secret and apart from the reports, and keep a copy: "
        "without it nobody can tell whom a pseudonym is of, and another key gives other pseudonyms.",
        err=True,
    )
    return Pseudonyms(key_of(text))


def _read(file: Path) -> Pseudonyms:
    with open_file(file) as content:
        if others_may_use(content):
            raise click.UsageError(f"--key {file}: others than its owner may use it. Run: chmod 600 {file}")
        text = content.read(1000).decode("ascii", "replace")
    try:
        return Pseudonyms(key_of(text))
    except PeerbillError as error:
        raise click.UsageError(f"--key {file}: {error}. Name another file, which is made.") from None
