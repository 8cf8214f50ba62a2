"""The pages of the site: the guides as they are, and the reference, generated from the types.

`make docs` writes them to `build/docs`, from where mkdocs builds the site. `peerbill/intake/columns.toml` says what each
column is for, `.docs/settings.toml` is a `peerbill.toml` with every key, each with a comment.
"""

import datetime as dt
import re
import shutil
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import attrs
import click

import peerbill
from peerbill.checks import CHECKS, Check
from peerbill.checks.causes import BILLER, WHO
from peerbill.cli import COMMANDS, main
from peerbill.documents.kinds import KINDS as KINDS_OF_DOCUMENT
from peerbill.documents.kinds import REPORTS, SCHEMA
from peerbill.documents.schemas import schema_of
from peerbill.intake import settings
from peerbill.intake.column_help import Column, TableHelp, table_help
from peerbill.intake.tables import TABLES
from peerbill.ledger.store.keeps import KeptTable, kept_tables
from peerbill.model.words import Vocabulary, vocabulary
from peerbill.x12.problems import KINDS, RECEIVED

HERE = Path(__file__).parent
ROOT = HERE.parent
OUT = ROOT / "build" / "docs"

_HUNDREDS = {
    "PB0": "Rows",
    "PB1": "Times and minutes",
    "PB2": "Documentation",
    "PB3": "Staff",
    "PB4": "Members and coverage",
    "PB5": "Plans and authorizations",
    "PB6": "Service, code and price",
    "PB7": "Limits",
    "PB8": "Overlaps and repetition",
    "PB9": "Patterns over many contacts",
    "X12-0": "Reading",
    "X12-1": "Envelope",
    "X12-2": "Segments and loops",
    "X12-3": "Elements",
    "X12-4": "Situational rules",
    "X12-5": "Code values",
    "X12-6": "Balance",
    "X12-7": "Duplicates",
    "X12-8": "Answers of payers",
    "X12-9": "The implementation guide (pyx12)",
}

_SCOPES = {
    "encounter": "each encounter alone",
    "member": "all encounters of a member",
    "peer": "all encounters of a peer",
    "line": "the encounters that make one service line",
    "row": "each row as it is read",
    "pattern": "all encounters together, where it is asked for patterns",
    "claim": "claims from elsewhere: `audit --claims`",
}


