"""Signatures of checkpoints: ed25519 (RFC 8032), with keys in PEM files (PKCS #8, and SubjectPublicKeyInfo).

What is signed is `signed_text`, in UTF-8: each field of the checkpoint in a line of its own, so that any program can
verify it, such as openssl. The signature is in the document as 128 hexadecimal digits. The document is signed as
`checkpoints.document` writes it: one that differs from that in a single byte, also between the values, is refused.
"""

import os
import re
from pathlib import Path
from typing import NoReturn

import attrs

from peerbill.ledger.checkpoints import SCHEMA, document
from peerbill.ledger.store import disk
from peerbill.ledger.store.trail import Checkpoint
from peerbill.model.errors import UnusableInputError
from peerbill.model.extras import name_the_extra
from peerbill.model.input_files import open_file, others_may_use, unreadable

try:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519
except ModuleNotFoundError as error:
    raise name_the_extra(error, "signing checkpoints") from error

_MOST_BYTES = 100_000
_LABEL = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----")
_SIGNATURE = re.compile(r"[0-9a-f]{128}")
_MAKE = "Make a pair with: peerbill ledger key"


def signed_text(checkpoint: Checkpoint) -> bytes:
    """Return the text that is signed: what it is, then each field of the document but the signature.

    >>> print(signed_text(Checkpoint(4, "0f", "2026-03-05T12:00:00+00:00")).decode(), end="")
    peerbill ledger checkpoint
    number: 4
    hash: 0f
    at: 2026-03-05T12:00:00+00:00
    schema: 1
    """
    text = (
        "peerbill ledger checkpoint\n"
        f"number: {checkpoint.number}\nhash: {checkpoint.hash}\nat: {checkpoint.at}\nschema: {SCHEMA}\n"
    )
    return text.encode(errors="surrogatepass")  # a file that nobody signed may hold anything


def make_pair(private: Path, public: Path) -> None:
    """Make a key and write its two halves, each into a new file that only its owner may read.

    Raises UnusableInputError where anything has one of the names, and OSError where one cannot be written; neither file
    is made then.
    """
    for file in (private, public):
        if os.path.lexists(file):
            _refuse(file, "it is in the way, and a key is never replaced: give another name")
    key = ed25519.Ed25519PrivateKey.generate()
    pkcs8 = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    disk.write_new(private, [pkcs8.decode()])
    try:
        disk.write_new(public, [_pem(key.public_key()).decode()])
    except OSError:
        private.unlink(missing_ok=True)
        raise


def _pem(key: ed25519.Ed25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def sign(checkpoint: Checkpoint, key: ed25519.Ed25519PrivateKey) -> Checkpoint:
    """Return a checkpoint with its signature."""
    return attrs.evolve(checkpoint, signature=key.sign(signed_text(checkpoint)).hex())


def require_signature(checkpoint: Checkpoint, content: bytes, key: ed25519.Ed25519PublicKey, file: Path) -> None:
    """Refuse a checkpoint, read from a file with some content, that is not signed as it is with a key.

    Raises UnusableInputError.
    """
    if not checkpoint.signature:
        raise UnusableInputError(
            f"{file} is not signed: take one that peerbill ledger checkpoint --key wrote, or leave out the key."
        )
    if content != document(checkpoint).encode():
        raise UnusableInputError(
            f"{file} is not byte for byte what was signed: it was changed, if only in its spaces or the ends of its "
            "lines. Take it from where it was kept."
        )
    if not (_SIGNATURE.fullmatch(checkpoint.signature) and _is_of(key, checkpoint)):
        raise UnusableInputError(
            f"{file} was not signed with the key that was given, or was changed since. Do not trust it: compare it "
            "with another copy, and the key with the one that signs."
        )


def _is_of(key: ed25519.Ed25519PublicKey, checkpoint: Checkpoint) -> bool:
    try:
        key.verify(bytes.fromhex(checkpoint.signature), signed_text(checkpoint))
    except InvalidSignature:
        return False
    return True


def read_private_key(file: Path) -> ed25519.Ed25519PrivateKey:
    """Return the private key in a file.

    Raises UnusableInputError where there is none of ed25519, where it is encrypted, and where others than the owner of
    the file may use it.
    """
    content = _read(file, is_secret=True)
    match _label(file, content):
        case "PRIVATE KEY":
            pass
        case "PUBLIC KEY":
            _refuse(file, "it holds a public key: expected the private one, which signs")
        case "ENCRYPTED PRIVATE KEY":
            _refuse(file, f"it holds a private key that is encrypted: expected one without a password. {_MAKE}")
        case _:
            _refuse_kind(file)
    try:
        key = serialization.load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        _refuse_damaged(file)
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        _refuse_kind(file)
    return key


def read_public_key(file: Path) -> ed25519.Ed25519PublicKey:
    """Return the public key in a file. Raises UnusableInputError where there is none of ed25519."""
    content = _read(file, is_secret=False)
    match _label(file, content):
        case "PUBLIC KEY":
            pass
        case "PRIVATE KEY" | "ENCRYPTED PRIVATE KEY":
            _refuse(file, "it holds a private key: expected the public one. Keep the private one where nobody verifies")
        case _:
            _refuse_kind(file)
    try:
        key = serialization.load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm):
        _refuse_damaged(file)
    if not isinstance(key, ed25519.Ed25519PublicKey):
        _refuse_kind(file)
    return key


def verifying_key(public: Path | None, private: Path | None) -> ed25519.Ed25519PublicKey:
    """Return the key that verifies: the public one, else that of the private one. Raises UnusableInputError."""
    if public is not None:
        return read_public_key(public)
    if private is None:
        raise ValueError("expected the file of a public or of a private key")
    return read_private_key(private).public_key()


def _read(file: Path, *, is_secret: bool) -> bytes:
    try:
        with open_file(file) as opened:
            if is_secret and others_may_use(opened):
                _refuse(file, f"it holds a private key, and others than its owner may use it. Run: chmod 600 {file}")
            return opened.read(_MOST_BYTES)
    except OSError as error:
        raise UnusableInputError(unreadable(str(file), error)) from None


def _label(file: Path, content: bytes) -> str:
    """Return what the first block of a PEM file holds, in the words of its first line."""
    found = _LABEL.search(content)
    if found is None:
        if content.lstrip().startswith(b"{"):
            _refuse(file, "it holds a checkpoint, and no key: give each file its own option")
        _refuse(file, "it holds no key: expected a key in PEM, as peerbill ledger key writes it")
    return found[1].decode()


def _refuse(file: Path, what: str) -> NoReturn:
    raise UnusableInputError(f"{file}: {what}.")


def _refuse_kind(file: Path) -> NoReturn:
    _refuse(file, f"it holds a key of another kind: expected one of ed25519. {_MAKE}")


def _refuse_damaged(file: Path) -> NoReturn:
    _refuse(file, "it holds a key that is damaged: take another copy of it")
