"""A mapping proposed from the headers and the cells of an export, with the questions that they leave open."""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from typing import Any

import attrs

from peerbill.intake.importing.draft_contacts import draft_contacts
from peerbill.intake.importing.draft_members import draft_members
from peerbill.intake.importing.draft_staff import draft_staff
from peerbill.intake.importing.drafting import ColumnMatch, Drafting, KnownSheet, MappingQuestion, Path
from peerbill.intake.importing.files import ExportSheet
from peerbill.intake.importing.profiles import CONTACT, MEMBER, STAFF, kind_of, profiles
from peerbill.intake.importing.shape import find_body
from peerbill.model.toml_text import toml_key, toml_string

SAMPLES = 3
_FILL = {CONTACT: draft_contacts, MEMBER: draft_members, STAFF: draft_staff}


@attrs.frozen
class MappingSuggestion:
    """A mapping that is proposed.

    Attributes:
        draft: Its sources, as TOML has them; an open answer is "".
        matches: Every column of theirs.
        questions: What is open.
        strange: Sheets whose rows are neither contacts, members nor staff.

    """

    draft: tuple[Mapping[str, Any], ...] = attrs.field(repr=False)
    matches: tuple[ColumnMatch, ...]
    questions: tuple[MappingQuestion, ...]
    strange: tuple[str, ...]

    def answered(self, answers: Mapping[MappingQuestion, str]) -> "MappingSuggestion":
        """Return the suggestion with answers in their places; other questions stay open."""
        draft = deepcopy(list(self.draft))
        for question, answer in answers.items():
            for path in question.paths:
                at: Any = draft
                for part in path[:-1]:
                    at = at[part]
                at[path[-1]] = int(answer) if question.is_number else answer
        left = tuple(question for question in self.questions if question not in answers)
        return attrs.evolve(self, draft=tuple(draft), questions=left)

    @property
    def text(self) -> str:
        """The mapping as the text of `mapping.toml`, each open question as a comment above its blank."""
        return _toml(self.draft, self.questions)


def suggest_mapping(
    sheets: Sequence[ExportSheet],
    payers: Mapping[str, str] | None = None,
    state: str = "",
    programmes: Sequence[str] = (),
) -> MappingSuggestion:
    """Propose a mapping for the sheets of an export.

    `payers` are the keys of `[payers]` with the payers' names, `state` is where the agency's certificates are from.
    `programmes` are those of a payer with several: a contact then says which of them it is of.
    """
    drafts: list[dict[str, Any]] = []
    matches: list[ColumnMatch] = []
    strange: list[str] = []
    known = []
    for sheet in sheets:
        body = find_body(sheet) if sheet.rows else None
        columns = profiles(body) if body else ()
        kind, roles = kind_of(columns)
        if kind and body:
            known.append(KnownSheet(sheet, kind, roles, columns))
        else:
            strange.append(sheet.name)
            matches += [ColumnMatch(sheet.name, column.name, (), column.cells[:SAMPLES]) for column in columns]
    questions: list[MappingQuestion] = []
    member_roles = frozenset(role for found in known if found.kind == MEMBER for role in found.roles)
    for found in known:
        drafting = Drafting(found, len(drafts), payers or {}, state, member_roles, programmes)
        _FILL[found.kind](drafting)
        drafts.append(drafting.source())
        questions += drafting.questions
        matches += drafting.matches()
    return MappingSuggestion(tuple(drafts), tuple(matches), tuple(questions), tuple(strange))


# --- as TOML ---


def _toml(draft: Sequence[Mapping[str, Any]], questions: Sequence[MappingQuestion]) -> str:
    asked: dict[Path, list[MappingQuestion]] = {}
    for question in questions:
        for path in question.paths:
            asked.setdefault(path[:4], []).append(question)
    lines = [
        "# Which column of the export is which of ours: `peerbill import` reads this file. Every key is in the guide."
    ]
    for number, source in enumerate(draft):
        lines += ["", "[[source]]"]
        for key, value in source.items():
            if not isinstance(value, list):
                lines += _comments(
                    question for path, several in asked.items() if path[:2] == (number, key) for question in several
                )
                lines.append(f"{key} = {_value(value)}")
        for table, several in source.items():
            if not isinstance(several, list):
                continue
            for block, columns in enumerate(several):
                lines += ["", f"[[source.{table}]]" if len(several) > 1 else f"[source.{table}]"]
                for name, spec in columns.items():
                    lines += _comments(asked.get((number, table, block, name), ()))
                    lines.append(f"{name} = {_value(spec)}")
    return "".join(f"{line}\n" for line in lines)


def _comments(questions: Iterable[MappingQuestion]) -> list[str]:
    return [f"# ? {question.text}" for question in questions]


def _value(value: Any) -> str:
    if isinstance(value, str):
        return toml_string(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{toml_key(key)} = {_value(item)}" for key, item in value.items()) + " }"
    return "[" + ", ".join(map(_value, value)) + "]"
