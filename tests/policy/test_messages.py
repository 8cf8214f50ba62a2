"""What the loader says of broken files: whole messages, with file and line."""

from collections.abc import Callable

import pytest

from peerbill.model.errors import PolicyError
from peerbill.policy import Policies, load_policies

Load = Callable[..., Policies]

# Line 14 is the first after this text, as in the example of the policy model.
TOP = """state = "NJ"

[source.manual]
title = "Manual"
kind = "primary"

[sud]
name = "Recovery coaching"
from = 2020-01-01
source = "manual"

# rows

"""
NO_SOURCE = 'no source. Give source = "KEY where", or status = "unconfirmed" if nobody read it'
CLASH = "and both can hold at once. Give the later one a from, or the narrower one a further condition"


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[str, ...]]:
    """Return what loading the state NJ, packaged as given, complains of."""
    from peerbill.policy import load, read  # noqa: PLC0415  # the modules, to put texts in place of files

    def said(packaged: str, national: str = "", **agency: str) -> tuple[str, ...]:
        groups = '[diagnosis]\nMH = ["F20-F29"]\nSUD = ["F10-F19"]\n'
        floor = read.read_policy("national.toml", groups + national, read.NATIONAL)
        file = read.read_policy("nj.toml", packaged, read.STATE)
        monkeypatch.setattr(load, "_national", lambda: floor)
        monkeypatch.setattr(load, "_packaged_state", lambda _: file)
        monkeypatch.setattr(load, "packaged_states", lambda: ("NJ",))
        with pytest.raises(PolicyError) as raised:
            load_policies(["NJ/sud"], {f"{name}.toml": text for name, text in agency.items()})
        assert str(raised.value) == "\n".join(raised.value.problems)
        return raised.value.problems

    return said


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        pytest.param(
            '[[sud.limit.day]]\nunits = 16\nper = "dya"\nsource = "manual"',
            "nj.toml:16: sud.limit.day, row 1, per: 'dya' is not a window; did you mean 'day'?",
            id="window",
        ),
        pytest.param(
            '[[sud.unit]]\nminutes = 15\nsoruce = "manual"',
            "nj.toml:16: sud.unit, row 1, soruce: there is no such field here; did you mean 'source'?",
            id="field",
        ),
        pytest.param("[[sud.unit]]\nminutes = 15", f"nj.toml:14: sud.unit, row 1: {NO_SOURCE}", id="no source"),
        pytest.param(
            '[[sud.unit]]\nrounding = "eight-minute"\nsource = "manual"',
            "nj.toml:15: sud.unit, row 1, rounding: 'eight-minute' is not one of down, up, midpoint, past-midpoint; "
            "write rounding = 'midpoint' and aggregate = 'day': 8 of 15 minutes make a unit",
            id="eight-minute rule",
        ),
        pytest.param(
            '[[sud.limit.day]]\nunits = 16\nhours = 4\nper = "day"\nsource = "manual"',
            "nj.toml:14: sud.limit.day, row 1: a limit counts one thing, and this gives units and hours. "
            "Write two limits",
            id="two counts",
        ),
        pytest.param(
            '[[sud.limit]]\nunits = 16\nper = "day"\nsource = "manual"',
            "nj.toml:14: sud.limit: each of these rules has a name; write [[sud.limit.NAME]]",
            id="no name",
        ),
        pytest.param(
            '[[sud.rate]]\namount = "16.87"\nsource = "manual"\n[[sud.rate]]\namount = "17.00"\nsource = "manual"',
            f"nj.toml:18: sud.rate, row 2, amount: an earlier row says 16.87 and this says 17.00, {CLASH}",
            id="second value",
        ),
        pytest.param(
            '[[sud.documentation]]\nrequire = ["gaol"]\nsource = "manual"',
            "nj.toml:15: sud.documentation, row 1, require, item 1: 'gaol' is no note element; did you mean 'goal'?",
            id="note element",
        ),
        pytest.param(
            '[[sud.limit.day]]\nunits = "16"\nper = "day"\nsource = "manual"',
            "nj.toml:15: sud.limit.day, row 1, units: a whole number is expected, and this is '16'; write units = 16",
            id="number in quotes",
        ),
        pytest.param(
            '[[sud.rate]]\namount = 16.80\nsource = "manual"',
            "nj.toml:15: sud.rate, row 1, amount: a text is expected, and this is the number 16.8; "
            'write amount = "16.80"',
            id="money as a number",
        ),
        pytest.param(
            '[[sud.unit]]\nminutes = 0\nsource = "manual"',
            "nj.toml:15: sud.unit, row 1, minutes: 1 to 1000000 is expected, and this is 0",
            id="number too small",
        ),
        pytest.param(
            '[[sud.authorization]]\nrequired = "yes"\nsource = "manual"',
            "nj.toml:15: sud.authorization, row 1, required: true or false is expected, and this is 'yes'; "
            "write required = true",
            id="yes",
        ),
        pytest.param(
            '[[sud.unit]]\nfrom = 2024-02-01\nto = 2024-01-31\nminutes = 15\nsource = "manual"',
            "nj.toml:16: sud.unit, row 1, to: 2024-01-31 is before from, 2024-02-01. Exchange them, or correct one",
            id="reversed days",
        ),
        pytest.param(
            '[[sud.unit]]\nfrom = "2024-02-01"\nminutes = 15\nsource = "manual"',
            "nj.toml:15: sud.unit, row 1, from: a date stands without quotes; write from = 2024-02-01",
            id="date in quotes",
        ),
        pytest.param(
            '[[sud.unit]]\nfrom = 2024-02-01T10:00:00\nminutes = 15\nsource = "manual"',
            "nj.toml:15: sud.unit, row 1, from: a date is expected, and this is a time; write from = 2026-01-31",
            id="time for a date",
        ),
        pytest.param(
            '[[sud.unit]]\nminutes = 15\nsource = "manaul p. 3"',
            "nj.toml:16: sud.unit, row 1, source: 'manaul' is no source of this file; did you mean 'manual'?",
            id="source",
        ),
        pytest.param(
            '[[sud.unit]]\nminutes = 15\nsource = ["manual", "letter"]',
            "nj.toml:16: sud.unit, row 1, source, item 2: 'letter' is no source of this file; "
            "give it a [source.letter]",
            id="second source",
        ),
        pytest.param(
            '[[sud.unit]]\nminutes = 15\nstatus = "sure"\nsource = "manual"',
            "nj.toml:16: sud.unit, row 1, status: 'sure' is not one of primary, secondary, unconfirmed",
            id="status",
        ),
        pytest.param(
            '[[sud.unit]]\nminutes = 15\nforce = "shuold"\nsource = "manual"',
            "nj.toml:16: sud.unit, row 1, force: 'shuold' is not one of must, should; did you mean 'should'?",
            id="force",
        ),
        pytest.param(
            '[[sud.unit]]\nunknown = ["rouding"]\nsource = "manual"',
            "nj.toml:15: sud.unit, row 1, unknown, item 1: 'rouding' is no field of this table; "
            "did you mean 'rounding'?",
            id="unknown field",
        ),
        pytest.param(
            '[[sud.unit]]\nminutes = 15\nunknown = "minutes"\nsource = "manual"',
            "nj.toml:16: sud.unit, row 1, minutes: the row gives it and says that it is unknown. Keep one",
            id="known and unknown",
        ),
        pytest.param(
            '[[sud.place]]\noff = true\nsource = "manual"',
            "nj.toml:15: sud.place, row 1, off: a list takes back its items one by one; "
            "use waive, deny, lift or unknown",
            id="off in a list",
        ),
        pytest.param(
            '[[sud.unit]]\noff = false\nsource = "manual"',
            "nj.toml:15: sud.unit, row 1, off: only true can be given here, and this is false; leave off out",
            id="not off",
        ),
        pytest.param(
            '[sud.unit]\nminutes = 15\nsource = "manual"',
            "nj.toml:14: sud.unit: rows are expected; write [[sud.unit]], with two brackets",
            id="single brackets",
        ),
        pytest.param(
            '[[sud.unit.group]]\nminutes = 15\nsource = "manual"',
            "nj.toml:14: sud.unit: these rules have no names; write [[sud.unit]]",
            id="name too many",
        ),
        pytest.param(
            '[[sud.unti]]\nminutes = 15\nsource = "manual"',
            "nj.toml:14: sud, unti: there is no such table here; did you mean 'unit'?",
            id="table",
        ),
        pytest.param(
            '[[sud.unit]]\nwhen = { chanel = "audio" }\nminutes = 15\nsource = "manual"',
            "nj.toml:15: sud.unit, row 1, when, chanel: there is no such condition; did you mean 'channel'?",
            id="condition",
        ),
        pytest.param(
            '[[sud.unit]]\nwhen = "audio"\nminutes = 15\nsource = "manual"',
            'nj.toml:15: sud.unit, row 1, when: a table is expected; write when = { service = "group" }',
            id="when",
        ),
        pytest.param(
            '[[sud.unit]]\nwhen = { channel = "phone" }\nminutes = 15\nsource = "manual"',
            "nj.toml:15: sud.unit, row 1, when, channel: 'phone' is no channel; known are in-person, video, audio",
            id="channel",
        ),
        pytest.param(
            '[[sud.unit]]\nwhen = { age = ["0-20", "adult"] }\nminutes = 15\nsource = "manual"',
            "nj.toml:15: sud.unit, row 1, when, age, item 2: 'adult' is not a range of ages; "
            "write it like '18+' or '0-20'",
            id="ages",
        ),
        pytest.param(
            '[[sud.unit]]\nwhen = { service = "gruop" }\nminutes = 15\nsource = "manual"\n'
            '[[sud.service.group]]\nhcpcs = "H0038"\nsource = "manual"',
            "nj.toml:15: sud.unit, row 1, when, service: 'gruop' is no service of this programme; "
            "did you mean 'group'?",
            id="service",
        ),
        pytest.param(
            '[[sud.population]]\ndiagnosis = "SDU"\nsource = "manual"',
            "nj.toml:15: sud.population, row 1, diagnosis, item 1: 'SDU' is no group of [diagnosis]; "
            "did you mean 'SUD'?",
            id="diagnosis",
        ),
        pytest.param(
            '[[sud.unit]]\nwhen = { region = "north" }\nminutes = 15\nsource = "manual"',
            "nj.toml:15: sud.unit, row 1, when, region: 'north' is no name in [region]; known are none",
            id="region",
        ),
        pytest.param(
            '[[sud.limit.day]]\nunits = 16\nper = "day"\nof = ["own/group"]\nsource = "manual"',
            "nj.toml:17: sud.limit.day, row 1, of, item 1: 'own' is no programme of this state; known are sud",
            id="another programme's service",
        ),
        pytest.param(
            '[[sud.limit.day]]\nthen = "deny"\nsource = "manual"',
            "nj.toml:14: sud.limit.day, row 1: no row says what the limit 'day' counts. Give it, such as units = 16",
            id="limit without a count",
        ),
        pytest.param(
            '[[sud.limit.day]]\nunits = 16\nsource = "manual"',
            "nj.toml:14: sud.limit.day, row 1: no row says per what the limit 'day' counts. Give per, such as 'day'",
            id="limit without a window",
        ),
        pytest.param(
            '[[sud.service.coaching]]\nhcpcs = "H0038"\nsource = "manual"',
            "nj.toml:14: sud.service.coaching, row 1: 'coaching' is no mode of service. Give mode, one of "
            "individual, group, family, youth, crisis, drop-in, outreach",
            id="mode",
        ),
        pytest.param(
            '[[sud.service.group]]\nhcpcs = "H038"\nsource = "manual"',
            "nj.toml:15: sud.service.group, row 1, hcpcs: 'H038' is not a procedure code such as 'H0038'",
            id="code",
        ),
        pytest.param(
            '[[sud.modifier.hq]]\nsource = "manual"',
            "nj.toml:14: sud.modifier.hq: 'hq' is not a modifier, two capital letters or digits such as 'HQ'",
            id="modifier",
        ),
        pytest.param(
            '[[sud.signature.autor]]\nsource = "manual"',
            "nj.toml:14: sud.signature.autor: 'autor' is not one of author, supervisor, member; did you mean 'author'?",
            id="role",
        ),
        pytest.param(
            '[[sud.calendar]]\nfiscal_year = "06-31"\nsource = "manual"',
            "nj.toml:15: sud.calendar, row 1, fiscal_year: '06-31' is not a month and day such as '07-01'",
            id="fiscal year",
        ),
        pytest.param(
            '[other]\nname = ""\nsource = "manual"',
            "nj.toml:15: other, name: the text is empty. Give it, or leave the key out",
            id="empty",
        ),
        pytest.param(
            '[other]\nname = "Other"\nlike = "sdu"\nsource = "manual"',
            "nj.toml:16: other, like: NJ has no programme 'sdu'; did you mean 'sud'?",
            id="like",
        ),
        pytest.param(
            '[other]\nname = "Other"\nlike = "other"\nsource = "manual"',
            "nj.toml:16: other, like: a programme cannot be like itself. Remove it",
            id="like itself",
        ),
        pytest.param(
            '[other]\nsource = "manual"', "nj.toml:14: other: a programme needs a header with a name", id="header"
        ),
        pytest.param('[other]\nname = "Other"', f"nj.toml:14: other: {NO_SOURCE}", id="header without source"),
        pytest.param(
            '[source.letter]\nurl = "x"\nkind = "primary"',
            'nj.toml:14: source.letter: no title. Give title = "…", as the document prints it',
            id="title",
        ),
        pytest.param(
            '[source.letter]\ntitle = "Letter"\nkind = "tertiary"',
            "nj.toml:16: source.letter, kind: 'tertiary' is not one of primary, secondary; did you mean 'primary'?",
            id="kind",
        ),
        pytest.param(
            '[source.letter]\ntitle = "Letter"',
            'nj.toml:14: source.letter: no kind. Give kind = "primary" for the authority\'s own text, else "secondary"',
            id="no kind",
        ),
        pytest.param(
            '[diagnosis]\nMH = ["F20-F29", "20"]',
            "nj.toml:15: diagnosis.MH, item 2: '20' is no ICD-10-CM code or range; write it like 'F10-F19'",
            id="ICD range",
        ),
        pytest.param(
            "minutes = [15",
            "nj.toml:14: this is not TOML: unclosed array. Correct the line",
            id="end of document",
        ),
        pytest.param(
            "minutes: 15",
            "nj.toml:14: this is not TOML: expected '=' after a key in a key/value pair. Correct the line",
            id="not TOML",
        ),
        pytest.param(
            "[[sud.limit.day]]\nunits = 4\n[[sud.limit]]\nunits = 16",
            "nj.toml:16: [[sud.limit]] has no name, and line 14 has one, [[sud.limit.day]]: write [[sud.limit.NAME]]",
            id="a row without its name",
        ),
        pytest.param(
            "[sud.unit]\nminutes = 15\n[[sud.unit]]\nminutes = 15",
            "nj.toml:16: [[sud.unit]] is [sud.unit] in line 14: write both with the same brackets, [[ ]] for rows and "
            "[ ] for a table that is there once",
            id="two brackets after one",
        ),
        pytest.param(
            "[[sud.unit]]\nminutes = 15\n[sud.unit]\nminutes = 15",
            "nj.toml:16: [sud.unit] is [[sud.unit]] in line 14: write both with the same brackets, [[ ]] for rows and "
            "[ ] for a table that is there once",
            id="one bracket after two",
        ),
        pytest.param(
            "[x.y]\na = 1\n[x.y]\nb = 1",
            "nj.toml:16: [x.y] is in line 14 already: move these keys there, or delete one of the two",
            id="a table twice",
        ),
        pytest.param(
            "[[sud.unit]]\nminutes = 15\nrounding = 'up'\nminutes = 15",
            "nj.toml:17: minutes is in line 15 already: keep one of the two",
            id="a key twice",
        ),
    ],
)
def test_message(said: Callable[..., tuple[str, ...]], rows: str, message: str) -> None:
    """One broken row gives one message: where, what, and what to do."""
    assert said(TOP + rows + "\n") == (message,)


