"""`manifest.json`: what a run sent, held and rejected."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from peerbill.model.claim_state import Frequency
from peerbill.model.money import dollars
from peerbill.model.printable import inert_json

Entry = dict[str, Any]


def file_entry(
    path: str,
    payer: str,
    *,
    isa13: int,
    claims: int,
    lines: int,
    total_cents: int,
    sha256: str,
    transaction_type: str = "837P",
) -> Entry:
    """Return the entry of an 837 file; `path` is from the manifest's folder."""
    return {
        "path": path,
        "payer": payer,
        "transaction": transaction_type,
        "isa13": f"{isa13:09d}",
        "claims": claims,
        "lines": lines,
        "total_charge": str(dollars(total_cents)),
        "sha256": sha256,
    }


def claim_entry(
    claim_id: str,
    payer: str,
    member_id: str,
    file: str,
    lines: Sequence[Entry],
    *,
    frequency: str = Frequency.ORIGINAL,
    replaces: str = "",
    follows: str = "",
) -> Entry:
    """Return the entry of a claim; `file` is the path of its 837 file as its own entry gives it.

    `replaces` is the claim that it voids or replaces, `follows` the claim to the payer before; left out where "".
    """
    others = {name: id_ for name, id_ in (("replaces", replaces), ("follows", follows)) if id_}
    head = {"claim_id": claim_id, "payer": payer, "member_id": member_id, "file": file, "frequency": frequency}
    return {**head, **others, "lines": lines}


def line_entry(
    line_id: str,
    encounter_ids: Sequence[str],
    *,
    service_date: str,
    hcpcs: str,
    modifiers: Sequence[str],
    units: int,
    charge_cents: int,
) -> Entry:
    """Return the entry of a service line; `service_date` is ISO text."""
    return {
        "line_id": line_id,
        "encounter_ids": encounter_ids,
        "service_date": service_date,
        "hcpcs": hcpcs,
        "modifiers": modifiers,
        "units": units,
        "charge": str(dollars(charge_cents)),
    }


def held_entries(held: Iterable[tuple[str, Iterable[str]]]) -> list[Entry]:
    """Return the entries of held encounters, by id, from (encounter id, codes)."""
    return [{"encounter_id": id_, "codes": sorted(set(codes))} for id_, codes in sorted(held)]


def rejected_entries(rejected: Iterable[tuple[int, Iterable[str]]]) -> list[Entry]:
    """Return the entries of rejected encounter rows, by line, from (line, codes)."""
    return [{"table": "encounters", "line": line, "codes": sorted(set(codes))} for line, codes in sorted(rejected)]


def manifest_text(
    files: Sequence[Entry], claims: Iterable[Entry], held: Iterable[Entry], rejected: Iterable[Entry]
) -> Iterator[str]:
    """Yield the manifest as JSON, an entry on each line, so that a large run is never in memory at once."""
    encode = msgspec.json.Encoder().encode
    opening = "{"
    for name, entries in (("files", files), ("claims", claims), ("held", held), ("rejected", rejected)):
        yield f'{opening}"{name}": ['
        between = "\n"
        for entry in entries:
            yield between + inert_json(encode(entry).decode())
            between = ",\n"
        yield "]"
        opening = ",\n"
    yield "}\n"
