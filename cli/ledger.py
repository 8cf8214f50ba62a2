"""`peerbill ledger`: whether the ledger can be trusted, copies of it, and the way back."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import attrs
import click
import sqlalchemy as sa

from peerbill.documents.ledger_reports import ledger_report
from peerbill.intake.workspace import workspace_settings
from peerbill.ledger.checkpoints import document, keeping, newest_checkpoint, read_checkpoint
from peerbill.ledger.look.history import reading
from peerbill.ledger.store.database import find_place
from peerbill.ledger.store.identity import read_identity
from peerbill.ledger.store.ledger import open_ledger, utc_now
from peerbill.ledger.store.tables import HEAD
from peerbill.ledger.store.trail import Checkpoint
from peerbill.model.errors import LedgerError
from peerbill.model.plural import counted

from . import checkpointing, options, output, run_log
from .console import echo, pass_on
from .named_files import FILE_REPORT, INPUT, REPORT

_saved = click.option(
    "--checkpoint",
    "saved",
    type=INPUT,
    metavar="FILE",
    help="What `peerbill ledger checkpoint` wrote before.",
)
_public_key = click.option(
    "--key", type=INPUT, metavar="FILE", help="The public key with which the checkpoint must be signed."
)


@click.group(short_help="Verify the audit trail of the ledger; back it up, and restore it.", no_args_is_help=False)
def ledger() -> None:
    """Verify the audit trail of the ledger; back it up, and restore it.

    The trail cannot be turned off: what cannot be written to it is not sent.
    """


@ledger.command()
@options.workspace
@_saved
@_public_key
@options.json_file
@click.pass_context
def verify(ctx: click.Context, folder: Path, saved: Path | None, key: Path | None, json_file: Path | None) -> None:
    """Check that the ledger of the workspace in DIR is as peerbill wrote it.

    Finds any entry of the trail that was edited, removed, put in or moved; with a checkpoint also an end that was cut
    off, and a trail that was written anew. Claims, files and money are compared with the trail and with each other.
    Without --checkpoint, the newest one is taken from where `[ledger] checkpoint` keeps them, and the key from there
    too. With a key, a checkpoint that is not signed with it, or was changed since, is refused. Exit code: 0 whole, 1
    broken (each problem in a line), 2 the ledger or the checkpoint cannot be read, or the checkpoint is refused.
    """
    from peerbill.ledger.verify import verify as verify_ledger  # noqa: PLC0415 - only this command needs it

    compared = _kept(folder, key) if saved is None else _given(saved, key)
    with reading(_url(folder), folder) as connection:
        if connection is None:
            raise LedgerError("there is no ledger yet: bill makes one")
        with output.progress(0, "Verifying the ledger"):
            verification = verify_ledger(connection, compared.checkpoint)
        tag = _tag(connection)
    run_log.result(entries=verification.entries, claims=verification.claims, problems=len(verification.problems))
    if json_file is not None:
        output.write_json(json_file, ledger_report(verification, tag, compared.checkpoint, verified=compared.verified))
    if json_file != output.STANDARD:
        for problem in verification.problems:
            echo(f"{problem.kind}: {problem.message}")
        whole = "whole" if not verification.problems else f"broken: {counted(len(verification.problems), 'problem')}"
        named = f"Ledger {tag}: " if tag else ""
        echo(f"{named}{counted(verification.claims, 'claim')}, entries in the trail: {verification.entries:,}; {whole}")
    if verification.problems:
        ctx.exit(1)


@ledger.command()
@options.workspace
@click.option(
    "--out",
    type=REPORT,
    metavar="FILE",
    help="Write it to a file; to standard output by default.",
)
@click.option("--key", type=INPUT, metavar="FILE", help="Sign it with this private key, of `peerbill ledger key`.")
def checkpoint(folder: Path, out: Path | None, key: Path | None) -> None:
    """Write where the audit trail of the workspace in DIR ends now, as JSON: number, hash and time.

    Keep it where nobody who can change the ledger can change it too: on paper, in a mail to the auditor. Later,
    `peerbill ledger verify --checkpoint FILE` finds whether anything before it was cut off or written anew. A signed
    checkpoint may lie anywhere, as long as its private key does not: nobody can make another without it.
    """
    from peerbill.ledger.store.trail import checkpoint as end_of_trail  # noqa: PLC0415 - only this command needs it

    signed = _signer(key)
    now = utc_now().isoformat(timespec="seconds")
    with reading(_url(folder), folder) as connection:
        if connection is None:
            raise LedgerError("there is no ledger yet: bill makes one")
        found = end_of_trail(connection, now)
    output.write_file(out or output.STANDARD, document(signed(found)))


def _signer(key: Path | None) -> Callable[[Checkpoint], Checkpoint]:
    """Return what signs a checkpoint with the private key in a file; without a file, what leaves it as it is."""
    if key is None:
        return lambda found: found
    from peerbill.ledger.signing import read_private_key, sign  # noqa: PLC0415 - an extra brings what it needs

    return partial(sign, key=read_private_key(key))


@ledger.command()
@click.option("--private", required=True, type=FILE_REPORT, metavar="FILE", help="The new file of the private key.")
@click.option("--public", required=True, type=FILE_REPORT, metavar="FILE", help="The new file of the public key.")
def key(private: Path, public: Path) -> None:
    """Make a pair of keys (ed25519, PEM): the private key signs checkpoints, the public key verifies them.

    No file is replaced. Keep the private key apart from the ledger, for whoever makes checkpoints alone, and a copy of
    it safe; give the public key to everybody who verifies. Needs the extra peerbill[signing]. Exit code: 0, 2.
    """
    from peerbill.ledger.signing import make_pair  # noqa: PLC0415 - an extra brings what it needs

    make_pair(private, public)
    run_log.wrote(public)
    echo(f"Wrote {private}, the private key: keep it secret, and apart from the ledger")
    echo(f"Wrote {public}, the public key: give it to whoever verifies checkpoints")


@ledger.command()
@options.workspace
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
def backup(folder: Path, file: Path) -> None:
    """Copy the ledger of the workspace in DIR into FILE, a new SQLite file, also from PostgreSQL.

    Others may bill meanwhile. The copy is verified, and has its name when it is whole; it holds what claims hold, so
    keep it as safe as the ledger. Exit code: 0 written, 2 it could not be written, or the ledger is broken.
    """
    from peerbill.ledger.backup import back_up  # noqa: PLC0415 - only this command needs it

    with output.progress(0, "Copying and verifying the ledger"):
        made = back_up(open_ledger(_url(folder), folder, create=False), file)
    run_log.wrote(made.path, "FILE")
    echo(f"Wrote {made.path}: {counted(made.claims, 'claim')}, the trail up to entry {made.last.number:,}")


@ledger.command()
@options.workspace
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Put it in the place of a ledger that holds something.")
@_saved
@_public_key
@click.pass_context
def restore(
    ctx: click.Context, folder: Path, file: Path, *, replace: bool, saved: Path | None, key: Path | None
) -> None:
    """Make FILE, a backup, the ledger of the workspace in DIR; it is verified first.

    Claims sent after the backup are forgotten, and would be billed again: they are listed. A ledger that holds
    something is replaced with --replace only, and is kept beside. Exit code: 0 restored, 1 restored, and something is
    forgotten, 2 nothing was changed.
    """
    from peerbill.ledger import backup as backups  # noqa: PLC0415 - only this command needs it

    known = _given(saved, key).checkpoint
    with output.progress(0, "Verifying and restoring the ledger"):
        done = backups.restore(_url(folder), folder, file, replace=replace, saved=known, tell=output.notice)
    run_log.result(claims=done.claims, forgotten_files=len(done.forgotten), missing_entries=done.missing)
    echo(f"Restored {counted(done.claims, 'claim')} from {file}, with the trail up to entry {done.last.number:,}")
    if done.kept is not None:
        echo(f"The ledger that was replaced is {done.kept}")
    if done.forgotten:
        echo(
            f"FORGOTTEN: {counted(len(done.forgotten), 'file')} sent after the backup: "
            f"{', '.join(done.forgotten)}. The next bill run would bill what is in them AGAIN",
            err=True,
        )
    if done.missing:
        echo(
            f"FORGOTTEN: the trail had reached entry {done.last.number + done.missing:,} at the checkpoint, the backup "
            f"ends at {done.last.number:,}. What was sent in between would be billed AGAIN, under numbers given before",
            err=True,
        )
    if done.unknown:
        since = f"entry {done.last.number:,} of {done.last_at[:10]}" if done.last.number else "it was made"
        echo(
            "UNKNOWN: there was no ledger to be read, so that nobody can say what was sent after the backup ended "
            f"({since}). Whatever it was, the next bill run would bill it AGAIN. Claim, batch and control numbers go "
            f"on {backups.AHEAD:,} later, so that no number comes twice",
            err=True,
        )
    if done.forgotten or done.missing or done.unknown:
        echo(
            "Before you bill: restore a later backup if there is one; else see to it that what went out meanwhile is "
            "not billed again",
            err=True,
        )
        ctx.exit(1)


def _tag(connection: sa.Connection) -> str:
    """Return the tag of a ledger, "" where it has none yet, or has two by now, which is among what was found."""
    try:
        identity = read_identity(connection)
    except LedgerError:
        return ""
    return identity.tag if identity.settled else ""


def _url(folder: Path) -> str:
    """Return where the ledger is. The tables of the workspace are not read: a bad row must not bar the ledger."""
    settings = workspace_settings(folder)
    checkpointing.note(settings, folder)
    return settings.ledger_url


def _given(saved: Path | None, key: Path | None) -> "_Compared":
    """Return the checkpoint that was given, with a key only where it is signed with that. Raises UnusableInputError."""
    if saved is not None:
        return _compared(saved, *read_checkpoint(saved), key)
    if key is not None:
        raise click.UsageError("--key is for --checkpoint FILE: give both, or leave out --key.")
    return _Compared()


def _kept(folder: Path, key: Path | None) -> "_Compared":
    """Return the newest checkpoint where the settings of a workspace keep them.

    It must be signed with the key that is given, else with the one that the settings name, if any.
    """
    kept = keeping(workspace_settings(folder), folder)
    if kept is None:
        return _given(None, key)
    newest = newest_checkpoint(kept)
    if newest is None:
        output.notice(f"{kept.path} has no checkpoint yet: the next run that changes the ledger writes one.")
        return _Compared()
    return _compared(newest.file, newest.checkpoint, newest.content, key or kept.public_key, kept.key)


@attrs.frozen
class _Compared:
    """What a ledger is compared with: a checkpoint, if any, and whether its signature was verified."""

    checkpoint: Checkpoint | None = None
    verified: bool = False


def _compared(
    file: Path, checkpoint: Checkpoint, content: bytes, public: Path | None, private: Path | None = None
) -> _Compared:
    """Return what a file was found to hold; with a key, public or private, only where it is signed with that."""
    if public is None and private is None:
        if checkpoint.signature:
            output.notice(
                f"{file} is signed, and its signature was not looked at. Give the public key with --key FILE."
            )
        return _Compared(checkpoint)
    from peerbill.ledger.signing import require_signature, verifying_key  # noqa: PLC0415 - as in _signer

    require_signature(checkpoint, content, verifying_key(public, private), file)
    return _Compared(checkpoint, verified=True)


@ledger.command()
@click.argument("table", metavar="[TABLE]", required=False)
def keeps(table: str | None) -> None:
    """Tell what a ledger keeps: its tables, or the columns of TABLE; those that tell something of a person have a *.

    It has no names of members, no birth dates, addresses or notes; it has ids, diagnoses and days of service, which
    void and replacement claims have to repeat. A table that need not keep them says nothing of persons.
    """
    from peerbill.ledger.store.keeps import kept_tables  # noqa: PLC0415 - only this command needs it

    known = {kept.name: kept for kept in kept_tables()}
    if table is None:
        output.print_table(
            ("Table", "What it keeps", "Of persons"),
            [(kept.name, kept.about, ", ".join(kept.person)) for kept in known.values()],
        )
        return
    if table not in known:
        raise click.UsageError(f"{table}: the ledger has no such table. There are: {', '.join(known)}.")
    kept = known[table]
    output.print_paragraph(f"{table}: {kept.about}" + (f". Why: {kept.because}" if kept.because else ""))
    output.print_table(
        ("Column", "What is in it"),
        [(f"{column}{' *' if column in kept.person else ''}", about) for column, about in kept.columns.items()],
    )


@ledger.command()
@click.option("--role", required=True, type=click.Choice(("biller", "reader", "owner")), help="For whom.")
@click.option("--account", metavar="NAME", help="The account of the server; peerbill_ROLE by default.")
@click.option("--schema", metavar="NAME", default="public", help="The schema of the ledger; public by default.")
def grants(role: str, account: str | None, schema: str) -> None:
    """Print SQL that gives a ROLE in a PostgreSQL ledger to an account: run it with psql, as the owner of its tables.

    biller: every ordinary command; it can add to the audit trail, and change or remove nothing in it. reader: verify,
    checkpoint, claims, todo, audit, and nothing that writes. owner: the tables are its own, for upgrades and restore.
    """
    from peerbill.ledger.store.grants import grants as statements  # noqa: PLC0415 - only this command needs it

    pass_on(statements(role, account or f"peerbill_{role}", schema))


@ledger.command()
@options.workspace
@options.new_ledger
def upgrade(folder: Path, *, new_ledger: bool) -> None:
    """Make the tables of the ledger of the workspace in DIR where there are none, or bring old ones up to date.

    Every command that writes does that too, where its account may: this is for the owner of a ledger in PostgreSQL
    whose billers may not. Exit code: 0 the tables are those of this version, 2 they are not.
    """
    ledger_ = open_ledger(_url(folder), folder, new=new_ledger)
    echo(f"The ledger {ledger_.place} has the tables of revision {HEAD}")


@ledger.command()
@options.workspace
@click.argument(
    "folders", metavar="[FOLDER]...", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
def copies(folder: Path, folders: tuple[Path, ...]) -> None:
    """List the copies of ledgers in DIR, in each FOLDER and below: replaced ones, backups, what a killed run left.

    They hold the same data of members as the ledger, and nothing removes them: dispose of those that you need no more.
    Nothing is changed. Exit code: 0, or 2 for a folder that cannot be read.
    """
    from peerbill.ledger.store.copies import ledger_copies  # noqa: PLC0415 - only this command needs it

    found = ledger_copies((folder, *folders), find_place(_url(folder), folder).file)
    for copy in found:
        last = f"the trail up to entry {copy.last:,} of {copy.last_at[:10]}" if copy.last else "without entries"
        told = "a database that cannot be read" if copy.last is None else last
        echo(f"{copy.path}: {told}, {-(-copy.size // 1024):,} KB")
    echo(f"{counted(len(found), 'other ledger')} found")
