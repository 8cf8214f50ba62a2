"""A file that is given twice would count twice."""

from pathlib import Path

import pytest

from peerbill.claim_audit.copies import refuse_copies
from peerbill.claim_audit.reading import read_files
from peerbill.model.errors import UnusableInputError


def test_the_same_file_under_two_names_is_refused(tmp_path: Path) -> None:
    for name, text in (("a.837", "ISA*1~"), ("b.835", "ISA*2~"), ("copy of a.837", "ISA*1~"), ("c.837", "ISA*1~\n")):
        (tmp_path / name).write_text(text)
    paths = [tmp_path / name for name in ("a.837", "b.835", "copy of a.837")]

    with pytest.raises(UnusableInputError) as refused:
        read_files(paths, lambda _: True)

    assert str(refused.value) == (
        f"{paths[2]}: the same, byte for byte, as {paths[0]}: all of it would count twice. Leave one out."
    )


def test_other_files_of_the_same_length_are_not(tmp_path: Path) -> None:
    for name, text in (("a.837", "ISA*1~"), ("b.835", "ISA*2~"), ("c.837", "ISA*1~\n")):
        (tmp_path / name).write_text(text)

    refuse_copies([tmp_path / name for name in ("a.837", "b.835", "c.837", "missing.837")])
