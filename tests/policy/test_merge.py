"""How rows merge: by layer, conditions and first day; settings, named rules and lists."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from peerbill.model.errors import NotInForceError
from peerbill.model.finding import Citation
from peerbill.policy import Authority, Facts, Limit, Listing, Policies, Rules, Service, Status, Unit
from peerbill.policy.phrases import Ages, Deadline, Window

Load = Callable[..., Policies]
NOBODY = Facts()
SPRING = dt.date(2024, 3, 1)


def on(policies: Policies, day: dt.date | str = SPRING, **facts: Any) -> Rules:
    day = dt.date.fromisoformat(day) if isinstance(day, str) else day
    return policies.programme("ZZ/sud").rules(day, attrs.evolve(NOBODY, **facts))


def words(listing: Listing) -> dict[str, set[str]]:
    return {verb: set(items) for verb, items in listing.words.items()}


UNIT = """
[[sud.unit]]
minutes = 15
rounding = "down"
source = "text p. 2"
"""


def test_value_keeps_the_row_that_said_it(load_files: Load) -> None:
    """Each value of a merged answer cites its own row; what nobody says has no entry."""
    answer = on(
        load_files(
            UNIT,
            agency='[[sud.unit]]\nrounding = "up"\nforce = "should"\nnote = "by letter"\nsource = "text p. 9"',
        )
    ).unit
    url = "https://example.org/manual"
    theirs = Authority(
        Status.PRIMARY, (Citation("Manual", url, "2024-05", "primary", "p. 2"),), "must", "", "zz.toml: sud.unit"
    )
    ours = Authority(
        Status.AGENCY,
        (Citation("Manual", url, "2024-05", "agency", "p. 9"),),
        "should",
        "by letter",
        "policies/own.toml: sud.unit",
    )

    assert answer.value == Unit(minutes=15, rounding="up")
    assert answer.said == {"minutes": theirs, "rounding": ours}
    assert (answer.unknown, answer.conflict, answer.row) == ({}, {}, ours)


def test_layers_speak_nearest_first(load_files: Load) -> None:
    """National, state-wide, parent, programme, agency: each covers the ones before it, value by value."""

    def rule(programme: str, **values: int) -> str:
        return f"[[{programme}.group]]\n" + "\n".join(f"{k} = {v}" for k, v in values.items()) + '\nsource = "text"\n'

    national = rule("all", min=1, max=1, per_facilitator=1)
    state = rule("all", min=2, max=2)
    parent = '[pss]\nname = "Parent"\nsource = "text"\n' + rule("pss", min=3)
    header = '[sud]\nname = "Child"\nlike = "pss"\nsource = "text"\n'
    child = rule("sud", min=4)
    agency = rule("sud", min=5)

    def group(*texts: str, own: str | None = None) -> tuple[int | None, ...]:
        return attrs.astuple(on(load_files("".join(texts), national=national, agency=own, header=header)).group.value)

    assert group(parent.replace("min = 3", "max = 3")) == (1, 3, 1)
    assert group(state, parent) == (3, 2, 1)
    assert group(state, parent, child) == (4, 2, 1)
    assert group(state, parent, child, own=agency) == (5, 2, 1)
    assert group(state, parent, child, own=rule("all", max=6)) == (4, 6, 1)
    assert group(state, parent, child, own=rule("pss", min=7, per_facilitator=7)) == (4, 2, 7)
    assert group(state, parent, child, own=rule("all", min=8) + rule("sud", min=9)) == (9, 2, 1)


def test_rows_of_a_parent_are_named_so(load_files: Load) -> None:
    """Every row tells its layer, the weakest first."""
    state = '[pss]\nname = "Parent"\nsource = "text"\n' + UNIT.replace("sud", "pss") + UNIT.replace("sud", "all") + UNIT
    header = '[sud]\nname = "Child"\nlike = "pss"\nsource = "text"\n'
    rows = load_files(state, national=UNIT.replace("sud", "all"), agency=UNIT, header=header).programme("ZZ/sud").rows()

    assert [(row.layer, row.path, row.file) for row in rows] == [
        ("national", "all.unit", "national.toml"),
        ("state", "all.unit", "zz.toml"),
        ("parent", "pss.unit", "zz.toml"),
        ("programme", "sud.unit", "zz.toml"),
        ("agency", "sud.unit", "policies/own.toml"),
    ]


def test_nearer_beats_narrower(load_files: Load) -> None:
    """State-wide weekly for new peers, and the programme's monthly for everyone: monthly."""
    weekly = '[[all.supervision]]\nwhen = { tier = "initial" }\nevery = "week"\nsource = "text"\n'
    monthly = '[[sud.supervision]]\nevery = "month"\nsource = "text"\n'

    assert on(load_files(weekly), tier="initial").supervision.value.every == Window.parse("week")
    assert on(load_files(weekly + monthly), tier="initial").supervision.value.every == Window.parse("month")


