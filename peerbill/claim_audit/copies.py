"""The files that are audited, and those that are given twice under two names."""

import hashlib
import io
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from peerbill.model.errors import UnusableInputError
from peerbill.model.input_files import open_file

ClaimSource = Path | tuple[str, bytes]
"""A file of claims or payments: where it is, or its name and its bytes."""


def name_of(source: ClaimSource) -> str:
    """Return the name of a file in findings and messages."""
    return str(source) if isinstance(source, Path) else source[0]


def content_of(source: ClaimSource) -> Path | bytes:
    """Return what readers take: the path, or the bytes."""
    return source if isinstance(source, Path) else source[1]


def refuse_copies(sources: Iterable[ClaimSource]) -> None:
    """Raise UnusableInputError where two files are the same to the byte: what they claim or pay would count twice."""
    by_size: dict[int, list[ClaimSource]] = defaultdict(list)
    for source in sources:
        content = content_of(source)
        if isinstance(content, bytes):
            by_size[len(content)].append(source)
        elif content.is_file():
            by_size[content.stat().st_size].append(source)
    first: dict[bytes, str] = {}
    for source in (source for same in by_size.values() if len(same) > 1 for source in same):
        name, content = name_of(source), content_of(source)
        try:
            with io.BytesIO(content) if isinstance(content, bytes) else open_file(content) as file:
                digest = hashlib.file_digest(file, "sha256").digest()
        except OSError as error:
            raise UnusableInputError(f"{name}: cannot be read: {error.strerror or error}.") from None
        if digest in first:
            raise UnusableInputError(
                f"{name}: the same, byte for byte, as {first[digest]}: all of it would count twice. Leave one out."
            )
        first[digest] = name
