"""Let every validator at hand judge every kind of file that peerbill writes; exit 1 where one refuses a file.

`make judges` runs it. Our own checks, pyx12 and x12sdk are Python packages; RDPCrystal EDI Library is a package of npm
under a licence of its own, which allows an evaluation of 30 days: it judges where `--rdpcrystal` names its folder.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))  # the modules that tests share

from judges.journeys import FORMS, INQUIRY, Written, journey
from pydantic import ValidationError
from x12sdk.io import X12ModelReader

from peerbill.intake.workspace import examples
from peerbill.model.finding import Severity
from peerbill.x12.check.claim_files import check_text
from peerbill.x12.check.guide import check_guide

Verdict = Sequence[str] | None
"""What is wrong with a file; None where the judge does not know its kind."""

Judge = Callable[[Sequence[Written]], Iterator[Verdict]]
"""Gives a verdict on each file, in their order."""

MOST_SHOWN = 5
"""Faults of one file that are printed."""

_UNKNOWN_SEX = re.compile(r"(?<=~DMG\*D8\*\d{8}\*)U(?=~)")


_REVENUE_CODE_OF_PAYER = re.compile(r"(?<=~SVD\*)([^*~]*\*[^*~]*\*[^*~]*)\*[0-9]{4}(?=\*)")


def _texts(files: Sequence[Written]) -> Iterator[str]:
    return (one.path.read_text("ascii") for one in files)


def _ours(files: Sequence[Written]) -> Iterator[Verdict]:
    for text in _texts(files):
        yield [str(found) for found in check_text(text) if found.severity is Severity.ERROR]


def _pyx12(files: Sequence[Written]) -> Iterator[Verdict]:
    """Judge by pyx12, which has no map of the 270 of this version."""
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        said = pool.map(_guide, _texts([one for one in files if one.step != INQUIRY]))
        for one in files:
            yield None if one.step == INQUIRY else next(said)


def _guide(text: str) -> list[str]:
    return [str(found) for found in check_guide([text], workers=0)]


def _x12sdk(files: Sequence[Written]) -> Iterator[Verdict]:
    """Judge by x12sdk's models. They know no sex U, which the guides of 837 and 270 allow: it is read as F."""
    for text in _texts(files):
        try:
            with X12ModelReader(_UNKNOWN_SEX.sub("F", text)) as reader:
                sets = sum(1 for _ in reader.models())
        except (ValidationError, ValueError) as error:
            yield [f"{type(error).__name__}: {error}"]
        else:
            wanted = text.count("~ST*")
            yield [] if sets == wanted else [f"{sets} of {wanted} transaction sets were read"]


def _rdpcrystal(package: Path) -> Judge:
    """Judge by RDPCrystal. It knows no revenue code in SVD04, which the guide of the 837I requires: it sees none."""

    def judge(files: Sequence[Written]) -> Iterator[Verdict]:
        with tempfile.TemporaryDirectory() as folder:
            copies = [Path(folder, str(number)) for number in range(len(files))]
            for copy, text in zip(copies, _texts(files), strict=True):
                copy.write_text(_REVENUE_CODE_OF_PAYER.sub(r"\1*", text), "ascii")
            script = Path(__file__).with_name("rdpcrystal.cjs")
            command = ["node", str(script), str(package), *map(str, copies)]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        yield from (json.loads(line) for line in said.splitlines())

    return judge


def main() -> int:
    """Write the files, let each judge see them, and print what they say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rdpcrystal", type=Path, metavar="FOLDER", help="folder of the npm package rdpcrystal-edi-library"
    )
    arguments = parser.parse_args()
    judges: dict[str, Judge] = {"our own checks": _ours, "pyx12": _pyx12, "x12sdk": _x12sdk}
    if arguments.rdpcrystal is not None:
        judges["RDPCrystal"] = _rdpcrystal(arguments.rdpcrystal)
    with tempfile.TemporaryDirectory() as folder:
        files = [
            one
            for example in examples()
            for form in FORMS
            for one in journey(example, form, Path(folder, example.name, form))
        ]
        return _report(files, {name: list(judge(files)) for name, judge in judges.items()})


def _report(files: Sequence[Written], verdicts: Mapping[str, Sequence[Verdict]]) -> int:
    print(f"{'files passed':34}{'files':>7}" + "".join(f"{name:>16}" for name in verdicts))
    for kind in dict.fromkeys(one.kind for one in files):
        rows = [at for at, one in enumerate(files) if one.kind == kind]
        passed = "".join(f"{_passed([said[at] for at in rows]):>16}" for said in verdicts.values())
        print(f"{kind:34}{len(rows):>7}{passed}")
    refused = 0
    for name, said in verdicts.items():
        for one, errors in zip(files, said, strict=True):
            refused += bool(errors)
            for error in (errors or ())[:MOST_SHOWN]:
                print(f"{name} refuses {one.example}, {one.kind}: {error}")
    print(f"{len(files)} files, {len(verdicts)} judges, {refused} refusals")
    return 1 if refused else 0


def _passed(said: Sequence[Verdict]) -> str:
    judged = [errors for errors in said if errors is not None]
    return str(sum(not errors for errors in judged)) if judged else "-"


if __name__ == "__main__":
    sys.exit(main())
