"""Read the text of one policy file: rows, headers and words, or every problem with its line."""

import datetime as dt
import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeGuard, get_args, get_origin

import attrs

from peerbill import codes
from peerbill.model.finding import Citation
from peerbill.model.toml_text import HALF_CHARACTER, half_character, why_not_toml
from peerbill.model.words import fold
from peerbill.policy.answers import Authority, Status
from peerbill.policy.lines import KeyPath, key_lines, line_of
from peerbill.policy.phrases import Ages, Deadline, Length, Window, did_you_mean
from peerbill.policy.tables import (
    CONDITIONS,
    LEAST,
    LIMIT_COUNTS,
    LISTS,
    MERGES,
    MOST,
    NAMED,
    ROW_NAMES,
    SETTINGS,
    SHAPES,
    WORDS,
    Condition,
    Merge,
    PolicyRow,
)

NATIONAL, STATE, AGENCY = "national", "state", "agency"
"""The three kinds of policy files."""

HEADER_KEYS = ("name", "authority", "note", "like", "payers", "from", "to", "source", "status")
ROW_KEYS = ("from", "to", "when", "source", "status", "force", "unknown", "off", "note")
SOURCE_KEYS = ("title", "kind", "publisher", "url", "date", "archived", "retrieved")
TOP_KEYS = ("state", "as_of", "source", "diagnosis", "region", "activity")

_STATUSES = ("primary", "secondary", "unconfirmed")
_ICD_RANGE = re.compile(r"[A-Z][0-9][0-9A-Z](\.?[0-9A-Z]{1,4})?(-[A-Z][0-9][0-9A-Z](\.?[0-9A-Z]{1,4})?)?")
_PROGRAMME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FILE_OF_STATE = re.compile(r"(?:.*[\\/])?([a-z]{2})\.toml", re.IGNORECASE)
PLACEHOLDER = "ABBREVIATION"
"""What a row to fill in has in place of a name, as of a credential."""
_PHRASES: Mapping[Any, Callable[[str], Any]] = {
    Window: Window.parse,
    Deadline: Deadline.parse,
    Length: Length.parse,
    Ages: Ages.parse,
}


