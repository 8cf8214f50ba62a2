"""Workspaces whose every id, name and free text is a canary: what may not be in a de-identified report."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any

import attrs

from peerbill.model.records import Records
from peerbill.policy.load import packaged_programmes

MARK = "Qzx"
"""How each canary begins; no sentence, word or pseudonym of ours has these letters."""

_COLUMNS = frozenset(
    {
        *(
            "encounter_id",
            "member_id",
            "staff_id",
            "supervisor_id",
            "group_id",
            "plan_id",
            "place_id",
            "facility",
            "by",
        ),
        *("facilitators", "signed_by", "cosigned_by", "subscriber_id", "claim_id", "payer_control_number", "entry"),
        *("last_name", "first_name", "middle_name", "name", "street", "street2", "city", "goal", "goals", "location"),
        *("intervention", "response", "next_step", "provider_ids", "attachment_control", "rendering_id"),
        *("policyholder_last_name", "policyholder_first_name", "policyholder_middle_name", "authorization"),
        *("supervising_id", "attending_id", "number"),
    }
)
_WORDS = frozenset({"", "member", "guardian"})


def canary(text: str) -> str:
    """Return the canary of a text; words that a column may have in the place of an id stay."""
    if text in _WORDS or text.startswith(MARK):
        return text
    return f"{MARK}{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def canaried(value: Any) -> Any:
    """Return records, encounters of the ledger, or answers with canaries in the place of ids, names and free texts."""
    if isinstance(value, tuple):
        return tuple(map(canaried, value))
    if not attrs.has(type(value)) or isinstance(value, type):
        return value
    changes: dict[str, Any] = {}
    for field in attrs.fields(type(value)):
        if not field.init or field.name in {"settings", "payers", "rejected", "holds", "unused_rows"}:
            continue
        old = getattr(value, field.name)
        if field.name in _COLUMNS and isinstance(old, str):
            changes[field.name] = canary(old)
        elif field.name in _COLUMNS and isinstance(old, tuple):
            changes[field.name] = tuple(map(canary, old))
        elif isinstance(old, tuple) or attrs.has(type(old)):
            changes[field.name] = canaried(old)
    if isinstance(value, Records):
        own = value.settings.organization
        named = attrs.evolve(value.settings, organization=attrs.evolve(own, name=canary(own.name)))
        changes["settings"] = named
    return attrs.evolve(value, **changes)


def numbers_in(records: Records) -> set[str]:
    """Return the numbers that identify somebody: NPIs, tax ids, numbers of certificates."""
    settings = records.settings
    found = {settings.organization.npi, settings.organization.tax_id}
    found |= {site.npi for site in settings.sites.values()}
    found |= {row.npi for row in records.staff} | {row.npi for row in records.places}
    found |= {row.npi for row in records.exclusions} | {row.npi for row in records.enrollments}
    return {number for number in found if len(number) > 4}


def days_in(records: Records) -> set[dt.date]:
    """Return every day on which something happened to a person."""
    found: set[dt.date] = set()
    rows: list[Any] = [*records.encounters, *records.members, *records.stays, *records.other_services]
    for row in rows:
        for field in attrs.fields(type(row)):
            value = getattr(row, field.name)
            if isinstance(value, dt.datetime):
                found.add(value.date())
            elif isinstance(value, dt.date):
                found.add(value)
    return found


def own_words(records: Records) -> set[str]:
    """Return keys that the agency chose: of sites, and of programmes that are not packaged."""
    programmes = {id_ for payer in records.settings.payers.values() for id_ in payer.policy}
    own = {id_ for id_ in programmes if id_ not in packaged_programmes(id_.partition("/")[0])}
    return {*records.settings.sites, *own}


def texts_of(value: Any) -> list[str]:
    """Return every text, key and day of a plain value, as a reader sees them."""
    if isinstance(value, Mapping):
        return [text for key, item in value.items() for text in (*texts_of(key), *texts_of(item))]
    if isinstance(value, tuple | list):
        return [text for item in value for text in texts_of(item)]
    return [str(value)]
