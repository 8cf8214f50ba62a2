"""Every sentence of a finding as the source says it: the templates by name, and the values that each call gives."""

import ast
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import attrs

import peerbill

SOURCE = Path(peerbill.__file__).parent
_NAME_AND_TEXT = {"say": (0, 1), "say_unread": (0, 1), "before": (0, 1), "after": (None, 0)}
"""Where a call has the template's name, or what is added to it, and the text."""


@attrs.frozen
class Said:
    """One call: where it is, the template's name, its text, the values it names, and whether it may give others too."""

    place: str
    function: str
    template: str
    text: str
    given: frozenset[str]
    more: bool

    @property
    def named(self) -> set[str]:
        """The values that the text shows."""
        return {name for _, name, _, _ in string.Formatter().parse(self.text) if name is not None}


@cache
def sayings() -> tuple[Said, ...]:
    """Return every call of `say`, `say_unread`, `after` and `before` in peerbill."""
    return tuple(said for path in sorted(SOURCE.rglob("*.py")) for said in _sayings(path))


def _sayings(path: Path) -> Iterator[Said]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        is_method = isinstance(called, ast.Attribute)
        name = called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
        if name not in _NAME_AND_TEXT or is_method != (name in {"after", "before"}) or path.name == "sentence.py":
            continue
        at_name, at_text = _NAME_AND_TEXT[name]
        words = [one.value if isinstance(one, ast.Constant) else None for one in node.args]
        if name in {"after", "before"} and not isinstance(words[0], str):
            continue  # of a deadline
        template = "" if at_name is None else words[at_name]
        text = words[at_text] if len(words) > at_text else None
        yield Said(
            f"{path.relative_to(SOURCE)}:{node.lineno}",
            name,
            template if isinstance(template, str) else "?",
            text if isinstance(text, str) else "?",
            frozenset(one.arg for one in node.keywords if one.arg is not None),
            any(one.arg is None for one in node.keywords),
        )


def texts() -> dict[str, str]:
    """Return the text of each template."""
    return {said.template: said.text for said in sayings() if said.function in {"say", "say_unread"}}
