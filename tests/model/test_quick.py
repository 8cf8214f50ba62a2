"""Values that are made quickly are what attrs makes: the same value, as frozen as before."""

import copy
import inspect
import pickle
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import pytest

from peerbill.model.encounter import Encounter
from peerbill.model.frozen import FrozenMap, freeze
from peerbill.model.quick import quick


class _Row:
    """What the class below is, twice: as attrs makes it, and made quickly."""

    def __attrs_post_init__(self) -> None:
        freeze(self, "more")


@attrs.frozen
class _Slow(_Row):
    id_: str
    _hidden: int
    size: str = attrs.field(default="7", converter=int)
    more: Mapping[str, int] = attrs.field(factory=dict, hash=False)
    kind: str = attrs.field(default="row", init=False)
    note: str = attrs.field(default="", repr=False, eq=False)
    last: str = attrs.field(default="", kw_only=True)


@quick
@attrs.frozen
class _Quick(_Row):
    id_: str
    _hidden: int
    size: str = attrs.field(default="7", converter=int)
    more: Mapping[str, int] = attrs.field(factory=dict, hash=False)
    kind: str = attrs.field(default="row", init=False)
    note: str = attrs.field(default="", repr=False, eq=False)
    last: str = attrs.field(default="", kw_only=True)


@pytest.mark.parametrize(
    ("given", "named"),
    [(("R1", 2), {}), (("R1",), {"hidden": 2, "size": "9", "note": "x", "last": "y"}), (("R1", 2, "3", {"a": 1}), {})],
)
def test_a_value_has_what_attrs_gives_it(given: tuple[Any, ...], named: dict[str, Any]) -> None:
    slow, made = _Slow(*given, **named), _Quick(*given, **named)

    assert attrs.asdict(made) == attrs.asdict(slow)
    assert repr(made) == repr(slow).replace("_Slow", "_Quick")
    assert type(made) is _Quick
    assert isinstance(made.more, FrozenMap)
    assert (made, hash(made)) == (_Quick(*given, **named), hash(_Quick(*given, **named)))
    assert made == copy.copy(made) == copy.deepcopy(made) == pickle.loads(pickle.dumps(made)) == attrs.evolve(made)  # noqa: S301  # our own bytes
    assert attrs.evolve(made, id_="R2") != made


def test_a_factory_makes_a_value_for_each() -> None:
    assert _Quick("R1", 2).more == {}
    assert _Quick("R1", 2).more is not _Quick("R1", 2).more


CHANGES: Mapping[str, Callable[[Any], object]] = {
    "set": lambda row: setattr(row, "encounter_id", "E2"),
    "delete": lambda row: delattr(row, "encounter_id"),
    "another name": lambda row: setattr(row, "anything", 1),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_value_refuses_to_be_changed(change: Callable[[Any], object]) -> None:
    row = Encounter("E1")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        change(row)

    assert row == Encounter("E1")


def test_the_signature_is_that_of_attrs() -> None:
    assert inspect.signature(_Quick) == inspect.signature(_Slow)
    with pytest.raises(TypeError, match=r"_Quick\.__init__\(\) missing 1 required positional argument: 'hidden'"):
        _Quick("R1")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument 'more_yet'"):
        _Quick("R1", 2, more_yet=3)  # type: ignore[call-arg]


def test_a_subclass_makes_values_of_its_own() -> None:
    class Plain(_Quick):
        pass

    @attrs.frozen
    class Longer(_Quick):
        least: int = 0

    assert type(Plain("R1", 2)) is Plain
    assert attrs.asdict(Plain("R1", 2, "3")) == attrs.asdict(_Quick("R1", 2, "3"))
    assert Longer("R1", 2, least=4).least == 4
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Longer("R1", 2).least = 5  # type: ignore[misc]


FIELDS: Mapping[str, Any] = {
    "a validator": lambda: attrs.field(validator=attrs.validators.instance_of(str)),
    "looks at others": lambda: attrs.field(default=attrs.Factory(lambda row: row, takes_self=True)),
    "a factory that nobody overrides": lambda: attrs.field(factory=list, init=False),
}


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_what_attrs_alone_can_make_is_refused(field: Callable[[], Any]) -> None:
    with pytest.raises(TypeError, match=r"^name: expected a "):
        quick(attrs.make_class("Other", {"name": field()}, frozen=True))
