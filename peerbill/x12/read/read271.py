"""The 271 (005010X279A1): a payer's answer on each subscriber's eligibility, or why there is none.

Free text (MSG) and the names of people are not kept.
"""

from collections.abc import Iterator
from decimal import Decimal

from peerbill.model.payer_answers import Benefit, Date, EligibilityAnswer, Refusal
from peerbill.x12.read.answer_source import Source, days, field

# Loop 2120C: those of NM101 that are payers and plans, not people who give care.
_PAYERS = frozenset({"1I", "2B", "OC", "P4", "PR", "PRP", "SEP", "TTP", "Y2"})
# In this order: eligibility, then plan, then what else dates a benefit.
_FIRST = ("307", "356", "346", "348", "292", "291", "472")
_LAST = ("307", "357", "347", "349", "292", "291", "472")
_QUIET = frozenset(
    {"BHT", "DMG", "HI", "HSD", "III", "INS", "LE", "LS", "MPI", "MSG", "N3", "N4", "PER", "PRV", "AMT", "QTY", "PWK"}
)
_LOOPS = {"20": "A", "21": "B", "22": "C", "23": "D"}

Days = dict[str, tuple[Date | None, Date | None]]


def read_eligibility(source: Source) -> Iterator[EligibilityAnswer]:
    """Yield an answer for each subscriber and dependent as its level ends.

    A refusal (AAA) at the payer's or the provider's level is in the answer of every subscriber below it; where none is
    below, it makes an answer without a subscriber.
    """
    levels = _Levels(source)
    for elements in source.body():
        match elements[0]:
            case "HL":
                yield from levels.end()
                levels.begin(elements)
            case "TRN":
                levels.read_trace(elements)
            case "NM1":
                levels.read_name(elements)
            case "AAA":
                levels.read_refusal(elements)
            case "EB":
                levels.read_benefit(elements)
            case "DTP":
                levels.read_days(elements)
            case "REF":
                levels.read_reference(elements)
            case id_ if id_ not in _QUIET:
                source.unknown(id_, "271")
    yield from levels.end()
    yield from levels.finish()


