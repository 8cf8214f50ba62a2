"""Claims of an 837P that show at a glance that nothing is wrong with them: a shorter way for what most claims are.

The state machine of `claim_files.py` steps through some twenty segments of a claim, though a file has thousands that
differ in names, ids, days and amounts alone. Here an ordinary claim, from its subscriber's HL to its last line, is
found by one expression; what it shares with others (payer, place, providers, procedures) is looked up in dictionaries
of what the state machine has read without a fault; only what may differ is judged. It finds no faults itself: a claim
in which anything is unknown goes to the state machine from its first segment, and `tests/x12/test_lane837p.py` holds
the two against each other.
"""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, TypeVar

from peerbill import codes
from peerbill.x12.check.check837p import (
    ICD10_BEGAN,
    MOST_CLAIMS_OF_SUBSCRIBER,
    MOST_REFERENCE,
    Claims,
    amount,
    look_at_pointers,
)
from peerbill.x12.check.check_codes import has_begun, is_covered, judge_diagnosis
from peerbill.x12.check.check_parties import MOST_REMEMBERED
from peerbill.x12.delimiters import Delimiters
from peerbill.x12.structure import NUMBER, is_day

K = TypeVar("K")
V = TypeVar("V")

_NOTHING = Decimal(0)
_NUMBERS = tuple(map(str, range(Claims.MOST_LINES + 1)))
_POINTER = r"(?:[1-9]|1[0-2])"


class _Known(NamedTuple):
    """What a claim shares with others: the state machine has read it, and said nothing of the claim."""

    payer: tuple[str, str]
    assurances: str
    providers: str
    procedures: tuple[str, ...]


class _Service(NamedTuple):
    """An SV1 that was judged: its procedure, charge and the highest diagnosis to which it points."""

    procedure: str
    charge: Decimal
    pointer: int


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
    subscriber: Callable[[str, int], re.Match[str] | None]
    claim: Callable[[str, int], re.Match[str] | None]
    lines: Callable[[str], list[tuple[str, str, str, str]]]
    diagnoses: Callable[[str], re.Match[str] | None]
    service: Callable[[str], re.Match[str] | None]


@lru_cache(maxsize=4)
def _patterns(delimiters: Delimiters) -> _Patterns:
    """Return the expressions of an ordinary claim; what they take, the table takes as well."""
    separators = delimiters.characters
    characters = "".join(re.escape(sign) for sign in map(chr, range(0x20, 0x7F)) if sign not in separators)
    element, component, end = map(re.escape, (delimiters.element, delimiters.component, delimiters.segment))
    word = f"[{characters.replace(re.escape(' '), '')}]"
    rest = f"[^{end}]*"

    def text(low: int, high: int) -> str:
        return f"(?! )[{characters}]{{{low},{high}}}(?<! )"

    def maybe(high: int) -> str:
        return f"(?:{text(1, high)})?"

    def segment(*elements: str) -> str:
        return element.join(elements) + end

    subscriber = (
        segment("SBR", "P", "18", maybe(50), maybe(60), "", "", "", "", "([A-Z0-9]{2})"),
        segment(
            *("NM1", "IL", "1", text(1, 60), text(1, 35), maybe(25), "", maybe(10), "(?:MI|II)", f"({text(2, 80)})"),
        ),
        segment("N3", f"{text(1, 55)}(?:{element}{text(1, 55)})?"),
        segment("N4", text(2, 30), "([A-Z]{2})", "(?!000)[0-9]{5}(?:[0-9]{4})?"),
        segment("DMG", "D8", "([0-9]{8})", "[FMU]"),
        f"({segment('NM1', 'PR', rest)}(?:{segment('N3', rest)}{segment('N4', rest)})?)",
    )

    def line(group: str) -> str:
        value, line_id = f"({group}{rest})", f"({group}{word}{{1,{MOST_REFERENCE}}})"
        return (
            segment("LX", value)
            + segment("SV1", value)
            + segment("DTP", "472", "D8", value)
            + f"(?:{segment('REF', '6R', line_id)})?"
        )

    claim = (
        segment("CLM", f"({word}{{1,20}})", f"({NUMBER})", "", "", f"({rest})"),
        f"(?:{segment('REF', 'G1', text(1, 50))})?",
        f"(?:{segment('NTE', 'ADD', text(1, 80))})?",
        segment("HI", f"({rest})"),
        f"((?:{segment('(?:NM1|PRV|N3|N4|REF)', rest)})*)",
        f"((?:{line('?:')})+)",
        # What follows ends the claim, so that nothing more can belong to it.
        f"(?=CLM{element}|SE{element}|HL{element}[0-9]+{element}[0-9]*{element}2[02]{element})",
    )
    code = "[A-Z0-9]{3,7}"
    units = "[1-9][0-9]{0,7}"
    pointers = f"({_POINTER}(?:{component}{_POINTER}){{0,3}})"
    service = element.join((f"([^{element}]*)", f"({NUMBER})", "UN", units, "", "", pointers))
    return _Patterns(
        re.compile("".join(subscriber), re.ASCII).match,
        re.compile("".join(claim), re.ASCII).match,
        re.compile(line(""), re.ASCII).findall,
        re.compile(f"ABK{component}{code}(?:{element}ABF{component}{code}){{0,11}}", re.ASCII).fullmatch,
        re.compile(service, re.ASCII).fullmatch,
    )