def test_agency_names_no_programme_of_the_state(said: Callable[..., tuple[str, ...]]) -> None:
    """A misspelt programme in an agency's file, at the line where it first stands."""
    own = 'state = "NJ"\n[source.letter]\ntitle = "Letter"\n\n[[sub.limit.day]]\nunits = 16\n'
    own += 'per = "day"\nsource = "letter"\n'

    assert said(TOP, own=own) == (
        (
            "own.toml:5: sub: NJ has no programme 'sub'; did you mean 'sud'? "
            "A programme of your own needs a header with a name"
        ),
    )


def test_agency_misspells_a_limit(said: Callable[..., tuple[str, ...]]) -> None:
    """A rule that was meant to change another stands alone, and is found by that."""
    packaged = TOP + '[[sud.limit.day]]\nunits = 16\nper = "day"\nsource = "manual"\n'
    own = 'state = "NJ"\n[source.letter]\ntitle = "Letter"\n[[sud.limit.dya]]\nthen = "deny"\nsource = "letter"\n'

    assert said(packaged, own=own) == (
        "own.toml:4: sud.limit.dya, row 1: no row says what the limit 'dya' counts; did you mean 'day'?",
    )


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ("", 'own.toml:1: state: missing. Give the state\'s two letters, such as state = "NJ", at the top'),
        ('state = "nj"', "own.toml:1: state: two capital letters such as \"NJ\" are expected, and this is 'nj'"),
        ('state = "NJ"\nas_off = 2026-01-01', "own.toml:2: as_off: there is no such key here; did you mean 'as_of'?"),
        (
            'state = "NJ"\nas_of = "today"',
            "own.toml:2: as_of: a date is expected, and this is 'today'; write as_of = 2026-01-31",
        ),
        ('state = "NJ"\n[all]\nname = "x"', "own.toml:3: all, name: there is no such table"),
        (
            'state = "NJ"\n[region]\nnorth = 3',
            (
                "own.toml:3: region.north: a text or a list of texts is expected, and this is the number 3; "
                'write north = ["…"]'
            ),
        ),
        (
            'state = "NJ"\nsource = "x"',
            "own.toml:2: source: sources are tables; write [source.KEY] above title, url and date",
        ),
        (
            'state = "NJ"\nregion = "x"',
            'own.toml:2: region: names and lists are expected; write [region] and, below it, NAME = ["…"]',
        ),
        (
            'state = "NJ"\n["A B"]\nname = "x"',
            "own.toml:2: A B: a programme's id is made of small letters, digits and hyphens",
        ),
    ],
)
def test_top_level(said: Callable[..., tuple[str, ...]], own: str, message: str) -> None:
    """Keys of the file itself."""
    assert said(TOP, own=own + "\n") == (message,)


