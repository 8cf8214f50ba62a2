"""`peerbill policy`: what a programme says on a day, and who says so."""

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path

import attrs
import click

from peerbill.finding import Citation
from peerbill.policy import Answer, Facts, Listing, Policies, Programme, Said, load_policies, packaged_programmes
from peerbill.policy import packaged_states as states
from peerbill.policy.tables import LISTS, NAMED, SETTINGS, phrase
from peerbill.workspace import read_agency_policies

from . import options, output

UNKNOWN = "not known"


@attrs.frozen
class Stated:
    """One value of a programme: its place as `table.name`, its field, in which situation, and who says it."""

    table: str
    field: str
    value: str
    status: str
    when: Mapping[str, str] = attrs.field(factory=dict)
    force: str = "must"
    note: str = ""
    citations: tuple[Citation, ...] = ()


@click.command(short_help="Show what a state's programme says on a day, and who says so.")
@click.argument("programme", metavar="[STATE[/PROGRAMME]]", required=False)
@options.day_option("--on", text="The day of service as YYYY-MM-DD; today by default.")
@click.option(
    "--workspace",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    metavar="DIR",
    help="Put this workspace's own policies over the packaged ones.",
)
@options.json_file
def policy(programme: str | None, on: dt.date | None, workspace: Path | None, json_file: Path | None) -> None:
    """Show what STATE/PROGRAMME says on a day, each value with its status and source; without a programme, list them.

    The status of a value: primary (read in the state's or payer's own text), secondary (read elsewhere),
    unconfirmed (nobody read it), agency (the workspace's own value).
    """
    day = on or dt.datetime.now().astimezone().date()
    agency = read_agency_policies(workspace) if workspace else {}
    to_pipe = json_file == output.STANDARD
    state, slash, _ = (programme or "").partition("/")
    if slash and programme:
        shown = load_policies([programme], agency).programme(programme)
        values = [*in_general(shown, day), *in_situations(shown, day)]
        click.secho(f"{shown.id}  {shown.name}, on {day}", bold=True, err=to_pipe)
        for line in filter(None, (shown.authority, shown.note)):
            output.print_paragraph(line, err=to_pipe)
        _print_values(values, err=to_pipe)
        report: object = {"programme": shown.id, "on": day, "sha256": shown.sha256, "values": values}
    else:
        # An unknown state is told by the loader, which knows the states and what is near.
        ids = [id_ for known in ([state.upper()] if state else states()) for id_ in packaged_programmes(known)]
        listed = load_policies(ids or [f"{state.upper()}/all"], agency)
        output.print_table(("programme", "name", "in force"), _listed(listed), err=to_pipe)
        report = {"programmes": [{"id": known.id, "name": known.name} for known in listed]}
    if json_file is not None:
        output.write_json(json_file, report)


def _listed(policies: Policies) -> Iterator[tuple[str, str, str]]:
    for known in policies:
        first = f"from {known.from_}" if known.from_ else ""
        last = f"to {known.to}" if known.to else ""
        yield known.id, known.name, " ".join(filter(None, (first, last)))


def in_general(programme: Programme, day: dt.date) -> Iterator[Stated]:
    """Give what holds on a day whatever the situation. Raises NotInForceError outside the programme's days."""
    rules = programme.rules(day, Facts())
    for table in SETTINGS:
        yield from _of_answer(table, getattr(rules, table))
    for table in NAMED:
        for name, answer in getattr(rules, table).items():
            yield from _of_answer(f"{table}.{name}", answer)
    for table in LISTS:
        yield from _of_listing(table, getattr(rules, table))


def _of_answer(table: str, answer: Answer[attrs.AttrsInstance]) -> Iterator[Stated]:
    for field, said in answer.said.items():
        yield _stated(table, field, phrase(getattr(answer.value, field)), said)
    for field, said in answer.unknown.items():
        yield _stated(table, field, UNKNOWN, said)
    for field, why in answer.conflict.items():
        yield Stated(table, field, UNKNOWN, "conflict", note=why)
    if answer.row is not None and not (answer.said or answer.unknown or answer.conflict):
        yield _stated(table, "", "yes", answer.row)


def _of_listing(table: str, listing: Listing) -> Iterator[Stated]:
    for verb, words in listing.words.items():
        for word, said in words.items():
            yield _stated(table, verb, word, said)
    for word, said in listing.unknown.items():
        yield _stated(table, word, UNKNOWN, said)


def in_situations(programme: Programme, day: dt.date) -> list[Stated]:
    """Return what holds on a day in some situations only; for equal situations the nearest layer's latest word."""
    stated: dict[tuple[str, str, tuple[str, ...]], Stated] = {}
    for _, layer in groupby(programme.rows(), key=lambda row: row.layer):
        for row in sorted(layer, key=lambda row: row.rank):
            if not row.when or not row.holds_on(day):
                continue
            when = {condition.name: phrase(condition.values) for condition in row.when}
            table = ".".join(filter(None, (row.table, row.name)))
            fields = [*row.states(), *((field, UNKNOWN) for field in row.unknown)]
            for field, value in fields or [("", "off" if row.off else "yes")]:
                key = (table, field, tuple(f"{name}={values}" for name, values in sorted(when.items())))
                stated[key] = _stated(table, field, value, row.said, when)
    return list(stated.values())


def _stated(table: str, field: str, value: str, said: Said, when: Mapping[str, str] | None = None) -> Stated:
    return Stated(table, field, value, said.status.value, when or {}, said.force, said.note, said.citations)


def _print_values(values: list[Stated], *, err: bool) -> None:
    ordered = sorted(values, key=lambda stated: stated.table)
    for table, group in groupby(ordered, key=lambda stated: stated.table):
        click.secho(f"\n{table}", bold=True, err=err)
        for stated in group:
            situation = "".join(f" when {name} is {words}" for name, words in stated.when.items())
            should = " (should)" if stated.force == "should" else ""
            note = f"; {stated.note}" if stated.note else ""
            field = f"{stated.field}: " if stated.field else ""
            output.print_paragraph(f"  {field}{stated.value}{situation}{should} [{stated.status}]{note}", err=err)
            for citation in stated.citations:
                output.print_paragraph(f"      {output.named(citation)}", err=err)
