"""The ordinary contact of a programme: one adult, one peer, in person, with every paper that the programme asks for.

It is what can be billed at the least: an agency is made up whose records are complete for the programme, so that what
the audit finds in the contact comes from the programme's values alone.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs

from peerbill.coding.credentials import NO_CREDENTIAL
from peerbill.coding.plans import ANY_PLAN, is_assessment
from peerbill.coding.prepare import a_diagnosis_qualifies
from peerbill.coding.questions import answer
from peerbill.intake.gate import records_from
from peerbill.model.claim import Address, BillingProvider, Contact, Party, Payer
from peerbill.model.records import Records, Settings
from peerbill.policy import Answer, Facts, Programme, Rules, Service, Status

INDIVIDUAL = "individual"
"""The service that every file gives a contact of a peer with a member."""

_ADULT = 30
_DIAGNOSES: Mapping[str, str] = {"MH": "F33.1", "SUD": "F11.20"}
_PEER, _SUPERVISOR = "S1", "S2"
_GOAL = "find work"
_BEFORE = dt.timedelta(days=14)
_SUPERVISED_WEEKS = 60
_CHARGE = Decimal("20.00")


@attrs.frozen
class Ordinary:
    """An ordinary contact of a programme: the situation in which its rules are asked, and what else the row records.

    `group` is MH or SUD, `diagnosis` a code of it; `goes_alone`: whether no facilitator need be named.
    """

    programme: Programme
    day: dt.date
    facts: Facts
    rules: Rules
    group: str
    diagnosis: str
    credential: str
    goes_alone: bool

    @property
    def service(self) -> Answer[Service] | None:
        """What the programme says of the individual service in this situation; None where no text speaks of it."""
        return self.rules.service.get(INDIVIDUAL)

    @property
    def hcpcs(self) -> str | None:
        """Its procedure code."""
        return self.service.value.hcpcs if self.service is not None else None


def has_individual(programme: Programme) -> bool:
    """Return whether some row of a programme is about an individual service, paid or not."""
    return any((row.table, row.name) == ("service", INDIVIDUAL) for row in programme.rows())


def ordinary_contacts(programme: Programme, day: dt.date) -> tuple[Ordinary, ...]:
    """Return the ordinary contacts of a programme with an individual service on a day: one for MH, one for SUD.

    Of the two, those that the programme serves, in its order. The member is 30, or as near to it as the programme
    serves; the credential and the tier are the first that it names and that suffice. What a payer, a region or a kind
    of agency changes is left out.
    """
    facts = Facts(service=INDIVIDUAL, channel="in-person", place="11", age=_ADULT, support="informational")
    population = programme.rules(day, facts).population.value
    ages = population.age
    if ages is not None and not ages.includes(_ADULT):
        facts = attrs.evolve(facts, age=ages.first if ages.first > _ADULT else ages.last)
    named = [group for group in dict.fromkeys((*population.diagnosis, *_DIAGNOSES)) if group in _DIAGNOSES]
    served = [group for group in named if a_diagnosis_qualifies(programme, population, (_DIAGNOSES[group],))]
    # Where neither qualifies, the audit says so of the first.
    return tuple(_contact(programme, day, facts, group, _DIAGNOSES[group]) for group in served or named[:1])


def _contact(programme: Programme, day: dt.date, facts: Facts, group: str, code: str) -> Ordinary:
    facts = attrs.evolve(facts, diagnosis=programme.diagnosis_groups(code))
    tier = _tier(programme.rules(day, facts))
    facts = attrs.evolve(facts, tier=tier)
    rules = programme.rules(day, facts)
    credential = _credential(rules)
    if credential:
        endorsements = rules.credential[credential].value.endorsement
        facts = attrs.evolve(facts, credential=frozenset({credential}), endorsement=frozenset(endorsements))
        rules = programme.rules(day, facts)
    allowed = rules.place.of("allow")
    if (allowed and facts.place not in allowed) or facts.place in rules.place.of("deny"):
        facts = attrs.evolve(facts, place=next(iter(allowed), facts.place))
        rules = programme.rules(day, facts)
    of_tier = rules.tier.get(tier)
    goes_alone = of_tier is None or of_tier.value.alone is not False
    return Ordinary(programme, day, facts, rules, group, code, credential, goes_alone)


def _tier(rules: Rules) -> str:
    """Return the first tier whose peers serve alone and without another's eye, else the first, "" without tiers."""

    def is_beginner(tier: str) -> bool:
        value = rules.tier[tier].value
        return value.alone is False or bool(value.overseen_by)

    return min(rules.tier, key=is_beginner, default="")


def _credential(rules: Rules) -> str:
    """Return the first credential that a text names without a doubt, else the first, "" where none is known."""

    def is_doubted(name: str) -> bool:
        authority = rules.credential[name].binding
        return authority is None or authority.status is Status.UNCONFIRMED

    return min((name for name in rules.credential if name != NO_CREDENTIAL), key=is_doubted, default="")


