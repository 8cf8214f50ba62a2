"""Files of answers (TA1, 999, 277CA, 835, 271, or a CSV that a person filled in) into the ledger."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

from peerbill.ledger import BillRun
from peerbill.ledger.answers.eob import COLUMNS, EnteredRow, is_eob, read_eob
from peerbill.ledger.answers.posting import post_file, post_rows
from peerbill.ledger.answers.session import Posted, RejectedClaim, Unmatched
from peerbill.model.claim import Payer
from peerbill.model.errors import UnusableInputError
from peerbill.x12.read.answers import read_transactions
from peerbill.x12.reader import decode

__all__ = ["Posted", "RejectedClaim", "Unmatched", "post_answers", "refuse_unreadable"]

_BEGINNING = 4096  # bytes, in which a header ends
_UNTOLD = "\N{REPLACEMENT CHARACTER}"


def refuse_unreadable(paths: Sequence[Path]) -> None:
    """Look into every file, so that nothing is posted where one of them cannot be read.

    Raises UnusableInputError with a line for each file that cannot be opened or holds no transaction set, and for each
    mistake in a CSV.
    """
    wrong: list[str] = []
    for path in paths:
        try:
            if _is_entered(path):
                wrong += [f"{path} {problem}" for problem in _rows(path)[1]]
                continue
            with path.open("rb") as file:
                first = next(iter(read_transactions(_text(file, None))))
        except OSError as error:
            wrong.append(f"{path}: {error.strerror or error}. Give the path of a file that a payer sent")
        else:
            if not first.segment:
                wrong.append(
                    f"{path}: no transaction set in it. Give a whole X12 file, from ISA to IEA, or a CSV with the "
                    f"columns {','.join(COLUMNS)}"
                    if path.suffix.lower() == ".csv"
                    else f"{path}: no transaction set in it. Give a whole X12 file, from ISA to IEA"
                )
    if wrong:
        raise UnusableInputError("\n".join([*wrong, "Nothing was posted"]))


def _is_entered(path: Path) -> bool:
    """Tell by its first row whether a file is a CSV of answers."""
    with path.open("rb") as file:
        return is_eob(file.read(_BEGINNING).decode("utf-8", "replace"))


def _rows(path: Path) -> tuple[list[EnteredRow], list[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return read_eob(file)
    except UnicodeDecodeError:
        return [], ["is not in UTF-8. Save it as CSV UTF-8"]


def post_answers(
    run: BillRun,
    path: Path,
    progress: Callable[[int], None] | None = None,
    *,
    npi: str = "",
    submitter: str = "",
    payers: Mapping[str, Payer] = MappingProxyType({}),
    accept_unbalanced: bool = False,
) -> Posted:
    """Post one file of answers; `progress` is told how many bytes of it were read.

    `npi` is the organisation's: a remittance to the NPI of another matches nothing ("": no check). `submitter` is our
    id in NM1*41: together with `npi` it tells whether a 277CA is ours. `payers` are those of the settings, by key: a
    CSV names claims, not payers, and an 835 may be a second payer's. With `accept_unbalanced`, an 835 that does not
    balance is posted, with the difference recorded.

    What stands in it once is posted once: the content of a file, and each transaction set in it, is recognised when it
    comes again. A CSV is posted whole or not at all. Raises LedgerError where the ledger cannot be written and OSError
    where the file cannot be read: nothing is changed then.
    """
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        if _is_entered(path):
            rows, wrong = _rows(path)
            if wrong:
                raise UnusableInputError("\n".join(f"{path} {problem}" for problem in wrong))
            return post_rows(run, path.name, sha256, rows, payers)
        sets = read_transactions(_text(file, progress))
        return post_file(
            run,
            path.name,
            sha256,
            sets,
            npi=npi,
            submitter=submitter,
            payers=payers,
            accept_unbalanced=accept_unbalanced,
        )


def _text(file: BinaryIO, progress: Callable[[int], None] | None) -> Iterator[str]:
    for chunk in decode(file):
        if chunk.isascii() and "\0" not in chunk:
            yield chunk
        else:
            # Databases refuse what is no text; none of it can be part of an id or code of ours.
            known = chunk.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            yield known.replace("\0", _UNTOLD)
        if progress is not None:
            progress(file.tell())
