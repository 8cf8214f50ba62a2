"""The fields of a Claim for each segment of an 837P and 837I, and the values that the other elements must have.

The writer's segments say the same in the other direction; a test holds the two together.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import attrs

from peerbill.x12.delimiters import Delimiters
from peerbill.x12.structure import QUALIFIED


class _Token(NamedTuple):
    """An element or component: the field that it fills, its only values, or its components."""

    name: str = ""
    codes: tuple[str, ...] = ()
    required: bool = True
    parts: "tuple[_Token, ...]" = ()


class Field(NamedTuple):
    """Where a field is: element, component (None: it is no composite); `guard` are its qualifier's place and values."""

    name: str
    element: int
    component: int | None
    guard: tuple[int, int | None, tuple[str, ...]] | None


@attrs.frozen(eq=False)
class _Shape:
    """The whole of a segment as a Claim can say it. What differs from `pattern` says something else, too."""

    id: str
    tokens: tuple[_Token, ...]
    places: tuple[Field, ...]

    def pattern(self, delimiters: Delimiters) -> re.Pattern[str]:
        """Return an expression for a segment without separators at its end."""
        return re.compile(self.id + _sequence(self.tokens, delimiters.element, delimiters))


def _sequence(tokens: Sequence[_Token], separator: str, delimiters: Delimiters) -> str:
    tail, needed = "", False
    for token in reversed(tokens):
        needed = needed or token.required
        if token.parts:
            value = _sequence(token.parts, delimiters.component, delimiters).removeprefix(
                re.escape(delimiters.component)
            )
        elif token.codes:
            value = f"(?:{'|'.join(map(re.escape, token.codes))})"
        elif token.name:
            value = f"[^{re.escape(delimiters.element + delimiters.component)}]+"
        else:
            value = ""
        tail = f"{re.escape(separator)}{value if token.required else f'(?:{value})?'}{tail}"
        if not needed:
            tail = f"(?:{tail})?"
    return tail


def _token(text: str) -> _Token:
    if text == "-":
        return _Token(required=False)
    required = not text.endswith("?")
    text = text.removesuffix("?")
    if text.startswith("("):
        return _Token(required=required, parts=tuple(map(_token, text[1:-1].split(":"))))
    name, _, codes = text.partition("=")
    return _Token(name, tuple(codes.split(",")) if codes else (), required)


def _shape(text: str) -> _Shape:
    id_, *words = text.split()
    tokens = tuple(map(_token, words))
    places = []
    for at, token in enumerate(tokens, 1):
        row = [(None, token)] if not token.parts else list(enumerate(token.parts))
        for component, inner in row:
            if not inner.name:
                continue
            before: tuple[int, int | None, _Token] | None = None
            if component:
                before = (at, component - 1, token.parts[component - 1])
            elif component is None and at > 1:
                before = (at - 1, None, tokens[at - 2])
            guard = None
            if before is not None and before[2].codes and not before[2].name:
                guard = (before[0], before[1], before[2].codes)
            places.append(Field(inner.name, at, component, guard))
    return _Shape(id_, tokens, tuple(places))