def test_narrower_beats_later(load_files: Load) -> None:
    """In one layer the row with more conditions wins, and then the later one."""
    rules = load_files("""
[[sud.rate]]
when = { service = "group" }
amount = "5.00"
per = "unit"
source = "text"
[[sud.rate]]
from = 2024-07-01
amount = "18.77"
source = "text"
[[sud.rate]]
from = 2024-01-01
amount = "18.22"
per = "unit"
source = "text"
[[sud.service.group]]
hcpcs = "H0038"
source = "text"
""")

    assert on(rules, "2024-08-01", service="group").rate.value.amount == "5.00"
    assert on(rules, "2024-08-01").rate.value.amount == "18.77"
    assert on(rules, "2024-07-01").rate.value.amount == "18.77"
    assert on(rules, "2024-06-30").rate.value.amount == "18.22"
    assert on(rules, "2023-12-31").rate.value.amount is None
    assert on(rules, "2024-08-01").rate.value.per == "unit"


def test_temporary_row_needs_no_end_on_the_permanent_one(load_files: Load) -> None:
    """Audio allowed for two years over an older refusal, which returns by itself."""
    policies = load_files("""
[[sud.channel]]
allow = ["video"]
deny = ["audio"]
source = "text"
[[sud.channel]]
from = 2021-07-01
to = 2023-06-30
allow = ["audio"]
source = "text"
""")
    refused = {"allow": {"video"}, "deny": {"audio"}}

    assert words(on(policies, "2021-06-30").channel) == refused
    assert words(on(policies, "2021-07-01").channel) == {"allow": {"video", "audio"}}
    assert words(on(policies, "2023-06-30").channel) == {"allow": {"video", "audio"}}
    assert words(on(policies, "2023-07-01").channel) == refused


def test_exception_outlives_a_later_general_row(load_files: Load) -> None:
    """A narrower row of the same layer goes on until its own end."""
    text = """
[[sud.unit]]
when = { channel = "audio" }
to = 2024-12-31
rounding = "up"
source = "text"
[[sud.unit]]
from = 2024-06-01
rounding = "down"
source = "text"
"""
    policies = load_files(text)

    assert on(policies, "2024-06-01", channel="audio").unit.value.rounding == "up"
    assert on(policies, "2024-12-31", channel="audio").unit.value.rounding == "up"
    assert on(policies, "2025-01-01", channel="audio").unit.value.rounding == "down"
    assert on(policies, "2024-06-01", channel="video").unit.value.rounding == "down"


def test_unknown_covers_what_outer_layers_say(load_files: Load) -> None:
    """A field that the nearer text leaves open has no value, and the row tells what is missing."""
    unsaid = '[[sud.unit]]\nunknown = ["rounding"]\nnote = "no word on part units"\nsource = "text p. 3"\n'
    outer = UNIT.replace("sud", "all")
    answer = on(load_files(outer + unsaid)).unit

    assert answer.value == Unit(minutes=15)
    assert set(answer.said) == {"minutes"}
    assert {field: said.note for field, said in answer.unknown.items()} == {"rounding": "no word on part units"}
    settled = on(load_files(outer + unsaid, agency='[[sud.unit]]\nrounding = "up"\nsource = "text"')).unit
    assert (settled.value, settled.unknown) == (Unit(minutes=15, rounding="up"), {})


def test_off_forgets_weaker_rows(load_files: Load) -> None:
    """A named rule or setting that is off is gone, until its end; stronger rows and other names stand."""
    state = """
[[sud.limit.day]]
units = 16
per = "day"
source = "text"
[[sud.limit.week]]
hours = 20
per = "week"
source = "text"
[[sud.supervision]]
every = "week"
source = "text"
"""
    off = '[[sud.limit.day]]\nto = 2024-06-30\noff = true\nsource = "text"\n'
    off += '[[sud.supervision]]\noff = true\nsource = "text"\n'
    narrower = '[[sud.limit.day]]\nwhen = { channel = "audio" }\nunits = 4\nper = "day"\nsource = "text"\n'
    policies = load_files(state, agency=off + narrower)

    assert set(on(policies, "2024-06-30").limit) == {"week"}
    assert set(on(policies, "2024-07-01").limit) == {"week", "day"}
    assert on(policies, "2024-06-30", channel="audio").limit["day"].value == Limit(units=4, per=Window.parse("day"))
    assert on(policies).supervision.row is None
    assert on(policies).supervision.value.every is None
    assert on(load_files(state)).supervision.row is not None


