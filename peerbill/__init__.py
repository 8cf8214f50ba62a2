"""Documented Medicaid peer support to clean claims.

What `__all__` lists is the whole public surface, and keeps its names, parameters and meaning as CONTRIBUTING says.
Other modules and names are private and change without notice.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from peerbill.agency import Agency, Asked, Billed, Corrected, Posting
    from peerbill.audit_report.html import audit_page
    from peerbill.audit_report.values import AuditEvidence
    from peerbill.audit_report.workbook import audit_workbook
    from peerbill.checks.audit import Audit, audit, explain
    from peerbill.checks.audited import AuditedEncounter
    from peerbill.checks.auditor import Auditor, EncounterAudit
    from peerbill.checks.base import Check, check, problem
    from peerbill.checks.patterns.scope import PatternScope
    from peerbill.claim_audit.values import ClaimAudit, ClaimFinding
    from peerbill.claims.build import build_claims
    from peerbill.claims.corrections import CorrectedLine, Correction, CorrectionPlan, LeftOut
    from peerbill.claims.eligibility import NotAsked
    from peerbill.claims.next_payer import NotSent
    from peerbill.coding.context import Context, Group
    from peerbill.coding.explanation import Explanation, Step
    from peerbill.coding.questions import MissingValue, ProgrammeAnswer, answer, missing_values
    from peerbill.documents.values import from_json, to_json
    from peerbill.intake.finding_places import finding_places
    from peerbill.intake.gate import records_from
    from peerbill.intake.importing.convert import (
        ConvertedExport,
        ConvertedRow,
        ConvertedTable,
        ExportProblem,
        SheetRead,
        convert_export,
    )
    from peerbill.intake.importing.drafting import ColumnMatch, MappingQuestion
    from peerbill.intake.importing.files import ExportSheet, read_export
    from peerbill.intake.importing.mapping import (
        ColumnMapping,
        ExportMapping,
        SourceMapping,
        TableMapping,
        read_mapping,
    )
    from peerbill.intake.importing.shape import OmittedRow
    from peerbill.intake.importing.suggest import MappingSuggestion, suggest_mapping
    from peerbill.intake.workspace import make_workspace, programme_ids, read_agency_policies, read_workspace
    from peerbill.ledger.answers.open_items import OpenItem
    from peerbill.ledger.answers.session import Posted, RejectedClaim, Unmatched
    from peerbill.ledger.answers.unmatched import UnmatchedPayment
    from peerbill.ledger.corrections import Refused
    from peerbill.ledger.purge import Purge
    from peerbill.ledger.send.files import SentFile
    from peerbill.ledger.send.runs import BatchResult
    from peerbill.ledger.send.withdrawals import Withdrawals
    from peerbill.ledger.store.identity import Numbers
    from peerbill.model.claim import (
        Address,
        Adjustment,
        Attachment,
        BillableEncounter,
        BilledEncounter,
        BillingProvider,
        Claim,
        ClaimForm,
        Contact,
        DatedCharge,
        Facility,
        FunctionalGroup,
        Interchange,
        OtherPayer,
        Party,
        Payer,
        Policyholder,
        PriorPayment,
        Provider,
        SecondService,
        ServiceLine,
        Site,
        Subscriber,
    )
    from peerbill.model.claim_state import ClaimState, Frequency, Standing
    from peerbill.model.encounter import Encounter
    from peerbill.model.enrolment import Enrolment, Question
    from peerbill.model.errors import (
        DocumentError,
        LedgerError,
        NotInForceError,
        PeerbillError,
        PolicyError,
        UnusableInputError,
        X12Error,
    )
    from peerbill.model.finding import Citation, Finding, Severity
    from peerbill.model.limits import Limits
    from peerbill.model.payer_answers import (
        BatchAnswer,
        Benefit,
        ClaimAnswer,
        ClaimPayment,
        ClaimStatus,
        EligibilityAnswer,
        Envelope,
        GroupAnswer,
        InterchangeAnswer,
        LinePayment,
        LineStatus,
        ProviderAdjustment,
        Refusal,
        RemittanceEnd,
        RemittanceHead,
        SetAnswer,
    )
    from peerbill.model.people import (
        Assessment,
        Authorization,
        Coverage,
        Credential,
        EarlierPayment,
        Episode,
        Exclusion,
        License,
        Member,
        OtherService,
        Place,
        Plan,
        ProviderEnrollment,
        Relationship,
        Screening,
        SpendDown,
        Staff,
        Stay,
        Supervision,
        Training,
    )
    from peerbill.model.records import Hold, Records, Rejected, Settings, UnusedRow
    from peerbill.model.review import Rating, ReviewDecision
    from peerbill.model.sent_claim import PostedPayment, SentClaim, SentLine
    from peerbill.model.sentence import Sentence, say
    from peerbill.model.waiver import IdleWaiver, WaivedFinding, Waiver
    from peerbill.policy import Authority, Facts, Policies, Programme, Rules, Status, load_policies
    from peerbill.report.html import report_page
    from peerbill.report.values import AgencyReport
    from peerbill.report.workbook import report_workbook
    from peerbill.review.checklist import Checklist, ChecklistRow
    from peerbill.review.checklist_files import checklist_csv, checklist_workbook
    from peerbill.review.checklist_page import checklist_page
    from peerbill.review.conclusions import ReviewOutcome
    from peerbill.review.requirements import ReviewRequirement
    from peerbill.review.summary import PayerTotal, Repayment, RequirementCount, ReviewSummary, SelfCorrected
    from peerbill.setup.interview import Setup
    from peerbill.setup.question import SetupQuestion
    from peerbill.todo.item import Todo, TodoItem
    from peerbill.x12.check.claim_files import Report
    from peerbill.x12.check.whole_file import check_837
    from peerbill.x12.problems import Problem
    from peerbill.x12.read.answers import Transaction, read_answers
    from peerbill.x12.read.read837 import ClaimReader, ReadClaim, UnreadSegment, read_837
    from peerbill.x12.write.as_sent import as_sent
    from peerbill.x12.write.write837 import write_837

__version__ = "0.8.4"

__all__ = [
    "Address",
    "Adjustment",
    "Agency",
    "AgencyReport",
    "Asked",
    "Assessment",
    "Attachment",
    "Audit",
    "AuditEvidence",
    "AuditedEncounter",
    "Auditor",
    "Authority",
    "Authorization",
    "BatchAnswer",
    "BatchResult",
    "Benefit",
    "BillableEncounter",
    "Billed",
    "BilledEncounter",
    "BillingProvider",
    "Check",
    "Checklist",
    "ChecklistRow",
    "Citation",
    "Claim",
    "ClaimAnswer",
    "ClaimAudit",
    "ClaimFinding",
    "ClaimForm",
    "ClaimPayment",
    "ClaimReader",
    "ClaimState",
    "ClaimStatus",
    "ColumnMapping",
    "ColumnMatch",
    "Contact",
    "Context",
    "ConvertedExport",
    "ConvertedRow",
    "ConvertedTable",
    "Corrected",
    "CorrectedLine",
    "Correction",
    "CorrectionPlan",
    "Coverage",
    "Credential",
    "DatedCharge",
    "DocumentError",
    "EarlierPayment",
    "EligibilityAnswer",
    "Encounter",
    "EncounterAudit",
    "Enrolment",
    "Envelope",
    "Episode",
    "Exclusion",
    "Explanation",
    "ExportMapping",
    "ExportProblem",
    "ExportSheet",
    "Facility",
    "Facts",
    "Finding",
    "Frequency",
    "FunctionalGroup",
    "Group",
    "GroupAnswer",
    "Hold",
    "IdleWaiver",
    "Interchange",
    "InterchangeAnswer",
    "LedgerError",
    "LeftOut",
    "License",
    "Limits",
    "LinePayment",
    "LineStatus",
    "MappingQuestion",
    "MappingSuggestion",
    "Member",
    "MissingValue",
    "NotAsked",
    "NotInForceError",
    "NotSent",
    "Numbers",
    "OmittedRow",
    "OpenItem",
    "OtherPayer",
    "OtherService",
    "Party",
    "PatternScope",
    "Payer",
    "PayerTotal",
    "PeerbillError",
    "Place",
    "Plan",
    "Policies",
    "PolicyError",
    "Policyholder",
    "Posted",
    "PostedPayment",
    "Posting",
    "PriorPayment",
    "Problem",
    "Programme",
    "ProgrammeAnswer",
    "Provider",
    "ProviderAdjustment",
    "ProviderEnrollment",
    "Purge",
    "Question",
    "Rating",
    "ReadClaim",
    "Records",
    "Refusal",
    "Refused",
    "Rejected",
    "RejectedClaim",
    "Relationship",
    "RemittanceEnd",
    "RemittanceHead",
    "Repayment",
    "Report",
    "RequirementCount",
    "ReviewDecision",
    "ReviewOutcome",
    "ReviewRequirement",
    "ReviewSummary",
    "Rules",
    "Screening",
    "SecondService",
    "SelfCorrected",
    "SentClaim",
    "SentFile",
    "SentLine",
    "Sentence",
    "ServiceLine",
    "SetAnswer",
    "Settings",
    "Setup",
    "SetupQuestion",
    "Severity",
    "SheetRead",
    "Site",
    "SourceMapping",
    "SpendDown",
    "Staff",
    "Standing",
    "Status",
    "Stay",
    "Step",
    "Subscriber",
    "Supervision",
    "TableMapping",
    "Todo",
    "TodoItem",
    "Training",
    "Transaction",
    "Unmatched",
    "UnmatchedPayment",
    "UnreadSegment",
    "UnusableInputError",
    "UnusedRow",
    "WaivedFinding",
    "Waiver",
    "Withdrawals",
    "X12Error",
    "__version__",
    "answer",
    "as_sent",
    "audit",
    "audit_page",
    "audit_workbook",
    "build_claims",
    "check",
    "check_837",
    "checklist_csv",
    "checklist_page",
    "checklist_workbook",
    "convert_export",
    "explain",
    "finding_places",
    "from_json",
    "load_policies",
    "make_workspace",
    "missing_values",
    "problem",
    "programme_ids",
    "read_837",
    "read_agency_policies",
    "read_answers",
    "read_export",
    "read_mapping",
    "read_workspace",
    "records_from",
    "report_page",
    "report_workbook",
    "say",
    "suggest_mapping",
    "to_json",
    "write_837",
]

_HOMES = {
    "peerbill.ledger.store.identity": ("Numbers",),
    "peerbill.audit_report.html": ("audit_page",),
    "peerbill.audit_report.workbook": ("audit_workbook",),
    "peerbill.audit_report.values": ("AuditEvidence",),
    "peerbill.agency": ("Agency", "Asked", "Billed", "Corrected", "Posting"),
    "peerbill.checks.audit": ("Audit", "audit", "explain"),
    "peerbill.checks.audited": ("AuditedEncounter",),
    "peerbill.checks.auditor": ("Auditor", "EncounterAudit"),
    "peerbill.coding.explanation": ("Explanation", "Step"),
    "peerbill.checks.base": ("Check", "check", "problem"),
    "peerbill.checks.patterns.scope": ("PatternScope",),
    "peerbill.claim_audit.values": ("ClaimAudit", "ClaimFinding"),
    "peerbill.claims.build": ("build_claims",),
    "peerbill.ledger.purge": ("Purge",),
    "peerbill.ledger.send.withdrawals": ("Withdrawals",),
    "peerbill.ledger.corrections": ("Refused",),
    "peerbill.ledger.answers.unmatched": ("UnmatchedPayment",),
    "peerbill.ledger.answers.open_items": ("OpenItem",),
    "peerbill.claims.next_payer": ("NotSent",),
    "peerbill.claims.eligibility": ("NotAsked",),
    "peerbill.claims.corrections": ("CorrectedLine", "Correction", "CorrectionPlan", "LeftOut"),
    "peerbill.coding.context": ("Context", "Group"),
    "peerbill.coding.questions": ("MissingValue", "ProgrammeAnswer", "answer", "missing_values"),
    "peerbill.documents.values": ("from_json", "to_json"),
    "peerbill.intake.finding_places": ("finding_places",),
    "peerbill.intake.gate": ("records_from",),
    "peerbill.intake.importing.convert": (
        "ConvertedExport",
        "ConvertedRow",
        "ConvertedTable",
        "ExportProblem",
        "SheetRead",
        "convert_export",
    ),
    "peerbill.intake.importing.drafting": ("ColumnMatch", "MappingQuestion"),
    "peerbill.intake.importing.files": ("ExportSheet", "read_export"),
    "peerbill.intake.importing.mapping": (
        "ColumnMapping",
        "ExportMapping",
        "SourceMapping",
        "TableMapping",
        "read_mapping",
    ),
    "peerbill.intake.importing.shape": ("OmittedRow",),
    "peerbill.intake.importing.suggest": ("MappingSuggestion", "suggest_mapping"),
    "peerbill.intake.workspace": ("make_workspace", "programme_ids", "read_agency_policies", "read_workspace"),
    "peerbill.ledger.answers.session": ("Posted", "RejectedClaim", "Unmatched"),
    "peerbill.ledger.send.files": ("SentFile",),
    "peerbill.ledger.send.runs": ("BatchResult",),
    "peerbill.model.claim": (
        "Address",
        "Adjustment",
        "Attachment",
        "BillableEncounter",
        "BilledEncounter",
        "BillingProvider",
        "Claim",
        "ClaimForm",
        "Contact",
        "DatedCharge",
        "Facility",
        "FunctionalGroup",
        "Interchange",
        "OtherPayer",
        "Party",
        "Payer",
        "Policyholder",
        "PriorPayment",
        "Provider",
        "SecondService",
        "ServiceLine",
        "Site",
        "Subscriber",
    ),
    "peerbill.model.claim_state": ("ClaimState", "Frequency", "Standing"),
    "peerbill.model.encounter": ("Encounter",),
    "peerbill.model.enrolment": ("Enrolment", "Question"),
    "peerbill.model.errors": (
        "DocumentError",
        "LedgerError",
        "NotInForceError",
        "PeerbillError",
        "PolicyError",
        "UnusableInputError",
        "X12Error",
    ),
    "peerbill.model.finding": ("Citation", "Finding", "Severity"),
    "peerbill.model.payer_answers": (
        "BatchAnswer",
        "Benefit",
        "ClaimAnswer",
        "ClaimPayment",
        "ClaimStatus",
        "EligibilityAnswer",
        "Envelope",
        "GroupAnswer",
        "InterchangeAnswer",
        "LinePayment",
        "LineStatus",
        "ProviderAdjustment",
        "Refusal",
        "RemittanceEnd",
        "RemittanceHead",
        "SetAnswer",
    ),
    "peerbill.model.people": (
        "Assessment",
        "Authorization",
        "Coverage",
        "Credential",
        "EarlierPayment",
        "Episode",
        "Exclusion",
        "License",
        "Member",
        "OtherService",
        "Place",
        "Plan",
        "ProviderEnrollment",
        "Relationship",
        "Screening",
        "SpendDown",
        "Staff",
        "Stay",
        "Supervision",
        "Training",
    ),
    "peerbill.model.limits": ("Limits",),
    "peerbill.model.records": ("Hold", "Records", "Rejected", "Settings", "UnusedRow"),
    "peerbill.model.sent_claim": ("PostedPayment", "SentClaim", "SentLine"),
    "peerbill.model.sentence": ("Sentence", "say"),
    "peerbill.model.review": ("Rating", "ReviewDecision"),
    "peerbill.review.checklist": ("Checklist", "ChecklistRow"),
    "peerbill.review.checklist_files": ("checklist_csv", "checklist_workbook"),
    "peerbill.review.checklist_page": ("checklist_page",),
    "peerbill.review.requirements": ("ReviewRequirement",),
    "peerbill.review.conclusions": ("ReviewOutcome",),
    "peerbill.review.summary": ("PayerTotal", "Repayment", "RequirementCount", "ReviewSummary", "SelfCorrected"),
    "peerbill.model.waiver": ("IdleWaiver", "WaivedFinding", "Waiver"),
    "peerbill.policy": ("Authority", "Facts", "Policies", "Programme", "Rules", "Status", "load_policies"),
    "peerbill.report.html": ("report_page",),
    "peerbill.report.values": ("AgencyReport",),
    "peerbill.report.workbook": ("report_workbook",),
    "peerbill.setup.interview": ("Setup",),
    "peerbill.setup.question": ("SetupQuestion",),
    "peerbill.todo.item": ("Todo", "TodoItem"),
    "peerbill.x12.check.claim_files": ("Report",),
    "peerbill.x12.check.whole_file": ("check_837",),
    "peerbill.x12.problems": ("Problem",),
    "peerbill.x12.read.answers": ("Transaction", "read_answers"),
    "peerbill.x12.read.read837": ("ClaimReader", "ReadClaim", "UnreadSegment", "read_837"),
    "peerbill.x12.write.as_sent": ("as_sent",),
    "peerbill.x12.write.write837": ("write_837",),
}
"""The module of each public name; it is imported when the name is first used, so that `import peerbill` stays light."""

if not TYPE_CHECKING:  # for type checkers, a name that is not declared is a mistake

    def __getattr__(name: str) -> object:
        home = next((module for module, names in _HOMES.items() if name in names), None)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import importlib  # noqa: PLC0415  # only where a name is used

        try:
            value = globals()[name] = getattr(importlib.import_module(home), name)
        except ModuleNotFoundError as error:
            from peerbill.model.extras import name_the_extra  # noqa: PLC0415

            raise name_the_extra(error, f"peerbill.{name}") from error
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
