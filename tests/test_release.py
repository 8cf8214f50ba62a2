"""What a release gives out: the same bytes from any machine, packages by their hashes, licences that are allowed."""

import importlib.util
import io
import re
import tarfile
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / ".release" / "requirements.txt").read_text(encoding="utf-8")
TOOLS = (ROOT / ".release" / "tools.txt").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def load_release() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release", ROOT / ".release" / "release.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RELEASE = load_release()


def locked(text: str) -> list[tuple[Requirement, int]]:
    """Return each package of a lock file with the number of its hashes."""
    entries = re.sub(r"\\\n", " ", text).splitlines()
    return [(Requirement(entry.partition(" --hash")[0]), entry.count("--hash=sha256:")) for entry in entries]


def test_every_dependency_is_locked_within_its_bounds() -> None:
    wanted = [Requirement(text) for text in {*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["all"]}]
    versions = {(canonicalize_name(entry.name), next(iter(entry.specifier)).version) for entry, _ in locked(LOCK)}

    for requirement in wanted:
        found = [version for name, version in versions if name == canonicalize_name(requirement.name)]
        assert found, f"run make lock: {requirement} is missing"
        assert all(version in requirement.specifier for version in found), f"run make lock: {requirement}, {found}"


@pytest.mark.parametrize("text", [LOCK, TOOLS], ids=["requirements", "tools"])
def test_a_lock_has_one_version_and_its_hashes_for_each_package_and_no_address(text: str) -> None:
    entries = locked(text)

    assert len(entries) > 10
    assert [str(entry) for entry, hashes in entries if not hashes or not str(entry.specifier).startswith("==")] == []
    assert [line for line in text.splitlines() if "://" in line or line.startswith("-")] == []


def archive(path: Path, *, mode: int, time: int, owner: str, names: list[str]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name in names:
            member = tarfile.TarInfo(name)
            member.mode, member.mtime, member.uname, member.uid, member.size = mode, time, owner, len(owner), 2
            tar.addfile(member, io.BytesIO(b"x\n"))
    return path


def test_archives_of_two_machines_become_the_same(tmp_path: Path) -> None:
    one = archive(tmp_path / "1.tar.gz", mode=0o600, time=1_700_000_000, owner="ann", names=["p/b.py", "p/a.py"])
    two = archive(tmp_path / "2.tar.gz", mode=0o664, time=1_800_000_000, owner="root", names=["p/a.py", "p/b.py"])

    for made in (one, two):
        RELEASE.repack(made, made.with_suffix(".again"), 1_750_000_000)

    assert one.with_suffix(".again").read_bytes() == two.with_suffix(".again").read_bytes()
    with tarfile.open(one.with_suffix(".again")) as tar:
        assert [(each.name, oct(each.mode), each.mtime, each.uname) for each in tar.getmembers()] == [
            ("p/a.py", "0o644", 1_750_000_000, ""),
            ("p/b.py", "0o644", 1_750_000_000, ""),
        ]


@pytest.mark.parametrize(
    ("licences", "faults"),
    [
        ([{"license": {"id": "MIT"}}], []),
        ([{"license": {"id": "GPL-3.0-only"}}], ["part 1: GPL-3.0-only"]),
        ([{"license": {"id": "GPL-3.0-only"}}, {"license": {"id": "MIT"}}], []),
        ([{"expression": "BSD-3-Clause AND (Zlib)"}], []),
        ([{"expression": "BSD-3-Clause AND GPL-3.0-only"}], ["part 1: BSD-3-Clause AND GPL-3.0-only"]),
        ([{"expression": "GPL-3.0-only OR MIT"}], []),
        ([{"license": {"name": "License :: OSI Approved :: BSD License"}}], []),
        ([{"license": {"name": "Our own words"}}], ["part 1: Our own words"]),
        ([{"license": {"text": {"content": "long"}}}], ["part 1: (a text)"]),
        ([], ["part 1: none"]),
    ],
)
def test_a_part_needs_a_licence_of_the_list(licences: list[dict[str, Any]], faults: list[str]) -> None:
    assert RELEASE.unknown_licences({"components": [{"name": "part", "version": "1", "licenses": licences}]}) == faults


def test_a_package_may_have_its_own_exception_and_no_other_package() -> None:
    licences = [{"license": {"id": "LGPL-3.0-only"}}]
    parts = [{"name": name, "version": "3", "licenses": licences} for name in ("psycopg", "part")]

    assert RELEASE.unknown_licences({"components": parts}) == ["part 3: LGPL-3.0-only"]


def test_a_package_that_says_nothing_has_the_licence_that_was_read() -> None:
    parts: list[dict[str, Any]] = [{"name": name, "version": "1", "licenses": []} for name in ("partd", "part")]

    assert RELEASE.unknown_licences({"components": parts}) == ["part 1: none"]
