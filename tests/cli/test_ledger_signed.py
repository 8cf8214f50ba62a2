"""`ledger key`, and `--key` of `ledger checkpoint`, `verify` and `restore`."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from peerbill.cli import main


def ledger(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["ledger", *map(str, arguments)])


MADE = (
    "Wrote private.pem, the private key: keep it secret, and apart from the ledger\n"
    "Wrote public.pem, the public key: give it to whoever verifies checkpoints\n"
)


@pytest.fixture
def billed(workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a workspace whose one clean encounter was billed, beside two pairs of keys and a signed checkpoint."""
    folder = tmp_path / "desk"
    folder.mkdir()
    monkeypatch.chdir(folder)
    CliRunner().invoke(main, ["bill", str(workspace), "--out", str(tmp_path / "out"), "--as-of", "2026-03-05"])
    made = ledger("key", "--private", "private.pem", "--public", "public.pem")
    assert (made.exit_code, made.output) == (0, MADE)
    assert ledger("key", "--private", "private2.pem", "--public", "public2.pem").exit_code == 0
    signed = ledger("checkpoint", workspace, "--out", "signed.json", "--key", "private.pem")
    assert (signed.exit_code, signed.output) == (0, "")
    assert ledger("checkpoint", workspace, "--out", "plain.json").exit_code == 0
    return workspace


WHOLE = "Ledger TEST: 1 claim, entries in the trail: 4; whole\n"


def test_a_signed_checkpoint_is_verified_with_its_key(billed: Path) -> None:
    assert list(json.loads(Path("signed.json").read_text())) == ["number", "hash", "at", "signature", "schema"]
    result = ledger("verify", billed, "--checkpoint", "signed.json", "--key", "public.pem")
    report = json.loads(
        ledger("verify", billed, "--checkpoint", "signed.json", "--key", "public.pem", "--json", "-").stdout
    )

    assert (result.exit_code, result.output) == (0, WHOLE)
    assert report["checkpoint"]["signature"] == "verified"
    assert ledger("checkpoint", billed, "--key", "private.pem").stdout.count('"signature"') == 1


def test_a_signature_that_is_not_looked_at_is_told(billed: Path) -> None:
    signed = ledger("verify", billed, "--checkpoint", "signed.json")
    plain = ledger("verify", billed, "--checkpoint", "plain.json")
    reports = [
        json.loads(ledger("verify", billed, "--checkpoint", file, "--json", "-").stdout)["checkpoint"]["signature"]
        for file in ("signed.json", "plain.json")
    ]

    assert (signed.exit_code, signed.stdout) == (0, WHOLE)
    assert signed.stderr == (
        "Notice: signed.json is signed, and its signature was not looked at. Give the public key with --key FILE.\n"
    )
    assert (plain.exit_code, plain.output) == (0, WHOLE)
    assert reports == ["not looked at", ""]


NOT_OF_THE_KEY = (
    "was not signed with the key that was given, or was changed since. Do not trust it: compare it with another copy, "
    "and the key with the one that signs."
)
REFUSED = [
    (
        "--checkpoint plain.json --key public.pem",
        "plain.json is not signed: take one that peerbill ledger checkpoint --key wrote, or leave out the key.",
    ),
    ("--checkpoint altered.json --key public.pem", f"altered.json {NOT_OF_THE_KEY}"),
    ("--checkpoint signed.json --key public2.pem", f"signed.json {NOT_OF_THE_KEY}"),
    (
        "--checkpoint signed.json --key private.pem",
        "private.pem: it holds a private key: expected the public one. Keep the private one where nobody verifies.",
    ),
    (
        "--checkpoint public.pem --key signed.json",
        "public.pem is no checkpoint, but a key: give each file its own option.",
    ),
    (
        "--checkpoint signed.json --key plain.json",
        "plain.json: it holds a checkpoint, and no key: give each file its own option.",
    ),
    ("--checkpoint signed.json --key none.pem", "none.pem: cannot be read: No such file or directory. Check the file."),
    (
        "--key public.pem",
        "--key is for --checkpoint FILE: give both, or leave out --key. See: main ledger {} --help",
    ),
]