_ADDRESS = ("N3 street street2?", "N4 city state? zip?")
_PERSON = "last first? middle? - suffix? =XX? npi?"
_MODIFIERS = "m1?:m2?:m3?:m4?"
_OF_BOTH: Mapping[str, tuple[str, ...]] = {
    "": ("BHT =0019 =00 reference day time purpose=CH,RP",),
    "1000A": (
        "NM1 =41 =2 name - - - - =46 id",
        "PER =IC contact? =TE phone =EM? email?",
        "PER =IC contact? =EM email",
    ),
    "1000B": ("NM1 =40 =2 name - - - - =46 id",),
    "2000A": ("HL number - =20 =1", "PRV =BI =PXC taxonomy"),
    "2010AA": ("NM1 =85 =2 name - - - - =XX? npi?", *_ADDRESS, "REF =EI tax_id"),
    "2010AB": ("NM1 =87 =2", *_ADDRESS),
    "2000B": ("HL number parent =22 =0", "SBR rank =18 - - - - - - filing?"),
    "2010BA": ("NM1 =IL =1 last first? middle? - suffix? =MI id", *_ADDRESS, "DMG =D8 born sex"),
    "2010BB": ("NM1 =PR =2 name - - - - =PI id", "REF =G2 provider_id"),
    "2300": (
        "DTP =435 =D8 admitted_on",
        "PWK type transmission - - =AC? control?",
        "REF =G1 authorization",
        "REF =F8 payer_control_number",
        "NTE =ADD note",
    ),
    "2320": (
        "SBR rank relationship - - - - - - filing?",
        "AMT =D paid",
        "AMT =EAF owed",
        "OI - - =Y - - release=Y,I",
    ),
    "2330A": ("NM1 =IL kind=1,2 last first? middle? - suffix? =MI id", *_ADDRESS),
    "2330B": ("NM1 =PR =2 name - - - - =PI id", "DTP =573 =D8 paid_on", "REF =F8 payer_control_number"),
    "2400": ("LX number", "DTP =472 =D8 day", "DTP =472 =RD8 days", "REF =6R line_id"),
    "2430": ("DTP =573 =D8 paid_on", "AMT =EAF owed"),
}
_OF_FORM: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "837P": {
        "2300": (
            "CLM claim_id charge - - (place:=B:frequency) =Y =A =Y release=Y,I - - - - - - - - - - delay?",
            "AMT =F5 patient_paid",
        ),
        "2310B": (f"NM1 =82 =1 {_PERSON}", "PRV =PE =PXC taxonomy", "REF =G2 provider_id"),
        "2310C": ("NM1 =77 =2 name - - - - =XX? npi?", *_ADDRESS),
        "2310D": (f"NM1 =DQ =1 {_PERSON}", "REF =G2 provider_id"),
        "2400": (f"SV1 (=HC:hcpcs:{_MODIFIERS}) charge =UN units - - (p1:p2?:p3?:p4?)",),
        "2430": (f"SVD payer paid (=HC:hcpcs:{_MODIFIERS}) - units",),
    },
    "837I": {
        "2300": (
            "CLM claim_id charge - - (type_of_bill:=A:frequency) - =A =Y release=Y,I - - - - - - - - - - delay?",
            "DTP =434 =RD8 statement",
            "CL1 admission_type? point_of_origin? patient_status",
        ),
        "2310A": (f"NM1 =71 =1 {_PERSON}", "PRV =AT =PXC taxonomy", "REF =G2 provider_id"),
        "2310D": (f"NM1 =82 =1 {_PERSON}", "REF =G2 provider_id"),
        "2310E": ("NM1 =77 =2 name - - - - =XX? npi?", *_ADDRESS),
        "2400": (f"SV2 revenue (=HC:hcpcs:{_MODIFIERS})? charge =UN units",),
        "2430": (f"SVD payer paid (=HC:hcpcs:{_MODIFIERS})? revenue units",),
    },
}
"""What a Claim says of each loop: a name is a field (`?`: it may be blank), `=` the only values, `-` an empty element.

An element behind a `=` is read only where that has its value: an id behind another qualifier is not the id.
"""

Key = tuple[str, str, str]
Known = tuple[tuple[re.Pattern[str], tuple[Field, ...]], ...]


@lru_cache(maxsize=8)
def known_segments(form: str, delimiters: Delimiters) -> Mapping[Key, Known]:
    """Return the shapes by loop, segment id and qualifier, compiled for a file's delimiters."""
    segments: dict[Key, Known] = {}
    for table in (_OF_BOTH, _OF_FORM[form]):
        for loop, texts in table.items():
            for shape in map(_shape, texts):
                codes = shape.tokens[0].codes if shape.id in QUALIFIED else ()
                key = (loop, shape.id, codes[0] if codes else "")
                segments[key] = (*segments.get(key, ()), (shape.pattern(delimiters), shape.places))
    return segments
