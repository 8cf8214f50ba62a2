"""Values of a policy that nobody gives or nobody has read, with what to write where (PB605)."""

from collections.abc import Callable, Mapping
from typing import Any

from peerbill import codes
from peerbill.coding.context import Gap
from peerbill.model.finding import Severity
from peerbill.model.sentence import say, with_note
from peerbill.policy import Answer, Authority, Status
from peerbill.policy.tables import WORDS

ADD_VALUE = (
    "Look the value up in the payer's manual and write it, with its source, under policies/: [[{table}]] {field} = …"
)


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
    listed = meanings(field)
    fix = ADD_VALUE.format(table=table, field=field) + (f", one of {listed}" if listed else "")
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
    read_in = (codes.code_set_citation("institutional"),) if listed else ()
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


def unconfirmed(name: str, table: str, field: str, said: Authority, known: object) -> Gap:
    """Return the gap of a value that nobody has confirmed in a document."""
    return Gap(
        name,
        Severity.WARNING,
        with_note(say("value-not-confirmed", "{value} is not confirmed by any document", value=name), said.note),
        "Confirm it: l" + ADD_VALUE.format(table=table, field=field)[1:],
        said.citations,
        table,
        field,
        said.note,
        known,
    )
