"""The checks that the benchmark does not measure, and why."""

from collections.abc import Mapping

LEFT_OUT: Mapping[str, str] = {
    "PB851": "files that cannot be read are what the tests of X12 are about",
    "PB861": "repeats for a claim what another check found in its encounter",
    **dict.fromkeys(("PB862", "PB863"), "compares payments (835), which the benchmark does not make"),
    **dict.fromkeys(
        ("PB865", "PB866", "PB867", "PB868", "PB869"), "looks at claims without encounters, where nothing is planted"
    ),
}
"""By code."""
