"""Give readers inputs that nobody would send, for a while, and keep those that break a promise.

    python tests/fuzz/run.py [--seconds 60] [--seed N] [--found FOLDER] [TARGET …]

Each target begins with its seeds and with what is kept in `tests/fuzz/corpus/TARGET`. With atheris (Linux) the code
that an input reaches decides what is tried next; without it, seeds are damaged at random. Two targets run at a time.
Exit code 1: an input broke a promise; it is in the folder that is named. Once mended, it belongs into the corpus.
"""

import argparse
import contextlib
import hashlib
import importlib.util
import io
import os
import random
import re
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from fuzz.mutation import Mutate
    from fuzz.target import Target

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
GUIDED = importlib.util.find_spec("atheris") is not None
LONGEST_INPUT = 1 << 16
_TRIED = re.compile(r"^(?:#|Done |Tried )(\d+)", re.MULTILINE)


def kept(name: str) -> list[Path]:
    """Return the inputs of a target that once broke a promise."""
    return sorted((CORPUS / name).glob("*"))


@attrs.frozen
class Ran:
    """What came of a target: inputs tried, the places of those that broke a promise, and what the program said."""

    name: str
    tried: int
    broken: tuple[Path, ...]
    failed: bool
    said: str


def main(arguments: list[str]) -> int:
    """Run targets, each in a process of its own, and print what came of them."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    asked.add_argument("targets", nargs="*", metavar="TARGET", help="the readers; without any, all of them")
    asked.add_argument("--seconds", type=int, default=60, help="how long each target runs")
    asked.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000_000 + 1, help="of what is tried")
    asked.add_argument("--found", type=Path, help="the folder for inputs that break a promise")
    options = asked.parse_args(arguments)
    targets = _targets()
    if unknown := set(options.targets) - targets.keys():
        asked.error(f"no target is named {', '.join(sorted(unknown))}; there are {', '.join(targets)}")
    found = options.found or Path(tempfile.mkdtemp(prefix="peerbill-fuzz-found-"))
    if not GUIDED:
        print("atheris is not installed, or has no build for this system: seeds are damaged at random.", flush=True)
    print(f"The seed is {options.seed}.", flush=True)
    broken = False
    with tempfile.TemporaryDirectory(prefix="peerbill-fuzz-") as own:
        names = options.targets or list(targets)
        for ran in _run([targets[name] for name in names], options.seconds, options.seed, found, Path(own)):
            print(f"{ran.name:12} {ran.tried:>9,} inputs, {len(ran.broken)} broke a promise", flush=True)
            if ran.failed:
                broken = True
                print(ran.said[-4000:], *ran.broken, sep="\n", flush=True)
    print(f"What broke a promise is in {found}" if broken else "Every promise was kept.")
    return int(broken)


def _targets() -> "dict[str, Target]":
    """Import the targets, with what they read made to tell atheris where an input leads."""
    sys.path.insert(0, str(HERE.parent))
    if not GUIDED:
        from fuzz.targets import TARGETS  # noqa: PLC0415  # atheris must see the modules as they are imported
    else:
        import atheris  # noqa: PLC0415  # it is not everywhere

        # It names each module that it prepares.
        print("Preparing the modules for atheris …", flush=True)
        with contextlib.redirect_stderr(io.StringIO()), atheris.instrument_imports(include=["peerbill"]):
            from fuzz.targets import TARGETS  # noqa: PLC0415  # as above
    return TARGETS


def _run(targets: "Sequence[Target]", seconds: int, seed: int, found: Path, own: Path) -> "Iterator[Ran]":
    """Run targets, two at a time, in copies of this process: preparing the modules takes longer than a short run."""
    waiting = list(targets)
    running: dict[int, Target] = {}
    while waiting or running:
        while waiting and len(running) < min(2, os.cpu_count() or 1):
            target = waiting.pop(0)
            (found / target.name).mkdir(parents=True, exist_ok=True)
            (own / target.name).mkdir()
            running[_start(target, seconds, seed, found / target.name, own / target.name)] = target
        child, status = os.wait()
        target = running.pop(child)
        said = (own / f"{target.name}.txt").read_text(encoding="utf-8", errors="replace")
        tried = max((int(number) for number in _TRIED.findall(said)), default=0)
        yield Ran(target.name, tried, tuple(sorted((found / target.name).iterdir())), status != 0, said)


def _start(target: "Target", seconds: int, seed: int, found: Path, own: Path) -> int:
    """Run a target in a copy of this process that prints into a file, and return the number of the process."""
    sys.stdout.flush()
    if child := os.fork():
        return child
    said = os.open(own.with_suffix(".txt"), os.O_WRONLY | os.O_CREAT, 0o600)
    os.dup2(said, 1)
    os.dup2(said, 2)
    tempfile.tempdir = str(own)
    try:
        _try(target, seconds, seed, found)
    except BaseException:  # noqa: BLE001  # whatever it is, the first process tells it
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _try(target: "Target", seconds: int, seed: int, found: Path) -> None:
    """Give a target inputs until its time is over; exits with another code than 0 where one breaks a promise."""
    from fuzz.contract import promised  # noqa: PLC0415  # as above

    seeds = [*target.seeds(), *(path.read_bytes() for path in kept(target.name))]
    folders = Path(tempfile.mkdtemp())

    def once(data: bytes) -> None:
        with tempfile.TemporaryDirectory(dir=folders) as folder, promised(Path(folder)):
            target.read(data, Path(folder))

    if not GUIDED:
        _at_random(target.mutate, once, seeds, seconds, seed, found)
        return
    import atheris  # noqa: PLC0415  # it is not everywhere

    begin = Path(tempfile.mkdtemp())
    for data in seeds:
        (begin / hashlib.sha256(data).hexdigest()).write_bytes(data)

    def change(data: bytes, most: int, seed: int) -> bytes:
        chance = random.Random(seed)  # noqa: S311  # no secret rests on it
        changed = target.mutate(data, chance) if chance.random() < 0.7 else atheris.Mutate(data, most)
        return bytes(changed[:most])

    options = (
        f"-max_total_time={seconds}",
        f"-seed={seed}",
        f"-artifact_prefix={found}/",
        f"-max_len={LONGEST_INPUT}",
        "-reload=0",  # what it finds is read from its folder again by the clock
        "-timeout=120",
        "-report_slow_units=120",  # the contract measures the processor's time: a busy machine is slow too
        "-rss_limit_mb=3000",
        "-print_final_stats=1",
    )
    atheris.Setup([sys.argv[0], *options, str(begin)], once, custom_mutator=change)
    atheris.Fuzz()


def _at_random(
    mutate: "Mutate", once: Callable[[bytes], None], seeds: list[bytes], seconds: int, seed: int, found: Path
) -> None:
    chance = random.Random(seed)  # noqa: S311  # no secret rests on it
    ends = time.monotonic() + seconds
    tried = 0
    while time.monotonic() < ends or tried < len(seeds):
        data = seeds[tried] if tried < len(seeds) else mutate(chance.choice(seeds), chance)[:LONGEST_INPUT]
        tried += 1
        try:
            once(data)
        except BaseException:  # noqa: BLE001  # whatever it is, it is what is looked for
            (found / f"crash-{hashlib.sha256(data).hexdigest()}").write_bytes(data)
            traceback.print_exc()
            print(f"Tried {tried}", flush=True)
            raise SystemExit(1) from None
    print(f"Tried {tried}", flush=True)


if __name__ == "__main__":
    # Sets in another order would take other branches, and so lead to other inputs.
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.environ.update(PYTHONHASHSEED="0", PYTHONDONTWRITEBYTECODE="1")
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.argv])  # noqa: S606  # this program itself
    sys.exit(main(sys.argv[1:]))
