"""Values to JSON and back: `from_json(to_json(value), kind) == value`."""

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import attrs
import msgspec

from peerbill.documents.figures import read_figure, write_figure
from peerbill.documents.kinds import ANSWERS, KINDS, SCHEMA, class_of, kind_of
from peerbill.documents.types import DAY, DECIMAL, TIME, members, shape
from peerbill.model.errors import DocumentError

MOST = 20
"""Problems of one document that are named; the others are counted."""


def to_json(value: object, kind: str = "") -> bytes:
    """Return a value, or several of one kind in a list or tuple, as a JSON document in UTF-8.

    A document is `{"schema": 1, "kind": "claim", "value": {…}}`, and of several `{"schema": 1, "kind": "claims",
    "value": […]}`. Fields have their own names (`from_` is `from`), in the order of the class; an amount is text
    ("48.00"), as are days and times. The schema of each kind is `peerbill/documents/schemas/KIND.json`. `kind` is
    needed for an empty list alone.

    Documents of records, encounters, claims, read claims and audits hold names, birth dates, ids and diagnoses; those
    of sent claims ids, diagnoses and the payer's words; of eligibility answers, claim answers, claim payments and
    posted answers ids and the payer's words; of programme answers and missing values nothing of a person; all others
    ids alone. Keep all of them as safe as the ledger.

    A figure of a finding or an explanation (`values`), and what is `known` of a missing value, may be of several types:
    a text that looks like an amount, a day or a time is `{"text": "48.00"}` there, an amount without a point
    `{"decimal": "48"}`.

    Raises:
        TypeError: the value has no document, or several are of different kinds.
        DocumentError: a text holds half a character (a lone surrogate), which JSON cannot have.

    >>> from peerbill import Finding, Severity, from_json, to_json
    >>> finding = Finding("PB106", Severity.ERROR, ("E1",), "encounters.start", "it is later", "Correct the day")
    >>> from_json(to_json(finding), "finding") == finding
    True

    """
    if isinstance(value, list | tuple):
        kinds = {_group(kind_of(one)) for one in value} or {kind.removesuffix("s")}
        if len(kinds) > 1 or kinds == {""}:
            raise TypeError("several values need one kind: give values of one kind, or name the kind of an empty list")
        document = {"schema": SCHEMA, "kind": f"{kinds.pop()}s", "value": [_item(one) for one in value]}
    else:
        document = {"schema": SCHEMA, "kind": kind_of(value), "value": plain(value)}
    try:
        return msgspec.json.encode(document)
    except UnicodeEncodeError:
        raise DocumentError(("value: a text holds half a character (a lone surrogate). Write whole text",)) from None


def from_json(text: str | bytes, kind: str) -> Any:
    """Return what a document of `to_json` holds: a value, or for a kind with an s (`claims`) a tuple of values.

    `kind` is what the caller expects; `answer` and `answers` are any of a payer's. Nothing is guessed: a document of
    another kind or schema, an unknown or missing field and a wrong type are refused, all of them at once, each with its
    path. No message repeats a value.

    Raises:
        DocumentError: the text is no such document; `problems` holds a line for each reason.
        ValueError: there is no such kind.

    >>> from peerbill import from_json
    >>> from_json('{"schema": 1, "kind": "finding", "value": {"code": 7}}', "finding")
    Traceback (most recent call last):
      ...
    peerbill.model.errors.DocumentError: value: severity is missing
    ...

    """
    several = kind not in KINDS and kind.endswith("s")
    one = kind.removesuffix("s") if several else kind
    if one not in KINDS:
        raise ValueError(f"there is no kind {kind}; these are: {', '.join(KINDS)}, and each with an s for several")
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        place = re.search(r"byte (\d+)", str(error))
        where = f" at byte {place[1]}" if place else ""
        raise DocumentError((f"the text is not JSON{where}. Give a document of peerbill's to_json",)) from None
    except RecursionError:
        raise DocumentError(("the text is nested too deeply. Give a document of peerbill's to_json",)) from None
    reader = _Reader()
    value = reader.document(document, one, several=several)
    if reader.problems:
        more = len(reader.problems) - MOST
        left = (f"{more:,} more problems are not listed",) if more > 0 else ()
        raise DocumentError((*reader.problems[:MOST], *left))
    return value


def plain(value: Any) -> Any:
    """Return a value as JSON has it: dictionaries in the order of fields, lists, texts, numbers, true, false, null."""
    if isinstance(value, str | bool | int) or value is None:
        return str(value) if isinstance(value, str) else value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if attrs.has(type(value)):
        return {
            member.key: (_figures if member.figures else plain)(getattr(value, member.name))
            for member in members(type(value))
        }
    raise TypeError(f"{type(value).__name__} has no place in a document")


def _figures(value: Any) -> Any:
    return (
        {str(key): write_figure(one) for key, one in value.items()}
        if isinstance(value, Mapping)
        else write_figure(value)
    )


def _group(kind: str) -> str:
    return "answer" if kind in ANSWERS else kind


def _item(value: Any) -> Any:
    kind = kind_of(value)
    return {"kind": kind, "value": plain(value)} if kind in ANSWERS else plain(value)


