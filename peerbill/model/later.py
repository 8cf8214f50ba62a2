"""Modules that are imported when something of them is used: a command that needs none of it begins sooner."""

import importlib


class Later:
    """A module by its name. Type checkers are shown the module itself, under `TYPE_CHECKING`."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> object:
        """Return what the module has under a name."""
        return getattr(importlib.import_module(self._name), name)
