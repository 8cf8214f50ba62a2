"""Runs what a page of the documentation shows, in the order of the page, for `test_readme.py` and `test_docs.py`.

- A `console` block has commands, `$ peerbill …`, each with its whole output; a line of `…` alone stands for any lines,
  `…` in a line for any text. `# exit code 1` behind a command is what it exits with, otherwise 0.
- A `python` block runs after those before it, with their names; a `text` block right behind it is what it prints.
- A block with a title changes that file: each line takes the place of the line that begins alike (a key of TOML, two
  cells of CSV), or is added; a table of TOML is added whole.
"""

import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
from click.testing import CliRunner, Result

from peerbill.cli import main

_BLOCK = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXIT = re.compile(r"# exit code (\d)$")


@attrs.frozen
class Block:
    """A block of code: its language, the file that it is of, its text, and what follows at once on the page."""

    language: str
    title: str
    text: str
    adjacent: bool


def all_blocks(page: str) -> list[Block]:
    """Return the blocks of a page in order."""
    found = []
    end = -1
    for match in _BLOCK.finditer(page):
        found.append(Block(match[1], match[2] or "", match[3], not page[end : match.start()].strip() and end >= 0))
        end = match.end()
    return found


def blocks(page: str, language: str) -> list[str]:
    """Return the texts of the blocks in a language."""
    return [block.text for block in all_blocks(page) if block.language == language]


def commands(page: str) -> list[list[str]]:
    """Return the commands of the `sh` blocks, split into words."""
    lines = [line.partition(" #")[0].strip() for block in blocks(page, "sh") for line in block.splitlines()]
    return [shlex.split(line) for line in lines if line.startswith("peerbill ")]


def invoke(words: list[str]) -> Result:
    """Run `peerbill WORDS`, as a shell would: `*` stands for the files that there are."""
    arguments = [name for word in words for name in (sorted(map(str, Path().glob(word))) if "*" in word else [word])]
    return CliRunner().invoke(main, arguments)


def differences(page: str) -> Iterator[str]:
    """Run every step of a page in the current folder; yield what does not happen as the page says."""
    names: dict[str, Any] = {"__name__": "page"}
    found = all_blocks(page)
    for at, block in enumerate(found):
        if block.language == "console":
            yield from console(block.text)
        elif block.language == "python":
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile(block.text, "page", "exec"), names)  # noqa: S102  # the pages are ours
            after = found[at + 1] if at + 1 < len(found) else None
            shown = after.text if after is not None and after.language == "text" and after.adjacent else ""
            yield from _compared(block.text, shown, printed.getvalue())
        elif block.title:
            _change(Path(block.title), block.text)


def console(text: str) -> Iterator[str]:
    """Run the commands of a `console` block in the current folder; yield each that prints another text."""
    for step in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, shown = step.partition("\n")
        code = _EXIT.search(command)
        words = shlex.split(command, comments=True)
        if words[0] != "peerbill":
            yield f"{command}: no command of peerbill"
            continue
        result = invoke(words[1:])
        if result.exit_code != (int(code[1]) if code else 0):
            yield f"{command}: exit code {result.exit_code}\n{result.output}"
        yield from _compared(command, shown, result.output)


def _compared(what: str, shown: str, actual: str) -> Iterator[str]:
    lines = [line.rstrip() for line in shown.splitlines()]
    pattern = "".join(
        r"(?:.*\n)*?" if line == "…" else r"[^\n]*".join(map(re.escape, line.split("…"))) + r"\n" for line in lines
    )
    plain = "".join(f"{line.rstrip()}\n" for line in actual.splitlines())
    if re.fullmatch(pattern, plain) is None:
        yield f"{what}\nexpected:\n{shown}\nfound:\n{plain}"


def _change(file: Path, text: str) -> None:
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    if file.suffix == ".toml" and text.startswith("["):
        lines += ["", *text.splitlines()]
        text = ""
    for line in text.splitlines():
        key = re.match(r"\w+\s*=|[^,]*,[^,]*,", line)
        same = next((at for at, old in enumerate(lines) if key and old.startswith(key[0])), None)
        if same is None:
            lines.append(line)
        else:
            lines[same] = line
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
