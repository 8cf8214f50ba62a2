"""Values of a policy that nobody gives or nobody has read, with what to write where (PB605)."""

from collections.abc import Callable, Mapping
from typing import Any

from peerbill import codes
from peerbill.coding.context import Gap
from peerbill.model.finding import Severity
from peerbill.model.sentence import say, with_note
from peerbill.model.toml_text import toml_string
from peerbill.policy import Answer, Authority, Status
from peerbill.policy.tables import SHAPES, WORDS

LOOK_UP = "Ask the payer, or look it up in its manual"
CONFIRM = "Confirm it: ask the payer, or look it up in its manual"


def known_value(gaps: list[Gap], answer: Answer[object], field: str, table: str, title: str) -> Any:
    """Return a field's value; add a gap where it is not known (error) or nobody has read it (warning)."""
    gap = gap_of(answer, field, table, title)
    if gap is not None:
        gaps.append(gap)
    return getattr(answer.value, field) if field in answer.said else None


def gap_of(answer: Answer[object], field: str, table: str, title: str) -> Gap | None:
    """Return what is missing of a field: its value (error) or a document that confirms it (warning); None if nothing.

    `table` is PROGRAMME.TABLE, `title` what the sentence calls the value.
    """
    name = f"{table.partition('.')[2]}.{field}"
    said = answer.said.get(field)
    if said is not None:
        known = getattr(answer.value, field)
        return unconfirmed(name, table, field, said, known) if said.status is Status.UNCONFIRMED else None
    fix = LOOK_UP
    if field in answer.conflict:
        note = answer.conflict[field]
        message = say("values-conflict", "{conflict}", conflict=note)
        return Gap(name, Severity.ERROR, message, fix, table=table, field=field, note=note)
    silent = answer.unknown.get(field)
    if silent is not None:
        message = with_note(say("value-not-known", "{value} is not known", value=name), silent.note)
        return Gap(name, Severity.ERROR, message, fix, silent.citations, table, field, silent.note)
    note = f"no source says {title}"
    message = say("no-source", "{value} is not known: no source says {title}", value=name, title=title)
    read_in = (codes.code_set_citation("institutional"),) if meanings(field) else ()
    return Gap(name, Severity.ERROR, message, fix, read_in, table, field, note)


_LISTED: Mapping[str, Callable[[], Mapping[str, codes.InstitutionalCode]]] = {
    "admission_type": codes.admission_types,
    "point_of_origin": codes.points_of_origin,
}
"""Fields with a short list of codes, which a remedy shows."""


def meanings(field: str) -> str:
    """Return the codes that a field takes, each with what it means; "" where there is no list."""
    if field not in _LISTED:
        return ""
    taken = [listed for code, listed in _LISTED[field]().items() if code in WORDS["claim", field][1]]
    doubt = {listed.code: ", unconfirmed" for listed in taken if listed.status == Status.UNCONFIRMED}
    return ", ".join(f"{listed.code} ({listed.name}{doubt.get(listed.code, '')})" for listed in taken)


def in_policy(programme: str, table: str, *values: str) -> str:
    """Return where an agency writes a value, and the row on lines of its own, for the end of a remedy.

    >>> in_policy("NJ/sud", "place", 'allow = ["57"]').splitlines()
    ['in policies/nj.toml with its source', '[[sud.place]]', 'allow = ["57"]', 'source = ""']
    """
    state, _, key = programme.partition("/")
    return "\n".join(
        (f"in policies/{state.lower()}.toml with its source", f"[[{key}.{table}]]", *values, 'source = ""')
    )


def row_to_write(gap: Gap) -> str:
    """Return the policy row that gives a value, as TOML: a value that is not known, and its source, are left blank."""
    value = f"{gap.field} = {_toml(gap.known)}\n" if gap.field else ""
    return f'[[{gap.table}]]\n{value}source = ""'


def _toml(value: object) -> str:
    if value is None:
        return '""'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return str(value) if isinstance(value, int) else toml_string(str(value))


def allowed_values(gap: Gap) -> str:
    """Return what may be written for a value, for a sentence: its words, or what it looks like."""
    _, kind, *_ = (*gap.table.split("."), "")
    words = meanings(gap.field) or ", ".join(WORDS.get((kind, gap.field), ("", ()))[1])
    if words:
        return f"one of {words}"
    if (kind, gap.field) == ("service", "modifiers"):
        return 'such as ["HF", "HQ"], in their order, or [] for none'
    if (kind, gap.field) == ("unit", "minutes"):
        return "a whole number, such as 15"
    return SHAPES[kind, gap.field][1] if (kind, gap.field) in SHAPES else ""


def unconfirmed(name: str, table: str, field: str, said: Authority, known: object) -> Gap:
    """Return the gap of a value that nobody has confirmed in a document."""
    return Gap(
        name,
        Severity.WARNING,
        with_note(say("value-not-confirmed", "{value} is not confirmed by any document", value=name), said.note),
        CONFIRM,
        said.citations,
        table,
        field,
        said.note,
        known,
    )