def test_payers_and_activities_are_checked_with_all_layers(said: Callable[..., tuple[str, ...]]) -> None:
    """An agency may use words that only the packaged files list, and no others."""
    packaged = TOP.replace('state = "NJ"', 'state = "NJ"\nactivity = ["transport"]').replace(
        "from = 2020-01-01", 'payers = ["horizon"]'
    )
    own = """state = "NJ"
[source.letter]
title = "Letter"
[[sud.exclusion]]
activity = ["transport", "lunch", "trasnport"]
source = "letter"
[[sud.unit]]
when = { payer = ["horizon", "horizont"] }
minutes = 15
source = "letter"
"""

    assert said(packaged, own=own) == (
        (
            "own.toml:5: sud.exclusion, row 1, activity, item 2: 'lunch' is no activity that these files list; "
            "known are transport"
        ),
        (
            "own.toml:5: sud.exclusion, row 1, activity, item 3: 'trasnport' is no activity that these files list; "
            "did you mean 'transport'?"
        ),
        (
            "own.toml:8: sud.unit, row 1, when, payer: 'horizont' is no payer that the programme's header lists; "
            "did you mean 'horizon'?"
        ),
    )


def test_all_problems_of_all_files_are_told(said: Callable[..., tuple[str, ...]]) -> None:
    """Packaged files first, then the agency's by name, each by line."""
    packaged = TOP + '[[sud.unit]]\nminutes = "15"\nrounding = "p"\n'
    letter = 'state = "NJ"\n[source.letter]\ntitle = "Letter"\n'

    assert said(packaged, two="?", one=letter + '[[sud.group]]\nmax = "8"\nsource = "letter"\n') == (
        "two.toml:1: this is not TOML: invalid statement. Correct the line",
        f"nj.toml:14: sud.unit, row 1: {NO_SOURCE}",
        "nj.toml:15: sud.unit, row 1, minutes: a whole number is expected, and this is '15'; write minutes = 15",
        (
            "nj.toml:16: sud.unit, row 1, rounding: 'p' is not one of down, up, midpoint, past-midpoint; "
            "did you mean 'up'?"
        ),
        "one.toml:5: sud.group, row 1, max: a whole number is expected, and this is '8'; write max = 8",
    )


