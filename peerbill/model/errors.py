"""The errors that peerbill raises when it is misused or cannot go on.

Problems in a user's data are values (`peerbill.model.finding`), never exceptions.
"""


class PeerbillError(Exception):
    """The base of every error that peerbill raises: a sentence a biller can act on, without personal data."""


class UnusableInputError(PeerbillError):
    """A file, table, column or setting is missing or malformed, so that nothing can be audited (exit code 2)."""


class PolicyError(PeerbillError):
    """Policy files that do not load; `problems` has a line for each: `file:line: path: what. Fix`."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class NotInForceError(PeerbillError):
    """A programme was asked for on a day it does not cover; the message names the days it is known for."""


class X12Error(PeerbillError):
    """A value cannot be written in an X12 file; the message names segment, element and the fault."""


class LedgerError(PeerbillError):
    """The ledger cannot be opened, is in use, or does not agree with the files; nothing was sent."""


class DocumentError(PeerbillError):
    """A JSON document that cannot be read or written; `problems` has a line for each: `path: what. Fix`."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
