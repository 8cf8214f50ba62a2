"""The four characters that divide an X12 interchange, and nothing else."""

from typing import Self

import attrs

from peerbill.model.errors import X12Error

ISA_LENGTH = 106
"""Characters of an ISA segment with its terminator: the only segment of fixed width."""


@attrs.frozen
class Delimiters:
    """The separators of an interchange. `repetition` is "" where ISA11 holds no separator (4010 writes U there)."""

    element: str = "*"
    component: str = ":"
    repetition: str = "^"
    segment: str = "~"

    @property
    def characters(self) -> str:
        """Return all of them: what no value may contain."""
        return self.element + self.component + self.repetition + self.segment

    @property
    def are_unmistakable(self) -> bool:
        """Whether they can be nothing else: different signs, and no letter, digit, space, sign or point of a number."""
        signs = self.characters
        return len(set(signs)) == len(signs) and not any(sign.isalnum() or sign in " -." for sign in signs)

    @classmethod
    def from_isa(cls, text: str) -> Self:
        """Read the delimiters from the first 106 characters of an interchange, as ISA itself declares them.

        The element separator is at index 3, repetition at 82, component at 104, terminator at 105.
        X12Error: the text doesn't begin with a whole ISA, or two delimiters are the same or a letter, digit or space.
        """
        if not text.startswith("ISA"):
            raise X12Error("ISA: the text does not begin with ISA; it is not an X12 interchange")
        if len(text) < ISA_LENGTH:
            raise X12Error(f"ISA: {len(text)} characters found; an ISA segment has {ISA_LENGTH}")
        element, repetition, component, segment = text[3], text[82], text[104], text[105]
        if text.count(element, 0, ISA_LENGTH) != 16:
            raise X12Error("ISA: 16 elements of fixed width are expected before character 106")
        delimiters = cls(element, component, "" if repetition.isalnum() else repetition, segment)
        separators = delimiters.characters
        if len(set(separators)) < len(separators) or any(c.isalnum() or c == " " for c in separators):
            raise X12Error("ISA: the delimiters must be four different characters, none a letter, digit or space")
        return delimiters


STANDARD = Delimiters()
"""What peerbill writes, and what nearly every payer expects."""
