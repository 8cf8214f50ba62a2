"""Every kind of file that peerbill sends, written from every shipped example: for validators that other people made.

An example is billed in production, its payer leaves a part of each line to the member, and what follows is written
too: claims to the next payer, replacements and voids of both, and questions about enrolment.
"""

import csv
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import attrs
from answering import in_production, post
from click.testing import CliRunner
from payer import Decision, Paid, SentClaim, SentLine, receive, remit
from strategies import npi
from worlds import ON_THE_837I

from peerbill.cli import main
from peerbill.intake.workspace import Example

INQUIRY = "inquiry"
FORMS = ("837P", "837I")
NEXT = "next-payer"
NEXT_PAYER = """
[payers.next-payer]
policy = {policy}
name = "STATE MEDICAID"
id = "STMCD"
receiver = {{ name = "STATE MEDICAID", id = "STMCD02" }}
claim_filing = "MC"
mode = "production"
charges = {{ {charges} }}
"""
INSTITUTIONAL = f"""
[[all.claim]]
{ON_THE_837I}revenue_code = "0914"
attending = "supervisor"
source = "example"
"""
"""What bills a programme on the 837I; the codes are an example's, not a payer's."""

LEFT = Decimal("1.50")
"""Dollars of each line that the payer leaves to the member, so that something is left for the next payer."""


@attrs.frozen
class Written:
    """A file that was sent: from which example, on which form, as which step of its journey."""

    example: str
    form: str
    step: str
    path: Path

    @property
    def kind(self) -> str:
        """Its transaction set and step."""
        return f"270, {self.step}" if self.step == INQUIRY else f"{self.form}, {self.step}"


def journey(example: Example, form: str, folder: Path) -> Iterator[Written]:
    """Write every file of an example on a form into a folder, and give each.

    Raises RuntimeError where a step writes no file, and OSError.
    """
    return _Journey(example, form, folder).files()


class _Journey:
    def __init__(self, example: Example, form: str, folder: Path) -> None:
        self.example, self.form = example, form
        self.folder, self.out = folder / "workspace", folder / "out"
        self.seen: set[Path] = set()

    def files(self) -> Iterator[Written]:
        self.run("init", self.folder, "--example", self.example.name)
        in_production(self.folder)
        self.prepare()
        if self.form == FORMS[0]:
            yield from self.step(INQUIRY, "eligibility")
        first = list(self.step("first payer", "bill"))
        yield from first
        claims = self.answer(first, _left_to_the_member, "ONE")
        second = list(self.step("next payer", "bill"))
        yield from second
        next_claims = self.answer(second, _paid_after_another, "TWO")
        half = len(next_claims) // 2
        yield from self.step("replacement, next payer", "replace", *next_claims[:half], "--unchanged")
        yield from self.step("void, next payer", "void", *next_claims[half:])
        # The second half of the first payer's claims: what rests on their answer was voided above.
        later = [claim for claim in claims if claim not in set(claims[: len(claims) // 2])]
        yield from self.step("replacement", "replace", *claims[: len(claims) // 2], "--unchanged")
        yield from self.step("void", "void", *later)

    def prepare(self) -> None:
        """Give every member a second payer, and the payers their form."""
        settings = self.folder / "peerbill.toml"
        text = settings.read_text("utf-8")
        payer = next(iter(tomllib.loads(text)["payers"].values()))
        charges = ", ".join(f'"{code}" = "{amount}"' for code, amount in payer["charges"].items())
        programmes = (
            str(payer["policy"]).replace("'", '"') if isinstance(payer["policy"], list) else f'"{payer["policy"]}"'
        )
        settings.write_text(text + NEXT_PAYER.format(policy=programmes, charges=charges), "utf-8")
        members = dict.fromkeys(row["member_id"] for row in self.rows("coverage"))
        self.add_rows(
            "coverage",
            (
                {
                    "member_id": member,
                    "payer": NEXT,
                    "subscriber_id": f"NX{number:07}",
                    "from": "2024-01-01",
                    "rank": "2",
                }
                for number, member in enumerate(members)
            ),
        )
        if (self.folder / "authorizations.csv").exists():
            self.add_rows("authorizations", [{**row, "payer": NEXT} for row in self.rows("authorizations")])
        if self.form != FORMS[0]:
            [policy] = (self.folder / "policies").glob("*.toml")
            policy.write_text(policy.read_text("utf-8") + INSTITUTIONAL, "utf-8")
            staff = [{**row, "npi": row["npi"] or npi(number)} for number, row in enumerate(self.rows("staff"))]
            self.write_rows("staff", staff)

    def rows(self, table: str) -> list[dict[str, str]]:
        with (self.folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def add_rows(self, table: str, more: Iterable[Mapping[str, str]]) -> None:
        self.write_rows(table, [*self.rows(table), *more])

    def write_rows(self, table: str, rows: Sequence[Mapping[str, str]]) -> None:
        with (self.folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), restval="")
            writer.writeheader()
            writer.writerows(rows)

    def run(self, command: str, *words: object) -> str:
        result = CliRunner().invoke(main, [command, *map(str, words)])
        if result.exit_code == 2 or (result.exception and not isinstance(result.exception, SystemExit)):
            raise RuntimeError(f"{self.example.name}, {self.form}, {command}: {result.output}") from result.exception
        return result.output

    def step(self, name: str, command: str, *words: object) -> Iterator[Written]:
        said = self.run(command, self.folder, *words, "--out", self.out, "--as-of", self.example.as_of)
        new = sorted({*self.out.glob("*.837"), *self.out.glob("*.270")} - self.seen)
        if not new:
            raise RuntimeError(f"{self.example.name}, {self.form}: {name} wrote no file: {said}")
        self.seen.update(new)
        yield from (Written(self.example.name, self.form, name, path) for path in new)

    def answer(self, files: Sequence[Written], decide: Callable[[SentLine], Paid], trace: str) -> list[str]:
        """Let the payers of files decide on all of their claims; return the ids of these."""
        claims: list[SentClaim] = []
        for number, one in enumerate(files):
            sent = attrs.evolve(receive(one.path.read_text("ascii")), answered_on=self.example.as_of)
            decisions = [Decision(claim, decide) for claim in sent.claims]
            post(self.folder, remit(sent, decisions, f"{trace}{number}"), f"{trace}{number}.835")
            claims += sent.claims
        return [claim.claim_id for claim in claims]


def _left_to_the_member(line: SentLine) -> Paid:
    return Paid(line.charge - LEFT, (("PR", "2", LEFT),))


def _paid_after_another(line: SentLine) -> Paid:
    return Paid(LEFT, (("OA", "23", line.charge - LEFT),))
