"""State policy as data: programmes loaded from TOML files, asked for a day and a situation."""

from peerbill.policy.answers import CHANNELS, SUPPORTS, Answer, Authority, Facts, Listing, Rules, Status
from peerbill.policy.load import load_policies, packaged_programmes, packaged_states
from peerbill.policy.resolve import Policies, Programme
from peerbill.policy.rows import (
    AuthorizationRule,
    Calendar,
    ClaimRule,
    CredentialRule,
    Filing,
    Group,
    Limit,
    Modifier,
    PlanRule,
    Population,
    Rate,
    Service,
    Signature,
    SupervisionRule,
    Tier,
    Unit,
)
from peerbill.policy.tables import Condition, PolicyRow

__all__ = [
    "CHANNELS",
    "SUPPORTS",
    "Answer",
    "Authority",
    "AuthorizationRule",
    "Calendar",
    "ClaimRule",
    "Condition",
    "CredentialRule",
    "Facts",
    "Filing",
    "Group",
    "Limit",
    "Listing",
    "Modifier",
    "PlanRule",
    "Policies",
    "PolicyRow",
    "Population",
    "Programme",
    "Rate",
    "Rules",
    "Service",
    "Signature",
    "Status",
    "SupervisionRule",
    "Tier",
    "Unit",
    "load_policies",
    "packaged_programmes",
    "packaged_states",
]
