"""Relations between elements: each kind on both sides, in words and as an expression; all that pyx12's maps have."""

import re
from collections.abc import Iterator
from importlib import resources
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerbill.x12.check import tables837i, tables837p
from peerbill.x12.delimiters import STANDARD, Delimiters
from peerbill.x12.relations import RELATIONS, Relation, relation
from peerbill.x12.structure import Loop, Spec, compile_table

# A note, the elements of a segment AB, and what is told of them.
CASES = [
    ("P0102", "AB", None),
    ("P0102", "AB*1*2", None),
    ("P0102", "AB*1", ("AB02", "AB01 is sent without AB02")),
    ("P0102", "AB**2", ("AB01", "AB02 is sent without AB01")),
    ("P010203", "AB*1**3", ("AB02", "AB01 and AB03 are sent without AB02")),
    ("R0102", "AB*1", None),
    ("R0102", "AB**2", None),
    ("R0102", "AB***3", ("AB01", "none of AB01 and AB02 is sent; one of them is needed")),
    ("E0103", "AB*1", None),
    ("E0103", "AB***3", None),
    ("E0103", "AB*1**3", ("AB03", "AB01 and AB03 are both sent; only one of them may be")),
    ("C0201", "AB*1", None),
    ("C0201", "AB*1*2", None),
    ("C0201", "AB**2", ("AB01", "AB02 is sent without AB01")),
    ("L010203", "AB*1*2", None),
    ("L010203", "AB*1**3", None),
    ("L010203", "AB**2*3", None),
    ("L010203", "AB*1", ("AB02", "AB01 is sent without AB02 or AB03")),
]


@pytest.mark.parametrize(("note", "segment", "expected"), CASES)
def test_each_kind_is_told_where_it_is_broken_and_only_there(
    note: str, segment: str, expected: tuple[str, str] | None
) -> None:
    found, elements = relation(note), segment.split("*")
    filled = [at < len(elements) and bool(elements[at]) for at in found.places]

    assert found.is_broken(filled) is (expected is not None)
    assert expected is None or found.explain("AB", elements) == expected


@given(
    st.sampled_from("PRECL"),
    st.lists(st.integers(1, 6), min_size=2, max_size=4, unique=True),
    st.lists(st.sampled_from(["", "1"]), max_size=7),
    st.sampled_from([STANDARD, Delimiters("|", "~", "", "\n"), Delimiters("^", "-", "", "]")]),
)
def test_the_expression_says_the_same(kind: str, places: list[int], values: list[str], delimiters: Delimiters) -> None:
    found = Relation(kind, tuple(places))
    raw = delimiters.element.join(["AB", *values])
    filled = [at <= len(values) and bool(values[at - 1]) for at in places]

    assert bool(re.match(found.pattern(delimiters), raw)) is found.is_broken(filled)


def test_what_elements_in_order_cannot_break_concerns_no_table() -> None:
    assert relation("P0102").concerns("SS")
    assert relation("P0102").concerns("RS")
    assert relation("C0201").concerns("S") is False
    assert relation("P0102").concerns("RR") is False
    assert relation("P0102").concerns("--") is False


def _notes(name: str) -> Iterator[tuple[str, str, str]]:
    tree = ET.parse(str(resources.files("pyx12").joinpath("map", name)))  # noqa: S314 - a package's own file

    def walk(node: ET.Element, loop: str) -> Iterator[tuple[str, str, str]]:
        loop = node.get("xid", "") if node.tag == "loop" else loop
        if node.tag == "segment":
            for note in node.findall("syntax"):
                yield loop, node.get("xid", ""), note.text or ""
        for child in node:
            yield from walk(child, loop)

    yield from walk(tree.getroot(), "")


def _specs(loop: Loop) -> Iterator[Spec]:
    for item in (item for place in loop.places for item in place):
        yield from [item] if isinstance(item, Spec) else _specs(item)


@pytest.mark.parametrize(
    ("table", "codes", "name"),
    [
        (tables837p.TABLE, tables837p.CODES, "837.5010.X222.A1.xml"),
        (tables837i.TABLE, tables837i.CODES, "837Q3.I.5010.X223.A1.xml"),
    ],
)
def test_every_relation_of_the_guides_is_ours(table: str, codes: dict[str, tuple[str, ...]], name: str) -> None:
    ours = {(id_, note) for id_, notes in RELATIONS.items() for note in notes}
    theirs = {(id_, relation(note)) for _, id_, note in _notes(name) if id_ != "CAS"}
    used = {spec.id for spec in _specs(compile_table(table, codes))}

    assert {pair for pair in theirs if pair[0] in used} <= ours
