"""The segments of a file that we sent, read again from the disk if the file is unchanged."""

import hashlib
from collections.abc import Collection
from pathlib import Path

import sqlalchemy as sa

from peerbill.ledger.store import tables
from peerbill.model.input_files import open_file


def claims_at(
    connection: sa.Connection, batch_id: int, file_number: int, set_number: int, places: Collection[int]
) -> dict[int, str]:
    """Return the claims at segments of a transaction set, counted from ST = 1, with their member's segments.

    A place in no claim is left out, and so is every place where the file is gone, is no longer as it was sent, or went
    to a program.
    """
    if not places:
        return {}
    files, batches = tables.files.c, tables.batches.c
    query = (
        sa.select(batches.folder, files.name, files.sha256)
        .join(tables.batches)
        .where(files.batch_id == batch_id, files.number == file_number)
    )
    row = connection.execute(query).one()
    if not row.folder:
        return {}  # a program took it
    try:
        with open_file(Path(row.folder) / row.name) as file:
            sent = file.read()
    except OSError:
        return {}
    if hashlib.sha256(sent).hexdigest() != row.sha256:
        return {}
    claims: dict[int, str] = {}
    waiting: list[int] = []
    claim = ""
    at = 0
    within = False
    # Delimiters are those that we write; a member's level comes before its claim.
    for text in sent.decode("ascii", "replace").split("~"):
        match text.strip().split("*"):
            case ["ST", _, control, *_]:
                within, at, claim = control.isdigit() and int(control) == set_number, 0, ""
                waiting = []
            case ["HL", _, _, "22", *_]:
                claim, waiting = "", []
            case ["CLM", claim_id, *_] if within:
                claim = claim_id
                claims.update(dict.fromkeys(waiting, claim))
                waiting = []
            case ["HL" | "SE", *_]:
                claim = ""
        at += 1
        if within and at in places:
            if claim:
                claims[at] = claim
            else:
                waiting.append(at)
    return claims
