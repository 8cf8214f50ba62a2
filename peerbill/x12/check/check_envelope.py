"""The envelope of an X12 file: ISA, GS, ST and their trailers, whatever the transaction set."""

import re
from array import array
from collections.abc import Callable, Sequence

from peerbill.model.plural import counted
from peerbill.x12.element_values import TIME
from peerbill.x12.structure import is_day, listed, shown, size

IDS = frozenset({"ISA", "GS", "ST", "SE", "GE", "IEA", "TA1"})
"""The segments that belong to the envelope."""

FORMS = {"005010X222": "837P", "005010X223": "837I"}
"""The guides of claims of version 5010, without their addenda, and the forms that they are of."""

_VERSIONS = {"005010X222": "005010X222A1", "005010X223": "005010X223A2"}

Tell = Callable[..., None]
"""tell(code, message, element=""): report a problem at the segment being read."""

_FUNCTIONS = {
    number: function
    for function, numbers in {
        "AG": "824",
        "BE": "834",
        "FA": "997 999",
        "HB": "271",
        "HC": "837",
        "HI": "278",
        "HN": "277",
        "HP": "835",
        "HR": "276",
        "HS": "270",
        "RA": "820",
    }.items()
    for number in numbers.split()
}
"""GS01 by transaction set (ST01), of those that HIPAA and its payers use."""

_CLAIM_GUIDES = frozenset({*FORMS, "005010X224"})
"""Guides whose transaction set is an 837: professional, institutional, dental."""

_LENGTHS = {"ISA": 16, "GS": 8, "ST": 3, "SE": 2, "GE": 2, "IEA": 2, "TA1": 5}
"""How many elements a segment of the envelope has."""

_QUALIFIERS = frozenset({"01", "14", "20", "27", "28", "29", "30", "33", "ZZ"})
_VERSION = re.compile(r"[0-9]{6}X[0-9]{3}[A-Z0-9]{0,2}", re.ASCII)
_SECRET = frozenset({"ISA02", "ISA04"})
_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)


_LARGE = 1 << 17
"""Entries of a table of `Seen` from which on it grows by no more than it has."""


class Seen:
    """A set of texts that keeps eight bytes of each: their 64-bit hashes, in one open-addressed array.

    Two texts may share a hash (one chance in ten million for two million texts); nothing else is forgotten.
    """

    def __init__(self) -> None:
        self._table = array("q", bytes(8 * 1024))
        self._mask = 1023
        self._count = 0
        self._filled: list[int] = []

    def add_all(self, rows: Sequence[tuple[str, ...]]) -> bool:
        """Add rows of texts, or none where one was added before or comes twice; return whether they were added.

        There are at most a hundred: there is room for them before the table grows.
        """
        if self._count * 3 > self._mask * 2:
            self._grow()
        table, mask = self._table, self._mask
        filled: list[int] = []
        self._filled = filled
        for row in rows:
            value = hash(row) or 1
            at = value & mask
            while held := table[at]:
                if held == value:
                    self._count += len(filled)
                    self.take_back()
                    return False
                at = (at + 1) & mask
            table[at] = value
            filled.append(at)
        self._count += len(filled)
        return True

    def take_back(self) -> None:
        """Take out what `add_all` added last; nothing may have been added since."""
        for at in self._filled:
            self._table[at] = 0
        self._count -= len(self._filled)
        self._filled = []

    def add(self, *texts: str) -> bool:
        """Add a text or a row of texts; return whether it is new."""
        value = hash(texts) or 1
        table, mask = self._table, self._mask
        at = value & mask
        while held := table[at]:
            if held == value:
                return False
            at = (at + 1) & mask
        table[at] = value
        self._count += 1
        if self._count * 3 > mask * 2:
            self._grow()
        return True

    def _grow(self) -> None:
        old = self._table
        # Every text is put into the new table, so that small tables grow in few steps.
        mask = self._mask = self._mask * (8 if self._mask < _LARGE else 2) | 7
        table = self._table = array("q", bytes(8 * (mask + 1)))
        for value in old:
            if value:
                at = value & mask
                while table[at]:
                    at = (at + 1) & mask
                table[at] = value


