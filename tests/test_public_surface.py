"""The public surface against that of the last release: what may change, and what must be named."""

from pathlib import Path

import pytest
from public_surface import RECORD, changed, problems, record_text, recorded, surface, top_section

import peerbill

DATA = "2026.11.28+aa"
HEAD = f"# The public surface of peerbill 0.5.0.\n# Policy data of the last release: {DATA}\n"
RECORDED = (
    f"{HEAD}Audit class()\nAudit.as_of: dt.date\nAudit.count(status: str) -> int\naudit(records: Records) -> Audit\n"
)
NOW = recorded(RECORDED)
UNRELEASED = (
    "# Changes\n\n## 0.6.0 (unreleased)\n\n- Something.\n\n### API\n\n{api}\n\n## 0.5.0 (2026-12-01)\n\n`audit`\n"
)


def found(now: dict[str, str], api: str = "", data: str = DATA) -> list[str]:
    return problems(RECORDED, now, UNRELEASED.format(api=api), data)


def without(*names: str) -> dict[str, str]:
    return {name: line for name, line in NOW.items() if name not in names}


def test_the_same_surface_and_a_new_name_need_no_word() -> None:
    assert found(NOW) == []
    assert found({**NOW, "todo": "todo() -> Todo", "Audit.units": "Audit.units: int"}) == []


def test_a_name_that_is_gone_must_be_named() -> None:
    (problem,) = found(without("Audit.as_of"))

    assert problem == (
        "Audit.as_of is gone: name it as `Audit.as_of` in the API part of CHANGELOG.md, with what to write instead.\n"
        "  recorded: Audit.as_of: dt.date"
    )
    assert found(without("Audit.as_of"), "- `Audit.as_of` is `Audit.day` now.") == []
    assert found(without("Audit.as_of"), "- `Audit` has changed.") == [problem]


def test_another_signature_must_be_named() -> None:
    now = {**NOW, "audit": "audit(records: Records, day: dt.date) -> Audit"}
    (problem,) = found(now)

    assert problem.splitlines()[1:] == [
        "  recorded: audit(records: Records) -> Audit",
        "  now:      audit(records: Records, day: dt.date) -> Audit",
    ]
    assert found(now, "- **`peerbill.audit(records, day)`** takes the day.") == []


def test_a_class_that_is_gone_stands_for_its_members() -> None:
    assert changed(NOW, without("Audit", "Audit.as_of", "Audit.count")) == ["Audit"]


def test_a_release_records_its_surface() -> None:
    released = "## 0.5.0 (2026-12-01)\n\n- Something.\n"
    more = {**NOW, "todo": "todo() -> Todo"}
    why = "0.5.0 is released and its public surface is not recorded in fixtures/api.txt: run make api."

    assert problems(RECORDED, NOW, released, DATA) == []
    assert problems(RECORDED, more, released, DATA) == [why]
    assert problems(RECORDED, NOW, released.replace("0.5.0", "0.6.0"), DATA) == [why.replace("0.5.0", "0.6.0")]
    assert problems(record_text(RECORDED, more, released, "2026.12.01+bb"), more, released, "2026.12.01+bb") == []


@pytest.mark.parametrize(
    ("data", "count"), [("2026.11.28+aa", 0), ("2026.11.28+bb", 1), ("2026.11.29+bb", 0), ("2026.11.29+aa", 0)]
)
def test_changed_data_has_another_day_than_the_last_release(data: str, count: int) -> None:
    assert found(NOW, data=data) == count * [
        "codesets changed since 2026.11.28: set version in codesets/version.toml to the day of the change."
    ]


def test_the_data_of_the_last_release_is_kept_until_the_next() -> None:
    unreleased = UNRELEASED.format(api="")

    assert record_text(RECORDED, NOW, unreleased, "2026.12.01+bb").splitlines()[1].endswith(f" {DATA}")


def test_a_changelog_without_a_section_is_refused() -> None:
    with pytest.raises(ValueError, match=r"## 0\.5\.0 \(unreleased\)"):
        top_section("# Changes\n")


def test_every_public_name_is_read_from_the_source() -> None:
    now = surface()

    assert {name for name in now if "." not in name} == set(peerbill.__all__) - {"__version__"}
    assert now["Severity.ERROR"] == "Severity.ERROR = 'error'"
    assert now["Audit.count"] == "Audit.count(status: str) -> int"
    assert now["Staff.npi"] == "Staff.npi: str = ''"
    assert now["Payer.charges"] == "Payer.charges: Mapping[str, Decimal] = dict()"


@pytest.mark.parametrize("mark", ["", '@deprecated("use count")\n    '])
def test_what_is_deprecated_is_marked(tmp_path: Path, mark: str) -> None:
    package = tmp_path / "peerbill"
    package.mkdir()
    (package / "__init__.py").write_text(
        f'__all__ = ["Audit"]\n\n\nclass Audit:\n    {mark}def total(self) -> int:\n        return 1\n'
    )

    assert surface(tmp_path)["Audit.total"] == "Audit.total() -> int" + (" deprecated" if mark else "")


def test_the_record_is_one_of_names_that_were_public() -> None:
    assert set(recorded(RECORD.read_text(encoding="utf-8"))) >= {"audit", "Audit", "Audit.findings", "records_from"}
