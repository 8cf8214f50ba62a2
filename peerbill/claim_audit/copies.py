"""Files that are given twice under two names."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from peerbill.model.errors import UnusableInputError


def refuse_copies(paths: Iterable[Path]) -> None:
    """Raise UnusableInputError where two files are the same to the byte: what they claim or pay would count twice."""
    by_size: dict[int, list[Path]] = defaultdict(list)
    for path in paths:
        if path.is_file():
            by_size[path.stat().st_size].append(path)
    first: dict[bytes, Path] = {}
    for path in (path for same in by_size.values() if len(same) > 1 for path in same):
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").digest()
        except OSError as error:
            raise UnusableInputError(f"{path}: cannot be read: {error.strerror or error}.") from None
        if digest in first:
            raise UnusableInputError(
                f"{path}: the same, byte for byte, as {first[digest]}: all of it would count twice. Leave one out."
            )
        first[digest] = path
