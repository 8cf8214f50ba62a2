"""The version of the packaged policy data, which changes apart from that of the program."""

import functools
import hashlib
import tomllib
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable

_DATA = (".toml", ".xz")


@functools.cache
def policy_data_version() -> str:
    """Return the version of the packaged data: its calendar version and the SHA-256 of all its files.

    Two installations with the same version answer alike. An agency's own policies are not part of it: each
    programme's SHA-256 covers those. Such as `2026.11.28+` and 64 hexadecimal digits.
    """
    return version_of(resources.files("peerbill.codesets"))


def version_of(folder: Traversable) -> str:
    """Return the version of the data in a folder: `version.toml`, `+`, and the digest of every name and content."""
    digest = hashlib.sha256()
    for name, content in sorted(_contents(folder, "")):
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    calendar = tomllib.loads((folder / "version.toml").read_text(encoding="utf-8"))["version"]
    return f"{calendar}+{digest.hexdigest()}"


def _contents(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _contents(entry, f"{path}{entry.name}/")
        elif entry.name.endswith(_DATA):
            # A checkout may have turned the ends of lines, which change no value.
            content = entry.read_bytes()
            yield f"{path}{entry.name}", content if entry.name.endswith(".xz") else content.replace(b"\r\n", b"\n")
