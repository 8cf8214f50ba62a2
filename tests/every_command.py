"""Every command, once, in a folder of its own: the month of an office, with each kind of file."""

import contextlib
import os
import re
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

from click.testing import CliRunner, Result
from setup_answers import NJ

from peerbill.cli import main

DAY = "2026-11-20"
LIST = (
    "LASTNAME,FIRSTNAME,MIDNAME,BUSNAME,GENERAL,SPECIALTY,UPIN,NPI,DOB,ADDRESS,CITY,STATE,ZIP,EXCLTYPE,EXCLDATE,"
    "REINDATE,WAIVERDATE,WVRSTATE\n"
    + "TERRAZAS,ULRICA,,,IND,,,0000000000,19500101,,,,,1128a1,20240120,00000000,,\n"
    * 50
)
VISITS = (
    "Encounter ID,Member ID,Staff ID,Service,Start,End,Place,Channel\n"
    "V1,M01,S1,recovery-support,2026-10-01T09:00,2026-10-01T10:00,11,in-person\n"
)
STEPS = """
0 init agency --example mi-recovery-coach --tag K7Q2
0 setup new/office --answers answers.toml
0 init book --excel
0 tables --json tables.json
1 import agency visits.csv --suggest --json suggested.json
2 exclusions agency leie-2026-11-01.csv --as-of 2026-11-20 --json screened.json
0 policy --questions NJ/sud --on 2026-10-01 --out nj.toml
0 policy MI/sud-recovery-coaching --on 2026-10-01 --json policy.json
0 audit agency --as-of 2026-10-14 --json audit.json --csv audit.csv --html audit.html --xlsx audit.xlsx
0 audit agency --as-of 2026-10-14 --deidentify --key keys.txt --json shared.json
0 explain agency E01 --as-of 2026-10-14 --json explained.json
0 eligibility agency --out out/asked --as-of 2026-10-14
0 bill agency --out out/test --as-of 2026-10-14 --json billed.json
1 post agency agency/answers/1-999.edi agency/answers/2-277ca.edi --json posted.json
0 withdraw agency PBK7Q200000001 --reason never-sent
0 bill agency --out out/claims --as-of 2026-10-14
1 post agency agency/answers/production/*.edi
0 check out/claims/*.837 --json checked.json
0 claims agency --csv claims.csv --json claims.json
1 todo agency --as-of 2026-11-20 --json todo.json --csv todo.csv
0 todo agency --as-of 2026-11-20 --by staff --out pages/staff
0 report agency --as-of 2026-11-20 --out report.html --out report.xlsx --json report.json
0 sample agency --out drawn/plan --amount charged --size 4 --seed 2026-A --rule CA
2 extrapolate drawn/plan/plan.json drawn/plan/decisions.csv --json result.json
0 review checklist agency E01 --out form.html --as-of 2026-11-20
0 review checklist agency E01 --out form.xlsx --as-of 2026-11-20
0 review checklist agency E01 --out form.csv --as-of 2026-11-20
1 settle agency NONE --reason seen
0 replace agency PBK7Q200000035 --out out/replaced --as-of 2026-11-20 --unchanged
0 void agency PBK7Q200000027 --out out/voided --as-of 2026-11-20
1 rebill agency PBK7Q200000028
1 write-off agency PBK7Q200000036 --reason uncollectable
0 purge agency --before 2010-01-01 --json purged.json
0 ledger keeps claims
0 ledger grants --role reader
0 ledger upgrade agency
0 ledger verify agency --json verified.json
0 ledger checkpoint agency --out checkpoint.json
0 ledger key --private private.pem --public public.pem
0 ledger checkpoint agency --out signed.json --key private.pem
0 ledger verify agency --checkpoint signed.json --key public.pem
0 ledger backup agency kept/backup.db
0 ledger restore agency kept/backup.db --replace
0 ledger copies agency kept
"""
"""Each with the exit code that it has."""
_DAY_OPTION = re.compile(r" --(?:as-of|on) \S+")


def steps(more: tuple[str, ...] = (), *, dated: bool = True) -> Iterator[tuple[str, int, Result]]:
    """Run every command in the current folder, with more words behind each; yield it, its exit code and its result.

    Where they are not `dated`, each takes its day from the clock.
    """
    Path("answers.toml").write_text(NJ, encoding="utf-8")
    Path("leie-2026-11-01.csv").write_text(LIST, encoding="utf-8")
    Path("visits.csv").write_text(VISITS, encoding="utf-8")
    for step in STEPS.strip().splitlines():
        code, _, command = (step if dated else _DAY_OPTION.sub("", step)).partition(" ")
        words = [
            name
            for word in shlex.split(command)
            for name in (sorted(map(str, Path().glob(word))) if "*" in word else [word])
        ]
        yield command, int(code), CliRunner().invoke(main, [*words, *more])
        if command.startswith("withdraw"):
            settings = Path("agency/peerbill.toml")
            settings.write_text(settings.read_text().replace('mode = "test"', 'mode = "production"'))


@contextlib.contextmanager
def every_right(mask: int = 0) -> Iterator[None]:
    """Let new files have every right that is not refused when they are made; `mask` is what the system takes away."""
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def open_to_others() -> set[str]:
    """Return what is in the current folder and has other rights than those of its owner: 0600, of folders 0700."""
    rights = {path: stat.S_IMODE(path.lstat().st_mode) for path in Path().rglob("*")}
    return {str(path) for path, mode in rights.items() if mode != (0o700 if path.is_dir() else 0o600)}
