"""Mappings inside frozen values: nobody can change what others share."""

from collections.abc import Hashable, Mapping
from typing import Any, NoReturn, Self, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class FrozenMap(dict[K, V]):
    """A dictionary that refuses to be changed; it has a hash where its values have one.

    It is equal to a plain dictionary of the same content, and is pickled, copied and written as JSON like a dictionary;
    `copy()` and `|` give plain dictionaries.

    >>> FrozenMap(a=1)["a"], FrozenMap(a=1) == {"a": 1}
    (1, True)
    """

    __slots__ = ()

    @classmethod
    def of(cls, mapping: Any) -> Self:
        """Return a frozen map of a mapping: the mapping itself if it is frozen."""
        return mapping if isinstance(mapping, cls) else cls(mapping)

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("this mapping is shared and cannot be changed: change a copy of it (dict(…))")

    __setitem__ = __delitem__ = pop = popitem = clear = update = setdefault = __ior__ = _refuse

    def __hash__(self) -> int:  # type: ignore[override]  # a plain dictionary has none
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[type[Self], tuple[dict[K, V]]]:
        return type(self), (dict(self),)


def freeze(value: object, *names: str) -> None:
    """Freeze mappings that are fields of a frozen value, while it is made; a guard refuses other values."""
    for name in names:
        mapping = getattr(value, name)
        # Most are frozen already, and to ask what else is a mapping takes long.
        if type(mapping) is not FrozenMap and isinstance(mapping, Mapping):
            object.__setattr__(value, name, FrozenMap.of(mapping))
