"""`peerbill policy`: what a programme says on a day, who says so, and how far each state is covered."""

import datetime as dt
import importlib.resources
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

import click

from peerbill.coding.questions import MissingValue, missing_values, question_file
from peerbill.documents.policy_reports import (
    ProfileReport,
    policy_check_report,
    profiles_report,
    programme_report,
    programmes_report,
    questions_report,
)
from peerbill.intake.workspace import read_agency_policies
from peerbill.ledger.store import disk
from peerbill.model.errors import PolicyError, UnusableInputError
from peerbill.model.finding import Citation
from peerbill.model.input_files import read_text_file
from peerbill.model.plural import counted
from peerbill.policy import Policies, Programme, load_policies, packaged_programmes
from peerbill.policy import packaged_states as states
from peerbill.policy.load import agency_file, load_given
from peerbill.policy.payers import PayerProfile, payer_profile, profile_ids
from peerbill.policy.read import PolicyFile
from peerbill.policy.values import UNKNOWN, Change, Stated, changes, in_general, in_situations

from . import options, output, run_log
from .console import echo, first_of
from .coverage import show_coverage


@click.command(short_help="Show what a state's programme says on a day, and who says so.")
@click.argument("names", metavar="[STATE[/PROGRAMME] | PROFILE | FILE...]", nargs=-1)
@options.day_option("--on", text="The day of service as YYYY-MM-DD; today by default.")
@click.option(
    "--workspace",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    metavar="DIR",
    help="Put this workspace's own policies over the packaged ones.",
)
@click.option("--coverage", "wanted", flag_value="coverage", help="Show how far each state is covered.")
@click.option("--payers", "wanted", flag_value="payers", help="Show the payer profiles, or what PROFILE holds.")
@click.option(
    "--check",
    "wanted",
    flag_value="check",
    help="Check policy files, and show what they change. A file in a folder named states takes the place of the "
    "state's packaged file; any other is an agency's own.",
)
@click.option(
    "--against",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    metavar="FILE",
    help="With --check: compare with FILE instead of what is installed (in a checkout, what git has committed).",
)
@click.option(
    "--questions",
    "wanted",
    flag_value="questions",
    help="Write what STATE/PROGRAMME leaves open as a policy file to fill in.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="With --questions: write the file here; a file that is there is not replaced.",
)
@click.option("--markdown", is_flag=True, help="With --coverage: write the page codesets/README.md.")
@options.json_file
@click.pass_context
def policy(
    ctx: click.Context,
    names: tuple[str, ...],
    on: dt.date | None,
    workspace: Path | None,
    wanted: str | None,
    against: Path | None,
    out: Path | None,
    markdown: bool,
    json_file: Path | None,
) -> None:
    """Show what STATE/PROGRAMME says on a day, each value with its status and source; without a programme, list them.

    The status of a value: primary (read in the state's or payer's own text), secondary (read elsewhere),
    unconfirmed (nobody read it), agency (the workspace's own value).

    Exit code of --check: 0 all files can be used, 1 some have mistakes, 2 a file cannot be read.
    """
    if len(names) > 1 and wanted != "check":
        raise click.UsageError(f"one name is expected here, and there are {len(names)}")
    if wanted == "questions" and (not names or "/" not in names[0]):
        raise click.UsageError("--questions needs STATE/PROGRAMME, such as NJ/sud")
    if out is not None and wanted != "questions":
        raise click.UsageError("--out goes with --questions")
    if (names and wanted == "coverage") or (not names and wanted == "check"):
        raise click.UsageError("--check needs a FILE" if wanted == "check" else "--coverage shows all states")
    if markdown and wanted != "coverage":
        raise click.UsageError("--markdown goes with --coverage")
    if against and (wanted != "check" or len(names) != 1):
        raise click.UsageError("--against goes with --check and one FILE")
    if workspace and wanted not in {None, "questions"}:
        raise click.UsageError(f"--workspace does not go with --{wanted}")
    day = on or dt.datetime.now().astimezone().date()
    name = names[0] if names else ""
    to_pipe = json_file == output.STANDARD
    problems: tuple[str, ...] = ()
    match wanted:
        case "coverage":
            report = show_coverage(markdown=markdown, err=to_pipe)
        case "payers":
            report = _show_profile(payer_profile(name), err=to_pipe) if name else _list_profiles(err=to_pipe)
        case "questions":
            report = _ask(name, day, workspace, out, err=to_pipe)
        case "check":
            problems, report = _check_files(names, day, against, err=to_pipe)
        case _:
            report = _show_policy(name, day, workspace, err=to_pipe)
    if json_file is not None:
        output.write_json(json_file, report)
    ctx.exit(1 if problems else 0)


# What is open


