"""What can only be checked between rows: values that clash, and words that other rows or files must know."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import attrs

from peerbill.policy.lines import KeyPath
from peerbill.policy.phrases import did_you_mean
from peerbill.policy.read import PolicyFile, Problem
from peerbill.policy.tables import LIMIT_COUNTS, MODES, PolicyRow


@attrs.frozen
class Known:
    """The words that a programme's rows may use; None where no file lists them, so that none can be called wrong."""

    services: Collection[str] | None = None
    diagnosis: Collection[str] | None = None
    region: Collection[str] | None = None
    payers: Collection[str] | None = None
    activity: Collection[str] | None = None
    programmes: Mapping[str, Collection[str]] = attrs.field(factory=dict)
    """All programmes of the state and the services of each."""


def row_path(row: PolicyRow, *inner: str | int) -> KeyPath:
    """Return the line of a row, or of a key or value in it."""
    return (*(part for part in (row.programme, row.table, row.name) if part), row.index, *inner)


def row_problem(row: PolicyRow, what: str, *inner: str | int) -> Problem:
    """Make a problem of a row, or of a field, condition or item in it."""
    parts = [f"item {part + 1}" if isinstance(part, int) else part for part in inner]
    return Problem(row_path(row, *inner), ", ".join([f"{row.path}, row {row.index + 1}", *parts]), what)


def find_clashes(files: Sequence[PolicyFile]) -> Iterator[tuple[PolicyFile, Problem]]:
    """Find the values that two rows of one layer give differently for one ordinary situation and day.

    Each programme's rows in the files of a kind are a layer; the later row is reported.
    """
    alike: dict[tuple[object, ...], list[tuple[PolicyFile, PolicyRow]]] = {}
    for file in files:
        for row in file.rows:
            alike.setdefault((file.kind, row.programme, row.table, row.name, row.rank), []).append((file, row))
    for rows in alike.values():
        # A file may have thousands of rows: equal ones are compared once, and a row no more once all of it clashes.
        earlier: dict[tuple[object, ...], tuple[PolicyRow, Mapping[str, tuple[str, str]]]] = {}
        for file, row in rows:
            statements = _statements(row)
            for field, what in _clashes(earlier.values(), row, statements):
                yield file, row_problem(row, what, field)
            earlier.setdefault((row.from_, row.to, row.when, tuple(statements.items())), (row, statements))


def _clashes(
    earlier: Iterable[tuple[PolicyRow, Mapping[str, tuple[str, str]]]],
    row: PolicyRow,
    statements: Mapping[str, tuple[str, str]],
) -> Iterator[tuple[str, str]]:
    """Yield each field of a row, once, with what an earlier row says of it otherwise."""
    ours = dict(statements)
    for other, theirs in earlier:
        if not ours:
            return
        if not days_meet(other, row) or not situations_meet(other, row):
            continue
        for key, (field, statement) in list(ours.items()):
            if key in theirs and theirs[key][1] != statement:
                del ours[key]
                what = f"an earlier row says {theirs[key][1]} and this says {statement}, and both can hold at once."
                yield field, f"{what} Give the later one a from, or the narrower one a further condition"


def _statements(row: PolicyRow) -> dict[str, tuple[str, str]]:
    """Return the values of a row with their fields, by key; what a limit counts is a single key."""
    statements = {}
    for key, text in row.states():
        if row.table == "limit" and key in LIMIT_COUNTS:
            statements["count"] = key, f"{text} {key}"
        else:
            statements[key] = key, text
    statements.update(dict.fromkeys(row.unknown, ("unknown", "unknown")))
    if row.off:
        statements["off"] = "off", "true"
    return statements


def days_meet(one: PolicyRow, other: PolicyRow) -> bool:
    """Return whether both rows hold on some day."""
    return not (
        (one.to is not None and other.from_ is not None and one.to < other.from_)
        or (other.to is not None and one.from_ is not None and other.to < one.from_)
    )


