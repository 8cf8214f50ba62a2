"""How griffe reads our source: fields of attrs classes with their defaults, and examples in docstrings as examples."""

from itertools import groupby
from typing import Any

import griffe


def default_of(value: str | griffe.Expr | None) -> str | griffe.Expr | None:
    """Return what a field holds where nothing is given, None for a field that must be given.

    How attrs shows or compares a field (`repr`, `eq`, …) is no part of it.
    """
    if not isinstance(value, griffe.ExprCall) or str(value.function) != "attrs.field":
        return value
    given = {one.name: one.value for one in value.arguments if isinstance(one, griffe.ExprKeyword)}
    made = given.get("factory")
    return f"{made}()" if made is not None else given.get("default")


def with_examples(text: str) -> str:
    """Return a docstring in which each stretch of `>>>` lines is a section `Examples:`, as Google's style has it."""
    parts = []
    for filled, lines in groupby(text.splitlines(), key=bool):
        part = list(lines)
        if filled and part[0].startswith(">>>"):
            part = ["Examples:", *(f"    {line}" for line in part)]
        parts += part
    return "\n".join(parts)


class OurStyle(griffe.Extension):
    """Shows fields with their defaults, and examples as code."""

    def on_attribute_instance(self, *, attr: griffe.Attribute, **kwargs: Any) -> None:
        """Take the default out of `attrs.field(…)`."""
        del kwargs
        attr.value = default_of(attr.value)

    def on_instance(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        """Mark the examples of a docstring."""
        del kwargs
        if obj.docstring is not None:
            obj.docstring.value = with_examples(obj.docstring.value)
