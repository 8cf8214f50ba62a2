"""`import peerbill`: which names it has, how light it is, and that its core needs no more than five packages."""

import ast
import importlib.util
import io
import subprocess
import sys
import tomllib
import venv
from itertools import count
from pathlib import Path

import attrs
import pytest

import peerbill
from peerbill.intake.workspace import examples
from peerbill.model.errors import X12Error

ROOT = Path(__file__).parents[1]
JOURNEY = Path(__file__).with_name("front_door.py")
DAY = next(example.as_of for example in examples() if example.name == "nj-recovery-coach")
HEAVY = (
    "alembic",
    "click",
    "filelock",
    "lxml",
    "numpy",
    "pyx12",
    "rapidfuzz",
    "rich",
    "scipy",
    "sqlalchemy",
)
CORE = ("attrs", "holidays", "msgspec", "python-dateutil", "tzdata")
LATER = {"lxml>=5.2"}
"""What a plain install brings for readers to come."""

EXPECTED = """\
audit {encounters} {billable}
one {status} {units}
837 {claims} ()
read {claims}
json audit True
json claims True
json records True
answers ['837']
answer H0038
missing True
rows 1
without peerbill.BatchResult needs the package sqlalchemy: install peerbill[ledger]
"""


def run(python: str | Path, *arguments: str | Path) -> str:
    done = subprocess.run([python, *arguments], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def typed_names() -> dict[str, set[str]]:
    """Return the names that type checkers see, by module."""
    tree = ast.parse(Path(peerbill.__file__).read_text(encoding="utf-8"))
    return {
        f"{node.module}": {name.name for name in node.names}
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
    }


def test_what_is_declared_is_typed_and_there() -> None:
    homes = {module: set(names) for module, names in peerbill._HOMES.items()}

    assert typed_names() == homes
    assert {"__version__"}.union(*homes.values()) == set(peerbill.__all__)
    assert sorted(peerbill.__all__) == list(peerbill.__all__)
    assert set(peerbill.__all__) <= set(dir(peerbill))
    for name in peerbill.__all__:
        assert getattr(peerbill, name) is not None


def test_what_a_plain_install_brings_is_the_core_and_what_the_command_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    parts = ("ledger", "cli", "guide", "workbooks", "patterns", "review")
    command = {package for part in parts for package in extras[part]}

    assert {one for one in project["dependencies"] if one.startswith(CORE)} | command | LATER == {
        *project["dependencies"]
    }
    others = {package for part in ("postgresql", "scale", "signing") for package in extras[part]}
    assert set(extras["all"]) == command | others


def test_every_public_function_and_class_is_documented() -> None:
    assert [name for name in peerbill.__all__ if not getattr(getattr(peerbill, name), "__doc__", "")] == []


def test_another_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'bill_batch'"):
        peerbill.bill_batch  # type: ignore[attr-defined]  # noqa: B018  # that is the test


def test_the_import_is_light() -> None:
    code = "import sys; before = set(sys.modules); import peerbill; print(*sorted(set(sys.modules) - before))"
    loaded = run(sys.executable, "-c", code).split()

    assert [name for name in loaded if name.startswith("peerbill")] == ["peerbill"]
    assert not {name.partition(".")[0] for name in loaded} & {*HEAVY, "attrs", "msgspec"}


@pytest.mark.parametrize(
    ("module", "others"),
    [
        (
            "cli.bill",
            (
                "peerbill.checks.patterns.seen",
                "peerbill.claims.corrections",
                "peerbill.intake.importing.convert",
                "peerbill.ledger.answers.posting",
                "peerbill.todo.work_list",
                "sqlalchemy.dialects.postgresql",
            ),
        ),
        (
            "cli.audit",
            (
                "peerbill.claim_audit",
                "peerbill.ledger.store.database",
                "peerbill.model.payer_answers",
                "peerbill.x12.elements",
                "peerbill.x12.problems",
                "sqlalchemy",
            ),
        ),
        ("cli.todo", ("peerbill.claim_audit", "peerbill.ledger.purge", "peerbill.x12.elements")),
        ("cli.post", ("peerbill.documents.ledger_reports", "peerbill.policy")),
        ("agency", ("peerbill.checks", "peerbill.claims", "peerbill.ledger.answers.posting", "peerbill.policy")),
        ("cli.check", ("peerbill.agency", "peerbill.checks", "peerbill.policy", "pyx12", "sqlalchemy")),
    ],
)
def test_a_command_imports_what_it_needs_alone(module: str, others: tuple[str, ...]) -> None:
    loaded = run(sys.executable, "-c", f"import sys, peerbill.{module}; print(*sys.modules)").split()

    assert all(map(importlib.util.find_spec, others))
    assert set(others).intersection(loaded) == set()


def test_a_worker_of_an_audit_in_parts_needs_no_ledger() -> None:
    code = "import sys, peerbill.scale.passes, peerbill.scale.reading; print(*sys.modules)"

    assert {"sqlalchemy", "peerbill.ledger"}.isdisjoint(run(sys.executable, "-c", code).split())


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("door") / "workspace"
    assert peerbill.make_workspace(folder, "nj-recovery-coach", "TEST") is not None
    return folder


@pytest.fixture(scope="module")
def records(workspace: Path) -> peerbill.Records:
    return peerbill.read_workspace(workspace)


@pytest.fixture(scope="module")
def audited(records: peerbill.Records, workspace: Path) -> peerbill.Audit:
    own = peerbill.read_agency_policies(workspace)
    return peerbill.audit(records, peerbill.load_policies(peerbill.programme_ids(records.settings), own), DAY)


@pytest.fixture(scope="module")
def claims(audited: peerbill.Audit, records: peerbill.Records) -> tuple[peerbill.Claim, ...]:
    return tuple(peerbill.build_claims(audited.billable, records, (f"OURS{number}" for number in count(1))))


@pytest.fixture(scope="module")
def content(claims: tuple[peerbill.Claim, ...], records: peerbill.Records) -> bytes:
    return peerbill.write_837(claims, payer_of(claims, records), records.settings, DAY, isa13=7)


def payer_of(claims: tuple[peerbill.Claim, ...], records: peerbill.Records) -> peerbill.Payer:
    return records.settings.payers[claims[0].payer]


@pytest.fixture(scope="module")
def expected(audited: peerbill.Audit, claims: tuple[peerbill.Claim, ...]) -> str:
    first = audited.encounters[0]
    return EXPECTED.format(
        encounters=len(audited.encounters),
        billable=audited.count("billable"),
        status=first.status,
        units=first.units,
        claims=len(claims),
    )


def test_the_core_uses_no_more_than_the_core(workspace: Path, expected: str) -> None:
    code = (
        "import sys, runpy\n"
        f"sys.modules.update(dict.fromkeys({HEAVY}))\n"
        f"sys.argv = ['front_door.py', {str(workspace)!r}, '{DAY}']\n"
        f"runpy.run_path({str(JOURNEY)!r}, run_name='__main__')\n"
    )

    assert run(sys.executable, "-c", code) == expected


@pytest.mark.slow
def test_the_core_works_in_an_environment_of_five_packages(workspace: Path, expected: str, tmp_path: Path) -> None:
    run(sys.executable, "-m", "build", "--wheel", "--outdir", tmp_path, ROOT)
    (wheel,) = tmp_path.glob("*.whl")
    venv.create(tmp_path / "clean", with_pip=True)
    python = tmp_path / "clean" / "bin" / "python"
    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(*pip, *CORE)
    run(*pip, "--no-deps", wheel)

    assert run(python, "-I", JOURNEY, workspace, f"{DAY}") == expected


def test_a_command_without_click_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['click'] = None\ntry: import peerbill.cli\nexcept ImportError as error: print(error)"
    )

    assert run(sys.executable, "-c", code) == "the command peerbill needs the package click: install peerbill[cli]\n"


