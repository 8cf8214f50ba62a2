"""What programmes ask of a peer beyond a session or a day: it decides how far a peer can be divided."""

from collections.abc import Iterator
from typing import Any

from peerbill.policy import Policies


def limits_peers(policies: Policies) -> bool:
    """Tell whether a programme limits what a peer may give."""
    return any(True for _ in _peer_limits(policies))


def _peer_limits(policies: Policies) -> Iterator[Any]:
    for programme in policies:
        for row in programme.rows():
            if row.table == "limit" and row.values.get("scope", "member") == "peer":
                yield row.values.get("per")


def are_daily(policies: Policies) -> bool:
    """Tell whether limits on peers are by the day, so that some days of a peer can be looked at alone."""
    return all(str(per) == "day" for per in _peer_limits(policies))


def asked_of_peers(policies: Policies) -> Iterator[str]:
    """Yield the checks that look at more than a day of a peer and that some programme asks for."""
    rows = [row for programme in policies for row in programme.rows()]
    fields = {name for row in rows if row.table == "supervision" for name in row.values}
    if "every" in fields:
        yield "PB307"
    if "members_per_peer" in fields:
        yield "PB317"
    if "service_hours" in fields:
        yield "PB318"
    if not are_daily(policies):
        yield "PB702"
