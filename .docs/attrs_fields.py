"""Fields of attrs classes as griffe reads them: with what they hold where nothing is given, and nothing else."""

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


class AttrsFields(griffe.Extension):
    """Shows fields with their defaults."""

    def on_attribute_instance(self, *, attr: griffe.Attribute, **kwargs: Any) -> None:
        """Take the default out of `attrs.field(…)`."""
        del kwargs
        attr.value = default_of(attr.value)