def test_off_with_values_starts_anew(load_files: Load) -> None:
    """A row may take everything back and say something else in one breath."""
    agency = '[[sud.unit]]\noff = true\nminutes = 30\nsource = "text"\n'

    assert on(load_files(UNIT, agency=agency)).unit.value == Unit(minutes=30)


def test_bare_row_is_there(load_files: Load) -> None:
    """A credential or supervision without values is required by standing there; without a row it is not."""
    bare = '[[sud.credential.CPRS]]\nstatus = "unconfirmed"\nnote = "unread"\n[[sud.supervision]]\nsource = "text"\n'
    rules = on(load_files(bare))

    assert rules.supervision.row is not None
    assert rules.supervision.said == {}
    assert rules.credential["CPRS"].row == Authority(
        Status.UNCONFIRMED, (), "must", "unread", "zz.toml: sud.credential.CPRS"
    )
    without = on(load_files())
    assert (without.supervision.row, dict(without.credential)) == (None, {})


def test_a_limit_counts_one_thing(load_files: Load) -> None:
    """A nearer limit in hours takes the place of one in units, and keeps its window."""
    state = '[[sud.limit.week]]\nunits = 80\nper = "week"\nof = ["group"]\nsource = "text"\n'
    state += '[[sud.service.group]]\nhcpcs = "H0038"\nsource = "text"\n'
    agency = '[[sud.limit.week]]\nhours = 10\nsource = "text"\n'

    assert on(load_files(state, agency=agency)).limit["week"].value == Limit(
        hours=10, per=Window.parse("week"), of=("group",)
    )


def test_list_value_is_replaced_whole(load_files: Load) -> None:
    """The modifiers of the stronger row stand alone, even where it gives none."""
    state = '[[sud.service.group]]\nhcpcs = "H0038"\nmodifiers = ["HF", "HQ"]\nsource = "text"\n'
    one = '[[sud.service.group]]\nmodifiers = ["HQ"]\nsource = "text"\n'
    none = '[[sud.service.group]]\nmodifiers = []\nsource = "text"\n'

    assert on(load_files(state)).service["group"].value.modifiers == ("HF", "HQ")
    assert on(load_files(state, agency=one)).service["group"].value == Service(
        hcpcs="H0038", modifiers=("HQ",), mode="group"
    )
    assert on(load_files(state, agency=none)).service["group"].value.modifiers == ()


def test_mode_of_a_service_is_its_name_unless_told(load_files: Load) -> None:
    """`individual` has that mode; `specialized` says which."""
    services = on(
        load_files("""
[[sud.service.individual]]
hcpcs = "H0038"
source = "text"
[[sud.service.specialized]]
mode = "individual"
hcpcs = "H0038"
source = "text"
""")
    ).service

    assert {name: answer.value.mode for name, answer in services.items()} == {
        "individual": "individual",
        "specialized": "individual",
    }
    assert "mode" not in services["individual"].said


def test_list_items_add_up_and_the_strongest_word_counts(load_files: Load) -> None:
    """Elements of all layers are required; the nearer one waives, and a later row requires again."""
    policies = load_files(
        """
[[all.documentation]]
require = ["date", "goal", "plan"]
source = "text p. 1"
[[sud.documentation]]
require = ["goal", "response"]
waive = ["plan"]
source = "text p. 2"
[[sud.documentation]]
from = 2025-01-01
require = ["plan"]
source = "text p. 3"
""",
        agency='[[sud.documentation]]\nunknown = ["response"]\nnote = "asked the payer"\n',
    )
    before, after = on(policies, "2024-12-31").documentation, on(policies, "2025-01-01").documentation

    assert words(before) == {"require": {"date", "goal"}, "waive": {"plan"}}
    assert words(after) == {"require": {"date", "goal", "plan"}}
    assert {item: said.citations[0].where for item, said in before.of("require").items()} == {
        "date": "p. 1",
        "goal": "p. 2",
    }
    assert {item: said.note for item, said in before.unknown.items()} == {"response": "asked the payer"}


