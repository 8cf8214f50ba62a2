"""Claims of an 837P that show at a glance that nothing is wrong with them: a shorter way for what most claims are.

The state machine of `claim_files.py` steps through some twenty segments of a claim, though a file has thousands that
differ in names, ids, days and amounts alone. Here an ordinary claim, from its subscriber's HL to its last line, is
found by one expression; what it shares with others (payer, place, providers, procedures) is looked up in dictionaries
of what the state machine has read without a fault; only what may differ is judged. It finds no faults itself: a claim
in which anything is unknown goes to the state machine from its first segment, and `tests/x12/test_lane837p.py` holds
the two against each other.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from peerbill import codes
from peerbill.x12.check.check837p import (
    ICD10_BEGAN,
    MOST_CLAIMS_OF_SUBSCRIBER,
    MOST_REFERENCE,
    Claims,
    look_at_pointers,
)
from peerbill.x12.check.check_codes import has_begun, is_covered, judge_diagnosis
from peerbill.x12.check.check_parties import MOST_REMEMBERED
from peerbill.x12.delimiters import Delimiters
from peerbill.x12.structure import NUMBER, is_day

K = TypeVar("K")
V = TypeVar("V")

_POINTER = r"(?:[1-9]|1[0-2])"


class _Known(NamedTuple):
    """What a claim shares with others: the state machine has read it, and said nothing of the claim."""

    payer: tuple[str, str]
    assurances: str
    providers: str
    procedures: tuple[str, ...]


_Service = tuple[str, int, int]
"""An SV1 that was judged: its procedure, charge in cents and the highest diagnosis to which it points."""


class Behind(NamedTuple):
    """The claim read last, for the state machine to read once more before it goes on.

    Texts of the subscriber and of the claim, each with the number of the segment before it; `claims` is how many claims
    of the subscriber there were.
    """

    subscriber: str
    before_subscriber: int
    claim: str
    before_claim: int
    claims: int


class _Patterns(NamedTuple):
    claim: Callable[[str, int], re.Match[str] | None]
    diagnoses: Callable[[str], re.Match[str] | None]
    service: Callable[[str], re.Match[str] | None]
    day: Callable[[str], re.Match[str] | None]


_CLAIM_ID = 7
"""The group of the claim's id, behind those of a subscriber: HL, filing code, id, state, birth, payer."""


@lru_cache(maxsize=MOST_REMEMBERED)
def _cents(text: str) -> int:
    """Return an amount, which has no more than two decimals, in cents: adding integers is quicker."""
    return int(Decimal(text) * 100)


@lru_cache(maxsize=4)
def _patterns(delimiters: Delimiters) -> _Patterns:
    """Return the expressions of an ordinary claim; what they take, the table takes as well."""
    separators = delimiters.characters
    characters = "".join(re.escape(sign) for sign in map(chr, range(0x20, 0x7F)) if sign not in separators)
    element, component, end = map(re.escape, (delimiters.element, delimiters.component, delimiters.segment))
    word = f"[{characters.replace(re.escape(' '), '')}]"
    rest = f"[^{end}]*"

    def text(low: int, high: int) -> str:
        return f"{word}[{characters}]{{{low - 1},{high - 1}}}(?<! )"

    def maybe(high: int) -> str:
        return f"(?:{text(1, high)})?"

    def segment(*elements: str) -> str:
        return element.join(elements) + end

    subscriber = (
        segment("HL", f"([0-9]{{1,12}}{element}[^{element}{end}]*)", "22", "0"),
        segment("SBR", "P", "18", maybe(50), maybe(60), "", "", "", "", "([A-Z0-9]{2})"),
        segment(
            *("NM1", "IL", "1", text(1, 60), text(1, 35), maybe(25), "", maybe(10), "(?:MI|II)", f"({text(2, 80)})"),
        ),
        segment("N3", f"{text(1, 55)}(?:{element}{text(1, 55)})?"),
        segment("N4", text(2, 30), "([A-Z]{2})", "(?!000)[0-9]{5}(?:[0-9]{4})?"),
        segment("DMG", "D8", "([0-9]{8})", "[FMU]"),
        f"({segment('NM1', 'PR', rest)}(?:{segment('N3', rest)}{segment('N4', rest)})?)",
    )

    line = (
        segment("LX", rest)
        + segment("SV1", rest)
        + segment("DTP", "472", "D8", rest)
        + f"(?:{segment('REF', '6R', f'{word}{{1,{MOST_REFERENCE}}}')})?"
    )
    claim = (
        segment("CLM", f"({word}{{1,20}})", f"({NUMBER})", "", "", f"({rest})"),
        f"(?:{segment('REF', 'G1', text(1, 50))})?",
        f"(?:{segment('NTE', 'ADD', text(1, 80))})?",
        segment("HI", f"({rest})"),
        f"((?:{segment('(?:NM1|PRV|N3|N4|REF)', rest)})*)",
        f"((?:{line})+)",
        # What follows ends the claim, so that nothing more can belong to it.
        f"(?=CLM{element}|SE{element}|HL{element}[0-9]+{element}[0-9]*{element}2[02]{element})",
    )
    code = "[A-Z0-9]{3,7}"
    units = "[1-9][0-9]{0,7}"
    pointers = f"({_POINTER}(?:{component}{_POINTER}){{0,3}})"
    service = element.join(("SV1", f"([^{element}]*)", f"({NUMBER})", "UN", units, "", "", pointers))
    return _Patterns(
        re.compile(f"(?:{''.join(subscriber)})?{''.join(claim)}", re.ASCII).match,
        re.compile(f"ABK{component}{code}(?:{element}ABF{component}{code}){{0,11}}", re.ASCII).fullmatch,
        re.compile(service, re.ASCII).fullmatch,
        re.compile(element.join(("DTP", "472", "D8", "([0-9]{8})")), re.ASCII).fullmatch,
    )


