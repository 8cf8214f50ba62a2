"""The three passes over a workspace's encounters: each one, by member, by peer."""

import datetime as dt
from collections.abc import Callable, Sequence

import attrs

from peerbill.claim import BillableEncounter, BilledEncounter
from peerbill.finding import Finding
from peerbill.policy import Policies
from peerbill.records import Records


@attrs.frozen
class AuditedEncounter:
    """What became of one encounter. `status`: billable, billed, held or rejected; minutes and units None: unknown."""

    encounter_id: str
    minutes: int | None
    units: int | None
    hcpcs: str
    modifiers: tuple[str, ...]
    status: str


@attrs.frozen
class Audit:
    """The result of an audit, in the order of encounter ids; `policies` holds (programme id, sha256)."""

    as_of: dt.date
    encounters: tuple[AuditedEncounter, ...]
    findings: tuple[Finding, ...]
    policies: tuple[tuple[str, str], ...]
    billable: tuple[BillableEncounter, ...]

    def count(self, status: str) -> int:
        """Return how many encounters have a status."""
        return sum(encounter.status == status for encounter in self.encounters)


def audit(
    records: Records,
    policies: Policies,
    as_of: dt.date,
    history: Sequence[BilledEncounter] = (),
    progress: Callable[[int], None] | None = None,
) -> Audit:
    """Run every check. `history` is what the ledger holds; `progress` is told how many encounters are done."""
    raise NotImplementedError
