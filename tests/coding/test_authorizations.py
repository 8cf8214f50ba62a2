"""Units of authorizations: none is used beyond its number, and none is left unused where an encounter goes without."""

import datetime as dt
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import as_billed, make_world

from peerbill.model.claim import BilledEncounter
from peerbill.model.people import Authorization

WORLD = make_world(
    {"policy": '[[peer.authorization]]\nrequired = true\nsource = "manual p. 17"\n[[peer.unit]]\nrounding = "down"\n'
     'source = "manual p. 3"\n'}
)  # fmt: skip
E1 = WORLD.records.encounters[0]
SENT = attrs.evolve(as_billed(make_world().audit().billable[0]), authorization="A0")


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(1, 6)), min_size=1, max_size=6, unique_by=lambda one: one[0]),
    st.lists(st.integers(0, 12), min_size=1, max_size=3),
    st.lists(st.integers(1, 4), max_size=2),
)
def test_units_are_used_in_order_and_never_beyond_the_number(
    contacts: list[tuple[int, int]], sizes: list[int], sent_units: list[int]
) -> None:
    """Contacts are (day, units); what the ledger holds of this payer counts first, of another payer never."""
    rows = tuple(
        Authorization("M1", "plan", f"A{number}", "H0038", (), size, dt.date(2026, 1, 1), dt.date(2026, 6, number + 1))
        for number, size in enumerate(sizes)
    )
    encounters = []
    for number, (day, units) in enumerate(contacts):
        start = dt.datetime(2026, 3, 9 + day, 9)
        end = start + dt.timedelta(minutes=15 * units)
        signed = dt.datetime(2026, 3, 20, 9)
        encounters.append(
            attrs.evolve(
                E1, encounter_id=f"V{number}", start=start, end=end, signed_at=signed, created_at=None, edited_at=None
            )
        )
    history: list[Any] = []
    for number, units in enumerate(sent_units):
        one = attrs.evolve(
            SENT,
            encounter_id=f"H{number}",
            start=dt.datetime(2026, 2, 2 + number, 9),
            end=dt.datetime(2026, 2, 2 + number, 10),
            units=units,
        )
        history += [one, attrs.evolve(one, payer="other", payer_turn=2)]
    records = attrs.evolve(WORLD.records, encounters=tuple(encounters), authorizations=rows)
    result = attrs.evolve(WORLD, records=records, history=tuple(history)).audit()

    left = {row.number: row.units or 0 for row in rows}
    left["A0"] -= sum(sent_units)
    expected: dict[str, str] = {}
    for encounter, (_, units) in sorted(
        zip(encounters, contacts, strict=True), key=lambda pair: (pair[1][0], pair[0].encounter_id)
    ):
        chosen = next((row.number for row in rows if left[row.number] >= units), "")
        if chosen:
            left[chosen] -= units
        else:
            # Nothing that comes later may use what is left of the last one: the units are passed in order.
            left[rows[-1].number] = -1
        expected[encounter.encounter_id] = chosen
    assert {one.encounter.encounter_id: one.authorization for one in result.billable} == {
        id_: chosen for id_, chosen in expected.items() if chosen
    }


def billed_under(sent: BilledEncounter, *rows: Authorization) -> list[str]:
    """Return under which authorizations the world's encounter is billed, beside one that the ledger holds."""
    world = attrs.evolve(
        WORLD,
        records=attrs.evolve(WORLD.records, authorizations=rows),
        history=(attrs.evolve(sent, authorization="A1"),),
    )
    return [one.authorization for one in world.audit().billable]


MARCH = Authorization("M1", "plan", "A1", "H0038", (), 3, dt.date(2026, 3, 1), dt.date(2026, 3, 31))
BEFORE = attrs.evolve(
    SENT, encounter_id="H1", start=dt.datetime(2026, 2, 28, 9), end=dt.datetime(2026, 2, 28, 10), units=1
)


def test_units_of_another_period_under_the_same_number_are_not_used_up() -> None:
    february = attrs.evolve(MARCH, from_=dt.date(2026, 2, 1), to=dt.date(2026, 2, 28))
    first = attrs.evolve(BEFORE, start=dt.datetime(2026, 3, 1, 9), end=dt.datetime(2026, 3, 1, 10))

    assert billed_under(BEFORE, february, MARCH) == ["A1"]
    assert billed_under(first, february, MARCH) == []


def test_units_of_other_modifiers_under_the_same_number_are_not_used_up() -> None:
    alone = attrs.evolve(MARCH, from_=dt.date(2026, 1, 1), modifiers=("HF",))
    group = attrs.evolve(BEFORE, modifiers=("HQ", "HF"))

    assert billed_under(group, alone) == ["A1"]
    assert billed_under(attrs.evolve(group, modifiers=("HF",)), alone) == []


def test_the_authorization_that_ends_first_is_used_first_whatever_its_number() -> None:
    later = attrs.evolve(MARCH, number="A0", to=dt.date(2026, 4, 30))
    endless = attrs.evolve(MARCH, number="A", to=None)
    other = attrs.evolve(BEFORE, payer="other", payer_turn=2)

    assert billed_under(other, endless, later, MARCH) == ["A1"]
    assert billed_under(other, endless, later) == ["A0"]
