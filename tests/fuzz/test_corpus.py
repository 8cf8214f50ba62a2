"""What a fuzzer once found stays mended, and the fuzzers themselves see what they look for."""

import contextlib
import random
import socket
import subprocess
import zipfile
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fuzz.contract import BrokenPromiseError, promised, result
from fuzz.mutation import archive_of, damaged, damaged_archive
from fuzz.run import CORPUS, kept
from fuzz.targets import TARGETS

from peerbill.model.errors import UnusableInputError

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT = [(name, path) for name in TARGETS for path in kept(name)]


@pytest.mark.parametrize(("name", "path"), KEPT, ids=[f"{name}-{path.name}" for name, path in KEPT])
def test_what_was_found_stays_mended(name: str, path: Path, tmp_path: Path) -> None:
    target = TARGETS[name]
    list(target.seeds())
    with promised(tmp_path):
        target.read(path.read_bytes(), tmp_path)


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_reads_a_seed_and_its_damage(name: str, tmp_path: Path) -> None:
    target, chance = TARGETS[name], random.Random(1)  # noqa: S311  # no secret rests on it
    seed = next(iter(target.seeds()))
    list(target.seeds())
    for number, data in enumerate((seed, target.mutate(seed, chance), b"")):
        folder = tmp_path / str(number)
        folder.mkdir()
        with promised(folder):
            target.read(data, folder)


def test_the_corpus_is_of_targets_that_there_are() -> None:
    assert {path.name for path in CORPUS.iterdir()} <= TARGETS.keys()


def test_a_file_of_others_and_the_network_are_out_of_bounds(tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    own.mkdir()
    other.write_text("x")
    with promised(own):
        (own / "a").write_text("a")
        (own / "a").rename(own / "b")
    breaches: tuple[Callable[[], object], ...] = (
        other.read_text,
        lambda: other.write_text("y"),
        other.unlink,
        lambda: (own / "b").rename(tmp_path / "b"),
        (own / ".." / "c").mkdir,
        lambda: socket.create_connection(("127.0.0.1", 9)),
        lambda: subprocess.run(["true"], check=False),
    )
    for breach in breaches:
        with pytest.raises(BrokenPromiseError), promised(own):
            breach()

    assert other.read_text() == "x"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "own"]


def test_a_breach_is_told_also_where_a_reader_hides_it(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()

    def read() -> None:
        with promised(own), contextlib.suppress(BaseException):  # as a careless reader would
            (tmp_path / "other").write_text("x")

    with pytest.raises(BrokenPromiseError, match="it opened"):
        read()


def test_a_refusal_has_its_kind_and_names_the_file() -> None:
    def refuse(error: Exception) -> None:
        raise error

    assert result(lambda: 7, UnusableInputError) == 7
    assert result(lambda: refuse(UnusableInputError("a.csv line 3: x")), UnusableInputError, "a.csv") is None
    for message in ("", "line 3: x", "a.csv: x\nb.csv: y"):
        with pytest.raises(BrokenPromiseError):
            result(partial(refuse, UnusableInputError(message)), UnusableInputError, "a.csv")
    with pytest.raises(KeyError):
        result(lambda: refuse(KeyError("a")), UnusableInputError)


def test_damage_is_the_same_for_the_same_seed_and_never_what_was_there() -> None:
    made = [damaged(b"a,b\n1,2\n3,4\n", random.Random(seed)) for seed in range(200)]  # noqa: S311  # as above

    assert made == [damaged(b"a,b\n1,2\n3,4\n", random.Random(seed)) for seed in range(200)]  # noqa: S311
    assert len(set(made)) > 100


def test_a_workbook_is_damaged_inside_its_archive() -> None:
    whole = archive_of({"a.xml": b"<a>1</a>", "b.xml": b"<b>2</b>"})
    made = [damaged_archive(whole, random.Random(seed)) for seed in range(100)]  # noqa: S311  # as above
    sound = [data for data in made if zipfile.is_zipfile(BytesIO(data))]

    assert len(sound) > 80
    assert len(set(sound)) > 40
