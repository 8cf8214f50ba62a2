"""The content of a claim, as a digest: claims with equal digests are the same to a payer.

A rejected claim is sent again once its content has changed; the correction may be in any table, or in the settings of
the agency or the payer, which are in the digest too.
"""

import datetime as dt
import functools
import hashlib
import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs
import msgspec

from peerbill.model.claim import Claim, Payer, Provider, Subscriber
from peerbill.model.records import Settings

_encode = msgspec.json.Encoder().encode

_NAMES = frozenset({"claim_id", "line_id", "encounter_ids", "replaces", "follows", "programme", "site", "bills_as"})
"""Fields that identify claims and encounters in the ledger, and say nothing to a payer about the service."""

_BLANK = (None, "", ())

_SCALARS = frozenset({str, int, bool, dt.date, Decimal})
_SHARED = frozenset({Subscriber, Provider})

_OF_THE_AGENCY = frozenset(
    {
        "peers_without_npi",
        "second_service",
        "key",
        "policy",
        "mode",
        "charges",
        "dated_charges",
        "claim_span",
        "rendering",
        "service_types",
        "answer_days",
        "part_units",
        "bills_as",
    }
)
"""What in `[payers.KEY]` is no part of a file, or shows in the claims themselves."""


_Persons = dict[int, tuple[object, msgspec.Raw]]
"""Whom several claims name: the value, and its JSON, by the identity of the value."""


@attrs.frozen
class Saying:
    """The digests of claims to a payer: `frame` is what the files say beside the claims."""

    frame: bytes
    _persons: _Persons = attrs.field(factory=dict, init=False, eq=False, repr=False)

    @classmethod
    def of(cls, payer: Payer, settings: Settings) -> "Saying":
        """Return the digests of claims to a payer under the settings of a workspace."""
        persons: _Persons = {}
        ours = [_plain(party, persons) for party in (settings.organization, settings.submitter)]
        return cls(_encode([ours, _plain(payer, persons)]))

    def digest(self, claim: Claim) -> str:
        """Return the SHA-256, in hex, of a claim's content. Blank fields do not count: a field can be added later."""
        return hashlib.sha256(self.frame + _encode(_plain(claim, self._persons))).hexdigest()


@functools.cache
def _fields(kind: Any) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]] | None:
    """Return the names of the fields of a class that are content, and what reads them; None for no class of attrs."""
    if not attrs.has(kind):
        return None
    left_out = _OF_THE_AGENCY if kind is Payer else _NAMES
    names = tuple(field.name for field in attrs.fields(kind) if field.name not in left_out)
    return names, operator.attrgetter(*names)


def _plain(value: object, persons: _Persons) -> object:
    """Return a value as JSON takes it, without its blanks and its names in the ledger."""
    kind: Any = type(value)
    if kind in _SCALARS:
        return value
    if isinstance(value, tuple):
        return [one if type(one) in _SCALARS else _plain(one, persons) for one in value]
    fields = _fields(kind)
    if fields is None:
        return value
    if kind in _SHARED and id(value) in persons:
        return persons[id(value)][1]
    names, read = fields
    content = {
        name: one if type(one) in _SCALARS else _plain(one, persons)
        for name, one in zip(names, read(value), strict=True)
        if one or one not in _BLANK
    }
    if kind not in _SHARED:
        return content
    persons[id(value)] = (value, msgspec.Raw(_encode(content)))
    return persons[id(value)][1]
