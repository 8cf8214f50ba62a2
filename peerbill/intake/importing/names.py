"""Names and addresses in one cell, and texts with labels."""

import re
from collections.abc import Mapping, Sequence
from functools import cache

from peerbill.codes import us_states
from peerbill.intake.cells import Unreadable
from peerbill.model.words import bare

SUFFIXES = {"jr": "Jr.", "sr": "Sr.", "ii": "II", "iii": "III", "iv": "IV", "v": "V", "2nd": "II", "3rd": "III"}
PARTICLES = frozenset(
    {"de", "del", "della", "der", "di", "da", "dos", "du", "la", "las", "le", "los", "van", "von", "st"}
)
"""Words with which a last name begins where several words could be one."""
Name = Mapping[str, str]


def split_name(text: str, form: str) -> Name | Unreadable:
    """Divide a name into last_name, first_name, middle_name and suffix.

    >>> dict(split_name("Reed, Bo A. Jr.", "last-first"))
    {'last_name': 'Reed', 'first_name': 'Bo', 'middle_name': 'A', 'suffix': 'Jr.'}
    """
    if form == "carets":
        last, first, middle, suffix = (part.strip() for part in [*text.split("^"), "", "", ""][:4])
        return _name(last, first, middle, suffix)
    if form == "last":
        words, suffix = _without_suffix(text.replace(",", " ").split())
        return _name(" ".join(words), "", "", suffix)
    if "," in text:
        return _last_first(text)
    if form == "last-first":
        return Unreadable("expected a name as Last, First, found one without a comma", _FIX)
    return _first_last(text)


_FIX = (
    'Correct split in the mapping, or give this name there: values = { "their text" = "Last, First M." } (the names in '
    "question are in the lines above)."
)


def _name(last: str, first: str, middle: str, suffix: str) -> Name:
    return {"last_name": last, "first_name": first, "middle_name": middle.rstrip("."), "suffix": suffix}


def _last_first(text: str) -> Name | Unreadable:
    pieces = [piece.strip() for piece in text.split(",") if piece.strip()]
    last_words, suffix = _without_suffix(pieces[0].split())
    if len(pieces) == 3 and bare(pieces[1]) in SUFFIXES:  # Reed, Jr., Bo
        pieces = [pieces[0], pieces[2], pieces[1]]
    first_words, after = _without_suffix(" ".join(pieces[1:]).split())
    if not last_words or not first_words or len(pieces) > 3 or (suffix and after):
        return Unreadable("expected a name as Last, First, found another form", _FIX)
    first, middle = first_words, ""
    if len(first_words) > 1 and len(first_words[-1].rstrip(".")) == 1:
        first, middle = first_words[:-1], first_words[-1]
    return _name(" ".join(last_words), " ".join(first), middle, suffix or after)


def _first_last(text: str) -> Name | Unreadable:
    words, suffix = _without_suffix(text.split())
    if len(words) < 2:
        return Unreadable("expected a first and a last name, found a single word", _FIX)
    first, *rest = words
    if len(rest) > 1 and len(rest[0].rstrip(".")) == 1:
        return _name(" ".join(rest[1:]), first, rest[0], suffix)
    if len(rest) == 1 or rest[0].lower().rstrip(".") in PARTICLES:
        return _name(" ".join(rest), first, "", suffix)
    return Unreadable(
        "expected a first and a last name, found more words: which of them are the last name can be read in two ways",
        _FIX,
    )


def _without_suffix(words: Sequence[str]) -> tuple[Sequence[str], str]:
    """Take a suffix off the end of a name; `V` alone is a middle name as often."""
    if len(words) > 1 and (suffix := SUFFIXES.get(bare(words[-1]))) and bare(words[-1]) != "v":
        return words[:-1], suffix
    return words, ""


def split_address(text: str) -> Name | Unreadable:
    """Divide an address into street, street2, city, state and zip; parts are separated by commas or line ends.

    >>> dict(split_address("9 Elm St, Apt 2, Lima, OH 45801"))
    {'street': '9 Elm St', 'street2': 'Apt 2', 'city': 'Lima', 'state': 'OH', 'zip': '45801'}
    """
    flat = ", ".join(line.strip(" ,") for line in text.splitlines() if line.strip(" ,"))
    match = _address().fullmatch(flat)
    pieces = [piece.strip() for piece in match["rest"].split(",") if piece.strip()] if match else []
    if match is None or len(pieces) not in {2, 3}:
        return Unreadable(
            "expected an address as Street, City, ST 12345, found another form",
            "Correct the cell in the export, or export street, city, state and ZIP code apart.",
        )
    street, *second, city = pieces
    return {"street": street, "street2": ", ".join(second), "city": city, "state": match["state"], "zip": match["zip"]}


@cache
def _address() -> re.Pattern[str]:
    states = "|".join(sorted((re.escape(name) for pair in us_states().items() for name in pair), key=len, reverse=True))
    return re.compile(
        rf"(?P<rest>.+?)[,\s]+(?P<state>{states})[,\s]+(?P<zip>[0-9]{{5}}(?:-?[0-9]{{4}})?)", re.IGNORECASE
    )


def labelled_part(text: str, label: str, labels: Sequence[str]) -> str:
    """Return the text after `Label:` up to the next of the labels; "" where the label is absent.

    >>> labelled_part("Intervention: walked. Next: call", "Intervention", ["Intervention", "Next"])
    'walked.'
    """
    others = "|".join(re.escape(other) for other in sorted(labels, key=len, reverse=True))
    end = rf"(?=[\s;|]+(?:{others})\s*:|\Z)"
    pattern = re.compile(rf"(?:^|[\s.;|]){re.escape(label)}\s*:\s*(.*?){end}", re.IGNORECASE | re.DOTALL)
    match = pattern.search(text)
    return match[1].strip() if match else ""