def test_exclusion_is_lifted_by_name(load_files: Load) -> None:
    """`lift` takes back one exclusion of one kind; the same word of another kind stays."""
    state = '[[all.exclusion]]\nstay = ["imd", "residential"]\nenrolled = ["imd"]\nsame_day = ["*"]\nsource = "text"\n'
    lift = '[[sud.exclusion]]\nlift = ["stay:imd"]\nsource = "text"\n'

    assert words(on(load_files(state)).exclusion) == {
        "stay": {"imd", "residential"},
        "enrolled": {"imd"},
        "same_day": {"*"},
    }
    assert words(on(load_files(state + lift)).exclusion) == {
        "stay": {"residential"},
        "enrolled": {"imd"},
        "same_day": {"*"},
        "lift": {"stay:imd"},
    }


@pytest.mark.parametrize(
    ("unknown", "left"),
    [
        ("stay:imd", {"stay": {"residential"}, "enrolled": {"imd"}}),
        ("imd", {"stay": {"residential"}}),
        ("stay", {"enrolled": {"imd"}}),
    ],
)
def test_unknown_of_exclusions(load_files: Load, unknown: str, left: dict[str, set[str]]) -> None:
    """What is not known may be one exclusion, one thing whatever it excludes, or a whole kind."""
    state = '[[all.exclusion]]\nstay = ["imd", "residential"]\nenrolled = ["imd"]\nsource = "text"\n'
    exclusion = on(load_files(f'{state}[[sud.exclusion]]\nunknown = "{unknown}"\nnote = "unread"\n')).exclusion

    assert words(exclusion) == left
    assert set(exclusion.unknown) == {unknown}


def test_unknown_of_a_verb_covers_its_items(load_files: Load) -> None:
    """A text that no longer says which places are allowed leaves the refusals standing."""
    state = '[[all.place]]\nallow = ["11", "53"]\ndeny = ["99"]\nsource = "text"\n'
    place = on(load_files(state + '[[sud.place]]\nunknown = ["allow"]\nnote = "unread"\n')).place

    assert words(place) == {"deny": {"99"}}


TIE = """
[[sud.rate]]
when = { diagnosis = "MH" }
amount = "10.00"
per = "unit"
source = "text"
[[sud.rate]]
when = { diagnosis = "SUD" }
amount = "12.00"
per = "unit"
source = "text"
[[sud.documentation]]
when = { diagnosis = "MH" }
require = ["goal"]
source = "text"
[[sud.documentation]]
when = { diagnosis = "SUD" }
waive = ["goal"]
source = "text"
[[sud.limit.day]]
when = { diagnosis = "MH" }
units = 16
per = "day"
source = "text"
[[sud.limit.day]]
when = { diagnosis = "SUD" }
hours = 3
per = "day"
source = "text"
"""


def test_tie_of_an_unusual_situation_has_no_value(load_files: Load) -> None:
    """A member with both diagnoses meets two rows that differ; one with either gets that row's value."""
    policies = load_files(TIE)
    both = on(policies, diagnosis=frozenset({"MH", "SUD"}))

    assert (both.rate.value.amount, both.rate.value.per) == (None, "unit")
    assert both.rate.conflict == {"amount": "rate.amount is 10.00 or 12.00: two rows hold here and neither is narrower"}
    assert set(both.rate.said) == {"per"}
    assert words(both.documentation) == {}
    assert [said.note for said in both.documentation.unknown.values()] == [
        "documentation goal is require or waive: two rows hold here and neither is narrower"
    ]
    assert both.limit["day"].conflict == {
        "units": "limit.units is 16 units or 3 hours: two rows hold here and neither is narrower",
        "hours": "limit.hours is 16 units or 3 hours: two rows hold here and neither is narrower",
    }
    assert both.limit["day"].value == Limit(per=Window.parse("day"))
    assert on(policies, diagnosis=frozenset({"MH"})).rate.value.amount == "10.00"
    assert on(policies, diagnosis=frozenset({"SUD"})).rate.value.amount == "12.00"
    assert on(policies).rate.value.amount is None


def test_tie_that_agrees_has_a_value(load_files: Load) -> None:
    """Two rows that say the same are no conflict."""
    policies = load_files(TIE.replace("12.00", "10.00"))

    assert on(policies, diagnosis=frozenset({"MH", "SUD"})).rate.value.amount == "10.00"


def test_nearer_layer_settles_a_tie(load_files: Load) -> None:
    """The agency's row ends the dispute."""
    policies = load_files(TIE, agency='[[sud.rate]]\namount = "11.00"\nsource = "text"\n')
    rate = on(policies, diagnosis=frozenset({"MH", "SUD"})).rate

    assert (rate.value.amount, rate.conflict) == ("11.00", {})


