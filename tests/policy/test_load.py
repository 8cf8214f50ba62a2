"""Loading programmes: which files are read, who may add what, and what a programme tells of itself."""

import datetime as dt
import hashlib
import pickle
from collections.abc import Callable

import pytest

from peerbill.model.errors import PolicyError
from peerbill.policy import Facts, Policies, load_policies, packaged_programmes, packaged_states

Load = Callable[..., Policies]
DAY = dt.date(2024, 3, 1)
OWN = """
[source.contract]
title = "Contract"

[own]
name = "Our programme"
authority = "county"
payers = ["county"]
from = 2024-01-01
source = "contract"

[[own.unit]]
minutes = 15
source = "contract p. 2"
"""


def test_agency_adds_a_programme(load_files: Load) -> None:
    """A header with a name is enough; its rows are the agency's."""
    programme = load_files(agency=OWN, programmes=("ZZ/own",)).programme("ZZ/own")

    assert (programme.id, programme.state, programme.name, programme.authority) == (
        "ZZ/own",
        "ZZ",
        "Our programme",
        "county",
    )
    assert (programme.payers, programme.from_, programme.to) == (("county",), dt.date(2024, 1, 1), None)
    assert programme.rules(DAY, Facts()).unit.said["minutes"].status == "agency"


def test_agency_adds_a_state_without_packaged_policies() -> None:
    """No packaged file is needed where the agency brings its own."""
    policies = load_policies(["QQ/own"], {"qq.toml": f'state = "QQ"\n{OWN}'})

    assert policies.programme("QQ/own").rules(DAY, Facts()).unit.value.minutes == 15


def test_agency_adds_a_programme_like_a_packaged_one(load_files: Load) -> None:
    """The packaged rows lie below its own."""
    agency = OWN.replace("[own]\n", '[own]\nlike = "sud"\n')
    unit = '[[sud.unit]]\nminutes = 30\nrounding = "down"\nsource = "text"\n'
    value = load_files(unit, agency=agency, programmes=("ZZ/own",)).programme("ZZ/own").rules(DAY, Facts()).unit.value

    assert (value.minutes, value.rounding) == (15, "down")


def test_agency_changes_a_header(load_files: Load) -> None:
    """The keys that the agency gives replace the packaged ones; the others stay."""
    programme = load_files(agency='[sud]\nto = 2024-12-31\npayers = "county"\n').programme("ZZ/sud")

    assert (programme.name, programme.from_, programme.to) == (
        "Recovery coaching",
        dt.date(2020, 1, 1),
        dt.date(2024, 12, 31),
    )
    assert programme.payers == ("county",)
    assert programme.said is not None
    assert [citation.where for citation in programme.said.citations] == ["p. 1"]


def test_programmes_are_those_asked_for_once_in_order(load_files: Load) -> None:
    """Twice the same id is one programme."""
    policies = load_files(agency=OWN, programmes=("ZZ/own", "ZZ/sud", "ZZ/own"))

    assert list(policies.programmes) == ["ZZ/own", "ZZ/sud"]
    assert [programme.id for programme in policies] == ["ZZ/own", "ZZ/sud"]
    with pytest.raises(PolicyError, match=r"^ZZ/other was not loaded; loaded are ZZ/own, ZZ/sud$"):
        policies.programme("ZZ/other")


@pytest.mark.parametrize(
    ("id_", "message"),
    [
        ("ZZ/sdu", "ZZ/sdu: ZZ has no programme 'sdu'; did you mean 'sud'? Programmes of ZZ are ZZ/sud"),
        ("ZZ/peer", "ZZ/peer: ZZ has no programme 'peer'. Programmes of ZZ are ZZ/sud"),
        ("ZY/sud", "ZY/sud: there are no policies for ZY. States with policies are ZZ"),
        ("sud", "sud: a programme is written STATE/PROGRAMME. States with policies are ZZ"),
        ("ZZ/", "ZZ/: a programme is written STATE/PROGRAMME. Programmes of ZZ are ZZ/sud"),
    ],
)
def test_programme_that_is_not_there(load_files: Load, id_: str, message: str) -> None:
    """The message tells which programmes there are."""
    with pytest.raises(PolicyError) as raised:
        load_files(programmes=(id_,))

    assert raised.value.problems == (message,)


