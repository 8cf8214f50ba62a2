"""`peerbill setup`: an interview that writes `peerbill.toml` and the policy values that nobody has read."""

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import attrs
import click

from peerbill.intake.workspace import is_new, make_workspace, read_agency_policies, this_day
from peerbill.ledger.store import disk
from peerbill.model.errors import PeerbillError, PolicyError, UnusableInputError
from peerbill.model.input_files import read_text_file
from peerbill.model.plural import counted
from peerbill.model.toml_text import load_toml
from peerbill.setup.answers_file import answers_text, read_answers
from peerbill.setup.interview import MissingAnswersError, Setup, WrongAnswerError
from peerbill.setup.policy_values import SOURCE
from peerbill.setup.question import SetupQuestion
from peerbill.setup.settings_file import FILE, near_profiles, payer_key

from . import output, run_log
from .console import echo, prompt

KEPT = "setup.toml"
"""Holds the answers of an interview that was left before its end."""


@click.command(short_help="Ask what peerbill must know of an agency, and write peerbill.toml and its policy values.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--answers",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    metavar="FILE",
    help="Take the answers from this TOML file, and ask nothing.",
)
@click.pass_context
def setup(ctx: click.Context, folder: Path, answers: Path | None) -> None:
    """Ask what peerbill must know of an agency and its payers, and write peerbill.toml and policies/ in DIR.

    A new or empty DIR becomes a workspace with empty tables. Every answer is checked at once. Run it again to see what
    is still open, to answer it, or to change an answer. Ctrl-C keeps the answers in DIR/setup.toml.

    Exit code: 0 nothing is open, 1 some values are (listed), or the interview was left; 2 nothing was written.
    """
    state = _read(folder)
    if answers is not None:
        _from_file(ctx, folder, state, answers)
        return
    interview = _Interview(_kept(folder, state))
    try:
        interview.run()
    except (click.Abort, KeyboardInterrupt):
        echo(err=True)
        _keep(folder, interview.state)
        ctx.exit(1)
    except PeerbillError:
        _keep(folder, interview.state)
        raise
    _write(ctx, folder, interview.state)


def _read(folder: Path) -> Setup:
    """Return what a folder has already."""
    settings = folder / FILE
    there = folder.is_dir() and not is_new(folder)
    text = read_text_file(settings) if there and os.path.lexists(settings) else ""
    policies = read_agency_policies(folder) if there else {}
    load_toml(text, str(settings))  # `Setup` takes no other text
    return Setup(this_day(), settings=text, policies=policies)


# --- without a terminal ----------------------------------------------------------------------------------------------


def _from_file(ctx: click.Context, folder: Path, state: Setup, file: Path) -> None:
    given = read_answers(file.name, read_text_file(file, file.name))
    state, problems = state.all_answered(given.answers)
    lines: dict[str, int] = {}
    for key, why in sorted(problems.items(), key=lambda item: given.lines[item[0]]):
        lines.setdefault(why, given.lines[key])
    told = [
        f"{file.name} line {line}: {why.removesuffix('?')}{'?' if why.endswith('?') else '.'}"
        for why, line in lines.items()
    ]
    try:
        state.files()
    except MissingAnswersError as error:
        # A wrong answer is told as such, not as missing too.
        wrong = tuple(f"{key}:" for key in problems)
        told += [f"{file.name}: {line}" for line in str(error).splitlines() if not line.startswith(wrong)]
    except (PolicyError, UnusableInputError):
        if not told:
            raise
    if told:
        raise UnusableInputError("\n".join(told))
    _write(ctx, folder, state)


# --- the interview ---------------------------------------------------------------------------------------------------


def _kept(folder: Path, state: Setup) -> Setup:
    """Return the set-up with the answers that were kept when it was left."""
    kept = folder / KEPT
    if not os.path.lexists(kept):
        return state
    given = read_answers(KEPT, read_text_file(kept))
    state, problems = state.all_answered(given.answers)
    for why in problems.values():
        output.notice(f"{KEPT}: not taken: {why}.")
    echo(f"Going on with {counted(len(state.given), 'answer')} of {kept}.")
    return state