class _Levels:
    """The levels of a 271, one of which is being read."""

    _benefit: list[str] | None
    _amount: Decimal | None
    _types: tuple[str, ...]
    _benefit_days: Days
    _plan_name: str
    _plan_id: str
    _reference: str
    _named: bool
    _trace: str
    _is_own_trace: bool
    _person_id: str
    _plan: str
    _days: Days
    _benefits: list[Benefit]
    _refusals: list[Refusal]

    def __init__(self, source: Source) -> None:
        self._source = source
        self._payer_id = ""
        self._above: dict[str, list[Refusal]] = {"20": [], "21": []}
        self._told = True
        self._subscriber = ("", "")
        self._code = ""
        self._has_children = False
        self._empty()

    def begin(self, hl: list[str]) -> None:
        """Take an HL in."""
        self._code, self._has_children = field(hl, 3), field(hl, 4) == "1"
        match self._code:
            case "20":
                self._above = {"20": [], "21": []}
                self._payer_id = ""
            case "21":
                self._above["21"] = []
            case "22":
                self._subscriber = ("", "")
            case "23":
                pass
            case _:
                self._source.tell_once(
                    "X12-808", "HL03", "HL03 is not 20, 21, 22 or 23: what is below it is left out", "HL03"
                )

    def read_trace(self, trn: list[str]) -> None:
        """Take a TRN in: TRN01 2 is our own number, and preferred to theirs."""
        if not self._trace or (field(trn, 1) == "2" and not self._is_own_trace):
            self._trace = field(trn, 2)
            self._is_own_trace = field(trn, 1) == "2"

    def read_name(self, nm1: list[str]) -> None:
        """Take an NM1 in: the level's, or that of a loop 2120."""
        if self._benefit is not None:
            if field(nm1, 1) in _PAYERS and field(nm1, 2) == "2" and not (self._plan_name or self._plan_id):
                self._plan_name, self._plan_id = field(nm1, 3), field(nm1, 9)
            return
        self._named = True
        if self._code == "20":
            self._payer_id = field(nm1, 9)
        elif self._code == "22":
            self._person_id = field(nm1, 9)

    def read_refusal(self, aaa: list[str]) -> None:
        """Take an AAA in."""
        letter = _LOOPS.get(self._code, "")
        loop = "2110" if self._benefit is not None else "2100" if self._named else "2000"
        refusal = Refusal(
            f"{loop}{letter}" if letter else "", self._source.code(aaa, 3, "AAA03"), self._source.code(aaa, 4, "AAA04")
        )
        if self._code in self._above:
            self._above[self._code].append(refusal)
            self._told = False
        else:
            self._refusals.append(refusal)

    def read_benefit(self, eb: list[str]) -> None:
        """Take an EB in."""
        self._end_benefit()
        self._benefit = eb
        self._amount = self._source.amount(eb, 7, "EB07")
        types = self._source.repeated(field(eb, 3), "EB03")
        self._types = tuple(text.strip() for text in types if text.strip())

    def read_days(self, dtp: list[str]) -> None:
        """Take a DTP in, of the subscriber or of a benefit."""
        text = field(dtp, 3)
        span = days(text)
        if text and None in span:
            self._source.tell("X12-808", "DTP03 is not a day CCYYMMDD or CCYYMMDD-CCYYMMDD", "DTP03")
        into = self._days if self._benefit is None else self._benefit_days
        into.setdefault(field(dtp, 1), span)

    def read_reference(self, ref: list[str]) -> None:
        """Take a REF in: 18 is the number or the name of a plan."""
        if field(ref, 1) != "18":
            return
        text = field(ref, 2) or field(ref, 3)
        if self._benefit is None:
            self._plan = text
        else:
            self._reference = text

    def end(self) -> Iterator[EligibilityAnswer]:
        """Yield the answer of this level, if it is a subscriber's or a dependent's."""
        self._end_benefit()
        if self._code in ("22", "23"):
            trace, person = self._subscriber
            if self._code == "22":
                trace, person = self._subscriber = self._trace, self._person_id
            if self._benefits or self._refusals or self._code == "23" or not self._has_children:
                refusals = (*self._above["20"], *self._above["21"], *self._refusals)
                first, last = _span(self._days)
                self._told = True
                yield EligibilityAnswer(
                    trace=self._trace or trace,
                    subscriber_id=person,
                    payer_id=self._payer_id,
                    benefits=tuple(self._benefits),
                    refusals=refusals,
                    first_day=first,
                    last_day=last,
                )
        self._empty()

    def finish(self) -> Iterator[EligibilityAnswer]:
        """Yield what was refused for all, where no subscriber's answer has it."""
        if not self._told:
            refusals = (*self._above["20"], *self._above["21"])
            yield EligibilityAnswer(trace="", subscriber_id="", payer_id=self._payer_id, refusals=refusals)

    def _end_benefit(self) -> None:
        if self._benefit is not None:
            first, last = _span(self._benefit_days)
            self._benefits.append(
                Benefit(
                    code=self._source.code(self._benefit, 1, "EB01"),
                    service_types=self._types,
                    insurance=self._source.code(self._benefit, 4, "EB04"),
                    plan=field(self._benefit, 5),
                    first_day=first,
                    last_day=last,
                    payer_name=self._plan_name,
                    payer_id=self._plan_id,
                    reference=self._reference or self._plan,
                    period=self._source.code(self._benefit, 6, "EB06"),
                    amount=self._amount,
                    network=self._source.code(self._benefit, 12, "EB12"),
                )
            )
        self._empty_benefit()

    def _empty_benefit(self) -> None:
        self._benefit = None
        self._amount = None
        self._types = ()
        self._benefit_days = {}
        self._plan_name = self._plan_id = self._reference = ""

    def _empty(self) -> None:
        self._empty_benefit()
        self._named = False
        self._trace = self._person_id = self._plan = ""
        self._is_own_trace = False
        self._days = {}
        self._benefits = []
        self._refusals = []


def _span(span: Days) -> tuple[Date | None, Date | None]:
    """Return the first and last day from DTP: those of eligibility before those of the plan, before any other."""
    first = next((span[qualifier][0] for qualifier in _FIRST if qualifier in span), None)
    last = next((span[qualifier][1] for qualifier in _LAST if qualifier in span), None)
    return first, last