class Lane:
    """Reads ordinary claims, and remembers what they share. `checks` are the claims of the file."""

    def __init__(self, delimiters: Delimiters, checks: Claims) -> None:
        self._checks = checks
        self._patterns = _patterns(delimiters)
        self._delimiters = delimiters
        self._hl = f"HL{delimiters.element}"
        self._clm = f"CLM{delimiters.element}"
        self._ref = f"REF{delimiters.element}"
        self._lx = [f"LX{delimiters.element}{number}" for number in range(1, Claims.MOST_LINES + 1)]
        self.behind: Behind | None = None
        # Of the subscriber and billing provider at hand.
        self._member = ""
        self._birth = ""
        self._provider: tuple[str, ...] = ()
        # What is known.
        self._payers: dict[tuple[str, str], bool] = {}
        self._places: dict[str, str] = {}
        self._renderings: dict[str, str] = {}
        self._procedures: dict[str, bool] = {}
        self._services: dict[str, _Service] = {}
        self._states: dict[str, bool] = {}
        self._days: dict[str, str] = {}
        self._diagnoses: dict[tuple[bool, bool], dict[str, int]] = {}
        self._counts: dict[str, dict[str, int]] = {}
        """Those of `_diagnoses` for the release of a day."""
        self._learning: _Known | None = None
        self._found = 0

    def forget(self) -> None:
        """Learn nothing of the claim that the state machine reads now."""
        self._learning = None

    def may_begin(self, text: str, at: int) -> bool:
        """Return whether a subscriber begins here, or a further claim of the subscriber read last."""
        return text.startswith(self._hl, at) or (self.behind is not None and text.startswith(self._clm, at))

    def read(self, text: str, at: int, number: int) -> tuple[int, int]:
        """Read the ordinary claims that are next; return where they end, and the number of their last segment.

        `text` holds whole segments; `number` is that of the segment before `at`. Where the lane did not read the claim
        before, the next segment is an HL; if it is the HL that must come, the level before it is ended.
        """
        checks = self._checks
        above = checks.above
        element = self._delimiters.element
        match, below = self._patterns.claim, f"{element}{above.parent}"
        hl, file_day, begin = above.hl, above.file_day, at
        if self.behind is None:
            tail = f"{element}22{element}0{self._delimiters.segment}"
            if not (above.is_whole and text.startswith(f"{self._hl}{hl + 1}{below}{tail}", at)):
                self._learning = None
                return at, number
            checks.end_level_before(number + 1)
            self._look_at_provider(above.provider)
            self._learn()
        here = self.behind.claims if self.behind else 0
        levels = claims = 0
        person: re.Match[str] | None = None
        last: re.Match[str] | None = None
        while found := match(text, at):
            groups = found.groups()
            is_new = groups[0] is not None
            can_follow = groups[0] == f"{hl + 1}{below}" if is_new else 0 < here < MOST_CLAIMS_OF_SUBSCRIBER
            if not (can_follow and self._take(groups, file_day)):
                break
            if is_new:
                person = found
                self._member, self._birth = groups[2], groups[4]
                hl += 1
                levels += 1
                here = 0
            last = found
            here += 1
            claims += 1
            at = found.end()
        if last is not None:
            number += text.count(self._delimiters.segment, begin, at)
            self._remember(text, number, person, last, here)
            checks.count_ordinary(levels, claims)
        return at, number

    def _remember(self, text: str, number: int, person: re.Match[str] | None, last: re.Match[str], here: int) -> None:
        """Note the claim read last, which ends with the segment of that number, and its subscriber."""
        end = self._delimiters.segment
        at = last.end()
        begin = last.start(_CLAIM_ID) - len(self._clm)
        before_claim = number - text.count(end, begin, at)
        if person is not None:
            before = number - text.count(end, person.start(), at)
            subscriber = text[person.start() : person.start(_CLAIM_ID) - len(self._clm)]
        else:
            assert self.behind is not None  # noqa: S101 - a claim without its subscriber follows another
            before, subscriber = self.behind.before_subscriber, self.behind.subscriber
        self.behind = Behind(subscriber, before, text[begin:at], before_claim, here)

    def _take(self, groups: tuple[str | Any, ...], file_day: str) -> bool:
        """Judge a claim and note its id and services; return whether all of it is known to be good."""
        hl, filing, member, state, birth, payer, claim_id, charge, assurances, diagnoses, providers, text = groups
        if hl is None:
            member, birth = self._member, self._birth
        elif not ((state in self._states or self._is_state(state)) and is_day(birth)):
            return False
        place, who = self._places.get(assurances), self._renderings.get(providers)
        if place is None or who is None or not (hl is None or (filing, payer) in self._payers):
            return self._note(groups)
        # Each line is LX, SV1, DTP, and REF in all lines or in none; the expression takes REF in some of them, too.
        segments = text.split(self._delimiters.segment)
        step = 4 if segments[3].startswith(self._ref) else 3
        number, rest = divmod(len(segments), step)
        if rest != 1 or segments[:-1:step] != self._lx[:number]:
            return False
        if step == 4 and number > 1 and len(set(segments[3::4])) < number:
            return False
        total = highest = 0
        rows = []
        services, days = self._services, self._days
        for sv1, dtp in zip(segments[1::step], segments[2::step], strict=True):
            service = services.get(sv1) or self._service(sv1)
            if service is None:
                return self._note(groups)
            day = days.get(dtp) or self._day(dtp)
            if not birth <= day <= file_day:
                return False
            procedure, cents, pointer = service
            total += cents
            if pointer > highest:  # noqa: PLR1730 - `max` costs a call for each line
                highest = pointer
            rows.append((member, "", day, procedure, place, who))
        first = rows[0][2]
        known = self._counts.get(first)
        count = (known and known.get(diagnoses)) or self._count(diagnoses, first)
        return 0 < count >= highest and 0 < total == _cents(charge) and self._checks.note_ordinary(claim_id, rows)

    def _is_state(self, text: str) -> bool:
        return codes.is_address_state(text) and _keep(self._states, text, value=True)

    def _day(self, text: str) -> str:
        """Return the day of a DTP; "" where it is none."""
        found = self._patterns.day(text)
        return _keep(self._days, text, found[1]) if found is not None and is_day(found[1]) else ""

    def _service(self, text: str) -> _Service | None:
        """Judge an SV1 whose procedure is known."""
        found = self._patterns.service(text)
        if found is None or found[1] not in self._procedures:
            return None
        pointer, is_twice, _ = look_at_pointers(found[3], self._delimiters.component)
        if is_twice:
            return None
        return _keep(self._services, text, (found[1], _cents(found[2]), pointer))

    def _count(self, text: str, day: str) -> int:
        """Judge the diagnoses of a claim of that day; return how many there are, 0 where anything is to be said."""
        if day < ICD10_BEGAN or self._patterns.diagnoses(text) is None:
            return 0
        release = is_covered(day), has_begun(day)
        known = _keep(self._counts, day, self._diagnoses.setdefault(release, {}))
        found = [entry.partition(self._delimiters.component)[2] for entry in text.split(self._delimiters.element)]
        if len(set(found)) < len(found) or codes.is_never_principal(found[0]):
            return 0
        if any(judge_diagnosis(code, *release) for code in found):
            return 0
        return known.get(text) or _keep(known, text, len(found))

    # ---------------------------------------------------------------------------------------------- what is known

    def _note(self, groups: tuple[str | Any, ...]) -> bool:
        """Note what is not known yet of a claim, which the state machine reads next."""
        hl, filing, _, _, _, payer, _, _, assurances, _, providers, lines = groups
        if hl is not None:
            sv1, element = f"SV1{self._delimiters.element}", self._delimiters.element
            procedures = (
                segment.split(element)[1]
                for segment in lines.split(self._delimiters.segment)
                if segment.startswith(sv1)
            )
            self._learning = _Known((filing, payer), assurances, providers, tuple(procedures))
        self._found = self._checks.found
        return False

    def _look_at_provider(self, provider: tuple[str, ...]) -> None:
        """Forget the providers of claims of another billing provider: whether they repeat it was judged with it."""
        if provider != self._provider:
            self._provider = provider
            self._renderings.clear()

    def _learn(self) -> None:
        """Know what the claim read last shares with others, if the state machine found nothing in it."""
        known, self._learning = self._learning, None
        claim = self._checks.only_claim
        if known is None or claim is None or self._checks.found != self._found or claim.frequency != "1":
            return
        _keep(self._places, known.assurances, claim.place)
        _keep(self._renderings, known.providers, claim.rendering)
        _keep(self._payers, known.payer, value=True)
        for procedure in known.procedures:
            _keep(self._procedures, procedure, value=True)


def _keep(known: dict[K, V], key: K, value: V) -> V:
    """Remember a value, in a dictionary that does not grow without end."""
    if len(known) > MOST_REMEMBERED:
        known.clear()
    known[key] = value
    return value
