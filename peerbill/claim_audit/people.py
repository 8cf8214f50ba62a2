"""Which member of the workspace a claim is about: by the subscriber's id; names only help to find whose id is wrong."""

import datetime as dt
import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

import attrs

from peerbill.coding.payers import compact_id
from peerbill.model.records import Records


@lru_cache(maxsize=65536)
def _plain(name: str) -> str:
    """Return a name as it is compared: letters without accents and digits, in capitals."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", name) if sign.isalnum()).upper()


def person_of(last: str, first: str, born: dt.date) -> tuple[str, str, dt.date]:
    """Return a person as compared by name and birth date.

    >>> person_of("Núñez", "Ana-Lee", dt.date(1990, 1, 2)) == person_of("NUNEZ", "ANALEE", dt.date(1990, 1, 2))
    True
    """
    return _plain(last), _plain(first), born


@attrs.frozen(eq=False)
class People:
    """The members by the ids of their coverage, and by name and birth date."""

    by_id: Mapping[str, frozenset[str]]
    by_name: Mapping[tuple[str, str, dt.date], frozenset[str]]
    by_payer: Mapping[tuple[str, str], frozenset[str]]
    """The subscriber's ids of a member with a payer, by the payer's id in capitals."""

    @classmethod
    def of(cls, records: Records) -> "People":
        """Sort members and coverage of a workspace."""
        by_id: dict[str, set[str]] = defaultdict(set)
        by_name: dict[tuple[str, str, dt.date], set[str]] = defaultdict(set)
        by_payer: dict[tuple[str, str], set[str]] = defaultdict(set)
        payers = records.settings.payers
        for row in records.coverage:
            by_id[compact_id(row.subscriber_id)].add(row.member_id)
            if row.payer in payers:
                payer_id = payers[row.payer].id.strip().upper()
                by_payer[row.member_id, payer_id].add(compact_id(row.subscriber_id))
        for member in records.members:
            if member.birth_date is not None:
                by_name[person_of(member.last_name, member.first_name, member.birth_date)].add(member.member_id)
        by_id.pop("", None)
        return cls(
            {id_: frozenset(members) for id_, members in by_id.items()},
            {person: frozenset(members) for person, members in by_name.items()},
            {key: frozenset(ids) for key, ids in by_payer.items()},
        )

    def members(self, subscriber_id: str, person: tuple[str, str, dt.date] | None) -> tuple[tuple[str, ...], bool]:
        """Return the members of a claim, and whether its subscriber's id is theirs; by name where no member has it."""
        found = self.by_id.get(subscriber_id)
        if found is not None or person is None:
            return tuple(sorted(found or ())), found is not None
        return tuple(sorted(self.by_name.get(person, ()))), False

    def knows(self, subscriber_id: str) -> bool:
        """Return whether an id, without signs and in capitals, is of some coverage."""
        return subscriber_id in self.by_id
