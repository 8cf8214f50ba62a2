"""Claims of a small world as another system writes them: 837 text, with edits, and what their audit finds."""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import attrs
from worlds import World, make_world

from peerbill.claim_audit.audit import audit_claims
from peerbill.claim_audit.values import ClaimAudit, ClaimFinding
from peerbill.claims.build import build_claims
from peerbill.model.claim import BilledEncounter, Claim
from peerbill.x12.write.write837 import write_interchange

DAY = dt.date(2026, 3, 20)
"""When the files are written."""


def world_of(changes: dict[str, Any] | None = None) -> World:
    """Return the base world with changes, and with E2 of another day."""
    changes = dict(changes or {})
    changes["encounters"] = {
        "E2": {"like": "E1", "on": "2026-03-03"},
        **changes.get("encounters", {}),
    }
    return make_world(changes)


def claims_of(world: World) -> tuple[Claim, ...]:
    """Return the claims of what passes the audit: C1, C2 and so on."""
    return build_claims(world.audit().billable, world.records, iter([f"C{number}" for number in range(1, 10_000)]))


def text_of(world: World, claims: Iterable[Claim] | None = None, isa13: int = 1) -> str:
    """Return an 837 of claims to the first payer that they name, by default of all that the world bills."""
    given = claims_of(world) if claims is None else tuple(claims)
    payer = world.records.settings.payers[given[0].payer]
    return "".join(write_interchange(given, payer, world.records.settings, DAY, isa13))


def texts_of(world: World) -> list[str]:
    """Return an 837 for each payer, form and billing provider of what the world bills."""

    def file(claim: Claim) -> tuple[str, str, str]:
        return claim.payer, claim.form, claim.bills_as

    claims = sorted(claims_of(world), key=file)
    return [text_of(world, own, number) for number, (_, own) in enumerate(groupby(claims, key=file), start=1)]


def edited(text: str, *edits: tuple[str, str]) -> str:
    """Replace each text by another where it is first; each must be there."""
    for before, after in edits:
        assert before in text, before
        text = text.replace(before, after, 1)
    return text


def compare(
    folder: Path, world: World, *texts: str, history: Sequence[BilledEncounter] = (), as_of: dt.date | None = None
) -> ClaimAudit:
    """Write files f1.837, f2.837, … and audit them against a world."""
    paths = []
    for number, text in enumerate(texts, start=1):
        path = folder / f"f{number}.837"
        path.write_text(text, encoding="ascii")
        paths.append(path)
    return audit_claims(paths, world.records, world.policies, as_of or world.as_of, history)


def told(result: ClaimAudit) -> list[str]:
    """Return findings as tests write them: `error PB854 C1-1 E1: message`."""
    return [
        f"{found.severity} {found.code} {found.claim_id}{f'-{found.line}' if found.line else ''} "
        f"{','.join(found.encounter_ids)}: {found.message}"
        for found in result.findings
    ]


def money(found: ClaimFinding) -> tuple[str, str | None]:
    """Return what is in doubt: charged, and paid."""
    return str(found.charged), None if found.paid is None else str(found.paid)


def at_risk(result: ClaimAudit) -> tuple[Decimal, Decimal]:
    """Return what is in doubt in all."""
    return result.at_risk.charged, result.at_risk.paid


def with_id(claim: Claim, claim_id: str, **changes: Any) -> Claim:
    """Return a claim under another id, its lines with it."""
    claim = attrs.evolve(claim, claim_id=claim_id, **changes)
    lines = [attrs.evolve(line, line_id=f"{claim_id}-{number}") for number, line in enumerate(claim.lines, start=1)]
    return attrs.evolve(claim, lines=tuple(lines))