def situations_meet(one: PolicyRow, other: PolicyRow) -> bool:
    """Return whether an ordinary situation meets both rows; two diagnoses or credentials at once are not."""
    theirs = {condition.name: condition for condition in other.when}
    return all(condition.name not in theirs or condition.meets_often(theirs[condition.name]) for condition in one.when)


def check_words(rows: Iterable[PolicyRow], known: Known) -> Iterator[tuple[PolicyRow, Problem]]:
    """Hold the words that rows take from elsewhere against those that are known there."""
    for row in rows:
        for what, inner in _unknown_words(row, known):
            yield row, row_problem(row, what, *inner)


def _unknown_words(row: PolicyRow, known: Known) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    for condition in row.when:
        words = _words_of_condition(condition.name, known)
        if words is None:
            continue
        for value in condition.values:
            if value not in words:
                yield _no_such(str(value), _CALLED[condition.name], words), ("when", condition.name)
    if row.table == "population" and known.diagnosis is not None:
        for item, group in enumerate(row.values.get("diagnosis", ())):
            if group not in known.diagnosis:
                yield _no_such(group, _CALLED["diagnosis"], known.diagnosis), ("diagnosis", item)
    if row.table == "exclusion" and known.activity is not None:
        for item, word in enumerate(row.values.get("activity", ())):
            if word not in known.activity:
                yield _no_such(word, "activity that these files list", known.activity), ("activity", item)
    if row.table == "limit" and known.services is not None:
        for item, word in enumerate(row.values.get("of", ())):
            programme, slash, service = word.rpartition("/")
            if slash and programme not in known.programmes:
                yield _no_such(programme, "programme of this state", known.programmes), ("of", item)
            services = known.programmes.get(programme, ()) if slash else known.services
            if service not in services and (not slash or programme in known.programmes):
                yield _no_such(service, _CALLED["service"], services), ("of", item)


_CALLED = {
    "service": "service of this programme",
    "diagnosis": "group of [diagnosis]",
    "region": "name in [region]",
    "payer": "payer that the programme's header lists",
}


def _words_of_condition(name: str, known: Known) -> Collection[str] | None:
    return {
        "service": known.services,
        "diagnosis": known.diagnosis,
        "region": known.region,
        "payer": known.payers,
    }.get(name)


def _no_such(word: str, what: str, words: Iterable[str]) -> str:
    words = sorted(words)
    return f"'{word}' is no {what}{did_you_mean(word, words) or '; known are ' + (', '.join(words) or 'none')}"


def check_rules(rows: Iterable[PolicyRow]) -> Iterator[tuple[PolicyRow, Problem]]:
    """Find, in all layers of a programme, services without a mode and limits of which no row says what they count.

    A name that is misspelt in a nearer layer is found here too: nothing else uses it.
    """
    rules: dict[tuple[str, str], list[PolicyRow]] = {}
    for row in rows:
        if row.table in ("service", "limit"):
            rules.setdefault((row.table, row.name), []).append(row)
    for (table, name), known in rules.items():
        fields = {field for row in known for field in (*row.values, *row.unknown)}
        others = [other for in_table, other in rules if in_table == table and other != name]
        guess = did_you_mean(name, others)
        if table == "service" and name not in MODES and "mode" not in fields:
            fix = guess or f". Give mode, one of {', '.join(MODES)}"
            yield known[0], row_problem(known[0], f"'{name}' is no mode of service{fix}")
        if table == "limit" and fields.isdisjoint(LIMIT_COUNTS):
            fix = guess or ". Give it, such as units = 16"
            yield known[0], row_problem(known[0], f"no row says what the limit '{name}' counts{fix}")
        elif table == "limit" and "per" not in fields:
            yield (
                known[0],
                row_problem(known[0], f"no row says per what the limit '{name}' counts. Give per, such as 'day'"),
            )
