"""Signed checkpoints: what is signed, what is refused, and which keys are none."""

import doctest
import json
import stat
import sys
from pathlib import Path

import attrs
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from peerbill.ledger import checkpoints, signing
from peerbill.ledger.store.trail import Checkpoint
from peerbill.model.errors import UnusableInputError

PLAIN = Checkpoint(29, "5d" * 32, "2026-11-20T12:00:00+00:00")
KEY = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SIGNED = signing.sign(PLAIN, KEY)
CONTENT = checkpoints.document(SIGNED).encode()


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("signing") / "checkpoint.json"


def refused(content: bytes, file: Path, key: ed25519.Ed25519PrivateKey = KEY) -> str:
    """Return why a file with some content is no signed checkpoint, "" where it is one."""
    file.write_bytes(content)
    try:
        checkpoint, read = checkpoints.read_checkpoint(file)
        signing.require_signature(checkpoint, read, key.public_key(), file)
    except UnusableInputError as error:
        return str(error)
    return ""


def test_the_document_has_the_signature_beside_the_fields(scratch: Path) -> None:
    assert signing.signed_text(PLAIN) == (
        b"peerbill ledger checkpoint\nnumber: 29\nhash: " + b"5d" * 32 + b"\nat: 2026-11-20T12:00:00+00:00\nschema: 1\n"
    )
    assert attrs.evolve(PLAIN, signature=KEY.sign(signing.signed_text(PLAIN)).hex()) == SIGNED
    assert json.loads(CONTENT) == {
        "number": 29,
        "hash": "5d" * 32,
        "at": "2026-11-20T12:00:00+00:00",
        "signature": SIGNED.signature,
        "schema": 1,
    }
    assert list(json.loads(checkpoints.document(PLAIN))) == ["number", "hash", "at", "schema"]
    scratch.write_bytes(CONTENT)
    assert checkpoints.read_checkpoint(scratch) == (SIGNED, CONTENT)
    assert refused(CONTENT, scratch) == ""


@pytest.mark.parametrize(
    ("number", "fits"), [(-1, False), (0, True), (2**63 - 1, True), (2**63, False), (10**30, False)]
)
def test_a_number_that_no_entry_has_is_refused(scratch: Path, number: int, *, fits: bool) -> None:
    checkpoint = Checkpoint(number, "0" * 64, "x")
    scratch.write_text(checkpoints.document(checkpoint))

    if fits:
        assert checkpoints.read_checkpoint(scratch)[0] == checkpoint
    else:
        with pytest.raises(
            UnusableInputError, match="is no checkpoint: expected a number from 0 to 9223372036854775807"
        ):
            checkpoints.read_checkpoint(scratch)


def test_every_changed_byte_of_a_signed_document_is_refused(scratch: Path) -> None:
    for at in range(len(CONTENT)):
        for bit in (0x01, 0x20, 0x80):  # the next sign, the other case, no ASCII
            changed = bytearray(CONTENT)
            changed[at] ^= bit
            assert refused(bytes(changed), scratch), (at, bit)


@given(st.integers(0, len(CONTENT)), st.integers(0, 40), st.binary(max_size=40))
def test_whatever_is_put_in_or_taken_out_is_refused(scratch: Path, at: int, removed: int, put: bytes) -> None:
    changed = CONTENT[:at] + put + CONTENT[at + removed :]

    assert (refused(changed, scratch) == "") is (changed == CONTENT)


@given(st.integers(0), st.text(), st.text())
def test_a_signature_is_of_its_own_checkpoint_alone(scratch: Path, number: int, hash_: str, at: str) -> None:
    other = Checkpoint(number, hash_, at, SIGNED.signature)

    assert refused(checkpoints.document(other).encode(), scratch)


@pytest.mark.parametrize(
    ("signature", "why"),
    [
        ("", "is not signed: take one that"),
        ("00" * 64, "was not signed with the key that was given, or was changed since"),
        (SIGNED.signature.upper(), "was not signed with the key that was given"),
        (f"{SIGNED.signature[:2]} {SIGNED.signature[2:]}", "was not signed with the key that was given"),
        (SIGNED.signature[:-2], "was not signed with the key that was given"),
        (SIGNED.signature + "00", "was not signed with the key that was given"),
        ("\ud800", "was not signed with the key that was given"),
    ],
)
def test_a_signature_that_is_none(scratch: Path, signature: str, why: str) -> None:
    unsigned = attrs.evolve(PLAIN, signature=signature)

    assert why in refused(checkpoints.document(unsigned).encode(), scratch)


def test_the_same_values_in_another_form_are_refused(scratch: Path) -> None:
    compact = json.dumps(json.loads(CONTENT)).encode()

    assert "is not byte for byte what was signed" in refused(compact, scratch)
    assert "is not byte for byte what was signed" in refused(CONTENT.replace(b"\n", b"\r\n"), scratch)
    assert "is not byte for byte what was signed" in refused(b"\xef\xbb\xbf" + CONTENT, scratch)


def test_another_key_is_refused(scratch: Path) -> None:
    assert "was not signed with the key that was given" in refused(
        CONTENT, scratch, ed25519.Ed25519PrivateKey.generate()
    )


