"""What a table cannot say about the hierarchy and the people of an 837: levels, names, addresses, numbers, subscribers.

It is the same for both forms of claim; `check837p.py` and `check837i.py` go on with the claim. Each function `seg` or
`seg_role` looks at one segment just read.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import NamedTuple

from peerbill import codes
from peerbill.model.finding import Severity
from peerbill.model.ids import is_valid_tax_id, is_valid_taxonomy, validate_npi
from peerbill.x12.check.check_codes import look_at_social_security, look_at_town
from peerbill.x12.problems import Problem, problem
from peerbill.x12.rules837p import is_post_office_box
from peerbill.x12.structure import State, Trouble, is_day, shown, size

MOST_REMEMBERED = 20_000
"""Texts whose verdict is kept, of each kind: names of providers, towns and procedures come again and again."""

_MEDICARE = frozenset({"MA", "MB"})

PAD = ("",) * 24
"""Empty elements behind those that a segment has."""


class Party(NamedTuple):
    """Somebody named in NM1: who it is (the id, or the name), the id (NM109, or ""), and the segment's fault."""

    who: str
    id: str
    troubles: tuple[Trouble, ...]


class Parties(ABC):
    """The levels and people of a file, one at a time. `problems` fills; whoever reads the file empties it."""

    FACILITY = ""
    """The loop of the service facility."""
    IDENTIFIED: frozenset[str] = frozenset()
    """Loops in which a provider without an NPI needs REF."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.number = 0
        self.element = "*"
        self.component = ":"
        self._waiting: list[Problem] = []
        self._memo: dict[tuple[str, str], tuple[Trouble, ...]] = {}
        self._parties: dict[str, Party] = {}
        self.begin()

    def begin(self) -> None:
        """Forget the transaction set before."""
        self.claim_id = ""
        self._before_claim = False
        self._open = False
        self.group_day = ""
        self._file_day = ""
        self._hl = 0
        self._level = ""
        self._hl_number = 0
        self._has_child = ""
        self._parents: dict[str, str] = {}
        self._claims_here = 0
        self._billing = ""
        self._billing_address: list[str] = ["", ""]
        self._nameless: tuple[int, State] | None = None
        self._facility_street = ""
        self._begin_subscriber()

    def _begin_subscriber(self) -> None:
        self._sbr_number = 0
        self._rank = ""
        self._relationship = ""
        self._member = ""
        self._patient = ""
        self._told_subscriber = False
        self._address: set[str] = set()
        self._birth = ""
        self._payer_knows_provider = False
        self._destination = ""
        self._died = ""

    @abstractmethod
    def close_claim(self) -> None:
        """Report the faults of the claim being read as a whole."""

    # ---------------------------------------------------------------------------------------------- telling

    def tell(
        self,
        code: str,
        message: str,
        element: str = "",
        *,
        state: State | None = None,
        number: int = 0,
        loop: str = "",
        id_: str = "",
        severity: Severity | None = None,
    ) -> None:
        """Report a problem at the segment being read, or at another; it belongs to the claim being read.

        Before a claim, in loops 2000B to 2010CA, it waits for the claim that comes next.
        """
        if state is not None:
            loop = loop or state.loop
            id_ = id_ or (state.spec.id if state.spec else "")
        # SV101-2 is of segment SV1, N403 of N4.
        id_ = id_ or element.partition("-")[0][:-2]
        where = number or self.number
        claim = self.claim_id
        self._add(problem(code, message, where, id_, element=element, loop=loop, claim=claim, severity=severity))

    def _add(self, found: Problem) -> None:
        if self._before_claim:
            self._waiting.append(found)
        else:
            self.problems.append(found)

    def tell_all(self, troubles: tuple[Trouble, ...], state: State, id_: str = "") -> None:
        """Report a fault of the segment being read."""
        for code, element, message, loop, severity in troubles:
            name = id_ or (state.spec.id if state.spec else "")
            where = loop if loop != "ST" else ""
            where = where or state.loop
            claim = self.claim_id
            self._add(
                problem(code, message, self.number, name, element=element, loop=where, claim=claim, severity=severity)
            )

    def _known(self, kind: str, text: str, look: Callable[[str], tuple[Trouble, ...]]) -> tuple[Trouble, ...]:
        """Look at a text once and remember the verdict."""
        verdict = self._memo.get((kind, text))
        if verdict is None:
            if len(self._memo) > MOST_REMEMBERED:
                self._memo.clear()
            verdict = self._memo[kind, text] = look(text)
        return verdict

    def _fields(self, raw: str) -> list[str]:
        fields = raw.split(self.element)
        fields += PAD
        return fields

    # ---------------------------------------------------------------------------------------------- hierarchy

    def hl(self, raw: str, state: State) -> None:
        """Check that HL01 counts, HL02 names the level above and HL04 shows whether there are children."""
        fields = self._fields(raw)
        _, id_, parent, level, child = fields[:5]
        self._end_hl(level)
        self._before_claim = level in ("22", "23")
        if id_ != str(self._hl + 1):
            self.tell("X12-205", f"HL01 is {shown(id_, 'HL01')}; {self._hl + 1} expected", "HL01", state=state)
        self._hl = int(id_) if id_.isascii() and id_.isdigit() and len(id_) < 13 else self._hl + 1
        above = {"22": "20", "23": "22"}.get(level, "")
        if parent != self._parents.get(above, ""):
            expected = self._parents.get(above, "")
            wanted = f"{shown(expected, 'HL01')}, the HL above, expected" if expected else "no HL is above it"
            self.tell("X12-206", f"HL02 is {shown(parent, 'HL02')}; {wanted}", "HL02", state=state)
        self._parents[level] = id_
        self._level, self._has_child, self._hl_number, self._claims_here = level, child, self.number, 0
        if level == "20":
            self._billing = ""
        elif level == "22":
            self._begin_subscriber()
        elif level == "23" and self._relationship == "18":
            message = "a patient (loop 2000C) follows a subscriber who is the patient (SBR02 is 18)"
            self.tell("X12-412", message, "SBR02", loop="2000B", number=self._sbr_number)

    def _end_hl(self, level: str) -> None:
        self.close_claim()
        if not self._level:
            return
        child = (self._level, level) in {("20", "22"), ("22", "23")}
        if child != (self._has_child == "1") and self._has_child:
            told = "no lower HL follows" if self._has_child == "1" else "a lower HL follows"
            message = f"HL04 is {shown(self._has_child, 'HL04')} and {told}"
            self.tell("X12-207", message, "HL04", number=self._hl_number)
        if self._level in ("22", "23") and not child and not self._claims_here:
            self.tell("X12-209", "the HL has no claim", "HL01", number=self._hl_number)
        self.problems += self._waiting
        self._waiting = []
        self._before_claim = False
        self.claim_id = ""
        self._level = ""

    # ---------------------------------------------------------------------------------------------- parties

    def nm1(self, raw: str, state: State) -> None:
        """Look at a party that may go without an id: qualifier and id come together, an NPI checks."""
        if self._nameless:
            self._flush_provider()
        party = self._parties.get(raw)
        if party is None:
            if len(self._parties) > MOST_REMEMBERED:
                self._parties.clear()
            party = self._parties[raw] = self._look_at_name(raw)
        if party.troubles:
            self.tell_all(party.troubles, state)
        loop = state.loop
        known = self._note_provider(loop, party)
        if party.id and party.id == known:
            repeated = "the provider of the claim" if loop[:2] == "24" else "the billing provider"
            self.tell("X12-427", f"loop {loop} repeats {repeated}", "NM109", state=state)
        if not party.id and loop in self.IDENTIFIED:
            self._nameless = (self.number, state)

    def _note_provider(self, loop: str, party: Party) -> str:
        """Note a provider by loop; return the id that it must not repeat, "" for none."""
        if loop == "2010AA":
            self._billing = party.id
        return self._billing if loop == self.FACILITY else ""

    def nm1_member(self, raw: str, state: State) -> None:
        """Note the subscriber's id, by which members' services are distinguished."""
        self.nm1_person(raw, state)
        fields = self._fields(raw)
        self._member = fields[9]
        if fields[2] == "2" and self._relationship == "18":
            message = "the subscriber is an organization (NM102 is 2) and the patient (SBR02 is 18)"
            self.tell("X12-439", message, "NM102", state=state)

    def nm1_patient(self, raw: str, state: State) -> None:
        """Note the name of a patient who is not the subscriber: children of a subscriber share the id."""
        self.nm1_person(raw, state)
        self._patient = self.element.join(self._fields(raw)[3:6])

    def nm1_person(self, raw: str, state: State) -> None:
        """Look at the names of somebody of whom nothing else is noted, such as the submitter."""
        troubles = tuple(_look_at_names(self._fields(raw)))
        if troubles:
            self.tell_all(troubles, state)

    def nm1_destination(self, raw: str, _state: State) -> None:
        """Note the payer to which the claim goes."""
        self._destination = raw

    def _look_at_name(self, raw: str) -> Party:
        fields = self._fields(raw)
        who = fields[9] or self.element.join(fields[3:6])
        troubles = _look_at_names(fields)
        if fields[8] == "XX" and fields[9]:
            try:
                validate_npi(fields[9])
            except ValueError as error:
                troubles.append(Trouble("X12-501", "NM109", f"NM109: {error}"))
        return Party(who, fields[9], tuple(troubles))

    def _flush_provider(self) -> None:
        if self._nameless:
            number, state = self._nameless
            self._nameless = None
            self.tell("X12-414", "the provider has neither NPI nor REF", "NM109", state=state, number=number)

    # ---------------------------------------------------------------------------------------------- addresses, numbers

    def n3(self, raw: str, state: State) -> None:
        """Note a subscriber's address; look whether a billing provider's is a street."""
        if state.loop == "2010BA":
            self._address.add("N3")
            return
        who = "service facility" if state.loop == self.FACILITY else "billing provider"
        if state.loop == self.FACILITY:
            self._facility_street = raw
        else:
            self._billing_address[0] = raw
        if is_post_office_box("\n".join(self._fields(raw)[1:3])):
            self.tell("X12-418", f"the address of the {who} is a PO box or the like", "N301", state=state)

    def n4(self, raw: str, state: State) -> None:
        """Look at state and ZIP code where the country is the United States."""
        self.tell_all(self._known("N4", raw, self._look_at_town), state)
        if state.loop == "2010BA":
            self._address.add("N4")

    def n4_nine(self, raw: str, state: State) -> None:
        """Do as `n4`, with a ZIP code of nine digits: billing provider and service facility."""
        self.tell_all(self._known("N4 of nine", raw, self._look_at_whole_town), state)
        if state.loop == "2010AA":
            self._billing_address[1] = raw
        elif state.loop == self.FACILITY and [self._facility_street, raw] == self._billing_address:
            self.tell("X12-427", f"loop {state.loop} repeats the billing provider's address", "N301", state=state)

    def _look_at_town(self, raw: str) -> tuple[Trouble, ...]:
        return tuple(look_at_town(self._fields(raw)))

    def _look_at_whole_town(self, raw: str) -> tuple[Trouble, ...]:
        return tuple(look_at_town(self._fields(raw), whole_zip=True))

    def per(self, raw: str, state: State) -> None:
        """Look at telephone numbers, which are ten digits, and at e-mail addresses."""
        fields = self._fields(raw)
        for index in (3, 5, 7):
            kind, value, place = fields[index], fields[index + 1], f"PER{index + 1:02}"
            if kind in ("TE", "FX") and value:
                self._look_at_phone(value, place, state)
            elif kind == "EM" and value and "@" not in value:
                self.tell(
                    "X12-420", f"{place} has {size(value)} without an @; an email address expected", place, state=state
                )

    def _look_at_phone(self, phone: str, place: str, state: State) -> None:
        if not (len(phone) == 10 and phone.isascii() and phone.isdigit()):
            self.tell("X12-420", f"{place} has {size(phone)}; ten digits expected", place, state=state)
        elif phone[0] in "01":
            self.tell("X12-420", f"{place} has an area code that begins with 0 or 1", place, state=state)
        elif phone[3] in "01":
            message = f"{place} has an exchange that begins with 0 or 1"
            self.tell("X12-420", message, place, state=state, severity=Severity.WARNING)

    def prv(self, raw: str, state: State) -> None:
        """Check that the taxonomy code has the shape of such a code, in a section that exists."""
        self.tell_all(self._known("PRV", raw, self._look_at_taxonomy), state)

    def _look_at_taxonomy(self, raw: str) -> tuple[Trouble, ...]:
        code = self._fields(raw)[3]
        # The list's sections begin with 1 to 4; the package has the codes met with peer support, not the whole list.
        if code in codes.taxonomies() or (is_valid_taxonomy(code) and code[0] in "1234" and code[:2].isdigit()):
            return ()
        return (Trouble("X12-505", "PRV03", f"PRV03 has {size(code)} that are no taxonomy code in use"),)

    def ref_person(self, raw: str, state: State) -> None:
        """Look at a person's Social Security number."""
        self.tell_all(tuple(look_at_social_security(self._fields(raw))), state)

    def ref_billing(self, raw: str, state: State) -> None:
        """Look whether a tax id has nine digits."""
        fields = self._fields(raw)
        if fields[1] in ("EI", "SY") and not is_valid_tax_id(fields[2]):
            self.tell(
                "X12-509", f"REF02 has {size(fields[2])}; the nine digits of a tax id expected", "REF02", state=state
            )

    def ref_payer(self, raw: str, _state: State) -> None:
        """Note REF*G2 or LU: the payer's own id of a billing provider without an NPI."""
        self._payer_knows_provider = self._payer_knows_provider or self._fields(raw)[1] in ("G2", "LU")

    def ref_provider(self, _raw: str, state: State) -> None:
        """Note another identifier of the provider named just before."""
        if self._nameless and self._nameless[1].loop == state.loop:
            self._nameless = None

    # ---------------------------------------------------------------------------------------------- subscriber

    def sbr(self, raw: str, state: State) -> None:
        """Note rank and relationship; ask for the kind of payer, which is required."""
        fields = self._fields(raw)
        if self._open:
            # The HL before it is missing: all the same, another subscriber begins.
            self._end_hl("22")
            self._begin_subscriber()
            self._level, self._has_child, self._claims_here, self._before_claim = "22", "", 0, True
        self._sbr_number, self._rank, self._relationship = self.number, fields[1], fields[2]
        if not fields[9]:
            self.tell("X12-411", "SBR09 is empty", "SBR09", state=state)
        self._look_at_medicare(fields, state)

    def _look_at_medicare(self, fields: Sequence[str], state: State) -> None:
        if fields[9] in _MEDICARE:
            if fields[1] != "P" and not fields[5]:
                self.tell("X12-428", "SBR05 is empty, and Medicare is not the first payer", "SBR05", state=state)
            elif fields[1] == "P" and fields[5]:
                message = "SBR05 says why Medicare is not the first payer, and SBR01 that it is"
                self.tell("X12-490", message, "SBR05", state=state)
        elif fields[5] and fields[9]:
            self.tell("X12-446", "SBR05 is filled, and SBR09 is not Medicare's", "SBR05", state=state)

    def pat(self, raw: str, state: State) -> None:
        """Note the day on which the patient died."""
        fields = self._fields(raw)
        self._died = fields[6] if is_day(fields[6]) else ""
        if self._died and self._file_day and self._died > self._file_day:
            self.tell("X12-442", "PAT06, the day of death, is later than BHT04", "PAT06", state=state)

    def dmg(self, raw: str, state: State) -> None:
        """Note the birth date of the subscriber or patient."""
        day = self._fields(raw)[2]
        self._birth = day if is_day(day) else ""
        if state.loop == "2010BA":
            self._address.add("DMG")
            if self._relationship != "18" and self._file_day and self._birth > self._file_day:
                self.tell("X12-417", "the subscriber's birth date is later than BHT04", "DMG02", state=state)

    def _look_at_subscriber(self) -> None:
        if self._relationship != "18":
            message = "SBR02 is not 18 and the claim has no patient (loop 2000C)"
            self.tell("X12-412", message, "SBR02", loop="2000B", number=self._sbr_number)
            return
        if "DMG" not in self._address:
            message = "DMG is missing: the patient is the subscriber (SBR02 is 18)"
            self.tell("X12-401", message, loop="2010BA", id_="DMG")
        missing = [name for name in ("N3", "N4") if name not in self._address]
        if missing:
            names = " and ".join(missing)
            message = f"{names} missing: the patient is the subscriber (SBR02 is 18)"
            self.tell("X12-402", message, loop="2010BA", id_=missing[0])


def _look_at_names(fields: Sequence[str]) -> list[Trouble]:
    """Return the faults of NM102 to NM107: a person has a first name, an organization none."""
    if fields[2] == "1" and fields[3] and not fields[4]:
        return [Trouble("X12-438", "NM104", "NM104, the person's first name, is empty")]
    if fields[2] == "2" and (fields[4] or fields[5] or fields[7]):
        message = "NM102 is 2, an organization, and NM104 to NM107 hold a person's names"
        return [Trouble("X12-440", "NM102", message)]
    return []