@attrs.define
class _Interview:
    """Asks on the terminal; `state` has the answers so far, whenever it is left."""

    state: Setup

    def run(self) -> None:
        """Ask what is open, then let answers be changed."""
        echo("Enter takes what is in [brackets], or leaves a question open. Ctrl-C keeps the answers given.")
        if _show(self.state.questions()):
            self.change()
        passed: set[str] = set()
        while True:
            asked = self.state.questions()
            question = next((each for each in asked if each.is_open and each.key not in passed), None)
            if question is not None:
                passed.add(question.key)
                self.ask(question)
            elif not self.state.payers:
                self.choose_payer()
            else:
                break
        _show(self.state.questions())
        self.change()

    def choose_payer(self) -> None:
        """Ask which payer it is; of those that are known, one may be chosen."""
        name = " ".join(prompt("\nWhich payer is billed? Its name\n>", prompt_suffix=" ").split())
        near = near_profiles(name, self.state.answers.get("organization.state", ""))
        key = payer_key(name)
        self.state = self.state.with_payer(key, name)
        if not near:
            return
        for number, (id_, known) in enumerate(near, start=1):
            echo(f"  {number}  {known} ({id_})")
        echo("  0  another payer, of which nothing is known")
        chosen = prompt("> Which of these is it?", type=click.IntRange(0, len(near)), default=0)
        if chosen:
            self.state = self.state.answered(f"payers.{key}.profile", near[chosen - 1][0])

    def ask(self, question: SetupQuestion) -> None:
        """Ask a question until the answer fits; without one, the question stays open."""
        _print(question)
        while True:
            text = prompt(">", default=question.default, show_default=bool(question.default), prompt_suffix=" ")
            if not text.strip() and question.required:
                echo("This is needed. Ctrl-C stops here and keeps the answers given.")
            elif not text.strip():
                return
            elif self.take(question, _chosen(question, text)):
                break
        if question.key.startswith("policy.") and question.key.rpartition(".")[2] not in SOURCE:
            self.ask_source(question)

    def take(self, question: SetupQuestion, text: str, key: str = "") -> bool:
        """Take an answer, or say why it does not fit."""
        try:
            self.state = self.state.answered(key or question.key, text)
        except WrongAnswerError as error:
            echo(f"No: {str(error).partition(': ')[2]}.")
            return False
        return True

    def ask_source(self, question: SetupQuestion) -> None:
        """Ask where a policy value comes from: once in full for a programme, then for another page alone."""
        start = f"policy.{question.key.removeprefix('policy.').partition('.')[0]}."
        known = {each.key: each for each in self.state.questions()}
        if self.state.given.get(f"{start}on"):
            source = ", ".join(filter(None, (self.state.given.get(start + name, "") for name in SOURCE)))
            page = prompt(f"  Source: {source}. Another page, or Enter", default="", show_default=False)
            if page.strip():
                self.take(known[f"{start}page"], page, f"{question.key}.page")
            return
        for name in SOURCE:
            asked = known[start + name]
            while not self.state.given.get(asked.key):
                text = prompt(f"  {asked.text}", default="", show_default=False, prompt_suffix=" ")
                if not text.strip() and name == "page":
                    break
                self.take(asked, text)

    def change(self) -> None:
        """Let answers be changed, by their names."""
        while True:
            key = prompt("\nName an answer to change it, or Enter to go on", default="", show_default=False).strip()
            if not key:
                return
            known = {each.key: each for each in self.state.questions()}
            if key in known:
                self.ask(known[key])
                continue
            near = [each for each in known if key in each]
            guess = f"Is it one of {', '.join(near[:6])}?" if near else f"Names look like {next(iter(known))}."
            echo(f"No such name. {guess}")


