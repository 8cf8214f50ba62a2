"""Who is meant: the ids of staff and members by the names that other programs write, or by NPI."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

import attrs

from peerbill.intake.cells import Unreadable
from peerbill.intake.importing.names import Name, split_name

_WHOLE = re.compile(r"\.0+$")
KEYS: Mapping[str, str] = {"staff": "staff_id", "members": "member_id"}


@attrs.define
class People:
    """The rows of a table of people, by name."""

    table: str
    _ids: set[str] = attrs.field(factory=set)
    _by_npi: dict[str, set[str]] = attrs.field(factory=dict)
    _named: dict[tuple[str, str], dict[str, tuple[str, str]]] = attrs.field(factory=dict)

    def add(self, row: Mapping[str, str]) -> None:
        """Add a row, under its name; a row with the id of an earlier one takes its place."""
        id_ = row.get(KEYS[self.table], "")
        last, first = row.get("last_name", ""), row.get("first_name", "")
        if not id_:
            return
        self._ids.add(id_)
        if npi := row.get("npi"):
            self._by_npi.setdefault(npi, set()).add(id_)
        if last and first:
            about = (_plain(row.get("suffix", "")), _plain(row.get("middle_name", ""))[:1])
            self._named.setdefault((_plain(last), _plain(first)), {})[id_] = about

    def id_of(self, text: str, form: str = "") -> str | Unreadable:
        """Return the id of the person whom a name, an NPI or the id itself means."""
        number = _WHOLE.sub("", text)
        for id_ in (text, number):
            if id_ in self._ids:
                return id_
        by_name = (set(self._matching(name)) for name in _readings(text, form))
        found = self._by_npi.get(number) or next(filter(None, by_name), set())
        if len(found) == 1:
            return next(iter(found))
        if found:
            return Unreadable(
                f"expected the name of a single row of {self.table}, found a name or an NPI that several rows have",
                f'Say in the mapping who is meant: values = {{ "their text" = "the {KEYS[self.table]}" }}.',
            )
        known = "name, NPI or id" if self.table == "staff" else "name or id"
        return Unreadable(
            f"expected the {known} of somebody in {self.table}, found none of these",
            f'Add the person to {self.table}, or say in the mapping who is meant: values = {{ "their text" = '
            f'"the {KEYS[self.table]}" }}.',
        )

    def _matching(self, name: Name) -> Iterator[str]:
        suffix, middle = _plain(name["suffix"]), _plain(name["middle_name"])[:1]
        there = self._named.get((_plain(name["last_name"]), _plain(name["first_name"])), {})
        fitting = [
            id_
            for id_, (other_suffix, other_middle) in there.items()
            if (not suffix or not other_suffix or suffix == other_suffix)
            and (not middle or not other_middle or middle == other_middle)
        ]
        exact = [id_ for id_ in fitting if there[id_] == (suffix, middle)]
        yield from exact if len(exact) == 1 else fitting


def _readings(text: str, form: str) -> Iterator[Name]:
    """Yield the ways in which a name can be read: as the mapping says; else with each division of its words.

    A certificate after the name (`Quill, Ada, CPRS`) is left out of the later readings.
    """
    likely = form or ("carets" if "^" in text else "last-first" if "," in text else "first-last")
    first = split_name(text, likely)
    if not isinstance(first, Unreadable):
        yield first
    pieces = [piece.strip() for piece in text.split(",")]
    if len(pieces) > 2:
        shorter = split_name(", ".join(pieces[:2]), "last-first")
        if not isinstance(shorter, Unreadable):
            yield shorter
    if len(pieces) <= 2:
        words = pieces[0].split()  # Ada Quill, CPRS
        for whole in (words, words[:-1]):
            for at in range(1, len(whole)):
                yield {
                    "last_name": " ".join(whole[at:]),
                    "first_name": " ".join(whole[:at]),
                    "middle_name": "",
                    "suffix": "",
                }


def _plain(text: str) -> str:
    """Return the letters of a name without case and accents."""
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in spread if letter.isalnum())


def people_of(table: str, *rows: Iterable[Mapping[str, str]]) -> People:
    """Return the people of a table, from several lists of its rows."""
    people = People(table)
    for several in rows:
        for row in several:
            people.add(row)
    return people