class _BadValueError(Exception):
    """A fault of a value, as the end of a message; `item` is its place in a list, from 0."""

    def __init__(self, what: str, item: int | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.item = item


@attrs.frozen
class Problem:
    """A fault at a path of a file, or at a line where no path is known; `label` names the place for people."""

    path: KeyPath
    label: str
    what: str
    line: int = 0


@attrs.frozen
class Header:
    """A programme's own keys as its file gives them, and who says so."""

    values: Mapping[str, Any]
    said: Authority | None


@attrs.frozen
class Blank:
    """A value of an agency's row that is still to be filled in, or whose source is; `field` may be `source` itself."""

    table: str
    field: str
    line: int


@attrs.define
class PolicyFile:
    """A file as it was read; `problems` has what could not be read.

    `blank_paths` are the values of an agency's rows that were not filled in. A row without a source, or without any
    value, says nothing then, as if it were not there.
    """

    name: str
    kind: str
    text: str
    state: str = ""
    as_of: dt.date | None = None
    diagnosis: dict[str, tuple[str, ...]] = attrs.field(factory=dict)
    region: dict[str, tuple[str, ...]] = attrs.field(factory=dict)
    activity: tuple[str, ...] = ()
    headers: dict[str, Header] = attrs.field(factory=dict)
    rows: list[PolicyRow] = attrs.field(factory=list)
    problems: list[Problem] = attrs.field(factory=list)
    blank_paths: list[KeyPath] = attrs.field(factory=list)

    def blanks(self) -> list[Blank]:
        """Return what is still to be filled in, in the order of the file."""
        places = key_lines(self.text) if self.blank_paths else {}
        return [
            Blank(".".join(str(part) for part in path[:-2]), str(path[-1]), line_of(places, path))
            for path in self.blank_paths
        ]

    def lines(self, problems: Sequence[Problem]) -> list[tuple[int, str]]:
        """Return (line, message) for problems of this file: `file:line: path: what. Fix`."""
        key_places = key_lines(self.text) if any(problem.path for problem in problems) else {}
        placed = [(problem.line or line_of(key_places, problem.path), problem) for problem in problems]
        return [
            (line, f"{self.name}:{line}: {problem.label}{': ' if problem.label else ''}{problem.what}")
            for line, problem in placed
        ]


def read_policy(name: str, text: str, kind: str) -> PolicyFile:
    """Read the text of a policy file of a kind (national, state, agency); `name` is for messages. Never raises."""
    text = text.removeprefix("\ufeff")
    if line := half_character(text):
        # Nothing of it goes on: its digest cannot be taken.
        return PolicyFile(name, kind, "", problems=[Problem((), "", HALF_CHARACTER, line)])
    file = PolicyFile(name, kind, text)
    try:
        data = tomllib.loads(text)
    except RecursionError:
        file.problems.append(Problem((), "", "this is nested too deeply to be read. Write rows as [[PROGRAMME.TABLE]]"))
    except ValueError as error:
        line, what = why_not_toml(text, error)
        file.problems.append(Problem((), "", what, line))
    else:
        _Reader(file, data).read()
    return file


class _Reader:
    def __init__(self, file: PolicyFile, data: dict[str, Any]) -> None:
        self.file = file
        self.data = data
        self.sources: dict[str, dict[str, str]] = {}

    def bad(self, path: KeyPath, label: str, what: str) -> None:
        self.file.problems.append(Problem(path, label, what))

    def read(self) -> None:
        self.read_state()
        self.read_as_of()
        self.read_sources()
        for group, ranges in self.word_lists("diagnosis"):
            self.file.diagnosis[group] = self.icd_ranges(group, ranges)
        for region, counties in self.word_lists("region"):
            self.file.region[region] = counties
        self.read_activity()
        for key, value in self.data.items():
            if key not in TOP_KEYS:
                self.read_programme(key, value)

    def read_state(self) -> None:
        state = self.data.get("state")
        if self.file.kind == NATIONAL:
            if state is not None:
                self.bad(("state",), "state", "the national file belongs to no state. Remove it")
        elif state is None and self.file.kind == AGENCY and (named := _FILE_OF_STATE.fullmatch(self.file.name)):
            self.file.state = named[1].upper()
        elif state is None:
            self.bad((), "state", 'missing. Give the state\'s two letters, such as state = "NJ", at the top')
        elif not isinstance(state, str) or not re.fullmatch(r"[A-Z]{2}", state):
            self.bad(("state",), "state", f'two capital letters such as "NJ" are expected, and this is {_shown(state)}')
        else:
            self.file.state = state

    def read_as_of(self) -> None:
        if "as_of" in self.data:
            self.file.as_of = self.attempt(("as_of",), "as_of", lambda: _date("as_of", self.data["as_of"]))

    def attempt(self, path: KeyPath, label: str, read: Callable[[], Any]) -> Any:
        """Return what `read` returns, or None after noting what it says is wrong."""
        try:
            return read()
        except _BadValueError as bad:
            if bad.item is None:
                self.bad(path, label, bad.what)
            else:
                self.bad((*path, bad.item), f"{label}, item {bad.item + 1}", bad.what)
        return None

    def read_sources(self) -> None:
        sources = self.data.get("source", {})
        if not isinstance(sources, dict):
            self.bad(("source",), "source", "sources are tables; write [source.KEY] above title, url and date")
            return
        for key, source in sources.items():
            path, label = ("source", key), f"source.{key}"
            if not isinstance(source, dict):
                self.bad(path, label, f"a source is a table; write [source.{key}] above title, url and date")
                continue
            self.sources[key] = {}
            for field, value in source.items():
                self.read_source_field(key, field, value)
            if "title" not in source:
                self.bad(path, label, 'no title. Give title = "…", as the document prints it')
            if "kind" not in source and self.file.kind != AGENCY:
                self.bad(path, label, 'no kind. Give kind = "primary" for the authority\'s own text, else "secondary"')

    def read_source_field(self, key: str, field: str, value: object) -> None:
        path, label = ("source", key, field), f"source.{key}, {field}"
        if field not in SOURCE_KEYS:
            self.bad(path, label, f"there is no such field here{_guess(field, SOURCE_KEYS)}")
        elif field == "kind":
            kind = self.attempt(path, label, lambda: _one_of(_text(field, value), ("primary", "secondary")))
            self.sources[key]["kind"] = kind or ""
        elif field in ("date", "retrieved") and type(value) is dt.date:
            self.sources[key][field] = value.isoformat()
        else:
            self.sources[key][field] = self.attempt(path, label, lambda: _text(field, value)) or ""

    def word_lists(self, top: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        table = self.data.get(top, {})
        if not isinstance(table, dict):
            self.bad((top,), top, f'names and lists are expected; write [{top}] and, below it, NAME = ["…"]')
            return
        for name, value in table.items():
            words = self.attempt((top, name), f"{top}.{name}", partial(_texts, name, value))
            if words is not None:
                yield name, words

    def icd_ranges(self, group: str, ranges: tuple[str, ...]) -> tuple[str, ...]:
        for item, range_ in enumerate(ranges):
            path, label = ("diagnosis", group, item), f"diagnosis.{group}, item {item + 1}"
            first, _, last = range_.partition("-")
            if not _ICD_RANGE.fullmatch(range_):
                self.bad(path, label, f"'{range_}' is no ICD-10-CM code or range; write it like 'F10-F19'")
            elif last and last < first:
                self.bad(path, label, f"'{range_}' ends before it begins; write '{last}-{first}'")
        return ranges

    def read_activity(self) -> None:
        activity = self.data.get("activity", [])
        # A table of words gives what each means; the words are what counts here.
        words = list(activity) if isinstance(activity, dict) else activity
        self.file.activity = self.attempt(("activity",), "activity", lambda: _texts("activity", words)) or ()

    def read_programme(self, key: str, value: object) -> None:
        if not isinstance(value, dict):
            self.bad((key,), key, f"there is no such key here{_guess(key, (*TOP_KEYS, 'all'))}")
            return
        if self.file.kind == NATIONAL and key != "all":
            self.bad((key,), key, "the national file has no programmes; write [[all.TABLE]]")
            return
        if not _PROGRAMME.fullmatch(key):
            self.bad((key,), key, "a programme's id is made of small letters, digits and hyphens")
            return
        header = {field: inner for field, inner in value.items() if field not in MERGES}
        if key == "all":
            for field in header:
                self.bad((key, field), f"{key}, {field}", f"there is no such table{_guess(field, MERGES)}")
        else:
            self.read_header(key, header)
        for table, inner in value.items():
            if table in MERGES:
                self.read_table(key, table, inner)

    def read_header(self, key: str, given: Mapping[str, Any]) -> None:
        values: dict[str, Any] = {}
        for field, value in given.items():
            path, label = (key, field), f"{key}, {field}"
            if field not in HEADER_KEYS:
                what = "table" if isinstance(value, (list, dict)) else "field"
                self.bad(path, label, f"there is no such {what} here{_guess(field, (*HEADER_KEYS, *MERGES))}")
                continue
            read = self.attempt(path, label, partial(_header_value, field, value))
            if read is not None:
                values[field] = read
        self.check_days((key,), key, values)
        packaged = self.file.kind == STATE
        if packaged and "name" not in given:
            self.bad((key,), key, "a programme needs a header with a name")
        if packaged and "source" not in given and values.get("status") != "unconfirmed":
            self.bad((key,), key, 'no source. Give source = "KEY where", or status = "unconfirmed" if nobody read it')
        self.file.headers[key] = Header(values, self.said((key,), key, values, "") if given else None)

    def check_days(self, path: KeyPath, label: str, values: Mapping[str, Any]) -> None:
        first, last = values.get("from"), values.get("to")
        if first and last and last < first:
            self.bad((*path, "to"), f"{label}, to", f"{last} is before from, {first}. Exchange them, or correct one")

    def said(self, path: KeyPath, label: str, values: Mapping[str, Any], note: str) -> Authority:
        """Make the citations of a row or header; unknown sources are noted."""
        given = values.get("status")
        citations: list[Citation] = []
        kinds: list[str] = []
        sources = values.get("source", ())
        for item, source in enumerate(sources):
            key, _, where = source.partition(" ")
            if key not in self.sources and self.file.kind == AGENCY and not _guess(key, self.sources):
                # An agency need not list its sources: a text is then the source itself.
                kinds.append(given or "primary")
                citations.append(Citation(source, status="agency" if given != "unconfirmed" else given))
                continue
            if key not in self.sources:
                part = f", item {item + 1}" if len(sources) > 1 else ""
                guess = _guess(key, self.sources)
                what = f"'{key}' is no source of this file{guess or f'; give it a [source.{key}]'}"
                self.bad((*path, "source"), f"{label}, source{part}", what)
                continue
            known = self.sources[key]
            kinds.append(given or known.get("kind") or "primary")
            status = "agency" if self.file.kind == AGENCY and given != "unconfirmed" else kinds[-1]
            url = known.get("url") or known.get("archived") or ""
            citations.append(Citation(known.get("title", ""), url, known.get("date", ""), status, where.strip()))
        if given == "unconfirmed" or not (kinds or given):
            status = "unconfirmed"
        else:
            status = "agency" if self.file.kind == AGENCY else given or kinds[0]
        force = values.get("force", "must")
        return Authority(Status(status), tuple(citations), force, note, f"{self.file.name}: {label}")

    def read_table(self, programme: str, table: str, value: object) -> None:
        path, label = (programme, table), f"{programme}.{table}"
        if MERGES[table] is not Merge.NAMED:
            if isinstance(value, dict) and value and all(_are_rows(inner) for inner in value.values()):
                self.bad(path, label, f"these rules have no names; write [[{label}]]")
            else:
                self.read_rows((programme, table), "", value)
        elif isinstance(value, list):
            self.bad(path, label, f"each of these rules has a name; write [[{label}.NAME]]")
        elif not isinstance(value, dict):
            self.bad(path, label, f"rows are expected; write [[{label}.NAME]]")
        else:
            for name, inner in value.items():
                if not isinstance(inner, (list, dict)):
                    self.bad((*path, name), label, f"each of these rules has a name; write [[{label}.NAME]]")
                    return
                self.check_name(table, (*path, name), name)
                self.read_rows((programme, table), name, inner)

    def check_name(self, table: str, path: KeyPath, name: str) -> None:
        label = ".".join(str(part) for part in path)
        if table in ROW_NAMES:
            self.attempt(path, label, lambda: _one_of(name, ROW_NAMES[table]))
        elif (table, "") in SHAPES:
            self.attempt(path, label, lambda: _shaped(table, "", name))
        elif not name:
            self.bad(path, label, "a rule's name is empty")

    def read_rows(self, at: tuple[str, str], name: str, value: object) -> None:
        path: KeyPath = (*at, name) if name else at
        label = ".".join(str(part) for part in path)
        if not _are_rows(value):
            self.bad(path, label, f"rows are expected; write [[{label}]], with two brackets")
            return
        for index, row in enumerate(value):
            self.read_row(at, name, (*path, index), row, many=len(value) > 1)

    def read_row(self, at: tuple[str, str], name: str, path: KeyPath, row: Mapping[str, Any], *, many: bool) -> None:
        programme, table = at
        plain = ".".join(str(part) for part in path[:-1])
        index = path[-1]
        label = f"{plain}, row {int(index) + 1}"
        fields = _fields(table)
        values: dict[str, Any] = {}
        meta: dict[str, Any] = {}
        given = self.without_blanks(path, row, fields)
        for key, value in given.items():
            place = (*path, key), f"{label}, {key}"
            if key in ROW_KEYS:
                read = self.read_meta(table, key, value, *place)
                if read is not None:
                    meta[key] = read
            elif key in fields:
                read = self.attempt(*place, partial(fields[key], value))
                if read is not None:
                    values[key] = read
            else:
                self.bad(*place, f"there is no such field here{_guess(key, (*fields, *ROW_KEYS))}")
        if len(given) < len(row) and ("source" not in given or not any(key not in ROW_KEYS for key in given)):
            return
        if name == PLACEHOLDER and self.file.kind == AGENCY:
            self.bad(path[:-1], plain, f"this row has its source; write the name in place of {PLACEHOLDER}")
        self.check_row(path, label, given, (values, meta))
        authority = self.said(path, label, meta, meta.get("note", ""))
        authority = authority if many else attrs.evolve(authority, path=f"{self.file.name}: {plain}")
        # The rest of a row with problems is kept: rows that rest on it should not be reported because of it.
        self.file.rows.append(
            PolicyRow(
                file=self.file.name,
                programme=programme,
                table=table,
                name=fold(name) if table == "service" else name,
                index=int(index),
                values=values,
                from_=meta.get("from"),
                to=meta.get("to"),
                when=meta.get("when", ()),
                unknown=meta.get("unknown", ()),
                off=meta.get("off", False),
                said=authority,
            )
        )

    def without_blanks(self, path: KeyPath, row: Mapping[str, Any], fields: Collection[str]) -> Mapping[str, Any]:
        """Return a row without what an agency has still to fill in, which is noted."""
        if self.file.kind != AGENCY:
            return row
        blank = [key for key, value in row.items() if value == "" and (key in fields or key == "source")]
        idle = [*filter(row.__contains__, fields), "source"] if "source" in blank else blank
        self.file.blank_paths += [(*path, key) for key in idle]
        return {key: value for key, value in row.items() if key not in blank} if blank else row

    def check_row(
        self, path: KeyPath, label: str, row: Mapping[str, Any], read: tuple[Mapping[str, Any], Mapping[str, Any]]
    ) -> None:
        table, (values, meta) = str(path[1]), read
        self.check_days(path, label, meta)
        for field in meta.get("unknown", ()):
            if field in row and table not in LISTS:
                self.bad(
                    (*path, "unknown"), f"{label}, {field}", "the row gives it and says that it is unknown. Keep one"
                )
        counts = [field for field in LIMIT_COUNTS if table == "limit" and field in values]
        if len(counts) > 1:
            self.bad(path, label, f"a limit counts one thing, and this gives {' and '.join(counts)}. Write two limits")
        says = any(key not in ROW_KEYS for key in row) or meta.get("off") or "unknown" not in row
        if "source" in row or not says or meta.get("status") == "unconfirmed":
            return
        # A misspelt key was reported, with the key that was meant.
        keys = (*ROW_KEYS, *_fields(table))
        if not any("source" in _guess(key, keys) for key in row if key not in keys):
            self.bad(path, label, 'no source. Give source = "KEY where", or status = "unconfirmed" if nobody read it')

    def read_meta(self, table: str, key: str, value: object, path: KeyPath, label: str) -> Any:
        match key:
            case "from" | "to":
                return self.attempt(path, label, lambda: _date(key, value))
            case "when":
                return self.read_when(value, path, label)
            case "source":
                return self.attempt(path, label, lambda: _texts(key, value, least=1))
            case "status":
                statuses = (*_STATUSES, "agency") if self.file.kind == AGENCY else _STATUSES
                return self.attempt(path, label, lambda: _one_of(_text(key, value), statuses))
            case "force":
                return self.attempt(path, label, lambda: _one_of(_text(key, value), ("must", "should")))
            case "unknown":
                return self.attempt(path, label, lambda: _unknown(table, value))
            case "off" if MERGES[table] is Merge.LIST:
                self.bad(path, label, "a list takes back its items one by one; use waive, deny, lift or unknown")
            case "off":
                return self.attempt(path, label, lambda: _only_true(key, value))
            case _:
                return self.attempt(path, label, lambda: _text(key, value, empty=True))
        return None

    def read_when(self, value: object, path: KeyPath, label: str) -> tuple[Condition, ...] | None:
        if not isinstance(value, dict):
            self.bad(path, label, 'a table is expected; write when = { service = "group" }')
            return None
        conditions = []
        for name, given in value.items():
            if name not in CONDITIONS:
                self.bad((*path, name), f"{label}, {name}", f"there is no such condition{_guess(name, CONDITIONS)}")
                continue
            values = self.attempt((*path, name), f"{label}, {name}", partial(_condition, name, given))
            if values is not None:
                conditions.append(Condition(name, values))
        return tuple(conditions)


def _guess(word: str, words: Iterator[str] | Sequence[str] | Mapping[str, Any]) -> str:
    return did_you_mean(word, words)


def _are_rows(value: object) -> TypeGuard[list[dict[str, Any]]]:
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)


def _shown(value: object) -> str:
    """Return what a value is, for a message."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {value}"
        case str():
            return f"'{value}'"
        case dt.datetime() | dt.time():
            return "a time"
        case dt.date():
            return f"the date {value}"
        case list():
            return "a list"
    return "a table"


def _text(key: str, value: object, *, empty: bool = False) -> str:
    if isinstance(value, str):
        if value.strip() or empty:
            return value
        raise _BadValueError("the text is empty. Give it, or leave the key out")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        digits = f"{value:.2f}" if isinstance(value, float) else str(value)
        raise _BadValueError(f'a text is expected, and this is {_shown(value)}; write {key} = "{digits}"')
    raise _BadValueError(f'a text is expected, and this is {_shown(value)}; write {key} = "…"')


def _texts(key: str, value: object, *, least: int = 0) -> tuple[str, ...]:
    if isinstance(value, str):
        return (_text(key, value),)
    if not isinstance(value, list):
        raise _BadValueError(f'a text or a list of texts is expected, and this is {_shown(value)}; write {key} = ["…"]')
    if len(value) < least:
        raise _BadValueError("the list is empty. Give an item, or leave the key out")
    for item, entry in enumerate(value):
        if not isinstance(entry, str) or not entry.strip():
            raise _BadValueError(f"a text is expected, and this is {_shown(entry)}", item)
    return tuple(value)


def _date(key: str, value: object) -> dt.date:
    if type(value) is dt.date:
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9][0-9]-[0-9][0-9]", value):
        raise _BadValueError(f"a date stands without quotes; write {key} = {value}")
    raise _BadValueError(f"a date is expected, and this is {_shown(value)}; write {key} = 2026-01-31")


def _number(key: str, value: object, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        fix = (
            value.strip() if isinstance(value, str) and value.strip().isascii() and value.strip().isdecimal() else "16"
        )
        raise _BadValueError(f"a whole number is expected, and this is {_shown(value)}; write {key} = {fix}")
    if not least <= value <= most:
        raise _BadValueError(f"{least} to {most} is expected, and this is {value}")
    return value


def _yes_no(key: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise _BadValueError(f"true or false is expected, and this is {_shown(value)}; write {key} = true")


def _only_true(key: str, value: object) -> bool:
    if value is True:
        return True
    raise _BadValueError(f"only true can be given here, and this is {_shown(value)}; leave {key} out")


def _one_of(word: str, words: Sequence[str], what: str = "") -> str:
    if word in words:
        return word
    guess = did_you_mean(word, words)
    if what:
        raise _BadValueError(f"'{word}' is no {what}{guess or '; known are ' + ', '.join(words)}")
    raise _BadValueError(f"'{word}' is not one of {', '.join(words)}{guess}")


def _shaped(table: str, field: str, text: str) -> str:
    pattern, what = SHAPES[table, field]
    if not pattern.fullmatch(text):
        raise _BadValueError(f"'{text}' is not {what}")
    return text


def _word(table: str, field: str, text: str) -> str:
    """Hold a text against the words or the shape that its field knows."""
    if (table, field) == ("unit", "rounding") and re.search(r"eight|8", text):
        known = ", ".join(WORDS[table, field][1])
        raise _BadValueError(
            f"'{text}' is not one of {known}; write rounding = 'midpoint' and aggregate = 'day': "
            "8 of 15 minutes make a unit"
        )
    if table == "claim":
        _refuse_what_no_claim_can_say(field, text)
    if (table, field) in WORDS:
        what, words = WORDS[table, field]
        return _one_of(text, words, what)
    if (table, field) in SHAPES:
        return _shaped(table, field, text)
    return text


def _refuse_what_no_claim_can_say(field: str, text: str) -> None:
    """Refuse codes that exist and that the claims of this library contradict."""
    if field == "patient_status" and text in (statuses := codes.patient_statuses()) and statuses[text].stays:
        raise _BadValueError(
            f"'{text}' (still a patient) contradicts frequency 1 (admission through discharge), with which every claim "
            "is first sent; write the status at the end of the visit, '01' where the person went home"
        )
    if field == "type_of_bill" and text in (bills := codes.types_of_bill()) and bills[text].inpatient:
        raise _BadValueError(
            f"'{text}' ({bills[text].name}) is the bill of an inpatient stay, which needs an admitting diagnosis that "
            "peerbill does not have; write the payer's outpatient type of bill, such as '13'"
        )
    if field == "admission_type" and text in (kinds := codes.admission_types()) and kinds[text].newborn:
        raise _BadValueError(f"'{text}' is for newborns; write one of {', '.join(WORDS['claim', field][1])}")
    if field == "revenue_code" and text.isdigit() and len(text) == len("0000") and not codes.is_revenue_code(text):
        raise _BadValueError(f"'{text}' is no revenue code in use; write the payer's, such as '0900'")


def _phrase(parse: Callable[[str], Any], text: str) -> Any:
    try:
        return parse(text)
    except ValueError as error:
        raise _BadValueError(str(error)) from None


def _each(read: Callable[[str], Any], texts: tuple[str, ...], *, is_list: bool) -> tuple[Any, ...]:
    """Read every text of a list, telling which item is wrong."""
    values = []
    for item, text in enumerate(texts):
        try:
            values.append(read(text))
        except _BadValueError as bad:
            raise _BadValueError(bad.what, item if is_list else None) from None
    return tuple(values)


def _condition(name: str, value: object) -> tuple[str | Ages, ...]:
    texts = _texts(name, value, least=1)

    def read(text: str) -> Any:
        if name == "age":
            return _phrase(Ages.parse, text)
        return fold(text) if name == "service" else _word("when", name, text)

    return _each(read, texts, is_list=isinstance(value, list))


def _unknown(table: str, value: object) -> tuple[str, ...]:
    texts = _texts("unknown", value, least=1)

    def read(text: str) -> str:
        if table not in LISTS:
            if text not in _fields(table):
                raise _BadValueError(f"'{text}' is no field of this table{did_you_mean(text, _fields(table))}")
            return text
        return text if text in LISTS[table] or table == "exclusion" else _word(table, LISTS[table][0], text)

    return _each(read, texts, is_list=isinstance(value, list))


def _header_value(field: str, value: object) -> Any:
    match field:
        case "from" | "to":
            return _date(field, value)
        case "payers":
            return _texts(field, value)
        case "source":
            return _texts(field, value, least=1)
        case "status":
            return _one_of(_text(field, value), _STATUSES)
    return _text(field, value)


def _field_reader(table: str, key: str, type_: Any) -> Callable[[object], Any]:
    """Make the reader of a field from its type in the row's class."""
    options = [option for option in get_args(type_) or (type_,) if option is not type(None)]
    is_tuple = get_origin(type_) is tuple or any(get_origin(option) is tuple for option in options)
    if is_tuple:
        item = (get_args(type_) if get_origin(type_) is tuple else get_args(options[0]))[0]
        parse = _PHRASES.get(item)

        def read_many(value: object) -> Any:
            read = (lambda text: _phrase(parse, text)) if parse else (lambda text: _word(table, key, text))
            return _each(read, _texts(key, value), is_list=isinstance(value, list))

        return read_many
    (kind,) = options
    if kind is bool:
        return lambda value: _yes_no(key, value)
    if kind is int:
        least, most = LEAST.get((table, key), 0), MOST.get((table, key), 1_000_000)
        return lambda value: _number(key, value, least, most)
    parse = _PHRASES.get(kind)
    if parse:
        return lambda value: _phrase(parse, _text(key, value))
    return lambda value: _word(table, key, _text(key, value))


def _all_readers() -> dict[str, dict[str, Callable[[object], Any]]]:
    readers = {
        table: {field.name: _field_reader(table, field.name, field.type) for field in attrs.fields(cls)}
        for table, cls in {**SETTINGS, **NAMED}.items()
    }
    for table, verbs in LISTS.items():
        readers[table] = {verb: _field_reader(table, verb, tuple[str, ...]) for verb in verbs}
    return readers


_READERS = _all_readers()


def _fields(table: str) -> Mapping[str, Callable[[object], Any]]:
    return _READERS[table]
