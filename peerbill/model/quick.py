"""Frozen values that are made as fast as changeable ones, for the classes of which a run makes one for each row."""

from typing import Any, TypeVar

import attrs

T = TypeVar("T")


def quick(class_: type[T]) -> type[T]:
    """Return a class of `attrs.frozen`, with an `__init__` that does the same in a third of the time.

    A frozen class fills in each field with a call, since it refuses to be changed. Here a value is of a changeable
    class while it is filled in, and of its own from then on. A subclass makes its values as it did before. Raises
    TypeError for a class with a validator, or with a default that looks at other fields.
    """
    changeable = type(
        class_.__name__,
        (class_,),
        {
            "__slots__": (),
            "__module__": class_.__module__,
            "__setattr__": object.__setattr__,
            "__delattr__": object.__delattr__,
        },
    )
    slowly = class_.__init__
    known: dict[str, Any] = {
        "Own": class_,
        "Changeable": changeable,
        "change": object.__setattr__,
        "slowly": slowly,
        "NOTHING": attrs.NOTHING,
    }
    taken: list[str] = []
    named: list[str] = []
    lines: list[str] = []
    for field in attrs.fields(class_):  # type: ignore[arg-type]  # a class of attrs
        (named if field.kw_only else taken).extend(_parameter(field, known))
        lines.append(f"    self.{field.name} = {_value(field, known)}")
    names = [name.partition("=")[0] for name in (*taken, *named)]
    source = [
        f"def __init__({', '.join(('self', *taken, *(('*', *named) if named else ())))}):",
        "    if self.__class__ is not Own:",
        f"        return slowly(self, {', '.join(f'{name}={name}' for name in names)})",
        "    change(self, '__class__', Changeable)",
        *lines,
        "    self.__class__ = Own",
    ]
    if hasattr(class_, "__attrs_post_init__"):
        source.append("    self.__attrs_post_init__()")
    exec("\n".join(source), known)  # noqa: S102  # the text has the names of a class's fields and nothing else
    made = known["__init__"]
    made.__qualname__ = slowly.__qualname__
    made.__module__ = slowly.__module__
    made.__annotations__ = slowly.__annotations__
    class_.__init__ = made  # type: ignore[method-assign]
    return class_


def _parameter(field: "attrs.Attribute[Any]", known: dict[str, Any]) -> tuple[str, ...]:
    """Return what `__init__` takes for a field, and give a default its name."""
    if field.validator is not None:
        raise TypeError(f"{field.name}: expected a field without a validator")
    default: Any = field.default
    if default is attrs.NOTHING:
        return (str(field.alias),)
    known[f"default_{field.name}"] = default
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type]  # a class, though typed as a function
        if default.takes_self or not field.init:
            raise TypeError(f"{field.name}: expected a default that does not look at other fields")
        known[f"make_{field.name}"] = default.factory
        return (f"{field.alias}=NOTHING",)
    return (f"{field.alias}=default_{field.name}",) if field.init else ()


def _value(field: "attrs.Attribute[Any]", known: dict[str, Any]) -> str:
    """Return the expression for the value of a field."""
    value = str(field.alias) if field.init else f"default_{field.name}"
    if f"make_{field.name}" in known:
        value = f"make_{field.name}() if {value} is NOTHING else {value}"
    if field.converter is not None:
        known[f"convert_{field.name}"] = field.converter
        value = f"convert_{field.name}({value})"
    return value