def pages() -> dict[str, str]:
    """Return every page of the site as Markdown, by its path."""
    guides = {path.name: path.read_text(encoding="utf-8") for path in sorted((HERE / "pages").glob("*.md"))}
    states = (ROOT / "codesets" / "README.md").read_text(encoding="utf-8")
    return {
        **guides,
        "states.md": states,
        "changes.md": (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"),
        "reference/commands.md": commands_page(),
        "reference/tables.md": tables_page(),
        "reference/settings.md": settings_page(),
        "reference/ledger.md": ledger_page(),
        "reference/checks.md": checks_page(),
        "reference/x12.md": x12_page(),
        "reference/json.md": json_page(),
        **api_pages(),
    }


def prose(text: str) -> str:
    """Return a text as Markdown that shows it as it is, in a paragraph or a cell; code in backticks stays code."""
    parts = " ".join(text.split()).split("`")
    shown = [part if at % 2 else re.sub(r"([\\*_<\[\]])", r"\\\1", part) for at, part in enumerate(parts)]
    return "`".join(shown).replace("|", r"\|")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


# --- commands ---


def commands_page() -> str:
    """Return every command with its options, as `--help` shows them."""
    parent = click.Context(main, info_name="peerbill")
    shown = "".join(_command(parent, name) for name in COMMANDS)
    return f"# Commands\n\nEach as `peerbill COMMAND --help` prints it. `--json -` writes to standard output.\n{shown}"


def _command(parent: click.Context, name: str, depth: int = 2) -> str:
    group = parent.command
    assert isinstance(group, click.Group)
    command = group.get_command(parent, name)
    assert command is not None
    context = click.Context(command, info_name=name, parent=parent, terminal_width=100)
    text = f"\n{'#' * depth} peerbill {context.command_path.removeprefix('peerbill ')}\n\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        text += "".join(_command(context, inner, depth + 1) for inner in command.list_commands(context))
    return text


# --- the ledger ---


def ledger_page() -> str:
    """Return what the ledger keeps: each table and column, and which of them tell something of a person."""
    sections = "".join(map(_kept_section, kept_tables()))
    return f"""# What the ledger keeps

The ledger has no names of members, no birth dates, no addresses of members and no notes. It has what a later void, replacement or answer needs: ids, days of service, codes, diagnoses, money; and an audit trail.
Columns in bold tell something of a member or of staff. `peerbill ledger keeps` prints the same. How to protect it: [For the security officer](../security.md).
{sections}"""


def _kept_section(kept: KeptTable) -> str:
    rows = [
        (f"**`{name}`**" if name in kept.person else f"`{name}`", prose(about)) for name, about in kept.columns.items()
    ]
    why = f" Why: {prose(kept.because)}." if kept.because else ""
    about = prose(kept.about)
    return f"\n## {kept.name}\n\n{about[0].upper()}{about[1:]}.{why}\n\n{table(('column', 'what is in it'), rows)}"


# --- tables ---


def tables_page() -> str:
    """Return every table with every column, the words that it takes, and what a row that cannot be read does."""
    sections = "".join(map(_table_section, map(table_help, TABLES)))
    return f"""# Tables

A workspace has each table as `NAME.csv` (UTF-8, with a header), `NAME.jsonl`, or the sheet `NAME` of `workspace.xlsx`. Columns in bold must be in the file; others may be left out. A blank cell means "not recorded".
Days are `2026-03-02`, times `2026-03-02T14:05` in local time, or with an offset. Several values in a cell are split by `;`. Words are known in any case and spacing; the
[lists of words](#words) are at the end. `staff`, `members`, `coverage` and `encounters` are required; programs give the same columns to `peerbill.records_from`.
{sections}
## Words

Each list with the other spellings that mean the same. A word in the third column leaves open which is meant, and is refused.

{table(("list", "word", "also"), _word_rows())}
| list | refused | because |
| --- | --- | --- |
{"".join(_unclear_rows())}"""


def _table_section(found: TableHelp) -> str:
    rows = [
        (f"**`{column.name}`**" if column.required else f"`{column.name}`", _kind(column), prose(column.about))
        for column in found.columns
    ]
    notes = [prose(found.about), *(re.sub(r"\((PB\d+)\)", _code, note) for note in found.notes)]
    example = ", ".join(f"`{column.name}` {column.example}" for column in found.columns if column.example)
    return (
        f"\n## {found.name}\n\n{' '.join(notes)}\n\n{table(('column', 'value', 'what it is for'), rows)}"
        f"\nExample: {example}\n"
    )


def _code(found: re.Match[str]) -> str:
    return f"([{found[1]}](checks.md#{found[1].lower()}))"


def _kind(column: Column) -> str:
    several = ", several with `;`" if column.several else ""
    own = " or a word of your policy" if column.own_words else ""
    return (", ".join(f"`{word}`" for word in column.words) + own or column.kind) + several


def _lists() -> Iterator[tuple[str, Vocabulary]]:
    words = tomllib.loads((ROOT / "codesets" / "national" / "words.toml").read_text(encoding="utf-8"))
    yield from ((name, vocabulary(name)) for name in words if name != "no-id")


def _word_rows() -> Iterator[tuple[str, str, str]]:
    for name, words in _lists():
        for word in words.words:
            also = [spelled for spelled, meant in words.spelled.items() if meant == word and spelled != word.lower()]
            yield f"`{name}`", f"`{word}`", ", ".join(also)


def _unclear_rows() -> Iterator[str]:
    for name, words in _lists():
        for word, why in words.unclear.items():
            yield f"| `{name}` | {word} | {prose(why)} |\n"


# --- peerbill.toml ---


@attrs.frozen
class Setting:
    """A key of `peerbill.toml` as its reader asks for it."""

    path: tuple[str, ...]
    key: str
    kind: str
    required: bool
    default: str = ""


class _Recorder(settings._Section):
    """A table of `peerbill.toml` that remembers what is asked of it, and how."""

    found: ClassVar[dict[tuple[tuple[str, ...], str], Setting]] = {}

    def _keep(self, key: str, kind: str, *, required: bool = False, default: str = "") -> None:
        path = (
            tuple("KEY" if self.path[0] == "payers" and at == 1 else part for at, part in enumerate(self.path))
            if self.path
            else ()
        )
        self.found[path, key] = Setting(path, key, kind, required, default)

    def text(
        self, key: str, *, required: bool = False, default: str = "", read: Callable[[str], str] | None = None
    ) -> str:
        value = super().text(key, required=required, default=default, read=read)
        self._keep(key, "text", required=required, default=default)
        return value

    def texts(self, key: str, read: Callable[[str], str]) -> tuple[str, ...]:
        self._keep(key, "text or list of texts")
        return super().texts(key, read)

    def choice(self, key: str, default: str, words: Vocabulary | None = None) -> str:
        value = super().choice(key, default, words)
        listed = (words or vocabulary(key.replace("_", "-"))).words
        self._keep(key, ", ".join(f"`{word}`" for word in listed), default=default)
        return value

    def yes_no(self, key: str) -> bool | None:
        self._keep(key, "`true` or `false`")
        return super().yes_no(key)

    def count(self, key: str, default: int, most: int) -> int:
        value = super().count(key, default, most)
        self._keep(key, f"whole number from 1 to {most:,}", default=f"{default}")
        return value

    def count_or_none(self, key: str, most: int, otherwise: str = "") -> int | None:
        self._keep(key, f"whole number from 1 to {most:,}")
        return super().count_or_none(key, most, otherwise)

    def day(self, key: str, *, required: bool = False) -> dt.date | None:
        self._keep(key, "day", required=required)
        return super().day(key, required=required)


def settings_read(text: str) -> dict[tuple[tuple[str, ...], str], Setting]:
    """Return the keys that the reader asks for in a `peerbill.toml` which has every table."""
    _Recorder.found.clear()
    section = settings._Section
    settings._Section = _Recorder  # type: ignore[misc]  # for this one reading
    try:
        settings.read_settings(text)
    finally:
        settings._Section = section  # type: ignore[misc]
    return dict(_Recorder.found)


def settings_said(text: str) -> dict[tuple[tuple[str, ...], str], str]:
    """Return the comments of a `peerbill.toml`, by table and key."""
    said: dict[tuple[tuple[str, ...], str], str] = {}
    path: tuple[str, ...] = ()
    for line in text.splitlines():
        if header := re.match(r"\[\[?([\w.-]+)\]\]?", line):
            parts = header[1].split(".")
            path = tuple("KEY" if parts[0] == "payers" and at == 1 else part for at, part in enumerate(parts))
        elif key := re.match(r'("?[\w:]+"?)\s*=\s*.*?\s{2,}# (.*)', line):
            said[path, key[1].strip('"')] = key[2]
    return said


def settings_page() -> str:
    """Return every key of `peerbill.toml`."""
    text = (HERE / "settings.toml").read_text(encoding="utf-8")
    read, said = settings_read(text), settings_said(text)
    sections = []
    for path in dict.fromkeys(path for path, _ in said):
        name = ".".join(path)
        title = f"`[[{name}]]`" if path[-1:] == ("charge",) else f"`[{name}]`" if path else "Above the tables"
        rows = [
            (
                f"**`{key}`**" if found and found.required else f"`{key}`",
                found.kind if found else "`error` or `warning`" if path == ("severity",) else "dollars, as a text",
                f"`{found.default}`" if found and found.default else "",
                prose(said[path, key]),
            )
            for key, found in ((key, read.get((path, key))) for table, key in said if table == path)
        ]
        sections.append(f"\n## {title}\n\n{table(('key', 'value', 'default', 'what it is for'), rows)}")
    return f"""# peerbill.toml

Who bills, through whom, and whom. `peerbill init` writes one with comments. A key in bold must be there (of a payer: where it has a `policy`); a key that is not known is reported. `KEY` is your own word for the
payer, the one in the column `payer` of `coverage`.
{"".join(sections)}
## Every key at once

```toml
{text}```
"""


# --- checks and problems ---


def checks_page() -> str:
    """Return every check, as `peerbill explain` shows it."""
    text = "# Checks\n\nThe same as `peerbill explain CODE`. A code never changes its meaning.\n"
    title = ""
    for check in CHECKS:
        if _HUNDREDS[check.code[:3]] != title:
            title = _HUNDREDS[check.code[:3]]
            text += f"\n## {title}\n"
        text += f"\n### {check.code}\n\n{''.join(_check(check))}"
    return text


def _check(check: Check) -> Iterator[str]:
    yield f"{prose(check.requirement)}\n\n"
    for title, said in (("Why it matters", check.why), ("Passes", check.passes), ("Fails", check.fails)):
        if said:
            yield f"- **{title}**: {prose(said)}\n"
    yield f"- **Looks at**: {_SCOPES[check.scope]}\n"
    yield f"- **Corrected by**: the {WHO.get(check.code, BILLER)}\n"
    for citation in check.citations:
        named = ", ".join(filter(None, (citation.title, citation.date)))
        yield f"- **Source**: {f'[{prose(named)}]({citation.url})' if citation.url else prose(named)} ({citation.status})\n"
    if not check.citations:
        yield "- **Source**: the programme's policy; each finding cites the row behind it\n"


def x12_page() -> str:
    """Return every kind of problem of an X12 file."""
    text = """# Problems of X12 files

What `peerbill check` and `peerbill post` find wrong with a file. An error keeps the file, or the claim, from being sent; a warning is to be looked at. Codes never change their meaning.
"""
    for hundred in dict.fromkeys(code[:5] for code in KINDS):
        rows = [
            (f"`{code}`", f"{kind.severity}", prose(kind.title), prose(kind.fix), prose(RECEIVED.get(code, "")))
            for code, kind in KINDS.items()
            if code.startswith(hundred)
        ]
        head = ("code", "severity", "what holds in a good file", "what to do", "in a file that you received")
        shorter = [row[:4] for row in rows] if not any(row[4] for row in rows) else rows
        text += f"\n## {_HUNDREDS[hundred]}\n\n{table(head[: len(shorter[0])], shorter)}"
    return text


# --- JSON ---


def json_page() -> str:
    """Return every document with its schema's file, and the properties of every value in them."""
    documents = {name: schema_of(name) for name in sorted((*KINDS_OF_DOCUMENT, *REPORTS))}
    values = {name: value for schema in documents.values() for name, value in schema["$defs"].items()}
    listed = [(f"[`{name}`](schemas/{name}.json)", prose(schema["description"])) for name, schema in documents.items()]
    sections = "".join(_value_section(name, values[name]) for name in sorted(values))
    return f"""# JSON

`peerbill.to_json` and `from_json` write and read values as documents, `{{"schema": {SCHEMA}, "kind": "claims", "value": […]}}`; several values of a kind have its name with an s. Commands write reports with `--json`.
Amounts are text, days `YYYY-MM-DD`. Each document has a JSON Schema (2020-12), which ships with the package. Properties in bold are always there.

{table(("document", "what it is"), listed)}{sections}"""


def _value_section(name: str, value: Mapping[str, Any]) -> str:
    required = set(value.get("required", ()))
    rows = [
        (f"**`{key}`**" if key in required else f"`{key}`", _json_type(type_))
        for key, type_ in value.get("properties", {}).items()
    ]
    about = prose(value.get("description", ""))
    return f"\n## {name}\n\n{about}\n\n" + (table(("property", "value"), rows) if rows else f"{_json_type(value)}\n")


def _json_type(type_: Mapping[str, Any]) -> str:
    """Return a schema in words."""
    if "$ref" in type_:
        name = type_["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in type_:
        return " or ".join(dict.fromkeys(map(_json_type, type_["anyOf"])))
    if "enum" in type_:
        return ", ".join(f"`{word}`" for word in type_["enum"])
    if "const" in type_:
        return f"`{type_['const']}`"
    if "items" in type_:
        return f"list of {_json_type(type_['items'])}"
    if type_.get("pattern", "").startswith("^[0-9]{4}-[0-9]{2}-[0-9]{2}"):
        return "day" if type_["pattern"].endswith("{2}$") else "time"
    if "prefixItems" in type_:
        return f"list of {', '.join(map(_json_type, type_['prefixItems']))}"
    if isinstance(type_.get("additionalProperties"), Mapping):
        return f"object of {_json_type(type_['additionalProperties'])}"
    if isinstance(several := type_.get("type"), list):
        return " or ".join(several)
    return prose(f"{type_.get('type', 'any')}") + (
        ", as text" if type_.get("pattern", "").startswith("^-?[0-9]") else ""
    )


# --- Python ---


_GROUPS = {
    "agency": (
        "An agency: bill, post, correct, look",
        ("peerbill.agency", "peerbill.ledger", "peerbill.claims", "peerbill.todo", "peerbill.report"),
    ),
    "audit": (
        "Audits and findings",
        ("peerbill.checks", "peerbill.coding.explanation", "peerbill.coding.context", "peerbill.model.finding"),
    ),
    "importing": ("Exports of other programs", ("peerbill.intake.importing",)),
    "records": (
        "Records and settings",
        ("peerbill.intake", "peerbill.model.encounter", "peerbill.model.people", "peerbill.model.records"),
    ),
    "claims": (
        "Claims",
        ("peerbill.claims.build", "peerbill.model.claim", "peerbill.model.claim_state", "peerbill.model.sent_claim"),
    ),
    "policies": ("Policies and questions to them", ("peerbill.coding", "peerbill.policy", "peerbill.setup")),
    "x12": ("X12 files", ("peerbill.x12",)),
    "answers": ("Answers of payers", ("peerbill.model.payer_answers", "peerbill.model.enrolment")),
    "json": ("JSON", ("peerbill.documents",)),
    "errors": ("Errors", ("peerbill.model.errors",)),
}
"""The pages of public names: title, and the modules whose names are on it; the longest name that fits decides, "claims" where none does."""


def api_pages() -> dict[str, str]:
    """Return the pages of public names; mkdocstrings fills in signatures and docstrings."""
    listed: dict[str, list[str]] = {group: [] for group in _GROUPS}
    for home, names in peerbill._HOMES.items():
        listed[_group(home)] += names
    rows = [
        (
            f"[{title}]({group}.md)",
            ", ".join(f"[`{name}`]({group}.md#peerbill.{name})" for name in sorted(listed[group])),
        )
        for group, (title, _) in _GROUPS.items()
    ]
    index = f"""# Python

`import peerbill` gives these names, and `peerbill.__all__` lists them; everything else is private. They follow SemVer: what goes away warns for one minor release before, and is named in
[Changes](../../changes.md). Values are frozen attrs classes: make them by keyword.

{table(("page", "names"), rows)}"""
    written = {
        f"reference/api/{group}.md": f"# {title}\n"
        + "".join(f"\n::: peerbill.{name}\n" for name in sorted(listed[group]))
        for group, (title, _) in _GROUPS.items()
    }
    return {"reference/api/index.md": index, **written}


def _group(home: str) -> str:
    fits = [
        (len(start), group)
        for group, (_, starts) in _GROUPS.items()
        for start in starts
        if f"{home}.".startswith(f"{start}.")
    ]
    return max(fits, default=(0, "claims"))[1]


def write(out: Path = OUT) -> None:
    """Write the pages into an empty folder."""
    shutil.rmtree(out, ignore_errors=True)
    for name, text in pages().items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    schemas = ROOT / "peerbill" / "documents" / "schemas"
    shutil.copy(HERE / "tables.css", out)
    shutil.copytree(schemas, out / "reference" / "schemas", ignore=shutil.ignore_patterns("*.py", "__pycache__"))


if __name__ == "__main__":
    write(*(Path(name) for name in sys.argv[1:]))