def test_only_the_files_asked_for_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other states' files stay closed."""
    from peerbill.policy import load  # noqa: PLC0415  # the module, to watch its reading

    opened = []
    packaged_state = load._packaged_state

    def watched(state: str) -> object:
        opened.append(state)
        return packaged_state(state)

    monkeypatch.setattr(load, "_packaged_state", watched)
    first, second, *_ = packaged_states()
    load_policies(packaged_programmes(first), {"own.toml": f'state = "{second}"\n{OWN}'})

    assert set(opened) == {first, second}


def test_hash_covers_all_layers(load_files: Load) -> None:
    """Any text of a programme's layers changes its hash, and nothing else does."""
    plain = load_files().programme("ZZ/sud").sha256

    assert load_files().programme("ZZ/sud").sha256 == plain
    assert len(bytes.fromhex(plain)) == hashlib.sha256().digest_size
    others = {
        load_files("# more\n").programme("ZZ/sud").sha256,
        load_files(national="# more\n").programme("ZZ/sud").sha256,
        load_files(agency="").programme("ZZ/sud").sha256,
        load_files(agency="# more\n").programme("ZZ/sud").sha256,
    }
    assert len(others | {plain}) == 5


def test_byte_order_mark_and_windows_line_ends_are_survived() -> None:
    """An agency's file may come from any editor."""
    text = "\ufeff" + f'state = "QQ"\n{OWN}'.replace("\n", "\r\n")

    assert load_policies(["QQ/own"], {"qq.toml": text}).programme("QQ/own").name == "Our programme"


@pytest.mark.parametrize(
    ("code", "groups"),
    [
        ("F10.20", {"SUD"}),
        ("F1020", {"SUD"}),
        ("f19.99", {"SUD"}),
        ("F09", set()),
        ("F20", {"MH"}),
        ("F29", {"MH"}),
        ("F30", set()),
        ("F63.0", {"gambling"}),
        ("F63.1", set()),
        ("F63", set()),
        ("", set()),
        ("Z", set()),
    ],
)
def test_diagnosis_groups(load_files: Load, code: str, groups: set[str]) -> None:
    """A code belongs to the groups whose ranges hold its beginning, with or without its dot."""
    programme = load_files('[diagnosis]\ngambling = ["F63.0"]\n').programme("ZZ/sud")

    assert programme.diagnosis_groups(code) == groups


def test_nearer_diagnosis_group_replaces_the_national_one(load_files: Load) -> None:
    """A state may say differently what a group is."""
    programme = load_files('[diagnosis]\nSUD = ["F11"]\n').programme("ZZ/sud")

    assert [programme.diagnosis_groups(code) for code in ("F11.20", "F10.20")] == [{"SUD"}, set()]


def test_policies_can_be_sent_to_another_process(load_files: Load) -> None:
    """A pickled programme gives the same rules."""
    policies = load_files('[[sud.unit]]\nwhen = { age = "18+" }\nminutes = 15\nsource = "text"\n')
    again = pickle.loads(pickle.dumps(policies))  # noqa: S301  # our own bytes

    assert (
        again.programme("ZZ/sud").rules(DAY, Facts(age=18)).unit
        == policies.programme("ZZ/sud").rules(DAY, Facts(age=18)).unit
    )


def test_packaged_programmes_are_listed() -> None:
    """Every packaged state lists programmes by id, in capitals whatever was asked; another state none."""
    for state in packaged_states():
        ids = packaged_programmes(state.lower())

        assert ids
        assert all(id_.startswith(f"{state}/") for id_ in ids)
    assert packaged_programmes("QQ") == ()