_FAILED: Any = object()
_PATTERNS = {"decimal": re.compile(DECIMAL), "day": re.compile(DAY), "time": re.compile(TIME)}
_WORDS: Mapping[str, tuple[type, str]] = MappingProxyType(
    {"text": (str, "text"), "yes-no": (bool, "true or false"), "whole": (int, "a whole number")}
)
_EXPECTED: Mapping[str, str] = MappingProxyType(
    {
        "decimal": 'a decimal number as text, such as "48.00"',
        "day": "a day YYYY-MM-DD",
        "time": "a time YYYY-MM-DDTHH:MM",
    }
)


class _Reader:
    """Builds values of what JSON gave, and collects what is wrong with it by path."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def document(self, document: Any, kind: str, *, several: bool) -> Any:
        """Read a whole document."""
        if not isinstance(document, dict):
            return self._wrong("document", "expected an object with schema, kind and value")
        number = document.get("schema")
        if number != SCHEMA or isinstance(number, bool):
            is_newer = type(number) is int and number > SCHEMA
            fix = "A newer peerbill wrote it: update this one" if is_newer else "Write it again with to_json"
            return self._wrong("schema", f"expected {SCHEMA}, found another. {fix}")
        for key in sorted(document.keys() - {"schema", "kind", "value"}):
            self._wrong("document", f"{_named(key)} is no field of a document")
        if "value" not in document:
            return self._wrong("document", "value is missing")
        found, value = document.get("kind"), document["value"]
        wanted = {f"{kind}s"} if several else set(ANSWERS) if kind == "answer" else {kind}
        if not isinstance(found, str) or found not in wanted:
            expected = " or ".join(sorted(wanted)) if len(wanted) < 3 else "the kind of an answer"
            return self._wrong("kind", f"expected {expected}, found another. Read it as the kind that it is")
        if not several:
            return self.value(class_of(found), value, "value")
        if not isinstance(value, list):
            return self._wrong("value", "expected a list")
        if kind == "answer":
            return tuple(self._answer(one, f"value[{at}]") for at, one in enumerate(value))
        return tuple(self.value(class_of(kind), one, f"value[{at}]") for at, one in enumerate(value))

    def _answer(self, value: Any, path: str) -> Any:
        if not isinstance(value, dict) or value.keys() != {"kind", "value"}:
            return self._wrong(path, "expected an object with kind and value")
        found = value["kind"]
        if not isinstance(found, str) or found not in ANSWERS:
            return self._wrong(f"{path}.kind", f"expected one of {', '.join(ANSWERS)}")
        return self.value(class_of(found), value["value"], f"{path}.value")

    def value(self, type_: Any, value: Any, path: str) -> Any:
        """Read one value of a type."""
        kind, inner, made = shape(type_)
        match kind:
            case "optional":
                return None if value is None else self.value(inner[0], value, path)
            case "object":
                return self._object(inner[0], value, path)
            case "list":
                if not isinstance(value, list):
                    return self._wrong(path, "expected a list")
                return made(self.value(inner[0], one, f"{path}[{at}]") for at, one in enumerate(value))
            case "row":
                if not isinstance(value, list) or len(value) != len(inner):
                    return self._wrong(path, f"expected a list of {len(inner)}")
                pairs = enumerate(zip(inner, value, strict=True))
                return tuple(self.value(wanted, one, f"{path}[{at}]") for at, (wanted, one) in pairs)
            case "map":
                if not isinstance(value, dict):
                    return self._wrong(path, "expected an object")
                return {key: self.value(inner[0], one, f"{path}.*") for key, one in value.items()}
            case "enum":
                words = [one.value for one in inner[0]]
                if not isinstance(value, str) or value not in words:
                    return self._wrong(path, f"expected one of {', '.join(words)}")
                return inner[0](value)
            case "figure":
                return self._figure(value, path)
            case "text" | "yes-no" | "whole":
                wanted, word = _WORDS[kind]
                return value if type(value) is wanted else self._wrong(path, f"expected {word}")
            case _:
                return self._written(kind, value, path)

    def _object(self, cls: type[Any], value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            return self._wrong(path, "expected an object")
        before = len(self.problems)
        found: dict[str, Any] = {}
        known = members(cls)
        for key in sorted(value.keys() - {member.key for member in known}):
            self._wrong(path, f"{_named(key)} is no field of {cls.__name__}")
        for member in known:
            if member.key in value:
                found[member.name] = self.value(member.type, value[member.key], f"{path}.{member.key}")
            elif member.required:
                self._wrong(path, f"{member.key} is missing")
        if len(self.problems) > before:
            return _FAILED
        try:
            return cls(**found)
        except (TypeError, ValueError):  # a class that guards its fields; its message may repeat one
            return self._wrong(path, f"its fields do not make a {cls.__name__}")

    def _figure(self, value: Any, path: str) -> Any:
        try:
            return read_figure(value)
        except ValueError:
            return self._wrong(path, "expected a whole number, true, false, null, a text, or a list of these")

    def _written(self, kind: str, value: Any, path: str) -> Any:
        if isinstance(value, str) and _PATTERNS[kind].fullmatch(value):
            try:
                if kind == "decimal":
                    return Decimal(value)
                return dt.date.fromisoformat(value) if kind == "day" else dt.datetime.fromisoformat(value)
            except ValueError:
                pass
        return self._wrong(path, f"expected {_EXPECTED[kind]}")

    def _wrong(self, path: str, what: str) -> Any:
        self.problems.append(f"{path}: {what}")
        return _FAILED


def _named(key: str) -> str:
    """Return a key as a message shows it: what is no word may be a person's data."""
    return key if re.fullmatch(r"[a-z][a-z_0-9]{0,40}", key) else "a key that is no word"