def _ask(name: str, day: dt.date, workspace: Path | None, out: Path | None, *, err: bool) -> object:
    agency = read_agency_policies(workspace) if workspace else {}
    programme = load_policies([name], agency).programme(name)
    missing = missing_values(programme, day)
    text = question_file(programme, day)
    if out is None:
        echo(text, nl=False, err=err)
    else:
        try:
            disk.write_new(out, [text])
            run_log.wrote(out, "--out")
        except FileExistsError:
            raise UnusableInputError(f"{out} is there already, and is not replaced: give another name.") from None
        except OSError as error:
            raise UnusableInputError(f"{out} cannot be written: {error.strerror}.") from None
        holding = sum(each.holds for each in missing)
        echo(f"Wrote {out}: {counted(len(missing), 'open value')}, of which {holding} hold encounters.", err=err)
    return questions_report(programme, day, missing)


# A programme's page


def _show_policy(name: str, day: dt.date, workspace: Path | None, *, err: bool) -> object:
    agency = read_agency_policies(workspace) if workspace else {}
    state, slash, _ = name.partition("/")
    if slash:
        shown = load_policies([name], agency).programme(name)
        values = [*in_general(shown, day), *in_situations(shown, day)]
        echo(f"{shown.id}  {shown.name}, on {day}", bold=True, err=err)
        for line in filter(None, (shown.authority, shown.note)):
            output.print_paragraph(line, err=err)
        _print_values(values, err=err)
        return programme_report(shown, day, values)
    # The loader reports an unknown state, with similar names.
    ids = [id_ for programme in ([state.upper()] if state else states()) for id_ in packaged_programmes(programme)]
    listed = load_policies(ids or [f"{state.upper()}/all"], agency)
    output.print_table(("programme", "name", "in force"), _listed(listed), err=err)
    return programmes_report(listed)


def _listed(policies: Policies) -> Iterator[tuple[str, str, str]]:
    for programme in policies:
        first = f"from {programme.from_}" if programme.from_ else ""
        last = f"to {programme.to}" if programme.to else ""
        yield programme.id, programme.name, " ".join(filter(None, (first, last)))


def _print_values(values: list[Stated], *, err: bool) -> None:
    ordered = sorted(values, key=lambda stated: stated.table)
    for table, group in groupby(ordered, key=lambda stated: stated.table):
        echo(f"\n{table}", bold=True, err=err)
        for stated in group:
            situation = "".join(f" when {name} is {words}" for name, words in stated.when.items())
            should = " (should)" if stated.force == "should" else ""
            note = f"; {stated.note}" if stated.note else ""
            field = f"{stated.field}: " if stated.field else ""
            output.print_paragraph(f"  {field}{stated.value}{situation}{should} [{stated.status}]{note}", err=err)
            _print_sources(stated.citations, given=stated.value != UNKNOWN and stated.status != "unconfirmed", err=err)


def _print_sources(citations: Sequence[Citation], *, given: bool, err: bool) -> None:
    """Print sources, those of a value that none of them gives as what raises the question."""
    for citation in citations:
        output.print_paragraph(f"      {'' if given else 'Why asked: '}{output.named(citation)}", err=err)


# Payer profiles


def _list_profiles(*, err: bool) -> object:
    profiles = [payer_profile(id_) for id_ in profile_ids()]
    rows = (
        (profile.id, profile.name, f"{len(profile.values)}", f"{sum(value.is_sure for value in profile.values)}")
        for profile in profiles
    )
    output.print_table(("profile", "payer", "values", "read for 837P"), rows, err=err)
    return profiles_report(profiles)


def _show_profile(profile: PayerProfile, *, err: bool) -> object:
    echo(f"{profile.id}  {profile.name}, read {profile.as_of}", bold=True, err=err)
    if profile.note:
        output.print_paragraph(profile.note, err=err)
    for value in profile.values:
        value_text = "true" if value.value is True else "false" if value.value is False else value.value
        about = "" if value.transaction == "837P" else f", read for {value.transaction}"
        ask = "" if value.is_sure else "; confirm it before production"
        note = f"; {value.note}" if value.note else ""
        output.print_paragraph(f"  {value.key}: {value_text} [{value.status}{about}]{ask}{note}", err=err)
        _print_sources(value.citations, given=value.status != "unconfirmed", err=err)
    for fact in profile.told:
        note = f"; {fact.note}" if fact.note else ""
        output.print_paragraph(f"  {fact.about}: {fact.text} [{fact.status}]{note}", err=err)
        _print_sources(fact.citations, given=True, err=err)
    if profile.unknown:
        output.print_paragraph(f"  not known: {', '.join(profile.unknown)}", err=err)
    return ProfileReport(profile)


# Checking files


