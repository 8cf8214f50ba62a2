"""What is shared cannot be changed, at any depth, and is still pickled, copied, hashed and written as JSON."""

import copy
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import attrs
import msgspec
import pytest

import peerbill
from peerbill.model.frozen import FrozenMap

T = TypeVar("T")

CHANGES: dict[str, Callable[[Any], object]] = {
    "set": lambda mapping: mapping.__setitem__("a", 2),
    "delete": lambda mapping: mapping.__delitem__("a"),
    "pop": lambda mapping: mapping.pop("a"),
    "popitem": lambda mapping: mapping.popitem(),
    "clear": lambda mapping: mapping.clear(),
    "update": lambda mapping: mapping.update(a=2),
    "setdefault": lambda mapping: mapping.setdefault("b", 2),
    "or": lambda mapping: mapping.__ior__({"a": 2}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_frozen_map_refuses_every_change(change: Callable[[Any], object]) -> None:
    mapping = FrozenMap(a=1)

    with pytest.raises(TypeError, match="cannot be changed"):
        change(mapping)
    assert mapping == {"a": 1}


def test_no_method_of_a_dictionary_that_changes_it_was_forgotten() -> None:
    read_only = {"copy", "fromkeys", "get", "items", "keys", "values"}
    public = {name for name in dir(dict) if not name.startswith("_")} - read_only

    assert {name for name in public if getattr(FrozenMap, name) is getattr(dict, name)} == set()


def parts(value: Any, path: str) -> Iterator[tuple[str, object]]:
    """Yield everything that can be reached from a value through its fields and items, with the way to it."""
    yield path, value
    if attrs.has(type(value)):
        for field in attrs.fields(type(value)):
            yield from parts(getattr(value, field.name), f"{path}.{field.name}")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from parts(item, f"{path}[{key!r}]")
    elif isinstance(value, tuple | list | set):
        for item in value:
            yield from parts(item, f"{path}[]")


def changeable(value: object, name: str) -> set[str]:
    return {
        path
        for path, part in parts(value, name)
        if isinstance(part, list | set | bytearray) or (isinstance(part, dict) and not isinstance(part, FrozenMap))
    }


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("frozen") / "workspace"
    made = peerbill.make_workspace(folder, "mn-mobile-team")
    assert made is not None
    return folder


@pytest.fixture(scope="module")
def records(workspace: Path) -> peerbill.Records:
    return peerbill.read_workspace(workspace)


@pytest.fixture(scope="module")
def policies(workspace: Path, records: peerbill.Records) -> peerbill.Policies:
    own = peerbill.read_agency_policies(workspace)
    return peerbill.load_policies(peerbill.programme_ids(records.settings), own)


def rules_of(policies: peerbill.Policies, records: peerbill.Records) -> peerbill.Rules:
    (programme, *_) = policies
    day = max(one.start for one in records.encounters if one.start).date()
    return programme.rules(day, peerbill.Facts(service="individual", channel="in-person"))


def test_nothing_within_a_shared_value_can_be_changed(records: peerbill.Records, policies: peerbill.Policies) -> None:
    (programme, *_) = policies
    day = max(one.start for one in records.encounters if one.start).date()
    facts = peerbill.Facts(service="individual", channel="in-person")

    assert changeable(records, "records") == set()
    assert changeable(policies, "policies") == set()
    assert changeable(rules_of(policies, records), "rules") == set()
    assert changeable(peerbill.answer(programme, day, facts, 37), "answer") == set()
    assert changeable(peerbill.missing_values(programme, day), "missing") == set()
    assert changeable(peerbill.audit(records, policies, day), "audit") == set()


def pickled(value: T) -> T:
    copied: T = pickle.loads(pickle.dumps(value))  # noqa: S301  # our own
    return copied


def test_settings_and_records_have_a_hash_and_survive_a_copy(records: peerbill.Records) -> None:
    settings = records.settings
    evolved = attrs.evolve(settings, payers=dict(settings.payers))

    assert hash(evolved) == hash(settings)
    assert hash(records) == hash(copy.deepcopy(records))
    for copied in (pickled(settings), copy.deepcopy(settings), copy.copy(settings), evolved):
        assert copied == settings
        assert changeable(copied, "settings") == set()
    again = msgspec.json.decode(msgspec.json.encode(records), type=peerbill.Records)
    assert again == records
    assert changeable(again, "records") == set()


def test_policies_that_were_asked_survive_a_pickle(policies: peerbill.Policies, records: peerbill.Records) -> None:
    rules = rules_of(policies, records)
    again = rules_of(pickled(policies), records)

    assert attrs.asdict(again, recurse=False) == attrs.asdict(rules, recurse=False)
    assert changeable(again, "rules") == set()


def test_a_tax_id_is_not_shown(records: peerbill.Records) -> None:
    assert records.settings.organization.tax_id not in repr(records.settings)
