"""Commands that were killed, run once more: they list and end as undisturbed, and leave no temporary file."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from answering import held, pay
from payer import Decision, SentFile, ack277, receive, reduced, remit
from stopped import run, stopped

from peerbill.cli import setup
from peerbill.ledger import reading
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

    last = max(seen, key=lambda step: int(step.split()[0]))
    del seen[last]  # everything was posted and the command at its end: the files were posted before
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