class Envelope:
    """Follows the envelope's segments; everything between ST and SE is counted only.

    With `is_received`, somebody else wrote the file: what does no harm to reading it is let be.
    """

    def __init__(self, tell: Tell, *, is_received: bool = False) -> None:
        self._tell = tell
        self._is_received = is_received
        self._interchanges = Seen()
        self.interchange: list[str] = []
        self.group: list[str] = []
        self.transaction: list[str] = []
        self._groups = 0
        self._transactions = 0
        self._first = 0
        self._numbers = Seen()
        self._group_numbers = Seen()
        self._wrong: set[str] = set()

    @property
    def form(self) -> str:
        """The form of claim of the transaction set being read, 837P or 837I of version 5010; "" for any other."""
        if self.transaction[1] != "837":
            return ""
        return FORMS.get((self.transaction[3] or self.group[8])[:10], "")

    def read(self, elements: Sequence[str], number: int) -> None:
        """Take a segment of `IDS`."""
        id_ = elements[0]
        self._wrong = set()
        fields = [*elements, *[""] * (17 - len(elements))]
        most = _LENGTHS[id_]
        if any(fields[most + 1 :]):
            self._tell("X12-312", f"{id_}{most + 1:02} is sent; {id_} ends at {id_}{most:02}", f"{id_}{most + 1:02}")
        match id_:
            case "ISA":
                self._begin_interchange(fields)
            case "GS":
                self._begin_group(fields)
            case "ST":
                self._begin_transaction(fields, number)
            case "SE":
                self._end_transaction(fields, number)
            case "GE":
                self._end_group(fields)
            case "IEA":
                self._end_interchange(fields)

    def finish(self) -> None:
        """Say which trailers are missing at the end of the file."""
        self._close("")

    def _need(self, holds: object, element: str, expected: str) -> None:
        if not holds and element not in self._wrong:
            self._wrong.add(element)
            id_, place = element[:-2], int(element[-2:])
            fields = {"ISA": self.interchange, "GS": self.group, "ST": self.transaction}[id_]
            self._tell("X12-102", f"{element} is {_shown(fields[place], element)}; {expected} expected", element)

    def _close(self, before: str) -> None:
        """Say which trailers are missing before a header: ISA closes all, GS a group, ST a transaction set."""
        what = f"before {before}" if before else "at the end of the file"
        for open_, trailer, headers in (
            ("transaction", "SE", ("ST", "GS", "ISA", "")),
            ("group", "GE", ("GS", "ISA", "")),
            ("interchange", "IEA", ("ISA", "")),
        ):
            held = getattr(self, open_)
            if held and before in headers:
                if held[0]:
                    self._tell("X12-101", f"{trailer} is missing {what}")
                setattr(self, open_, [])

    def _begin_interchange(self, isa: list[str]) -> None:
        self._close("ISA")
        self.interchange = isa
        self._groups = 0
        self._group_numbers = Seen()
        for index, width in enumerate(_WIDTHS, 1):
            if len(isa[index]) != width:
                self._wrong.add(name := f"ISA{index:02}")
                self._tell("X12-102", f"{name} has {size(isa[index])}; {width} expected", name)
        for index, codes in ((1, ("00", "03")), (3, ("00", "01")), (5, _QUALIFIERS), (7, _QUALIFIERS)):
            self._need(isa[index] in codes, f"ISA{index:02}", listed(codes))
        for index, what in ((1, "an authorization"), (3, "a password")):
            if isa[index] in ("00", "01", "03"):
                is_right = bool(isa[index + 1].strip()) == (isa[index] != "00")
                expected = f"{what} where ISA{index:02} is not 00, and ten spaces where it is"
                self._need(is_right, f"ISA{index + 1:02}", expected)
        self._need(isa[6].strip(), "ISA06", "the sender's id")
        self._need(isa[8].strip(), "ISA08", "the receiver's id")
        self._need(is_day("20" + isa[9]), "ISA09", "a day YYMMDD")
        self._need(len(isa[10]) == 4 and re.fullmatch(TIME, isa[10]), "ISA10", "a time HHMM")
        self._need(isa[12] == "00501", "ISA12", "00501")
        if isa[12] == "00501" and not self._is_received:
            self._need(not (isa[11].isalnum() or isa[11] == " "), "ISA11", "a separator, no letter or digit")
        self._need(_counts(isa[13]), "ISA13", "nine digits, not all zero")
        self._need(isa[14] in ("0", "1"), "ISA14", "0 or 1")
        self._need(isa[15] in ("P", "T"), "ISA15", "P or T")
        if not self._interchanges.add(isa[5], isa[6], isa[7], isa[8], isa[13]):
            self._tell("X12-106", "ISA13 was used before in this file between these two parties", "ISA13")

    def _begin_group(self, gs: list[str]) -> None:
        self._close("GS")
        if not self.interchange:
            self._tell("X12-101", "GS comes without ISA")
        self.group = gs
        self._groups += 1
        self._transactions = 0
        self._numbers = Seen()
        for index in (2, 3):
            text = gs[index]
            self._need(
                2 <= len(text) <= 15 and text == text.strip(),
                f"GS{index:02}",
                "an id of 2 to 15 characters without blanks around it",
            )
        self._need(len(gs[1]) == 2, "GS01", "a code of two characters")
        self._need(is_day(gs[4]), "GS04", "a day CCYYMMDD")
        self._need(re.fullmatch(TIME, gs[5]), "GS05", "a time HHMM")
        self._need(_counts(gs[6]) and len(gs[6]) <= 9, "GS06", "one to nine digits, not all zero")
        if not self._group_numbers.add(gs[6]):
            self._tell("X12-112", "GS06 was used before in this interchange", "GS06")
        self._need(gs[7] == "X", "GS07", "X")
        self._need(1 <= len(gs[8]) <= 12, "GS08", "the version of the guide")
        version = _VERSIONS.get(gs[8][:10])
        if version and gs[8] != version:
            self._tell("X12-108", f"GS08 is {_version(gs[8])}; {version} expected", "GS08")

    def _begin_transaction(self, st: list[str], number: int) -> None:
        self._close("ST")
        if not self.group:
            self._tell("X12-101", "ST comes without GS")
            self.group = [""] * 17
        self.transaction = st
        self._transactions += 1
        self._first = number
        self._need(len(st[1]) == 3 and st[1].isdigit(), "ST01", "three digits")
        self._need(4 <= len(st[2]) <= 9 and st[2].isalnum(), "ST02", "4 to 9 letters or digits")
        self._look_at_function(st)
        if not self._numbers.add(st[2]):
            self._tell("X12-105", "ST02 was used before in this group", "ST02")
        if st[3] != self.group[8] and self.group[8] and (st[3] or st[1] == "837"):
            message = f"ST03 is {_version(st[3])}; GS08 is {_version(self.group[8])}"
            self._tell("X12-107", message, "ST03")

    def _look_at_function(self, st: list[str]) -> None:
        function, version = self.group[1], st[3] or self.group[8]
        expected = _FUNCTIONS.get(st[1], function)
        if len(function) == 2 and function != expected:
            self._tell("X12-113", f"GS01 is {function}, and ST01 {st[1]} goes with {expected}", "ST01")
        is_guide = version[:10] in _CLAIM_GUIDES
        if version and is_guide != (st[1] == "837"):
            message = "the version is of a guide for claims, and ST01 is not 837"
            if not is_guide:
                message = "ST01 is 837, and the version is of no guide for claims of version 5010"
            self._tell("X12-115", message, "ST03")

    def _end_transaction(self, se: list[str], number: int) -> None:
        if not self.transaction:
            self._tell("X12-101", "SE comes without ST")
            return
        count = number - self._first + 1
        if se[1] != str(count):
            self._tell("X12-104", f"SE01 is {_shown(se[1], 'SE01')}; ST to SE are {count} segments", "SE01")
        if se[2] != self.transaction[2]:
            self._tell(
                "X12-103", f"SE02 is {_shown(se[2], 'SE02')}; ST02 is {_shown(self.transaction[2], 'ST02')}", "SE02"
            )
        self.transaction = []

    def _end_group(self, ge: list[str]) -> None:
        if self.transaction:
            self._tell("X12-101", "SE is missing before GE")
            self.transaction = []
        if not self.group:
            self._tell("X12-101", "GE comes without GS")
            return
        if ge[1] != str(self._transactions):
            self._tell(
                "X12-104",
                f"GE01 is {_shown(ge[1], 'GE01')}; GS to GE hold {counted(self._transactions, 'transaction set')}",
                "GE01",
            )
        if ge[2] != self.group[6]:
            self._tell("X12-103", f"GE02 is {_shown(ge[2], 'GE02')}; GS06 is {_shown(self.group[6], 'GS06')}", "GE02")
        self.group = []

    def _end_interchange(self, iea: list[str]) -> None:
        if self.transaction:
            self._tell("X12-101", "SE is missing before IEA")
        if self.group:
            self._tell("X12-101", "GE is missing before IEA")
        self.transaction, self.group = [], []
        if not self.interchange:
            self._tell("X12-101", "IEA comes without ISA")
            return
        if iea[1] != str(self._groups):
            self._tell(
                "X12-104",
                f"IEA01 is {_shown(iea[1], 'IEA01')}; ISA to IEA hold {counted(self._groups, 'group')}",
                "IEA01",
            )
        if iea[2] != self.interchange[13]:
            self._tell(
                "X12-103",
                f"IEA02 is {_shown(iea[2], 'IEA02')}; ISA13 is {_shown(self.interchange[13], 'ISA13')}",
                "IEA02",
            )
        self.interchange = []


def _counts(text: str) -> bool:
    """Return whether a control number is digits and more than 0."""
    return text.isascii() and text.isdigit() and bool(text.strip("0"))


def _shown(text: str, place: str) -> str:
    """Return a value of the envelope as a message shows it; an id of sender or receiver, a word, by its length."""
    if not text.strip():
        return "empty"
    return f"a text of {size(text.strip())}" if place in _SECRET else shown(text.strip(), place)


def _version(text: str) -> str:
    """Return a version as a message shows it."""
    return text if _VERSION.fullmatch(text) else shown(text, "GS08")
