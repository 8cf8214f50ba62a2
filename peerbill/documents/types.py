"""What a type looks like from outside: the one walk behind writing, reading and the schemas.

JSON has the fields of the classes under their own names; `from_` is `from`. Decimals, days and times are text.
"""

import datetime as dt
import enum
import types
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

import attrs

DECIMAL = r"-?[0-9]+(\.[0-9]+)?(E[+-]?[0-9]{1,2})?"
DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
TIME = rf"{DAY}T[0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}}(\.[0-9]{{1,6}})?)?([+-][0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}})?)?"


class Member(NamedTuple):
    """One field: its name in JSON and in Python, its type, and whether a document must have it."""

    key: str
    name: str
    type: Any
    required: bool
    figures: bool
    """Whether it is a figure, or a mapping of figures."""


def members(cls: Any) -> tuple[Member, ...]:
    """Return the fields of a class in their order, without those whose metadata leave them out of documents."""
    return _members(cls)


@lru_cache(maxsize=256)
def _members(cls: Any) -> tuple[Member, ...]:
    hints = get_type_hints(cls)
    return tuple(
        Member(
            field.name.rstrip("_"),
            field.name,
            hints[field.name],
            required=field.default is attrs.NOTHING,
            figures=Shape("figure")
            in (one := shape(hints[field.name]), *map(shape, one.inner if one.kind == "map" else ())),
        )
        for field in attrs.fields(cls)
        if field.init and is_written(field)
    )


def is_written(field: "attrs.Attribute[Any]") -> bool:
    """Return whether documents have a field: its metadata may leave it out."""
    return bool(field.metadata.get("document", True))


class Shape(NamedTuple):
    """One type taken apart: what it is, the types in it, and what a list is made as."""

    kind: str
    inner: tuple[Any, ...] = ()
    made: type[Any] = tuple


@lru_cache(maxsize=512)
def shape(type_: Any) -> Shape:
    """Tell what a type is: object, list, row, map, optional, one-of, enum, figure, or one of `_PLAIN`."""
    if type_ in (Any, object):  # what is of several types: `figures` tells which
        return Shape("figure")
    origin, inner = get_origin(type_), get_args(type_)
    if origin in (Union, types.UnionType):
        others = tuple(one for one in inner if one is not type(None))
        if len(others) < len(inner):
            return Shape("optional", others if len(others) == 1 else (Union[others],))  # noqa: UP007  # made here
        return Shape("one-of", others)
    if origin is tuple:
        return Shape("list", inner[:1]) if inner[1:] == (...,) else Shape("row", inner)
    if origin in (list, frozenset):
        return Shape("list", inner, origin)
    if origin in (dict, Mapping):
        return Shape("map", inner[1:])
    for plain, kind in _PLAIN.items():
        if type_ is plain:
            return Shape(kind)
    if isinstance(type_, type) and issubclass(type_, enum.StrEnum):
        return Shape("enum", (type_,))
    if attrs.has(type_):
        return Shape("object", (type_,))
    raise TypeError(f"{type_} has no place in a document")


_PLAIN = {
    str: "text",
    bool: "yes-no",
    int: "whole",
    float: "number",
    Decimal: "decimal",
    dt.date: "day",
    dt.datetime: "time",
}
