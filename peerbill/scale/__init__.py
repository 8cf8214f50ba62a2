"""Audits of any size, by processes of one machine or a Dask cluster; needs the extra `scale`.

`reading` reads a workspace in parts, `buckets` divides it by DuckDB (`store`), `passes` is what a worker does with a
bucket, `workers` runs it, `result` puts it together, and `audit` calls them in this order. `peer_proofs` and
`member_proofs` tell a pass of which encounters nothing is found, by the arrays of `numbered`.
"""

import importlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from peerbill.scale.audit import audit_at_scale
    from peerbill.scale.result import CheckCount, ScaleAudit
    from peerbill.scale.workers import WorkerError

__all__ = ["CheckCount", "ScaleAudit", "WorkerError", "audit_at_scale"]

_HOMES: Final = {"CheckCount": "result", "ScaleAudit": "result", "WorkerError": "workers", "audit_at_scale": "audit"}
"""The module of each name, imported when it is first used: workers need no ledger, which takes half of their start."""

if not TYPE_CHECKING:  # for type checkers, a name that is not declared is a mistake

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
        return value