def complete_records(
    contact: Ordinary, minutes: Sequence[int], renderings: Sequence[str], part_units: str = "hold"
) -> Records:
    """Return the records of an agency with an ordinary contact of each length for each way to set `rendering`.

    The id of such an encounter is `encounter_id(minutes, rendering)`; each has its own member, so that none counts for
    another. `renderings` are peer, supervisor, agency, or "" where the agency has not asked; `part_units` is the
    payers'.
    """
    wanted = {f"M{number}": each for number, each in enumerate((m, r) for m in minutes for r in renderings)}
    payers = {_payer_key(rendering): _payer(contact, rendering, part_units) for rendering in renderings}
    tables: dict[str, list[dict[str, object]]] = {
        name: [] for name in ("members", "coverage", "plans", "authorizations", "assessments", "episodes", "encounters")
    }
    for number, (member, (length, rendering)) in enumerate(wanted.items()):
        start = dt.datetime.combine(contact.day, dt.time(8)) + dt.timedelta(hours=number)
        for table, rows in _of_member(contact, member, _payer_key(rendering)).items():
            tables[table] += rows
        tables["encounters"].append(_encounter(contact, member, start, length, rendering))
    enrollments = [
        {"payer": key, "from": contact.day - _BEFORE, "staff_id": person}
        for key in payers
        for person in ("", _PEER, _SUPERVISOR)
    ]
    tables["enrollments"] = enrollments if contact.rules.enrollment else []
    return records_from(Settings(_AGENCY, _SENDER, payers), {**_agency_tables(contact), **tables})


def encounter_id(minutes: int, rendering: str) -> str:
    """Return the id of an encounter of `complete_records`."""
    return f"{minutes}-{rendering or 'unasked'}"


_AGENCY = BillingProvider(
    name="Ordinary Recovery Agency",
    tax_id="381234567",
    address=Address("1 Main St", "Lansing", "MI", "489331234"),
    contact=Contact("Billing Office", "5175550100"),
    timezone="UTC",
    npi="1234567893",
    taxonomy="251S00000X",
)
_SENDER = Party("Ordinary Recovery Agency", "ORDINARY")
_RECEIVER = Party("ANY PAYER", "ANY")


def _payer_key(rendering: str) -> str:
    return f"payer-{rendering or 'unasked'}"


def _payer(contact: Ordinary, rendering: str, part_units: str) -> Payer:
    hcpcs = contact.hcpcs
    return Payer(
        key=_payer_key(rendering),
        policy=(contact.programme.id,),
        name=_RECEIVER.name,
        id=_RECEIVER.id,
        receiver=_RECEIVER,
        charges={hcpcs: _CHARGE} if hcpcs else {},
        rendering=rendering,
        part_units=part_units,
    )


def _agency_tables(contact: Ordinary) -> dict[str, list[dict[str, object]]]:
    rules, day = contact.rules, contact.day
    long_ago = day - dt.timedelta(days=400)
    tier = rules.tier.get(contact.facts.tier)
    overseers = tier.value.overseen_by if tier is not None else ()
    own = rules.credential.get(contact.credential)
    held = [contact.credential or "a-certificate"]
    endorsements: tuple[str, ...] = ()
    if own is not None:
        held += [option.split(" or ")[0] for option in own.value.also]
        endorsements = own.value.endorsement
    supervisor = rules.signature.get("supervisor")
    asked = (*rules.supervision.value.by, *(supervisor.value.by if supervisor is not None else ()))
    certificates = [(_PEER, name) for name in held]
    certificates += [(_SUPERVISOR, name) for name in dict.fromkeys(asked)]
    peer: dict[str, object] = {
        "staff_id": _PEER,
        "last_name": "Peer",
        "first_name": "Pat",
        "npi": "1245319599",
        "role": "peer",
    }
    peer |= {"supervisor_id": _SUPERVISOR, "taxonomy": "175T00000X", "tier": contact.facts.tier}
    other = {"staff_id": _SUPERVISOR, "last_name": "Super", "first_name": "Sam", "npi": "1679576722"}
    other |= {"role": "supervisor", "taxonomy": "101YA0400X", "tier": next(iter(overseers), "")}
    address = _AGENCY.address
    here: dict[str, object] = {
        "place_id": "office",
        "name": _AGENCY.name,
        "street": address.street,
        "city": address.city,
    }
    here |= {"state": address.state, "zip": address.zip, "place": contact.facts.place}
    asked_of_peer = [answer.value for answer in (tier, own) if answer is not None]
    ages = own.value.peer_age if own is not None else None
    peer["birth_date"] = dt.date(day.year - (_ADULT if ages is None else ages.first), 1, 1)
    return {
        "places": [here],
        "licenses": [
            {"kind": kind, "issued_on": long_ago, "expires_on": day + dt.timedelta(days=90)} for kind in rules.license
        ],
        "training": [
            {
                "staff_id": _PEER,
                "kind": "initial",
                "hours": 500,
                "date": long_ago,
                "curriculum": next(iter(value.curricula), ""),
                "topics": value.topics,
            }
            for value in asked_of_peer
        ],
        "staff": [
            {**peer, "hired_on": long_ago, "recovery_since": day - dt.timedelta(days=4000)},
            {**other, "hired_on": long_ago},
        ],
        "credentials": [
            {
                "staff_id": staff_id,
                "state": contact.programme.state,
                "credential": name,
                "issued_on": day - dt.timedelta(days=90),
                "expires_on": day + dt.timedelta(days=90),
                "endorsements": endorsements,
                "status": "active",
                "training_hours": 500,
                "experience_hours": 5000,
                "exam_on": long_ago,
            }
            for staff_id, name in certificates
        ],
        "supervision": [
            {
                "staff_id": _PEER,
                "supervisor_id": _SUPERVISOR,
                "date": day - dt.timedelta(weeks=week),
                "minutes": 120,
            }
            for week in range(_SUPERVISED_WEEKS)
        ],
    }


