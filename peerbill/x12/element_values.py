"""Values of elements that rules need without the segments: lists of codes, times, and how a number is written.

To make the classes of all segments takes longer than an audit of a small agency.
"""

from decimal import Decimal

ID_QUALIFIERS = "01 14 20 27 28 29 30 33 ZZ"
"""ISA05 and ISA07."""
CLAIM_FILING = "11 12 13 14 15 16 17 AM BL CH CI DS FI HM LM MA MB MC OF TV VA WC ZZ"
"""SBR09."""
REPORT_TYPES = (
    "03 04 05 06 07 08 09 10 11 13 15 21 A3 A4 AM AS B2 B3 B4 BR BS BT CB CK CT D2 DA DB DG DJ DS EB HC HR "
    "I5 IR LA M1 MT NN OB OC OD OE OX OZ P4 P5 PE PN PO PQ PY PZ RB RR RT RX SG V5 XP"
)
"""PWK01."""
ADJUSTMENT_GROUPS = "CO CR OA PI PR"
"""CAS01."""
HOUR_MINUTE = "(?:[01][0-9]|2[0-3])[0-5][0-9]"
TIME = f"{HOUR_MINUTE}(?:[0-5][0-9](?:[0-9]{{1,2}})?)?"
"""The pattern of a time: HHMM, HHMMSS, HHMMSSD or HHMMSSDD."""


def decimal_text(value: Decimal) -> str:
    """Write a number as X12 wants it: no exponent, no plus sign, no trailing zeros, 47.5, 0.5, 0.

    ValueError: it is infinite or no number.
    """
    if not value.is_finite():
        raise ValueError("the number is not finite")
    written = f"{value:f}"
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return "0" if written in ("-0", "") else written
