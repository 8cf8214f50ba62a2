"""The checks that the benchmark does not measure, and why."""

from collections.abc import Mapping

LEFT_OUT: Mapping[str, str] = {
    **dict.fromkeys(
        ("PB208", "PB806"), "compares notes and sessions of a whole agency; a caseload of its own does not show it"
    ),
    **dict.fromkeys(
        (f"PB{number}" for number in range(851, 870)),
        "compares claims that another system wrote with the encounters; an audit of a workspace has none",
    ),
    **dict.fromkeys(
        (*(f"PB{number}" for number in range(901, 910)), "PB913", "PB914"),
        "compares a peer with the other peers of an agency over months; a caseload of its own does not show it",
    ),
}
"""By code; a code is here whether or not there is a check of it yet."""