@pytest.mark.parametrize(
    ("when", "meets", "misses"),
    [
        ('service = "group"', {"service": "group"}, {"service": "individual"}),
        ('hcpcs = ["H0038", "S9482"]', {"hcpcs": "S9482"}, {"hcpcs": "H0039"}),
        ('channel = "audio"', {"channel": "audio"}, {"channel": "video"}),
        ('place = ["11", "53"]', {"place": "53"}, {"place": "12"}),
        ('tier = "initial"', {"tier": "initial"}, {"tier": "full"}),
        ('credential = "A"', {"credential": frozenset({"A", "B"})}, {"credential": frozenset({"B"})}),
        ('endorsement = "A"', {"endorsement": frozenset({"A", "B"})}, {"endorsement": frozenset({"B"})}),
        ('diagnosis = "SUD"', {"diagnosis": frozenset({"SUD", "MH"})}, {"diagnosis": frozenset({"MH"})}),
        ('age = "18+"', {"age": 18}, {"age": 17}),
        ('age = ["0-2", "12-17"]', {"age": 12}, {"age": 11}),
        ('support = "instrumental"', {"support": "instrumental"}, {"support": "emotional"}),
        ('payer = "one"', {"payer": "one"}, {"payer": "two"}),
        ('region = "north"', {"region": "north"}, {"region": "south"}),
        ('provider = "245G"', {"provider": "245G"}, {"provider": "county"}),
    ],
)
def test_conditions(load_files: Load, when: str, meets: dict[str, Any], misses: dict[str, Any]) -> None:
    """A row holds where its condition is met; nothing that is unknown meets one."""
    policies = load_files(f"""
[region]
north = ["A"]
[[sud.service.group]]
hcpcs = "H0038"
source = "text"
[[sud.unit]]
when = {{ {when} }}
minutes = 15
source = "text"
""")

    assert on(policies, **meets).unit.value.minutes == 15
    assert on(policies, **misses).unit.value.minutes is None
    assert on(policies).unit.value.minutes is None
    assert policies.programme("ZZ/sud").conditions == {when.partition(" ")[0]}


def test_all_conditions_must_hold(load_files: Load) -> None:
    """Two conditions in one row are both needed."""
    policies = load_files('[[sud.unit]]\nwhen = { channel = "audio", age = "18+" }\nminutes = 15\nsource = "text"\n')

    assert on(policies, channel="audio", age=18).unit.value.minutes == 15
    assert on(policies, channel="audio", age=17).unit.value.minutes is None
    assert on(policies, age=18).unit.value.minutes is None


def test_code_of_the_service_is_a_fact(load_files: Load) -> None:
    """Where a row asks for the code, it is taken from the service unless it is given."""
    policies = load_files("""
[[sud.service.individual]]
hcpcs = "H0038"
source = "text"
[[sud.service.crisis]]
hcpcs = "S9482"
source = "text"
[[sud.unit]]
when = { hcpcs = "S9482" }
minutes = 15
source = "text"
""")

    assert on(policies, service="crisis").unit.value.minutes == 15
    assert on(policies, service="individual").unit.value.minutes is None
    assert on(policies, service="individual", hcpcs="S9482").unit.value.minutes == 15


def test_programme_is_in_force_from_its_first_to_its_last_day(load_files: Load) -> None:
    """Before and after the header's days there are no rules, and the message tells the days."""
    header = '[sud]\nname = "S"\nfrom = 2025-03-01\n{}source = "text"\n'
    open_ended = load_files(UNIT, header=header.format("")).programme("ZZ/sud")
    ended = load_files(UNIT, header=header.format("to = 2025-12-31\n")).programme("ZZ/sud")
    closed = load_files(UNIT, header='[sud]\nname = "S"\nto = 2025-12-31\nsource = "text"\n').programme("ZZ/sud")

    assert open_ended.rules(dt.date(2025, 3, 1), NOBODY).unit.value.minutes == 15
    assert ended.rules(dt.date(2025, 12, 31), NOBODY).unit.value.minutes == 15
    for programme, day, known in (
        (open_ended, dt.date(2025, 2, 28), "from 2025-03-01"),
        (ended, dt.date(2026, 1, 1), "from 2025-03-01 to 2025-12-31"),
        (closed, dt.date(2026, 1, 1), "to 2025-12-31"),
    ):
        with pytest.raises(NotInForceError, match=f"^ZZ/sud is not in force on {day}; known {known}$"):
            programme.rules(day, NOBODY)


