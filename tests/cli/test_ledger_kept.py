"""`[ledger] checkpoint`: a checkpoint at the end of each run that changed the ledger, and `ledger verify` with it."""

import json
import shutil
from pathlib import Path
from typing import Any

import attrs
import faults
import pytest
from every_command import steps
from stopped import killed, run

from peerbill.agency import Agency
from peerbill.cli import corrections
from peerbill.intake.workspace import workspace_settings
from peerbill.ledger.checkpoints import Keeping, document, newest, read_checkpoint
from peerbill.ledger.look.history import reading
from peerbill.ledger.signing import make_pair
from peerbill.ledger.store import trail
from peerbill.ledger.store.trail import Checkpoint
from peerbill.model.errors import LedgerError, UnusableInputError
from peerbill.model.records import LEDGER_URL

BILL = "bill desk --out out --as-of 2026-03-05"
WITHDRAW = "withdraw desk PBTEST00000001 --reason seen"
UNDONE = "Error: what this command did to the ledger is done, but no checkpoint was written: "
WHOLE = "entries in the trail: 4; whole\n"


@pytest.fixture
def desk(workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a workspace, desk in the current folder, that can bill one claim."""
    base = tmp_path / "base"
    base.mkdir()
    monkeypatch.chdir(base)
    return workspace.rename(base / "desk")


def ask(folder: Path, **keys: str) -> None:
    """Write keys into `[ledger]` of a workspace."""
    settings = folder / "peerbill.toml"
    lines = "".join(f'{key} = "{value}"\n' for key, value in keys.items())
    text = settings.read_text(encoding="utf-8").replace("[ledger]\n", f"[ledger]\n{lines}")
    settings.write_text(text if lines in text else f"{text}\n[ledger]\n{lines}", encoding="utf-8")


def end_of(folder: Path) -> tuple[int, str]:
    with reading(LEDGER_URL, folder) as connection:
        if connection is None:
            return 0, trail.GENESIS
        found = trail.checkpoint(connection, "")
    return found.number, found.hash


def kept(folder: Path) -> dict[str, tuple[int, str]]:
    """Return the number and the hash of each checkpoint in a folder, by the name of its file."""
    found = {path.name: read_checkpoint(path)[0] for path in folder.iterdir()} if folder.exists() else {}
    return {name: (each.number, each.hash) for name, each in sorted(found.items())}


@pytest.mark.slow
def test_every_command_that_changes_the_ledger_ends_with_a_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    agency, folder = Path("agency"), Path("agency/kept")
    before, files, changing = (0, trail.GENESIS), {}, set()
    for command, code, result in steps():
        assert result.exit_code == code, (command, result.output)
        if command.startswith("init agency"):
            ask(agency, checkpoint="kept/")
        now = end_of(agency)
        if now != before:
            changing.add(" ".join(word for word in command.split()[:2] if word != "agency"))
            files[f"checkpoint-{now[0]:09d}.json"] = before = now
        assert kept(folder) == files, command

    assert changing >= {"bill", "eligibility", "post", "withdraw", "replace", "void", "ledger restore"}


@pytest.mark.parametrize("place", ["kept/", "kept", "trail.json", "/kept/"])
def test_a_folder_gets_a_file_for_each_run_and_a_file_is_replaced(desk: Path, tmp_path: Path, place: str) -> None:
    ask(desk, checkpoint=place if not place.startswith("/") else f"{tmp_path}{place}")
    at = tmp_path / "kept" if place.startswith("/") else desk / place
    if place == "kept":
        at.mkdir()
    billed, withdrawn = run(BILL.split()), run(WITHDRAW.split())
    looked = [run(words.split()) for words in ("claims desk", "audit desk --as-of 2026-03-05", "ledger verify desk")]
    last = end_of(desk)

    assert (billed.exit_code, withdrawn.exit_code) == (1, 0)  # E2 is held
    assert [each.exit_code for each in looked] == [0, 1, 0]
    if place == "trail.json":
        assert (read_checkpoint(at)[0].number, read_checkpoint(at)[0].hash) == last
    else:
        numbers = {4: f"checkpoint-{4:09d}.json", last[0]: f"checkpoint-{last[0]:09d}.json"}
        assert {name: number for name, (number, _) in kept(at).items()} == {numbers[n]: n for n in sorted(numbers)}
        assert oct(at.stat().st_mode & 0o777) == "0o700" or place == "kept"
    assert [path for path in desk.rglob(".*") if path.suffix == ".part"] == []


@pytest.mark.parametrize("place", ["kept/", "trail.json"])
def test_a_ledger_that_was_rolled_back_gets_no_checkpoint(desk: Path, place: str) -> None:
    ask(desk, checkpoint=place)
    run(BILL.split())
    shutil.copy(desk / "ledger.db", "early.db")
    assert run(WITHDRAW.split()).exit_code == 0
    file = newest(Keeping(desk / place, place.endswith("/"), None, None))
    assert file is not None
    before, late = file.read_bytes(), end_of(desk)[0]
    shutil.copy("early.db", desk / "ledger.db")

    looked = run(["claims", "desk"])
    again = run(WITHDRAW.replace("seen", "looked").split())

    assert (looked.exit_code, looked.stderr) == (0, "")
    assert again.exit_code == 1
    assert again.stdout == "PBTEST00000001: was withdrawn; 1 encounter can be billed again\n"
    named = file.relative_to(Path.cwd()) if file.is_absolute() else file
    assert again.stderr == (
        f"{UNDONE}the trail, whose last entry is {late}, no longer has entry {late} as the checkpoint {named} has it: "
        "the ledger was rolled back, or written anew, or it is another. Run peerbill ledger verify. If you restored a "
        f"backup on purpose, keep {named}, and move it elsewhere\n"
    )
    assert file.read_bytes() == before
    assert [claim.state for claim in Agency(workspace_settings(desk), folder=desk).claims()] == ["withdrawn"]
    verified = run(["ledger", "verify", "desk"])
    assert (verified.exit_code, "checkpoint: entry" in verified.stdout) == (1, True)

    file.rename("aside.json")
    assert run(BILL.replace("03-05", "03-06").split()).stderr == ""
    assert run(["ledger", "verify", "desk"]).exit_code == 0


def test_a_restore_of_an_older_backup_says_so_too(desk: Path) -> None:
    run(BILL.split())
    run(["ledger", "backup", "desk", "early.db"])
    ask(desk, checkpoint="trail.json")
    run(WITHDRAW.split())
    before = (desk / "trail.json").read_bytes()
    result = run(["ledger", "restore", "desk", "early.db", "--replace"])

    assert result.exit_code == 1
    assert result.stdout.startswith("Restored 1 claim from early.db")
    assert "no longer has entry" in result.stderr
    assert (desk / "trail.json").read_bytes() == before
    (desk / "trail.json").rename("aside.json")
    assert run(WITHDRAW.replace("seen", "looked").split()).exit_code == 0
    assert read_checkpoint(desk / "trail.json")[0].number == end_of(desk)[0]


@pytest.mark.parametrize("command", [BILL, "bill desk --out out --as-of 2026-03-05 --again none.837"])
def test_what_fails_at_the_end_hides_nothing(desk: Path, command: str) -> None:
    plain = shutil.copytree(desk, "plain")
    expected = run(command.replace("desk", str(plain)).split())
    shutil.rmtree("out", ignore_errors=True)
    ask(desk, checkpoint="kept/", checkpoint_key="none.pem")

    result = run(command.split())

    assert result.exit_code == max(expected.exit_code, 1)
    assert result.stdout.replace("desk", "plain") == expected.stdout
    told = result.stderr.replace(expected.stderr, "")
    cause = f"{UNDONE}desk/none.pem: cannot be read: No such file or directory. Check the file.\n"
    assert told == (cause if end_of(desk)[0] else "")
    assert not (desk / "kept").exists()


def test_a_ledger_that_is_made_and_gets_no_entry_needs_no_checkpoint(desk: Path) -> None:
    ask(desk, checkpoint="kept/")
    encounters = desk / "encounters.csv"
    encounters.write_text(encounters.read_text().splitlines()[0] + "\n")

    assert run(BILL.split()).exit_code == 0
    assert (desk / "ledger.db").exists()
    assert not (desk / "kept").exists()


def test_a_ledger_that_cannot_be_read_at_the_end_is_told(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(desk, checkpoint="kept/")
    run(BILL.split())
    tell = corrections.tell

    def then_lost(*arguments: Any) -> None:
        (desk / "ledger.db").write_bytes(b"no database" * 1000)
        tell(*arguments)

    monkeypatch.setattr(corrections, "tell", then_lost)
    result = run(["write-off", "desk", "PBTEST00000001", "--reason", "small"])

    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith(UNDONE)
    assert len(kept(desk / "kept")) == 1


def test_a_checkpoint_that_is_none_is_not_replaced(desk: Path) -> None:
    ask(desk, checkpoint="notes.txt")
    (desk / "notes.txt").write_text("call the payer")
    result = run(BILL.split())

    assert result.exit_code == 1
    assert "no checkpoint was written: desk/notes.txt is no checkpoint: expected JSON" in result.stderr
    assert (desk / "notes.txt").read_text() == "call the payer"
    assert end_of(desk)[0] == 4


def test_verify_takes_the_newest_checkpoint_and_its_key_from_the_settings(desk: Path) -> None:
    make_pair(Path("private.pem"), Path("public.pem"))
    make_pair(Path("private2.pem"), Path("public2.pem"))
    ask(desk, checkpoint="kept/", checkpoint_key="../private.pem")
    run(BILL.split())
    file = desk / "kept" / f"checkpoint-{4:09d}.json"

    def verified(*more: str) -> tuple[int, str, str]:
        result = run(["ledger", "verify", "desk", *more])
        return result.exit_code, result.stdout, result.stderr

    told = (0, f"Ledger TEST: 1 claim, {WHOLE}", "")
    assert verified() == told
    assert json.loads(verified("--json", "-")[1])["checkpoint"]["signature"] == "verified"
    assert verified("--key", "public.pem") == told
    assert verified("--key", "public2.pem")[0] == 2
    assert "was not signed with the key that was given" in verified("--key", "public2.pem")[2]
    ask(desk, checkpoint_public_key="../public.pem")
    Path("private.pem").rename("elsewhere.pem")
    assert verified() == told

    signed = file.read_bytes()
    file.write_bytes(signed.replace(b"T", b" "))
    assert verified()[0] == 2
    file.write_bytes(signed)
    (desk / "kept" / "checkpoint-1000000000.json").write_bytes(b"{}")
    assert "checkpoint-1000000000.json is no checkpoint" in verified()[2]
    (desk / "kept" / "checkpoint-1000000000.json").rename("junk.json")
    (desk / "kept" / "notes.txt").write_text("no checkpoint")
    assert verified() == told
    shutil.rmtree(desk / "kept")
    assert verified() == (
        0,
        f"Ledger TEST: 1 claim, {WHOLE}",
        "Notice: desk/kept has no checkpoint yet: the next run that changes the ledger writes one.\n",
    )


def test_an_older_checkpoint_under_a_higher_number_is_refused(desk: Path) -> None:
    """It would hide that the ledger was rolled back: it is signed, and the trail still has its entry."""
    make_pair(Path("private.pem"), Path("public.pem"))
    ask(desk, checkpoint="kept/", checkpoint_key="../private.pem")
    run(BILL.split())
    first = desk / "kept" / f"checkpoint-{4:09d}.json"
    shutil.copy(desk / "ledger.db", "early.db")
    run(WITHDRAW.split())
    shutil.copy("early.db", desk / "ledger.db")
    copied = desk / "kept" / "checkpoint-999999999.json"
    shutil.copy(first, copied)
    before = kept(desk / "kept")
    verified, again = run(["ledger", "verify", "desk"]), run(WITHDRAW.replace("seen", "looked").split())
    error = (
        "desk/kept/checkpoint-999999999.json holds the checkpoint of entry 4, and not the one of its name: somebody "
        "copied or renamed it. Move it elsewhere, find out who did that, and compare the ledger with a checkpoint that "
        "is kept apart from it (peerbill ledger verify --checkpoint FILE)"
    )

    assert (verified.exit_code, verified.stdout, verified.stderr) == (2, "", f"Error: {error}\n")
    assert (again.exit_code, again.stderr) == (1, f"{UNDONE}{error}\n")
    assert kept(desk / "kept") == before


def test_a_checkpoint_that_is_not_signed_with_the_key_is_not_gone_on_from(desk: Path) -> None:
    """Whoever rolls the ledger back could write one of before; the next run would sign what was rolled back."""
    make_pair(Path("private.pem"), Path("public.pem"))
    ask(desk, checkpoint="kept/")
    run(BILL.split())
    ask(desk, checkpoint_key="../private.pem")
    before = kept(desk / "kept")
    refused = run(WITHDRAW.split())
    file = Path("desk/kept", f"checkpoint-{4:09d}.json")

    assert (refused.exit_code, kept(desk / "kept")) == (1, before)
    assert refused.stderr == (
        f"{UNDONE}{file} is not signed: take one that peerbill "
        "ledger checkpoint --key wrote, or leave out the key. If you set or changed checkpoint_key after it was "
        f"written, keep {file}, and move it elsewhere\n"
    )
    file.rename("aside.json")
    assert run(BILL.split()).stderr == ""
    assert run(["ledger", "verify", "desk"]).exit_code == 0


def test_the_name_of_a_checkpoint_that_is_taken_by_another(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that ended at the same entry wrote the same; anything else is no reason to call it done."""
    settings = attrs.evolve(workspace_settings(desk), ledger_checkpoint="kept/")
    run(BILL.split())
    office = Agency(settings, folder=desk)
    (desk / "kept").mkdir()
    file = desk / "kept" / f"checkpoint-{4:09d}.json"
    monkeypatch.setattr("peerbill.ledger.checkpoints.newest", lambda _: None)  # it is written after that was looked at
    file.write_text(document(Checkpoint(*end_of(desk), "before")))
    assert office.checkpoint() == file
    for other in (Checkpoint(4, "0" * 64, "before"), Checkpoint(3, end_of(desk)[1], "before")):
        file.write_text(document(other))
        with pytest.raises(LedgerError, match="holds the checkpoint of another entry than 4 of this trail: keep it"):
            office.checkpoint()


def test_keys_that_are_no_pair_sign_nothing(desk: Path) -> None:
    make_pair(Path("private.pem"), Path("public.pem"))
    make_pair(Path("private2.pem"), Path("public2.pem"))
    ask(desk, checkpoint="kept/", checkpoint_key="../private.pem", checkpoint_public_key="../public2.pem")
    result = run(BILL.split())

    assert result.exit_code == 1
    assert "desk/../private.pem and desk/../public2.pem are no pair: correct checkpoint_key" in result.stderr
    assert not (desk / "kept").exists()


def test_a_program_writes_its_checkpoint_itself(desk: Path) -> None:
    run(BILL.split())
    settings = workspace_settings(desk)
    assert Agency(settings, folder=desk).checkpoint() is None
    asked = attrs.evolve(settings, ledger_checkpoint="trail.json")

    assert Agency(asked, folder=desk).checkpoint() == desk / "trail.json"
    assert Agency(asked, folder=desk).checkpoint() == desk / "trail.json"
    assert read_checkpoint(desk / "trail.json")[0].number == 4
    with pytest.raises(UnusableInputError, match=r"trail.json, of \[ledger\], begins at the workspace"):
        Agency(asked).checkpoint()
    with pytest.raises(LedgerError, match="there is no ledger yet"):
        Agency(asked, folder=desk / "none").checkpoint()


def test_what_a_killed_run_left_is_gone_after_the_next(desk: Path) -> None:
    for place in ("kept/", "trail.json"):
        folder = shutil.copytree(desk, desk.parent / f"copy-{place.strip('/')}")
        ask(folder, checkpoint=place)
        words = ["bill", str(folder), "--out", f"out-{folder.name}", "--as-of", "2026-03-05"]
        trial = shutil.copytree(folder, f"trial-{folder.name}")
        with faults.shimmed(faults.Shim()) as shim:
            run(["bill", trial, "--out", "out-trial", *words[4:]])
        shutil.rmtree("out-trial")
        last = max(at for at, name in enumerate(shim.seen, start=1) if name in {"link", "rename"})

        assert killed(words, last)
        assert len(left := list(folder.rglob(".*.part"))) == 1, left
        assert run(WITHDRAW.replace("desk", str(folder)).split()).exit_code == 0
        assert list(folder.rglob(".*.part")) == []
        assert run(["ledger", "verify", str(folder)]).exit_code == 0