def test_a_pair_signs_and_verifies_and_replaces_nothing(tmp_path: Path) -> None:
    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    signing.make_pair(private, public)
    before = (private.read_bytes(), public.read_bytes())

    signed = signing.sign(PLAIN, signing.read_private_key(private))
    signing.require_signature(signed, checkpoints.document(signed).encode(), signing.read_public_key(public), tmp_path)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (private, public)] == [0o600, 0o600]
    assert before[0].startswith(b"-----BEGIN PRIVATE KEY-----\n")
    assert before[1].startswith(b"-----BEGIN PUBLIC KEY-----\n")
    for names in ((private, public), (private, tmp_path / "new"), (tmp_path / "new", public)):
        with pytest.raises(UnusableInputError, match="is in the way, and a key is never replaced: give another name"):
            signing.make_pair(*names)
    assert (private.read_bytes(), public.read_bytes()) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["private.pem", "public.pem"]


def test_half_a_pair_is_not_left(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        signing.make_pair(tmp_path / "private.pem", tmp_path / "none" / "public.pem")

    assert list(tmp_path.iterdir()) == []


PEM, PKCS8, NONE = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
INFO = serialization.PublicFormat.SubjectPublicKeyInfo
ELLIPTIC = ec.generate_private_key(ec.SECP256R1())
PRIVATE = KEY.private_bytes(PEM, PKCS8, NONE)
PUBLIC = KEY.public_key().public_bytes(PEM, INFO)
KIND = "it holds a key of another kind: expected one of ed25519. Make a pair with: peerbill ledger key."
NO_KEY = "it holds no key: expected a key in PEM, as peerbill ledger key writes it."
ENCRYPTED = (
    "it holds a private key that is encrypted: expected one without a password. Make a pair with: peerbill ledger key."
)
DAMAGED = "it holds a key that is damaged: take another copy of it."
CHECKPOINT = "it holds a checkpoint, and no key: give each file its own option."


@pytest.mark.parametrize(
    ("content", "private", "public"),
    [
        (PRIVATE, "", "it holds a private key: expected the public one. Keep the private one where nobody verifies."),
        (PUBLIC, "it holds a public key: expected the private one, which signs.", ""),
        (
            KEY.private_bytes(PEM, PKCS8, serialization.BestAvailableEncryption(b"hush")),
            ENCRYPTED,
            "it holds a private key: expected the public one. Keep the private one where nobody verifies.",
        ),
        (KEY.private_bytes(PEM, serialization.PrivateFormat.OpenSSH, NONE), KIND, KIND),
        (ELLIPTIC.private_bytes(PEM, serialization.PrivateFormat.TraditionalOpenSSL, NONE), KIND, KIND),
        (ELLIPTIC.private_bytes(PEM, PKCS8, NONE), KIND, None),
        (ELLIPTIC.public_key().public_bytes(PEM, INFO), None, KIND),
        (ed448.Ed448PrivateKey.generate().private_bytes(PEM, PKCS8, NONE), KIND, None),
        (rsa.generate_private_key(65537, 2048).public_key().public_bytes(PEM, INFO), None, KIND),
        (b"-----BEGIN CERTIFICATE-----\n", KIND, KIND),
        (PRIVATE.replace(b"M", b"N"), DAMAGED, None),
        (PRIVATE[:40], DAMAGED, None),
        (PUBLIC.replace(b"M", b"N"), None, DAMAGED),
        (PUBLIC[:40], None, DAMAGED),
        (b"", NO_KEY, NO_KEY),
        (KEY.private_bytes_raw(), NO_KEY, NO_KEY),
        (CONTENT, CHECKPOINT, CHECKPOINT),
    ],
)
def test_what_is_no_key_is_refused_in_a_sentence(
    tmp_path: Path, content: bytes, private: str | None, public: str | None
) -> None:
    file = tmp_path / "key.pem"
    file.write_bytes(content)
    file.chmod(0o600)

    for read, why in ((signing.read_private_key, private), (signing.read_public_key, public)):
        if why == "":
            assert read(file) is not None
        elif why is not None:
            with pytest.raises(UnusableInputError) as error:
                read(file)
            assert str(error.value) == f"{file}: {why}"


@given(st.binary())
def test_no_content_of_a_key_ends_in_another_error(scratch: Path, junk: bytes) -> None:
    for content in (junk, PRIVATE[:30] + junk, PUBLIC[:30] + junk):
        scratch.write_bytes(content)
        scratch.chmod(0o600)
        for read in (signing.read_private_key, signing.read_public_key):
            with pytest.raises(UnusableInputError):
                read(scratch)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601])
def test_a_private_key_is_for_its_owner_alone(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "private.pem"
    file.write_bytes(PRIVATE)
    file.chmod(mode)
    with pytest.raises(UnusableInputError) as error:
        signing.read_private_key(file)

    assert str(error.value) == (
        f"{file}: it holds a private key, and others than its owner may use it. Run: chmod 600 {file}."
    )
    file.chmod(0o400)
    assert signing.read_private_key(file).private_bytes_raw() == KEY.private_bytes_raw()


def test_a_public_key_may_be_anybodys(tmp_path: Path) -> None:
    file = tmp_path / "public.pem"
    file.write_bytes(PUBLIC)
    file.chmod(0o644)

    assert signing.read_public_key(file) == KEY.public_key()


@pytest.mark.parametrize("read", [signing.read_private_key, signing.read_public_key])
def test_a_key_that_is_not_there_is_told(tmp_path: Path, read: object) -> None:
    assert callable(read)
    with pytest.raises(UnusableInputError, match="cannot be read: No such file"):
        read(tmp_path / "none.pem")
    with pytest.raises(UnusableInputError, match="cannot be read: expected a file, found a folder"):
        read(tmp_path)


def test_the_text_that_is_signed_is_as_the_docstring_has_it() -> None:
    assert doctest.testmod(sys.modules[signing.__name__]).failed == 0
