"""Commands that were killed, run once more: they list and end as undisturbed, and leave no temporary file."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import faults
import pytest
import sqlalchemy as sa
from answering import held, pay
from payer import Decision, SentFile, ack277, denied, receive, reduced, remit
from setup_answers import NJ
from stopped import killed, run, stopped

from peerbill.cli import setup
from peerbill.ledger.look.history import reading
from peerbill.ledger.store import tables
from peerbill.ledger.verify import verify


@pytest.fixture
def sent(workspace: Path) -> SentFile:
    """Return what the payer receives of the workspace's one claim, which is billed into the workspace."""
    run(["bill", workspace, "--out", workspace / "out", "--as-of", "2026-03-05"])
    (path,) = (workspace / "out").glob("*.837")
    return receive(path.read_text())


def _is_whole(workspace: Path) -> bool:
    with reading("sqlite:///ledger.db", workspace) as connection:
        assert connection is not None
        pending = sa.select(sa.func.count()).where(tables.files.c.state == "pending")
        return verify(connection).problems == () and not connection.execute(pending).scalar()


def test_a_post_of_several_files_shows_all_once_more(workspace: Path, tmp_path: Path, sent: SentFile) -> None:
    """The first file rejects, the second fits nothing, the third pays: whatever was seen of them, all is shown."""
    texts = {
        "r.277": ack277(sent, lambda _: "A7:33"),
        "s.277": ack277(sent, control=2).replace("PBTEST00000001", "OTHER"),
        "t.835": remit(sent, [Decision(claim, reduced) for claim in sent.claims]),
    }
    files = [tmp_path / name for name in texts]
    for path, text in zip(files, texts.values(), strict=True):
        path.write_text(text)
    report = tmp_path / "posted.json"
    every = stopped(
        workspace,
        tmp_path,
        lambda folder: ["post", folder, *files, "--json", report],
        lambda name: name in {"commit", "committed"},
    )
    _, whole, expected = next(every)
    document, ledger = json.loads(report.read_text()), _contents(whole)
    assert (expected.exit_code, "Rejected" in expected.stdout, "Unmatched" in expected.stdout) == (1, True, True)

    seen = {step: (again, folder, json.loads(report.read_text())) for step, folder, again in every}

    # Everything was posted, and the command at its end: all is shown, with the word that it was posted before.
    last = max(seen, key=lambda step: int(step.split()[0]))
    again, folder, shown = seen.pop(last)
    lines = [line for line in again.stdout.splitlines() if "the same file was posted" not in line]
    assert (again.exit_code, lines, again.stderr) == (expected.exit_code, expected.stdout.splitlines(), "")
    assert again.stdout.count("the same file was posted") == len(files)
    assert [{**file, "posted_at": "", "notices": file["notices"][:-1]} for file in shown["files"]] == document["files"]
    assert _contents(folder) == ledger
    assert len(seen) >= len(files)
    for again, folder, shown in seen.values():
        assert (again.exit_code, again.stdout, again.stderr) == (expected.exit_code, expected.stdout, "")
        assert shown == document
        assert _contents(folder) == ledger
    # The same files a second time are no rerun of what was stopped.
    second = run(["post", whole, *files[:2]])
    assert (second.exit_code, second.stdout.count("the same file was posted")) == (0, 2)


def _contents(workspace: Path) -> list[tuple[object, ...]]:
    return [tuple(row)[:2] + tuple(row)[3:8] for row in held(workspace)["claims"]]


def test_nothing_stays_hidden_after_a_void_that_was_killed(workspace: Path, tmp_path: Path, sent: SentFile) -> None:
    del sent
    pay(workspace, workspace / "out")
    every = stopped(
        workspace,
        tmp_path,
        lambda folder: ["void", folder, "PBTEST00000001", "--out", folder / "out", "--as-of", "2026-03-06"],
        lambda name: name in {"committed", "rename", "link"},
    )
    next(every)
    steps = 0
    for step, folder, _ in every:
        steps += 1
        names = {path.name for path in (folder / "out").iterdir()}
        assert [name for name in names if name.startswith(".")] == [], step
        assert _is_whole(folder), step
        claims = json.loads((folder / "out" / "manifest.json").read_text())["claims"]
        assert [claim.get("replaces") for claim in claims] == ["PBTEST00000001"], step
    assert steps >= 3


CORRECTS = ["--as-of", "2026-03-06"]
REASON = ["--reason", "call 4711"]
AGAIN = "done by the command before, and nothing was recorded since. It is listed again; nothing changed"


def _denied(workspace: Path) -> None:
    pay(workspace, workspace / "out", denied)


def _paid(workspace: Path) -> None:
    pay(workspace, workspace / "out")


def _longer(workspace: Path) -> None:
    """Let the payer pay, then find that the contact was longer, so that there is something to replace."""
    pay(workspace, workspace / "out")
    table = workspace / "encounters.csv"
    table.write_text(table.read_text().replace("2026-03-02T10:45", "2026-03-02T11:00"))