@lru_cache(maxsize=4096)
def _release(day: str) -> tuple[bool, bool] | None:
    """Return what a day of service says of its diagnoses, as `judge_diagnosis` asks; None where they are no ICD-10."""
    return (is_covered(day), has_begun(day)) if is_day(day) and day >= ICD10_BEGAN else None


def _differ(lines: Sequence[tuple[str, str, str, str]]) -> bool:
    """Return whether no two lines have one id."""
    ids = [line[3] for line in lines if line[3]]
    return len(set(ids)) == len(ids)


class Lane:
    """Reads ordinary claims, and remembers what they share. `checks` are the claims of the file."""

    def __init__(self, delimiters: Delimiters, checks: Claims) -> None:
        self._checks = checks
        self._patterns = _patterns(delimiters)
        self._delimiters = delimiters
        self._hl = f"HL{delimiters.element}"
        self._clm = f"CLM{delimiters.element}"
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
        self._days: dict[str, bool] = {}
        self._diagnoses: dict[tuple[str, tuple[bool, bool]], int] = {}
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
        tail = f"{element}{above.parent}{element}22{element}0{self._delimiters.segment}"
        hl, begin = above.hl, at
        if self.behind is None:
            if not (above.is_whole and text.startswith(f"{self._hl}{hl + 1}{tail}", at)):
                self._learning = None
                return at, number
            checks.end_level_before(number + 1)
            self._look_at_provider(above.provider)
            self._learn()
        here = self.behind.claims if self.behind else 0
        levels = claims = 0
        subscriber, claim_at = (-1, -1), (-1, -1)
        while True:
            head = f"{self._hl}{hl + 1}{tail}"
            is_new = text.startswith(head, at)
            start = at
            if is_new:
                person = self._patterns.subscriber(text, at + len(head))
                if person is None:
                    break
                start = person.end()
                member, birth, payer = person[2], person[4], (person[1], person[5])
                if not (codes.is_address_state(person[3]) and (birth in self._days or self._is_day(birth))):
                    break
            elif 0 < here < MOST_CLAIMS_OF_SUBSCRIBER and text.startswith(self._clm, at):
                member, birth, payer = self._member, self._birth, ("", "")
            else:
                break
            found = self._patterns.claim(text, start)
            if found is None or not self._take(found, payer if is_new else None, member, birth, above.file_day):
                break
            if is_new:
                hl += 1
                levels += 1
                here = 0
                self._member, self._birth = member, birth
                subscriber = (at, start)
            here += 1
            claims += 1
            at = found.end()
            claim_at = (start, at)
        if claims:
            number += text.count(self._delimiters.segment, begin, at)
            self._remember(text, at, number, subscriber, claim_at, here)
            checks.count_ordinary(levels, claims)
        return at, number

    def _remember(
        self, text: str, at: int, number: int, subscriber: tuple[int, int], claim: tuple[int, int], here: int
    ) -> None:
        """Note the claim that ends at `at`, behind the segment of that number."""
        end = self._delimiters.segment
        before_claim = number - text.count(end, claim[0], at)
        if subscriber[0] >= 0:
            before = number - text.count(end, subscriber[0], at)
            person = text[slice(*subscriber)]
        else:
            assert self.behind is not None  # noqa: S101 - a claim without its subscriber follows another
            before, person = self.behind.before_subscriber, self.behind.subscriber
        self.behind = Behind(person, before, text[slice(*claim)], before_claim, here)

    def _take(
        self, found: re.Match[str], payer: tuple[str, str] | None, member: str, birth: str, file_day: str
    ) -> bool:
        """Judge a claim and note its id and services; return whether all of it is known to be good."""
        claim_id, charge, assurances, diagnoses, providers, text = found.groups()
        place, who = self._places.get(assurances), self._renderings.get(providers)
        if place is None or who is None or not (payer is None or payer in self._payers):
            return self._note(found, payer)
        lines = self._patterns.lines(text)
        total = _NOTHING
        highest = number = 0
        rows = []
        services, days = self._services, self._days
        for lx, sv1, day, _ in lines:
            number += 1
            service = services.get(sv1) or self._service(sv1)
            if service is None:
                return self._note(found, payer)
            if lx != _NUMBERS[number] or not (birth <= day <= file_day) or not (day in days or self._is_day(day)):
                return False
            procedure, line_charge, pointer = service
            total += line_charge
            if pointer > highest:  # noqa: PLR1730 - `max` costs a call for each line
                highest = pointer
            rows.append((member, "", day, procedure, place, who))
            if number == Claims.MOST_LINES:
                break
        release = _release(lines[0][2])
        count = release and (self._diagnoses.get((diagnoses, release)) or self._count(diagnoses, release))
        return bool(
            count
            and highest <= count
            and total == amount(charge)
            and total
            and (number == 1 or (number == len(lines) and _differ(lines)))
            and self._checks.note_ordinary(claim_id, rows)
        )

    def _is_day(self, text: str) -> bool:
        return is_day(text) and _keep(self._days, text, value=True)

    def _service(self, text: str) -> _Service | None:
        """Judge an SV1 whose procedure is known."""
        found = self._patterns.service(text)
        if found is None or found[1] not in self._procedures:
            return None
        pointer, is_twice, _ = look_at_pointers(found[3], self._delimiters.component)
        if is_twice:
            return None
        return _keep(self._services, text, _Service(found[1], Decimal(found[2]), pointer))

    def _count(self, text: str, release: tuple[bool, bool]) -> int:
        """Judge the diagnoses of a claim; return how many there are, 0 where anything is to be said of them."""
        if self._patterns.diagnoses(text) is None:
            return 0
        found = [entry.partition(self._delimiters.component)[2] for entry in text.split(self._delimiters.element)]
        if len(set(found)) < len(found) or codes.is_never_principal(found[0]):
            return 0
        if any(judge_diagnosis(code, *release) for code in found):
            return 0
        return _keep(self._diagnoses, (text, release), len(found))

    # ---------------------------------------------------------------------------------------------- what is known

    def _note(self, found: re.Match[str], payer: tuple[str, str] | None) -> bool:
        """Note what is not known yet of a claim, which the state machine reads next."""
        if payer is not None:
            element = self._delimiters.element
            procedures = (sv1.partition(element)[0] for _, sv1, _, _ in self._patterns.lines(found[6]))
            self._learning = _Known(payer, found[3], found[5], tuple(procedures))
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
