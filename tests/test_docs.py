"""The guides work as they stand there, and the reference has every column, key, check and name."""

import re
import tomllib
from pathlib import Path

import attrs
import pytest
import sqlalchemy as sa
from doc_pages import all_blocks, differences
from every_command import every_right, open_to_others
from griffe_reading import with_examples
from reference_pages import HERE, ROOT, pages, settings_read, settings_said

import peerbill
from peerbill.checks import CHECKS
from peerbill.intake.importing.mapping import ColumnMapping, SourceMapping
from peerbill.intake.tables import TABLES
from peerbill.x12.problems import KINDS

PAGES = sorted(path.name for path in (HERE / "pages").glob("*.md"))
NAVIGATION = (HERE / "mkdocs.yml").read_text(encoding="utf-8")
SETTINGS = (HERE / "settings.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_a_guide_works_step_by_step_and_makes_files_that_others_cannot_read(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = (HERE / "pages" / name).read_text(encoding="utf-8")
    with every_right():
        assert "\n".join(differences(page)) == ""

    assert {path for path in open_to_others() if path not in page} == set()


def test_the_service_for_many_agencies_works_on_postgresql(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    separator = "&" if "?" in postgresql_url else "?"
    monkeypatch.setenv("LEDGERS", f"{postgresql_url}{separator}options=-csearch_path%3D{{tenant}}")
    engine = sa.create_engine(postgresql_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE SCHEMA agency_1; CREATE SCHEMA agency_2"))
    try:
        assert "\n".join(differences((HERE / "pages" / "integrator.md").read_text(encoding="utf-8"))) == ""
        assert not Path("agency_1").exists()
    finally:
        with engine.begin() as connection:
            connection.execute(sa.text("DROP SCHEMA agency_1 CASCADE; DROP SCHEMA agency_2 CASCADE"))


@pytest.mark.parametrize("name", PAGES)
def test_every_block_of_a_guide_is_a_step_or_changes_a_file(name: str) -> None:
    blocks = all_blocks((HERE / "pages" / name).read_text(encoding="utf-8"))
    loose = [block for block in blocks if block.language not in {"console", "python"} and not block.title]

    assert [block.text for block in loose if not (block.language == "text" and block.adjacent)] == (
        ["pip install .\n"] if name == "index.md" else []
    )


def test_a_page_that_is_wrong_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    console = "```console\n$ peerbill explain PB0 # exit code 2\nError: PB0: …\n```\n"
    right = console + "```python\nprint(1)\n```\n```text\n1\n```\n"

    assert list(differences(right)) == []
    assert len(list(differences(right.replace("exit code 2", "exit code 0")))) == 1
    assert len(list(differences(right.replace("Error: PB0", "Error: PB1")))) == 1
    assert len(list(differences(right.replace("```text\n1", "```text\n2")))) == 1
    assert len(list(differences("```python\nprint(1)\n```\n"))) == 1


def test_examples_of_a_docstring_are_a_section() -> None:
    assert with_examples("Return it.\n\n>>> f()\n[1]\n\nMore.") == (
        "Return it.\n\nExamples:\n    >>> f()\n    [1]\n\nMore."
    )


def test_every_column_is_explained() -> None:
    said = tomllib.loads((ROOT / "peerbill" / "intake" / "columns.toml").read_text(encoding="utf-8"))

    assert {name: set(columns) for name, columns in said.items() if name != "example"} == {
        table.name: set(table.columns) for table in TABLES.values()
    }


def test_every_key_of_the_settings_is_explained() -> None:
    read, said = settings_read(SETTINGS), settings_said(SETTINGS)
    free = {found for found in said if found[0][-1:] in (("charges",), ("severity",))}  # keys of one's own
    organization = {key for path, key in read if path == ("organization",)}

    assert {*read, (("payers", "KEY", "charge"), "amount")} == set(said) - free
    assert {"name", "npi", "tax_id", "timezone"} <= organization
    assert read[("payers", "KEY"), "mode"].kind == "`test`, `production`"
    assert read[("organization",), "name"].required
    assert not read[("organization",), "npi"].required


def test_every_key_of_a_mapping_is_explained() -> None:
    page = (HERE / "pages" / "import.md").read_text(encoding="utf-8")
    source = {field.name for field in attrs.fields(SourceMapping)} - {"line", "tables"}
    column = {field.name for field in attrs.fields(ColumnMapping)} - {"line", "columns"} | {"column"}
    keys, columns = (set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)) for part in page.split("| key of ")[1:])

    assert (keys, columns) == (source, column)


def test_the_reference_has_every_check_problem_and_name() -> None:
    written = pages()
    checks = re.findall(r"^### (\w+)$", written["reference/checks.md"], re.MULTILINE)
    problems = re.findall(r"^\| `(X12-\d+)`", written["reference/x12.md"], re.MULTILINE)
    api = "".join(text for name, text in written.items() if name.startswith("reference/api/"))
    names = re.findall(r"^::: peerbill\.(\w+)$", api, re.MULTILINE)

    assert checks == [check.code for check in CHECKS]
    assert sorted(problems) == sorted(KINDS)
    assert sorted([*names, "__version__"]) == sorted(peerbill.__all__)
    assert {f"reference/api/{name}.md" for name in re.findall(r"reference/api/(\w+)\.md", NAVIGATION)} == {
        name for name in written if name.startswith("reference/api/")
    }


def test_the_words_of_a_column_are_in_its_row() -> None:
    page = pages()["reference/tables.md"]

    assert "| `channel` | `in-person`, `video`, `audio` | how the contact took place (PB603) |" in page
    assert "| **`kind`** | `inpatient`, `residential`, `incarceration`, `imd` | where:" in page
    assert "| `channel` | telehealth | telehealth is by video or by audio |" in page


def test_the_changes_link_only_to_what_the_site_has() -> None:
    """The site shows them as a page of its own, where a path of the repository leads nowhere."""
    assert re.findall(r"\]\((?!https://)([^)]+)\)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")) == []
