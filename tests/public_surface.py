"""The public surface as text, a line for each name, parameter list and field; griffe reads it from the source.

`make lint` compares it with `fixtures/api.txt`, the surface of the last release: what is gone or changed must be named
in the API part of CHANGELOG.md. `make api` records the surface, at a release.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import griffe
from griffe_reading import default_of

from peerbill.policy.data_version import policy_data_version

ROOT = Path(__file__).parents[1]
RECORD = ROOT / "fixtures" / "api.txt"
CHANGELOG = ROOT / "CHANGELOG.md"
HEAD = """\
# The public surface of peerbill {version}. `make lint` compares the source with it; `make api` records it at a release.
# Policy data of the last release: {data}
"""
_NAME = re.compile(r"[\w.]+")
_TOP = re.compile(r"^## (\S+) \(([^)\n]*)\)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_API = re.compile(r"^### API\n(.*?)(?=^### |\Z)", re.MULTILINE | re.DOTALL)


def surface(root: Path = ROOT) -> dict[str, str]:
    """Return the declaration of each public name, of a class also those of its public members, by qualified name."""
    module = griffe.load("peerbill", search_paths=[root], resolve_aliases=True, try_relative_path=False)
    assert isinstance(module, griffe.Module)
    lines = (line for name in sorted(map(str, module.exports or ())) for line in _declared(name, module[name]))
    return {_name(line): line for line in lines}


def _declared(name: str, found: griffe.Object | griffe.Alias) -> Iterator[str]:
    target = found.final_target if isinstance(found, griffe.Alias) else found
    notice = "deprecated " * any("deprecated" in str(mark.value) for mark in getattr(target, "decorators", ()))
    if isinstance(target, griffe.Class):
        # Fields and methods of what it inherits from are public too, where that is ours.
        bases = ", ".join(map(str, target.bases))
        yield f"{name} {notice}class({bases})"
        for member, inner in sorted(target.all_members.items()):
            if member == "__init__" or not member.startswith("_"):
                yield from _declared(f"{name}.{member}", inner)
    elif isinstance(target, griffe.Function):
        # Spelled by griffe as in the source, so that every Python says the same.
        yield f"{name}{target.signature(return_type=True).removeprefix(target.name)}{notice and ' deprecated'}"
    elif isinstance(target, griffe.Attribute) and name != "__version__":
        type_ = f": {target.annotation}" if target.annotation is not None else ""
        default = default_of(target.value)
        yield f"{name}{type_}" + (f" = {default}" if default is not None else "")


def _name(line: str) -> str:
    named = _NAME.match(line)
    return named[0] if named else line


def recorded(text: str) -> dict[str, str]:
    """Return what a record holds, as `surface` does."""
    return {_name(line): line for line in text.splitlines() if line and not line.startswith("#")}


def changed(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return the names of what is gone or declared in another way; a class that is gone stands for its members."""
    names = [name for name, line in before.items() if now.get(name) != line]
    return [name for name in names if name.rpartition(".")[0] not in names or name.rpartition(".")[0] in now]


def top_section(changelog: str) -> tuple[str, bool, str]:
    """Return the first section's version, whether it is released, and its API part."""
    section = _TOP.search(changelog)
    if section is None:
        raise ValueError("CHANGELOG.md: expected a section such as ## 0.5.0 (unreleased)")
    api = _API.search(section[3])
    return section[1], section[2] != "unreleased", api[1] if api else ""


def problems(record: str, now: Mapping[str, str], changelog: str, data: str) -> list[str]:
    """Return what a release may not do, each with its remedy."""
    version, released, api = top_section(changelog)
    named = {name for code in re.findall(r"`([^`]+)`", api) for name in _NAME.findall(code.removeprefix("peerbill."))}
    before = recorded(record)
    found = [
        f"{name} is {'changed' if name in now else 'gone'}: name it as `{name}` in the API part of CHANGELOG.md, "
        f"with what to write instead.\n  recorded: {before[name]}"
        + (f"\n  now:      {now[name]}" if name in now else "")
        for name in changed(before, now)
        if name not in named
    ]
    if released and (dict(now) != before or f"peerbill {version}." not in record.partition("\n")[0]):
        found.append(f"{version} is released and its public surface is not recorded in fixtures/api.txt: run make api.")
    day, _, digest = data.partition("+")
    if day == _recorded_data(record).partition("+")[0] and digest != _recorded_data(record).partition("+")[2]:
        found.append(f"codesets changed since {day}: set version in codesets/version.toml to the day of the change.")
    return found


def _recorded_data(record: str) -> str:
    line = next((line for line in record.splitlines() if line.startswith("# Policy data")), "")
    return line.rpartition(" ")[2]


def record_text(record: str, now: Mapping[str, str], changelog: str, data: str) -> str:
    """Return the record of a surface; the policy data stays that of the last release until the next one."""
    version, released, _ = top_section(changelog)
    kept = data if released else _recorded_data(record)
    return HEAD.format(version=version, data=kept) + "".join(f"{line}\n" for _, line in sorted(now.items()))


def main() -> int:
    """Compare the source with the record, or with `--record` write the record."""
    changelog = CHANGELOG.read_text(encoding="utf-8")
    record = RECORD.read_text(encoding="utf-8") if RECORD.exists() else ""
    if "--record" in sys.argv:
        RECORD.write_text(record_text(record, surface(), changelog, policy_data_version()), encoding="utf-8")
        return 0
    found = problems(record, surface(), changelog, policy_data_version())
    print(*(f"API: {problem}" for problem in found), sep="\n", end="\n" * bool(found))
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
