"""Audits of any size, by processes of one machine or a Dask cluster; needs the extra `scale`.

`reading` reads a workspace in parts, `buckets` divides it by DuckDB (`store`), `passes` is what a worker does with a
bucket, `workers` runs it, `result` puts it together, and `audit` calls them in this order. `peer_proofs` and
`member_proofs` tell a pass of which encounters nothing is found.
"""

from peerbill.scale.audit import audit_at_scale
from peerbill.scale.result import CheckCount, ScaleAudit
from peerbill.scale.workers import WorkerError

__all__ = ["CheckCount", "ScaleAudit", "WorkerError", "audit_at_scale"]