ROW = '[[sud.rate]]\namount = "{}"\n{}\nsource = "manual"\n'


@pytest.mark.parametrize(
    ("first", "second", "clashes"),
    [
        ("", "", True),
        ("", "from = 2024-01-01", False),
        ("to = 2023-12-31", "", True),
        ("to = 2023-12-31", "from = 2024-01-01", False),
        ("from = 2024-01-01", "from = 2024-01-01", True),
        ("from = 2024-01-01\nto = 2024-01-31", "from = 2024-01-01\nto = 2024-03-31", True),
        ("", 'when = { channel = "audio" }', False),
        ('when = { channel = "video" }', 'when = { channel = "audio" }', False),
        ('when = { channel = ["video", "audio"] }', 'when = { channel = "audio" }', True),
        ('when = { place = "11" }', 'when = { channel = "audio" }', True),
        ('when = { diagnosis = "MH" }', 'when = { diagnosis = "SUD" }', False),
        ('when = { diagnosis = "MH" }', 'when = { diagnosis = ["SUD", "MH"] }', True),
        ('when = { diagnosis = "MH" }', 'when = { tier = "II" }', True),
        ('when = { age = "0-17" }', 'when = { age = "18+" }', False),
        ('when = { age = "0-18" }', 'when = { age = "18+" }', True),
        ('when = { age = "0-17", channel = "audio" }', 'when = { age = "18+", channel = "audio" }', False),
    ],
)
def test_second_value_for_one_situation(
    said: Callable[..., tuple[str, ...]], first: str, second: str, clashes: bool
) -> None:
    """Two rows clash where neither wins and an ordinary encounter could meet both on some day."""
    # The misspelt key makes a message in any case, so that a clash shows in the number of them.
    problems = said(TOP + ROW.format("16.87", first) + ROW.format("17.00", second) + "[[sud.group]]\nmaxx = 1\n")

    line = 15 + ROW.format("", first).count("\n")
    clash = f"nj.toml:{line}: sud.rate, row 2, amount: an earlier row says 16.87 and this says 17.00, {CLASH}"

    assert [problem for problem in problems if "an earlier row" in problem] == [clash] * clashes


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (
            '[[sud.channel]]\nallow = ["audio"]',
            '[[sud.channel]]\ndeny = ["audio"]',
            "nj.toml:17: sud.channel, row 2, audio: an earlier row says allow and this says deny, ",
        ),
        (
            '[[sud.limit.day]]\nunits = 16\nper = "day"',
            "[[sud.limit.day]]\nhours = 4",
            "nj.toml:19: sud.limit.day, row 2, hours: an earlier row says 16 units and this says 4 hours, ",
        ),
        (
            "[[sud.unit]]\nminutes = 15",
            '[[sud.unit]]\nunknown = ["minutes"]',
            "nj.toml:18: sud.unit, row 2, unknown: an earlier row says 15 and this says unknown, ",
        ),
    ],
)
def test_second_word(said: Callable[..., tuple[str, ...]], first: str, second: str, message: str) -> None:
    """Clashes of list items, of what a limit counts, and of a value with `unknown`."""
    source = '\nsource = "manual"\n'

    assert said(TOP + first + source + second + source) == (message + CLASH,)


def test_agency_files_of_one_state_are_one_layer(said: Callable[..., tuple[str, ...]]) -> None:
    """Two files of the agency that differ clash as two rows of one file do; the packaged row does not matter."""
    top = 'state = "NJ"\n[source.letter]\ntitle = "Letter"\n'
    row = '[[sud.unit]]\nminutes = {}\nsource = "{}"\n'

    assert said(TOP + row.format(15, "manual"), a=top + row.format(30, "letter"), b=top + row.format(60, "letter")) == (
        f"b.toml:5: sud.unit, row 1, minutes: an earlier row says 30 and this says 60, {CLASH}",
    )