def _of_member(contact: Ordinary, member: str, payer: str) -> dict[str, list[dict[str, object]]]:
    rules, before = contact.rules, contact.day - _BEFORE
    hcpcs = contact.hcpcs
    born = contact.day.year - (_ADULT if contact.facts.age is None else contact.facts.age)
    person = {"member_id": member, "last_name": "Member", "first_name": "Max", "sex": "F", "street": "2 Main St"}
    person |= {"city": "Town", "state": _AGENCY.address.state, "zip": _AGENCY.address.zip}
    authorized = {"member_id": member, "payer": payer, "number": f"A{member}", "hcpcs": hcpcs, "units": 1000}
    return {
        "members": [{**person, "birth_date": dt.date(born, 1, 1), "release_on": before}],
        "coverage": [{"member_id": member, "payer": payer, "subscriber_id": f"100{member}", "from": before, "rank": 1}],
        "episodes": [{"member_id": member, "from": before}],
        "plans": [{"member_id": member, **plan} for plan in _plans(contact)],
        "assessments": [
            {"member_id": member, "kind": kind, "date": before, "by": _SUPERVISOR}
            for kind in rules.plan
            if is_assessment(kind)
        ],
        "authorizations": [{**authorized, "from": before, "to": contact.day + _BEFORE}] if hcpcs else [],
    }


def _plans(contact: Ordinary) -> Iterator[dict[str, object]]:
    """Yield a plan of each kind that the programme asks for; the note names the first of them."""
    before = contact.day - _BEFORE
    kinds = [kind for kind in contact.rules.plan if not is_assessment(kind) and kind != ANY_PLAN] or [ANY_PLAN]
    for number, kind in enumerate(kinds):
        yield {
            "plan_id": f"P{number}",
            "kind": kind,
            "effective_on": before,
            "expires_on": contact.day + _BEFORE,
            "signed_by": [_PEER, _SUPERVISOR, "member", "guardian"],
            "signed_on": before,
            "goals": [_GOAL],
        }


def _encounter(contact: Ordinary, member: str, start: dt.datetime, minutes: int, rendering: str) -> dict[str, object]:
    end = start + dt.timedelta(minutes=minutes)
    soon = end + dt.timedelta(minutes=5)
    row: dict[str, Any] = {
        "encounter_id": encounter_id(minutes, rendering),
        "member_id": member,
        "staff_id": _PEER,
        "service": INDIVIDUAL,
        "start": start,
        "end": end,
        "place": contact.facts.place,
        "channel": contact.facts.channel,
        "diagnoses": [contact.diagnosis],
        "support_type": contact.facts.support,
        "activity": "career planning",
        "plan_id": "P0",
        "goal": _GOAL,
        "intervention": f"Went through job postings, {minutes} minutes, {rendering or 'first'}.",
        "response": f"Chose one of them, {minutes} minutes, {rendering or 'first'}.",
        "next_step": "A call by Thursday.",
        "location": "the agency's office",
        "facilitators": [] if contact.goes_alone else [_SUPERVISOR],
        "signed_by": [_PEER],
        "created_at": end,
        "signed_at": soon,
        "cosigned_by": [_SUPERVISOR],
        "cosigned_at": soon,
        "voluntary": True,
    }
    if "units" in contact.rules.documentation.of("require"):
        possible = answer(contact.programme, contact.day, contact.facts, minutes).possible
        row["billed_units"] = next(iter(possible), 1)
    return row
