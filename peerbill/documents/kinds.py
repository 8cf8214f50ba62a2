"""The documents by name: kinds of value, and what commands write. A class is imported when one of it is wanted."""

import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from peerbill.model.extras import name_the_extra

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
        "encounter_audit": "peerbill.checks.auditor:EncounterAudit",
        "audit": "peerbill.checks.audit:Audit",
        "claim": "peerbill.model.claim:Claim",
        "read_claim": "peerbill.x12.read.read837:ReadClaim",
        "problem": "peerbill.x12.problems:Problem",
        "todo_item": "peerbill.todo.item:TodoItem",
        "explanation": "peerbill.coding.explanation:Explanation",
        "programme_answer": "peerbill.coding.questions:ProgrammeAnswer",
        "missing_value": "peerbill.coding.questions:MissingValue",
        "sent_claim": "peerbill.model.sent_claim:SentClaim",
        "posted": "peerbill.ledger.answers.session:Posted",
        **{kind: f"peerbill.model.payer_answers:{kind.title().replace('_', '')}" for kind in ANSWERS},
    }
)

KINDS = (*_HOMES, "answer")
"""Every kind; a document of several values has the kind with an s: `claims`, `todo_items`."""

REPORTS: Mapping[str, str] = MappingProxyType(
    {
        "tables-report": "tables_report:TablesReport",
        "audit-report": "audit_report:AuditReport",
        "audit-claims-report": "claim_audit_report:ClaimAuditReport",
        "import-report": "import_reports:ImportReport",
        "exclusions-report": "exclusions_report:ExclusionsReport",
        "todo-report": "todo_report:TodoReport",
        "report-report": "office_report:OfficeReport",
        "sample-plan": "review_reports:SamplePlan",
        "extrapolate-report": "review_reports:ExtrapolateReport",
        "review-waive-report": "review_reports:WaiveReport",
        "review-end-waiver-report": "review_reports:EndWaiverReport",
        "review-record-report": "review_reports:ReviewRecordReport",
        "review-summary-report": "review_reports:ReviewSummaryReport",
        "review-list-report": "review_reports:ReviewListReport",
        "check-report": "check_report:CheckReport",
        "manifest": "manifest:Manifest",
        "claims-report": "ledger_reports:ClaimsReport",
        "post-report": "ledger_reports:PostReport",
        "settle-report": "ledger_reports:SettleReport",
        "void-report": "ledger_reports:CorrectionReport",
        "replace-report": "ledger_reports:CorrectionReport",
        "rebill-report": "ledger_reports:DoneReport",
        "write-off-report": "ledger_reports:DoneReport",
        "withdraw-report": "ledger_reports:WithdrawReport",
        "purge-report": "ledger_reports:PurgeReport",
        "ledger-verify-report": "ledger_reports:LedgerReport",
        "ledger-checkpoint-report": "ledger_reports:CheckpointReport",
        "ledger-signed-checkpoint-report": "ledger_reports:SignedCheckpointReport",
        "explain-report": "policy_reports:ChecksReport",
        "explain-encounter-report": "policy_reports:ExplanationReport",
        "policy-report": "policy_reports:ProgrammeReport",
        "policy-list-report": "policy_reports:ProgrammesReport",
        "policy-coverage-report": "policy_reports:CoverageReport",
        "policy-payers-report": "policy_reports:ProfilesReport",
        "policy-profile-report": "policy_reports:ProfileReport",
        "policy-check-report": "policy_reports:PolicyCheckReport",
        "policy-questions-report": "policy_reports:QuestionsReport",
    }
)
"""What commands write, by the name of its schema, and its class in this package."""


def report_class(name: str) -> type[Any]:
    """Return the class of what a command writes."""
    return _found(f"{__package__}.{REPORTS[name]}")


def class_of(kind: str) -> type[Any]:
    """Return the class of a kind, other than `answer`."""
    return _found(_HOMES[kind])


def _found(home: str) -> type[Any]:
    module, _, name = home.partition(":")
    try:
        found: type[Any] = getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        raise name_the_extra(error, f"{name} as a document") from error
    return found


def kind_of(value: object) -> str:
    """Return the kind of a value. TypeError: it has no document."""
    place = f"{type(value).__module__}:{type(value).__qualname__}"
    for kind, home in _HOMES.items():
        # A class may have moved: its name in its own module is what counts.
        if home == place or (home.endswith(f":{type(value).__qualname__}") and class_of(kind) is type(value)):
            return kind
    raise TypeError(f"{type(value).__name__} has no document; these have: {', '.join(KINDS)}")
