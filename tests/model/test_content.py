"""The digest of what a claim says, against a plain definition of it."""

import hashlib
from typing import Any

import attrs
import msgspec
import strategies
from hypothesis import given

from peerbill.model.claim import Claim
from peerbill.model.content import Saying

FRAME = b"frame"
OURS = {"claim_id", "line_id", "encounter_ids", "replaces", "follows", "programme", "site", "bills_as"}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if not attrs.has(type(value)):
        return value
    fields = {field.name: getattr(value, field.name) for field in attrs.fields(type(value)) if field.name not in OURS}
    return {name: _plain(item) for name, item in fields.items() if item is not None and item not in ("", ())}


@given(strategies.claims(), strategies.claims())
def test_a_claim_has_its_digest_whatever_claims_came_before(first: Claim, second: Claim) -> None:
    says = Saying(FRAME)
    again = attrs.evolve(second, subscriber=first.subscriber, rendering=first.rendering)

    assert [says.digest(claim) for claim in (first, second, again)] == [
        hashlib.sha256(FRAME + msgspec.json.encode(_plain(claim))).hexdigest() for claim in (first, second, again)
    ]
