"""What the wheel holds: compared with the disk, since a forgotten package or file is left out in silence."""

import fnmatch
import importlib
import tomllib
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import pytest

import peerbill

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SETUPTOOLS = PROJECT["tool"]["setuptools"]
PACKAGES: list[str] = SETUPTOOLS["packages"]
FOLDERS: dict[str, str] = SETUPTOOLS["package-dir"]
DATA: dict[str, list[str]] = SETUPTOOLS["package-data"]


def folder(package: str) -> Path:
    """Return where a package stands in the repository."""
    mapped = max((known for known in FOLDERS if f"{package}.".startswith(f"{known}.")), key=len)
    return ROOT / FOLDERS[mapped] / package.removeprefix(mapped).strip(".").replace(".", "/")


def on_disk() -> set[str]:
    """Return every folder with an `__init__.py` below a mapped one, by its package name."""
    found = set()
    for name, top in FOLDERS.items():
        for path in (ROOT / top).rglob("__init__.py"):
            parts = path.parent.relative_to(ROOT / top).parts
            found.add(".".join((name, *parts)))
    return found


def test_every_package_on_disk_is_shipped() -> None:
    assert sorted(on_disk()) == PACKAGES


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_is_imported_from_its_folder(package: str) -> None:
    imported = importlib.import_module(package)

    assert imported.__file__ is not None
    assert Path(imported.__file__).parent.resolve() == folder(package).resolve()


def shipped_data() -> set[Path]:
    """Return the files that the patterns of `package-data` match."""
    return {path for package, globs in DATA.items() for glob in globs for path in folder(package).glob(glob)}


def test_every_data_file_is_shipped() -> None:
    modules = ("*.py", "*.pyc", "*.pyi")
    data = {
        path
        for top in FOLDERS.values()
        for path in (ROOT / top).rglob("*")
        if path.is_file() and not any(fnmatch.fnmatch(path.name, module) for module in modules)
    }

    assert data - shipped_data() == set()


def test_modules_outside_packages_are_shipped_as_data() -> None:
    """Alembic reads its migrations as files; they stand in folders that are no packages."""
    loose = {
        path
        for top in FOLDERS.values()
        for path in (ROOT / top).rglob("*.py")
        if not (path.parent / "__init__.py").exists()
    }

    assert loose <= shipped_data()


def test_the_package_is_typed() -> None:
    assert files("peerbill").joinpath("py.typed").is_file()


def test_the_versions_agree() -> None:
    assert peerbill.__version__ == PROJECT["project"]["version"] == version("peerbill")


def test_the_classifiers_are_true() -> None:
    named = set(PROJECT["project"]["classifiers"])
    lowest = PROJECT["project"]["requires-python"].removeprefix(">=")

    assert f"Programming Language :: Python :: {lowest}" in named
    assert files("peerbill").joinpath("py.typed").is_file()
    assert "Typing :: Typed" in named


def test_the_top_level_names_are_peerbill_alone() -> None:
    assert {package.partition(".")[0] for package in PACKAGES} == {"peerbill"}