@pytest.mark.parametrize("command", ["verify", "restore"])
def test_what_is_not_signed_with_the_key_is_refused(billed: Path, command: str) -> None:
    signed = Path("signed.json").read_text()
    Path("altered.json").write_text(signed.replace('"number": 4', '"number": 3'))
    ledger("backup", billed, "b.db")
    before = (billed / "ledger.db").read_bytes()
    more = ("b.db", "--replace") if command == "restore" else ()

    for options, error in REFUSED:
        result = ledger(command, billed, *more, *options.split())

        told = (result.exit_code, result.stdout, result.stderr)
        assert told == (2, "", f"Error: {error.format(command)}\n"), options
    assert (billed / "ledger.db").read_bytes() == before


def test_a_restore_takes_a_signed_checkpoint(billed: Path) -> None:
    ledger("backup", billed, "b.db")

    result = ledger("restore", billed, "b.db", "--replace", "--checkpoint", "signed.json", "--key", "public.pem")

    assert (result.exit_code, result.stderr) == (0, "")


UNFIT = [
    ("public.pem", "public.pem: it holds a public key: expected the private one, which signs."),
    ("plain.json", "plain.json: it holds a checkpoint, and no key: give each file its own option."),
    ("open.pem", "open.pem: it holds a private key, and others than its owner may use it. Run: chmod 600 open.pem."),
]


def test_a_checkpoint_that_cannot_be_signed_is_not_written(billed: Path) -> None:
    Path("open.pem").write_bytes(Path("private.pem").read_bytes())
    Path("open.pem").chmod(0o640)

    for key, error in UNFIT:
        result = ledger("checkpoint", billed, "--out", "new.json", "--key", key)

        assert (result.exit_code, result.output) == (2, f"Error: {error}\n")
        assert not Path("new.json").exists()


SAME = "named by --private and by --public. Give each report its own name. See: main ledger key --help"
TAKEN = [
    ("private.pem", "new.pem", "private.pem: it is in the way, and a key is never replaced: give another name."),
    ("new.pem", "public.pem", "public.pem: it is in the way, and a key is never replaced: give another name."),
    ("new.pem", "new.pem", f"new.pem: {SAME}"),
]


def test_a_key_takes_the_place_of_nothing(billed: Path) -> None:
    before = {path.name: path.read_bytes() for path in Path().iterdir()}

    for private, public, error in TAKEN:
        result = ledger("key", "--private", private, "--public", public)
        assert (result.exit_code, result.output) == (2, f"Error: {error}\n")
    signed = ledger("checkpoint", billed, "--out", "private.pem", "--key", "private.pem")

    assert (signed.exit_code, "read, and written as a report" in signed.stderr) == (2, True)
    assert {path.name: path.read_bytes() for path in Path().iterdir()} == before


def test_without_the_package_a_line_names_the_extra(billed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "cryptography"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    monkeypatch.delitem(sys.modules, "peerbill.ledger.signing")

    for command in (
        "key --private p.pem --public q.pem",
        f"checkpoint {billed} --key private.pem",
        f"verify {billed} --checkpoint signed.json --key public.pem",
    ):
        result = ledger(*command.split())

        assert (result.exit_code, result.output) == (
            2,
            "Error: signing checkpoints needs the package cryptography: install peerbill[signing]\n",
        )
    assert not Path("p.pem").exists()


def test_an_unsigned_checkpoint_needs_no_package(billed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "peerbill.ledger.signing", None)

    assert ledger("checkpoint", billed, "--out", "again.json").exit_code == 0
    assert ledger("verify", billed, "--checkpoint", "again.json").exit_code == 0
