"""Payer profiles: what a payer's companion guide, or somebody who reports it, says of its 837P files.

A profile fills what a workspace leaves out of its `[payers.KEY]`. Each value has a source and a status; one that was
not read in the payer's own 837P text may be tried in test files, and goes into production files only once the
agency has confirmed it with the payer.
"""

import datetime as dt
import functools
import importlib.resources
import re
import tomllib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import attrs

from peerbill.model.errors import PolicyError
from peerbill.model.finding import Citation
from peerbill.policy.phrases import did_you_mean

_FOLDER: Final = "peerbill.codesets.payers"

PROFILE_KEYS: Final[Mapping[str, type[str | bool | int]]] = MappingProxyType(
    {
        "name": str,
        "id": str,
        "receiver.name": str,
        "receiver.id": str,
        "claim_filing": str,
        "interchange.sender_qualifier": str,
        "interchange.receiver_qualifier": str,
        "interchange.receiver_id": str,
        "interchange.acknowledgment": bool,
        "group.receiver": str,
        "rendering": str,
        "taxonomy": bool,
        "max_claims_per_transaction": int,
        "max_claims_per_file": int,
    }
)
"""The keys of `[payers.KEY]` that a profile may fill, and their kinds; not the facts of the agency itself."""


@attrs.frozen
class ProfileValue:
    """A value of a profile: `key` of `[payers.KEY]`, such as `receiver.id`.

    `status` is primary, secondary or unconfirmed. `transaction` is the file for which the text says it: a value read
    for another file (837I, 270) is likely, but not known, to hold for 837P.
    """

    key: str
    value: str | bool | int
    status: str
    transaction: str = "837P"
    note: str = ""
    citations: tuple[Citation, ...] = ()

    @property
    def is_sure(self) -> bool:
        """Whether the payer's own text says it of 837P files, so that production files may carry it."""
        return self.status == "primary" and self.transaction == "837P"


@attrs.frozen
class Told:
    """Something else that is known of a payer's files, for people: a filing rule, an atypical id, a conflict."""

    about: str
    text: str
    status: str
    note: str = ""
    citations: tuple[Citation, ...] = ()


@attrs.frozen
class PayerProfile:
    """A payer by its id, STATE/NAME. `unknown` lists what was looked for and not found."""

    id: str
    name: str
    values: tuple[ProfileValue, ...]
    told: tuple[Told, ...]
    note: str = ""
    unknown: tuple[str, ...] = ()
    as_of: dt.date | None = None


@functools.cache
def profile_ids() -> tuple[str, ...]:
    """Return the ids of all packaged profiles, in order."""
    return tuple(sorted(id_ for state in _states() for id_ in _profiles(state)))


def payer_profile(id_: str) -> PayerProfile:
    """Return a profile by its id, STATE/NAME. Raises PolicyError for an unknown id, with similar ids."""
    profile = _profiles(id_.partition("/")[0]).get(id_)
    if profile is None:
        state = id_.partition("/")[0]
        of_state = [profile_id for profile_id in profile_ids() if profile_id.partition("/")[0] == state]
        guess = did_you_mean(id_, profile_ids()) or f"; profiles are {', '.join(of_state or profile_ids())}"
        raise PolicyError((f"'{id_}' is no payer profile{guess}",))
    return profile


def _states() -> tuple[str, ...]:
    files = importlib.resources.files(_FOLDER).iterdir()
    return tuple(sorted(file.name[:-5].upper() for file in files if re.fullmatch(r"[a-z]{2}\.toml", file.name)))


@functools.cache
def _profiles(state: str) -> Mapping[str, PayerProfile]:
    if state not in _states():
        return {}
    text = importlib.resources.files(_FOLDER).joinpath(f"{state.lower()}.toml").read_text("utf-8")
    data = tomllib.loads(text)
    sources = data.pop("source", {})
    as_of = data.pop("as_of")
    if data.pop("state") != state:
        raise PolicyError((f"codesets/payers/{state.lower()}.toml: state: this file is {state}'s. Correct it",))
    return {
        f"{state}/{name}": PayerProfile(
            id=f"{state}/{name}",
            name=profile["name"],
            values=tuple(ProfileValue(**_row(row, sources)) for row in profile.get("value", ())),
            told=tuple(Told(**_row(row, sources)) for row in profile.get("told", ())),
            note=profile.get("note", ""),
            unknown=tuple(profile.get("unknown", ())),
            as_of=as_of,
        )
        for name, profile in data.items()
    }


def _row(row: Mapping[str, Any], sources: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Return a row's fields, its `source` made into citations: `KEY where`, or a list of such."""
    given = row["source"]
    citations = []
    for said in [given] if isinstance(given, str) else given:
        key, _, where = said.partition(" ")
        source = sources[key]
        citations.append(
            Citation(source["title"], source.get("url", ""), source.get("date", ""), row["status"], where.strip())
        )
    return {key: value for key, value in row.items() if key != "source"} | {"citations": tuple(citations)}