def test_stretches_cover_the_programme(load_files: Load) -> None:
    """The policy changes where a row begins and the day after one ends, within the programme's days."""
    programme = load_files(
        '[[sud.unit]]\nfrom = 2021-01-01\nto = 2021-12-31\nminutes = 15\nsource = "text"\n'
        '[[sud.group]]\nfrom = 2019-01-01\nmax = 8\nsource = "text"\n'
    ).programme("ZZ/sud")

    assert programme.stretches() == (
        (dt.date(2020, 1, 1), dt.date(2020, 12, 31)),
        (dt.date(2021, 1, 1), dt.date(2021, 12, 31)),
        (dt.date(2022, 1, 1), dt.date.max),
    )


def test_phrases_are_parsed(load_files: Load) -> None:
    """Fields of time are objects, and one deadline or several make a list."""
    rules = on(
        load_files("""
[[sud.population]]
age = "18+"
source = "text"
[[sud.filing]]
within = "12 months after first service"
resubmit_within = ["12 months after service", "60 days after notice"]
source = "text"
[[sud.credential.CPSS]]
formerly = "CPS"
states = ["WA", "OR"]
source = "text"
""")
    )

    assert rules.population.value.age == Ages(18)
    assert rules.filing.value.within == (Deadline(12, "month", "first service"),)
    assert rules.filing.value.resubmit_within == (
        Deadline(12, "month", "service"),
        Deadline(60, "day", "notice"),
    )
    assert rules.credential["CPSS"].value.formerly == ("CPS",)
    assert rules.credential["CPSS"].value.states == ("WA", "OR")


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ('source = "text"', Status.PRIMARY),
        ('source = "news"', Status.SECONDARY),
        ('source = ["text p. 1", "news"]', Status.PRIMARY),
        ('source = "text"\nstatus = "secondary"', Status.SECONDARY),
        ('source = "text"\nstatus = "unconfirmed"', Status.UNCONFIRMED),
        ('status = "unconfirmed"', Status.UNCONFIRMED),
    ],
)
def test_status_comes_from_the_source_unless_given(load_files: Load, row: str, status: Status) -> None:
    """A packaged row has its first source's kind; an agency's row is the agency's, unless nobody confirmed it."""
    text = f"[[sud.unit]]\nminutes = 15\n{row}\n"
    agency = Status.UNCONFIRMED if status is Status.UNCONFIRMED else Status.AGENCY

    assert on(load_files(text)).unit.said["minutes"].status is status
    assert on(load_files(agency=text)).unit.said["minutes"].status is agency


def test_nobody_can_change_what_others_are_answered(load_files: Load) -> None:
    rules = on(load_files(UNIT + '[[sud.service.individual]]\nhcpcs = "H0038"\nsource = "text p. 3"\n'))
    mappings = [rules.service, rules.credential, rules.unit.said, rules.unit.unknown, rules.unit.conflict]
    mappings += [rules.place.words, rules.place.unknown, rules.place.of("allow"), rules.exclusion.of("same_day")]

    for mapping in mappings:
        with pytest.raises(TypeError, match="cannot be changed"):
            mapping["individual"] = None  # type: ignore[index]


def test_diagnoses_that_were_asked_about_are_not_kept_without_end(
    load_files: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("peerbill.policy.resolve.MOST_KEPT", 3)
    programme = load_files(UNIT + '[diagnosis]\nSUD = ["F10-F19"]\n').programme("ZZ/sud")
    asked = ["F11.20", "F1120", "F33.1", "f12", "F11.20"]

    assert [set(programme.diagnosis_groups(code)) for code in asked] == [{"SUD"}, {"SUD"}, set(), {"SUD"}, {"SUD"}]
    assert len(programme._groups_of) == 2


def test_situations_that_were_asked_about_are_not_kept_without_end(
    load_files: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("peerbill.policy.resolve.MOST_KEPT", 3)
    text = UNIT + '[[sud.unit]]\nwhen = { service = ["group"] }\nminutes = 60\nsource = "text p. 3"\n'
    policies = load_files(f'{text}[[sud.service.group]]\nhcpcs = "H0038"\nsource = "text p. 3"\n')
    asked = ["individual", "group", "typed", "too", "group"]

    assert [on(policies, service=name).unit.value.minutes for name in asked] == [15, 60, 15, 15, 60]
    assert len(policies.programme("ZZ/sud")._by_facts) == 2