def test_a_document_without_sqlalchemy_says_what_to_install() -> None:
    text = '{"schema": 1, "kind": "posted", "value": {}}'
    code = (
        "import sys; sys.modules['sqlalchemy'] = None\nimport peerbill\n"
        f"try: peerbill.from_json({text!r}, 'posted')\nexcept ImportError as error: print(error)"
    )

    expected = "Posted as a document needs the package sqlalchemy: install peerbill[ledger]\n"
    assert run(sys.executable, "-c", code) == expected


def test_the_guide_without_pyx12_says_what_to_install(content: bytes) -> None:
    code = (
        "import sys; sys.modules['pyx12'] = None\nimport peerbill\n"
        f"try: peerbill.check_837({content!r}, guide=True)\nexcept ImportError as error: print(error)"
    )

    assert "is not installed: install peerbill[guide]" in run(sys.executable, "-c", code)


# --- files as bytes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("guide", [False, True])
def test_a_file_is_checked_in_whatever_shape_it_comes(content: bytes, tmp_path: Path, guide: bool) -> None:
    spoiled = content.replace(b"~SE*", b"~SE*9", 1)
    path = tmp_path / "one.837"
    path.write_bytes(spoiled)
    expected = peerbill.check_837(spoiled, guide=guide, workers=0)

    assert [found.code for found in expected.problems if found.source == "own"] == ["X12-104"]
    assert peerbill.check_837(spoiled.decode(), guide=guide, workers=0) == expected
    assert peerbill.check_837(path, guide=guide, workers=0) == expected
    assert peerbill.check_837(io.BytesIO(spoiled), guide=guide, workers=0) == expected
    with (tmp_path / "one.837").open("rb") as file:
        assert peerbill.check_837(file, guide=guide, workers=0) == expected
        assert not file.closed


def test_another_kind_of_source_is_refused() -> None:
    with pytest.raises(TypeError, match="expected bytes, text, a Path or a binary stream, found int"):
        peerbill.check_837(7)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="found NoneType"):
        list(peerbill.read_answers(None))  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        list(peerbill.read_answers(Path("there-is-none.835")))


@pytest.mark.parametrize("number", [0, -1, 1_000_000_000])
def test_a_control_number_has_one_to_nine_digits(
    number: int, claims: tuple[peerbill.Claim, ...], records: peerbill.Records
) -> None:
    with pytest.raises(X12Error, match="ISA13: expected a number of 1 to 999999999"):
        peerbill.write_837(claims, payer_of(claims, records), records.settings, DAY, isa13=number)


def test_a_file_holds_claims_of_its_payer_and_at_least_one(
    claims: tuple[peerbill.Claim, ...], records: peerbill.Records
) -> None:
    settings, payer = records.settings, payer_of(claims, records)
    other = attrs.evolve(claims[0], payer="another")

    with pytest.raises(X12Error, match=f"claim {other.claim_id}: it is to another, and the file is to {payer.key}"):
        peerbill.write_837([other], payer, settings, DAY, isa13=1)
    with pytest.raises(X12Error, match="without a claim is not written"):
        peerbill.write_837([], payer, settings, DAY, isa13=1)