def _check_files(
    names: Sequence[str], day: dt.date, against: Path | None, *, err: bool
) -> tuple[tuple[str, ...], object]:
    texts = {name: _text(Path(name)) for name in names}
    of_states = {name: text for name, text in texts.items() if Path(name).resolve().parent.name == "states"}
    agency = {name: text for name, text in texts.items() if name not in of_states}
    try:
        after = load_given(agency, of_states)
    except PolicyError as error:
        for problem in first_of(error.problems, "correct these first; --json FILE has all"):
            output.print_paragraph(problem, err=err)
        return error.problems, policy_check_report(day, error.problems)
    before = _before(after, agency, of_states, against, err=err)
    found = [(programme, _changes(before, programme, day)) for programme in after]
    for programme, changed in found:
        _print_changes(programme, changed, day, err=err)
    files = [agency_file(name, text) for name, text in agency.items()]
    filled = {f"{file.state}/{key}" for file in files for key in file.headers}
    missing = {
        programme.id: missing_values(programme, day)
        for programme, changed in found
        if programme.id in filled and changed is not None
    }
    for id_, values in missing.items():
        _print_open(id_, values, files, err=err)
    echo(f"{counted(len(names), 'file')} without a mistake.", err=err)
    return (), policy_check_report(day, found=found, missing=missing)


def _print_open(id_: str, missing: Sequence[MissingValue], files: Sequence[PolicyFile], *, err: bool) -> None:
    """Print what a programme still leaves open, with the line where a file has it to fill in."""
    if not missing:
        echo(f"{id_}: nothing open", err=err)
        return
    echo(f"{id_}: {counted(len(missing), 'value')} still open", err=err)
    state = id_.partition("/")[0]
    lines = {
        (blank.table, blank.field): f", {file.name}:{blank.line} is blank"
        for file in files
        if file.state == state
        for blank in file.blanks()
    }
    for value in missing:
        place = lines.get((value.table, value.field or "source"), "")
        then = "encounters are held" if value.holds else "billed with a warning"
        then += " unless [payers.KEY] has rendering" if value.value == "claim.rendering" else ""
        output.print_paragraph(f"  {value.value}: {then}{place}", err=err)


def _before(
    after: Policies, agency: Mapping[str, str], of_states: Mapping[str, str], against: Path | None, *, err: bool
) -> Policies:
    """Return the programmes to compare with: those of a file that is given, of the last commit, or as installed."""
    if against is not None:
        earlier = load_given(dict.fromkeys(agency, _text(against)), dict.fromkeys(of_states, _text(against)))
    else:
        committed: dict[str, str] = {}
        for name in of_states:
            if not _is_packaged(Path(name)):
                continue
            text = _committed(Path(name).resolve())
            if text is None:
                output.print_paragraph(
                    f"{name} is the installed file, and git has no earlier one: it is compared with itself. "
                    "Give the earlier file: --against FILE",
                    err=err,
                )
            else:
                committed[name] = text
        earlier = load_given({}, committed)
    packaged = {id_ for programme in after for id_ in packaged_programmes(programme.state)}
    installed = load_policies(programme.id for programme in after if programme.id in packaged)
    states = {programme.state for programme in earlier}
    rest = {id_: programme for id_, programme in installed.programmes.items() if programme.state not in states}
    return Policies({**rest, **earlier.programmes})


def _is_packaged(path: Path) -> bool:
    """Return whether a file is its state's packaged file, as in a checkout."""
    packaged = importlib.resources.files("peerbill.codesets.states").joinpath(path.name)
    return Path(str(packaged)).resolve() == path.resolve()


def _committed(path: Path) -> str | None:
    """Return a file as it was last committed; None without git, or where git does not know it."""
    git = shutil.which("git")
    if git is None:
        return None
    command = [git, "-C", str(path.parent), "show", f"HEAD:./{path.name}"]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603  # our own words and a file's name
    return done.stdout.decode("utf-8-sig") if done.returncode == 0 else None


def _text(path: Path) -> str:
    return read_text_file(path)


def _changes(before: Policies, after: Programme, day: dt.date) -> tuple[Change, ...] | None:
    """Return what changes in a programme on a day, or None where it is not in force then."""
    return changes(before.programmes.get(after.id), after, day) if after.is_in_force(day) else None


def _print_changes(programme: Programme, changed: Sequence[Change] | None, day: dt.date, *, err: bool) -> None:
    if changed is None:
        echo(f"{programme.id}: not in force on {day}; give another day with --on", bold=True, err=err)
        return
    number = f"{counted(len(changed), 'value')} changed" if changed else "nothing changed"
    echo(f"{programme.id} on {day}: {number}", bold=True, err=err)
    for change in changed:
        situation = "".join(f" when {name} is {words}" for name, words in change.when.items())
        place = ".".join(filter(None, (change.table, change.field)))
        text = f"  {place}{situation}: {_side(change.before)} -> {_side(change.after)}"
        output.print_paragraph(text, err=err)


def _side(stated: Stated | None) -> str:
    if stated is None:
        return "not said"
    should = " (should)" if stated.force == "should" else ""
    return f"{stated.value}{should} [{stated.status}]"
