"""Policies made for a test: files of a state that does not exist, in place of the packaged ones."""

from collections.abc import Callable

import pytest

from peerbill.policy import Policies, load, load_policies, read

Load = Callable[..., Policies]

SOURCES = """
[source.text]
title = "Manual"
kind = "primary"
url = "https://example.org/manual"
date = "2024-05"

[source.news]
title = "Newsletter"
kind = "secondary"
"""

HEADER = """
[sud]
name = "Recovery coaching"
from = 2020-01-01
source = "text p. 1"
"""


@pytest.fixture
def load_files(monkeypatch: pytest.MonkeyPatch) -> Load:
    """Load programmes of the state ZZ from texts; sources and the header of `sud` are put before each text."""

    def load_files(
        state: str = "",
        *,
        national: str = "",
        agency: str | None = None,
        header: str = HEADER,
        programmes: tuple[str, ...] = ("ZZ/sud",),
    ) -> Policies:
        packaged = read.read_policy("zz.toml", f'state = "ZZ"\n{SOURCES}{header}{state}', read.STATE)
        groups = '[diagnosis]\nMH = ["F20-F29"]\nSUD = ["F10-F19"]\n'
        floor = read.read_policy("national.toml", f"{groups}{SOURCES}{national}", read.NATIONAL)
        monkeypatch.setattr(load, "_national", lambda: floor)
        monkeypatch.setattr(load, "_packaged_state", lambda _: packaged)
        monkeypatch.setattr(load, "packaged_states", lambda: ("ZZ",))
        files = {} if agency is None else {"policies/own.toml": f'state = "ZZ"\n{SOURCES}{agency}'}
        return load_policies(programmes, files)

    return load_files
