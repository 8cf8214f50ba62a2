"""The kinds of value that have a document, by name. A class is imported when a document of it is wanted."""

import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

SCHEMA = 1
"""The number that each document carries: another one when a document changes so that an older reader would misread."""

ANSWERS = (
    "interchange_answer",
    "group_answer",
    "batch_answer",
    "claim_answer",
    "remittance_head",
    "claim_payment",
    "remittance_end",
    "eligibility_answer",
    "entered_answer",
)
"""What payers answer: each is a kind of its own, and `answer` is any of them."""

_HOMES: Mapping[str, str] = MappingProxyType(
    {
        "records": "peerbill.model.records:Records",
        "encounter": "peerbill.model.encounter:Encounter",
        "finding": "peerbill.model.finding:Finding",
        "encounter_audit": "peerbill.checks.audit:EncounterAudit",
        "audit": "peerbill.checks.audit:Audit",
        "claim": "peerbill.model.claim:Claim",
        "read_claim": "peerbill.x12.read.read837:ReadClaim",
        "problem": "peerbill.x12.problems:Problem",
        "todo_item": "peerbill.todo.item:TodoItem",
        **{kind: f"peerbill.model.payer_answers:{kind.title().replace('_', '')}" for kind in ANSWERS},
    }
)

KINDS = (*_HOMES, "answer")
"""Every kind; a document of several values has the kind with an s: `claims`, `todo_items`."""


def class_of(kind: str) -> type[Any]:
    """Return the class of a kind, other than `answer`."""
    module, _, name = _HOMES[kind].partition(":")
    found: type[Any] = getattr(importlib.import_module(module), name)
    return found


def kind_of(value: object) -> str:
    """Return the kind of a value. TypeError: it has no document."""
    place = f"{type(value).__module__}:{type(value).__qualname__}"
    for kind, home in _HOMES.items():
        # A class may have moved: its name in its own module is what counts.
        if home == place or (home.endswith(f":{type(value).__qualname__}") and class_of(kind) is type(value)):
            return kind
    raise TypeError(f"{type(value).__name__} has no document; these have: {', '.join(KINDS)}")