def _show(asked: Sequence[SetupQuestion]) -> bool:
    rows = [(each.key, each.answer) for each in asked if each.answer]
    if rows:
        output.print_table(("answered", "answer"), rows)
    return bool(rows)


def _print(question: SetupQuestion) -> None:
    echo()
    output.print_paragraph(question.text)
    meanings = dict(question.meanings)
    for number, word in enumerate(question.allowed, start=1):
        output.print_paragraph(f"  {number}  {word}" + (f": {meanings[word]}" if meanings.get(word) else ""))
    if question.example and not question.allowed:
        output.print_paragraph(f"  such as {question.example}")
    if question.note:
        output.print_paragraph(f"  Read: {question.note}")
    if not question.required and not question.default:
        echo("  Enter leaves it open" + ("; such contacts are then held." if question.holds else "."))


def _chosen(question: SetupQuestion, text: str) -> str:
    """Return the word that a number stands for."""
    number = text.strip()
    return question.allowed[int(number) - 1] if number in map(str, range(1, len(question.allowed) + 1)) else text


# --- writing ---------------------------------------------------------------------------------------------------------


def _keep(folder: Path, state: Setup) -> None:
    if not state.given:
        return
    disk.make_folder(folder)
    _replace({folder / KEPT: answers_text(state.given)}, [folder / KEPT])
    echo(
        f"Kept {counted(len(state.given), 'answer')} in {folder / KEPT}. "
        f"Go on with: peerbill setup {output.in_command(folder)}",
        err=True,
    )


def _write(ctx: click.Context, folder: Path, state: Setup) -> None:
    """Write the files, all or none, and tell what is still open."""
    made = state.files()
    kept = folder / KEPT
    alone = folder.is_dir() and [path.name for path in folder.iterdir()] == [KEPT]
    if not folder.exists() or alone or is_new(folder):
        kept.unlink(missing_ok=True)
        try:
            make_workspace(folder)
        except BaseException:
            _keep(folder, state)
            raise
        echo(f"Made a workspace in {folder}.")
    disk.make_folder(folder / "policies")
    before = {name: read_text_file(folder / name) for name in made if os.path.lexists(folder / name)}
    changed = {folder / name: text for name, text in made.items() if before.get(name) != text}
    _replace(changed, [folder / name for name in made])
    kept.unlink(missing_ok=True)
    for path in changed:
        run_log.wrote(path, path.relative_to(folder).as_posix())
        echo(f"Wrote {path}.")
    if not changed:
        echo("Nothing changed.")
    left = _read(folder).still_open()
    for question in left:
        then = "encounters are held until it is answered" if question.holds else "encounters are billed with a warning"
        output.print_paragraph(f"Open: {question.key}: {question.text} ({then})")
    echo(f"{counted(len(left), 'value')} open." if left else "Nothing open.")
    echo(f"Next: fill in the tables in {folder}, then run: peerbill audit {output.in_command(folder)}")
    if left:
        ctx.exit(1)


def _replace(texts: Mapping[Path, str], every: Collection[Path]) -> None:
    """Write files whole, all or none: new and old text are beside their place first, then all new ones are named.

    Of `every` file that a set-up writes, what a run that was stopped left beside it is removed.
    """
    new = {path: path.with_name(f".{path.name}.new") for path in every}
    old = {path: path.with_name(f".{path.name}.old") for path in every}

    def clear() -> None:
        for path in (*new.values(), *old.values()):
            path.unlink(missing_ok=True)

    clear()
    done: list[Path] = []
    try:
        for path, text in texts.items():
            disk.write_synced(new[path], [text])
            if os.path.lexists(path):
                disk.write_synced(old[path], [read_text_file(path)])
        for path in texts:
            disk.rename(new[path], path)
            done.append(path)
    except BaseException:
        for path in done:
            if old[path].exists():
                disk.rename(old[path], path)
            else:
                path.unlink()
        raise
    finally:
        clear()