COMMANDS: Mapping[str, tuple[Callable[[Path], None], list[str]]] = {
    "rebill": (_denied, []),
    "write-off": (_denied, REASON),
    "withdraw": (lambda _: None, REASON),
    "void": (_paid, CORRECTS),
    "replace": (_longer, CORRECTS),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_was_killed_lists_and_ends_as_undisturbed(
    workspace: Path, tmp_path: Path, sent: SentFile, command: str
) -> None:
    """Also killed after its last commit; a claim that is none is refused both times."""
    del sent
    prepare, options = COMMANDS[command]
    prepare(workspace)
    report = tmp_path / "done.json"

    def words(folder: Path) -> list[object]:
        out = ["--out", folder / "out"] if options is CORRECTS else []
        return [command, folder, "PBTEST00000001", "PB77", *options, *out, "--json", report]

    every = stopped(workspace, tmp_path, words, lambda name: name in {"commit", "committed", "rename", "link"})
    _, whole, expected = next(every)
    document, ledger = json.loads(report.read_text()), _contents(whole)
    assert (expected.exit_code, len(document.get("done", document.get("corrections")))) == (1, 1)

    told = []
    for step, folder, again in every:
        stdout = again.stdout.replace(str(folder), str(whole))
        assert (again.exit_code, stdout) == (1, expected.stdout), step
        assert json.loads(report.read_text()) == document, step
        assert _contents(folder) == ledger, step
        assert _is_whole(folder), step
        told.append(AGAIN in " ".join(again.stderr.split()))

    # Nothing tells a command that was killed at its very end from one that somebody saw.
    second = run(words(whole))
    assert (second.exit_code, second.stdout, _contents(whole)) == (1, expected.stdout, ledger)
    assert AGAIN in " ".join(second.stderr.split())
    assert told[-1]


@pytest.mark.parametrize("command", COMMANDS)
def test_once_something_else_is_recorded_a_claim_is_told_as_done_before(
    workspace: Path, tmp_path: Path, sent: SentFile, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare, options = COMMANDS[command]
    prepare(workspace)
    out = ["--out", workspace / "out"] if options is CORRECTS else []
    words = [command, workspace, "PBTEST00000001", *options, *out]
    assert run(words).exit_code == 0
    before = _contents(workspace)

    monkeypatch.setenv("PEERBILL_USER", "somebody else")
    other = run(words)
    monkeypatch.delenv("PEERBILL_USER")
    reason = run([*words[:-1], "another reason"]) if options is REASON else other
    strange = tmp_path / "s.277"
    strange.write_text(ack277(sent, control=2).replace("PBTEST00000001", "OTHER"))
    run(["post", workspace, strange])
    later = run(words)

    for refused in (other, reason, later):
        assert (refused.exit_code, "Not done: PBTEST00000001: " in refused.stderr, AGAIN in refused.stderr) == (
            1,
            True,
            False,
        )
    assert _contents(workspace) == before


@pytest.mark.parametrize("command", ["init", "init --example mi-recovery-coach", "init --excel", "setup"])
def test_a_new_workspace_that_was_killed_is_made_anew(tmp_path: Path, command: str) -> None:
    """Killed anywhere on the way, it is read by no command, and the same command once more makes all of it."""
    answers = tmp_path / "answers.toml"
    answers.write_text(NJ, encoding="utf-8")
    name, *options = command.split()
    options += ["--answers", str(answers)] if name == "setup" else ["--tag", "TEST"]
    steps = {"open", "mkdir", "committed", "unlink", "rename"}
    tried = 0
    (tmp_path / "base").mkdir()
    with faults.shimmed(faults.Shim()) as shim:
        expected = run([name, tmp_path / "whole", *options])
    assert expected.exit_code == 0, expected.output
    whole = _names_in(tmp_path / "whole")
    chosen = [step for step, kind in enumerate(shim.seen, start=1) if kind in steps]
    for step in (*chosen[:: max(len(chosen) // 5, 1)], chosen[-1]):
        folder = tmp_path / "base" / f"{step}"
        if not killed([name, str(folder), *map(str, options)], step):
            continue
        tried += 1
        if (folder / ".init").exists():
            read = run(["audit", folder])
            assert (read.exit_code, "once more, with the same options" in read.stderr) == (2, True), read.output
        again = run([name, folder, *options])
        # Killed at its very end, `init` has made all of it.
        done = again.exit_code == 2 and "expected a new or an empty folder" in again.stderr
        assert done or again.exit_code == 0, (step, again.output)
        assert _names_in(folder) == whole, step
    assert tried > 3


def test_what_somebody_put_into_a_part_of_a_workspace_stays(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    assert run(["init", folder]).exit_code == 0
    (folder / ".init").touch()
    (folder / "mine.txt").write_text("mine")

    again = run(["init", folder])

    assert (again.exit_code, (folder / "mine.txt").read_text()) == (2, "mine")
    assert again.stderr == f"Error: {folder}: expected a new or an empty folder. Give another name.\n"


def _names_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.name.endswith(".lock")}


def test_a_set_up_that_fails_leaves_both_files_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two, new = (tmp_path / name for name in ("one", "two", "new"))
    one.write_text("old one")
    two.write_text("old two")
    (tmp_path / ".two.old").write_text("of a run that was killed")
    real, renamed = setup.disk.rename, []

    def rename(temporary: Path, path: Path) -> None:
        renamed.append(path)
        if len(renamed) == 3:
            raise OSError(5, "Input/output error")
        real(temporary, path)

    monkeypatch.setattr(setup.disk, "rename", rename)
    with pytest.raises(OSError, match="Input/output"):
        setup._replace({one: "1", new: "n", two: "2"}, [one, two, new])

    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"one": "old one", "two": "old two"}
