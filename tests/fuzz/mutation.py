"""Damage to an input as people and programs do it: a line twice, a cell gone, a strange word in its place."""

import io
import random
import re
import zipfile
import zlib
from collections.abc import Callable, Sequence

STRANGE = (
    *(
        b"",
        b" ",
        b"0",
        b"-1",
        b"1e999",
        b"1e999999999",
        b"NaN",
        b"Infinity",
        b"9" * 40,
        b"9" * 5000,
        b"0.005",
        b"2_5",
        b"1,000.00",
    ),
    *(b"0000-00-00", b"2026-02-30", b"9999-12-31", b"0001-01-01", b"2026-03-08T02:30", b"20261316", b"24:00", b"#N/A"),
    *(b"\x00", b"\x1b[2J", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xb2\x80", b"\xe9", "\u202eabc".encode(), b"\r", b"\n"),
    *(b"=1+1", b"@SUM(A1)", b"'", b'"', b'""', b";", b",", b"\t", b"*", b"~", b":", b"^", b"[[", b"]", b"{", b"}"),
    *(
        b"../../etc/passwd",
        b"/dev/zero",
        b"file:///etc/passwd",
        b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>",
    ),
    *(b"true", b"null", b"[]", b"{}", b"[" * 3000, b'{"a":' * 2000, b"'''", b"\\", b"%", b"x" * 70, b"x" * 2000),
)
_TOKEN = re.compile(rb"[A-Za-z0-9_.+-]+")
_DIVIDERS = (b"\n", b"\n", b"~", b",", b"*", b"<", b"}", b"=")

Mutate = Callable[[bytes, random.Random], bytes]


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Return a text with one to four faults in it."""
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        data = chance.choice(_FAULTS)(data, chance)
    return data


def _part_moves(data: bytes, chance: random.Random) -> bytes:
    """Drop, double, swap or move a line, a segment, a cell, an element."""
    divider = chance.choice(_DIVIDERS)
    parts = data.split(divider)
    at, other = (chance.randrange(len(parts)) for _ in range(2))
    match chance.randrange(4):
        case 0:
            del parts[at]
        case 1:
            parts.insert(other, parts[at])
        case 2:
            parts[at], parts[other] = parts[other], parts[at]
        case _:
            parts[at] = chance.choice(STRANGE)
    return divider.join(parts)


def _word_changes(data: bytes, chance: random.Random) -> bytes:
    """Put another word of the text, or a strange one, in the place of a word."""
    words = list(_TOKEN.finditer(data))
    if not words:
        return data + chance.choice(STRANGE)
    word = chance.choice(words)
    new = chance.choice(words)[0] if chance.random() < 0.4 else chance.choice(STRANGE)
    return data[: word.start()] + new + data[word.end() :]


def _bytes_change(data: bytes, chance: random.Random) -> bytes:
    """Flip, drop or put in a few bytes."""
    at = chance.randrange(len(data) + 1)
    length = chance.choice((0, 1, 1, 2, 8, 60))
    new = chance.choice((b"", chance.randbytes(1), chance.randbytes(3), chance.choice(STRANGE)))
    return data[:at] + new + data[at + length :]


def _end_is_lost(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


_FAULTS: Sequence[Mutate] = (_part_moves, _part_moves, _word_changes, _word_changes, _bytes_change, _end_is_lost)


def damaged_archive(data: bytes, chance: random.Random) -> bytes:
    """Return a zip archive with a fault in one of its parts; what is no archive, or should be none, as bytes."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
    # zipfile raises NotImplementedError for a way of packing that it does not know, RuntimeError for a password.
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, NotImplementedError, RuntimeError, OSError):
        parts = {}
    if not parts or chance.random() < 0.1:
        return damaged(data, chance)
    name = chance.choice(list(parts))
    match chance.randrange(10):
        case 0:
            del parts[name]
        case 1:
            parts[chance.choice((b"../", b"/", b"")).decode() + name.upper()] = parts.pop(name)
        case 2:
            parts[name] = parts[chance.choice(list(parts))]
        case _:
            parts[name] = damaged(parts[name], chance)
    return archive_of(parts)


def archive_of(parts: dict[str, bytes]) -> bytes:
    """Return a zip archive of parts by name, the same for the same parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return made.getvalue()
