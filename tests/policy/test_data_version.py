"""The version of the policy data: when it changes, and that every result carries it."""

import datetime as dt
import re
import shutil
from pathlib import Path

import pytest

import peerbill
from peerbill.policy.data_version import policy_data_version, version_of

CODESETS = Path(__file__).parents[2] / "codesets"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CODESETS, tmp_path / "codesets"))


def test_it_is_a_day_and_a_digest() -> None:
    version, _, digest = policy_data_version().partition("+")
    year, month, day, *change = map(int, version.split("."))

    assert dt.date(year, month, day) >= dt.date(2026, 11, 28)
    assert change in ([], *([number] for number in range(2, 10)))
    assert re.fullmatch("[0-9a-f]{64}", digest)


def test_a_copy_has_the_same(data: Path) -> None:
    assert version_of(data) == policy_data_version()


@pytest.mark.parametrize("file", ["states/nj.toml", "payers/mi.toml", "national/carc.toml", "national.toml"])
def test_a_changed_file_changes_it(data: Path, file: str) -> None:
    with (data / file).open("a", encoding="utf-8") as stream:
        stream.write("# another word\n")

    day, _, digest = version_of(data).partition("+")
    assert day == policy_data_version().partition("+")[0]
    assert digest != policy_data_version().partition("+")[2]


def test_a_renamed_and_a_missing_file_change_it(data: Path) -> None:
    (data / "states/nj.toml").rename(data / "states/zz.toml")
    renamed = version_of(data)
    (data / "states/zz.toml").unlink()

    assert len({policy_data_version(), renamed, version_of(data)}) == 3


def test_pages_and_ends_of_lines_change_nothing(data: Path) -> None:
    (data / "README.md").write_text("another page")
    state = data / "states/nj.toml"
    state.write_bytes(state.read_bytes().replace(b"\n", b"\r\n"))

    assert version_of(data) == policy_data_version()


def test_the_day_is_that_of_version_toml(data: Path) -> None:
    (data / "version.toml").write_text('version = "2027.01.31"\n')

    assert version_of(data).startswith("2027.01.31+")


def test_every_result_carries_it(tmp_path: Path) -> None:
    example = peerbill.make_workspace(tmp_path / "agency", "nj-recovery-coach", "TEST")
    assert example is not None
    records = peerbill.read_workspace(tmp_path / "agency")
    policies = peerbill.load_policies(peerbill.programme_ids(records.settings))
    contact = peerbill.Facts(service="individual", channel="video")
    auditor = peerbill.Auditor(records, policies, example.as_of)

    assert {
        peerbill.audit(records, policies, example.as_of).policy_data,
        *(auditor.encounter(encounter).policy_data for encounter in records.encounters),
        peerbill.answer("NJ/sud", example.as_of, contact, 37).policy_data,
    } == {policy_data_version()}
