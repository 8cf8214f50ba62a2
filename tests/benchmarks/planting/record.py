"""What a run of the benchmark comes to, as plain data, and the tables that README and documentation show of it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
from benchmarks.planting.chance import SEED
from benchmarks.planting.copies import PATTERN_KINDS
from benchmarks.planting.kinds import every_kind
from benchmarks.planting.kinds_claims import CLAIM_KINDS
from benchmarks.planting.kinds_habits import HABITS
from benchmarks.planting.left_out import LEFT_OUT
from benchmarks.planting.measure import Measured, fitting
from benchmarks.planting.measure_claims import ClaimsMeasured
from benchmarks.planting.measure_habits import HabitsMeasured
from benchmarks.planting.measure_patterns import CODES, PatternsMeasured

ROOT = Path(__file__).parents[3]
RECORD = ROOT / "fixtures" / "planted.json"
PAGE = ROOT / ".docs" / "pages" / "planted.md"
GROUPS: Mapping[str, str] = {
    "PB0": "rows that can be read, ids",
    "PB1": "times, units, filing",
    "PB2": "notes: elements, signatures, goals, activities",
    "PB3": "staff: credentials, training, supervision, licenses",
    "PB4": "members: coverage, age, diagnoses, stays",
    "PB5": "plans, assessments, authorizations",
    "PB6": "services, places, channels, groups",
    "PB7": "limits of units and hours",
    "PB8": "overlaps, impossible days, duplicates, billed before",
    "PB9": "notes in bulk, for billing, after a notice",
}
"""What the checks of each hundred are about."""

Record = dict[str, Any]


def record_of(
    measured: Measured, claims: ClaimsMeasured, patterns: PatternsMeasured, habits: HabitsMeasured, each: int
) -> Record:
    """Return a run as plain data."""
    return {
        "each": each,
        "seed": SEED,
        "encounters": measured.encounters,
        "clean": measured.clean,
        "kinds": [
            {
                "code": kind.code,
                "name": kind.name,
                "near_miss": kind.near_miss,
                "programmes": [programme.key for programme in fitting(kind)],
                **attrs.asdict(measured.scores[place]),
            }
            for place, kind in enumerate(every_kind())
            if place in measured.scores
        ],
        "findings": {
            code: {"right": measured.right[code], "allowed": measured.allowed[code], "wrong": measured.wrong[code]}
            for code in sorted(measured.right | measured.allowed | measured.wrong)
        },
        "claims": {
            "claims": claims.claims,
            "right": claims.right,
            "wrong": claims.wrong.total(),
            "kinds": [
                {
                    "code": kind.code,
                    "name": kind.name,
                    "near_miss": kind.near_miss,
                    **attrs.asdict(claims.scores[place]),
                }
                for place, kind in enumerate(CLAIM_KINDS)
            ],
        },
        "patterns": {
            "encounters": patterns.encounters,
            "clean": patterns.clean,
            "kinds": [
                {"code": kind.code, "name": kind.name, "near": kind.near, **attrs.asdict(patterns.scores[place])}
                for place, kind in enumerate(PATTERN_KINDS)
            ],
            "alarms": {code: patterns.alarms[code] for code in CODES},
        },
        "habits": {
            "encounters": habits.encounters,
            "peers": habits.peers,
            "alarms": habits.alarms,
            "kinds": [
                {
                    "code": habit.code,
                    "name": habit.name,
                    "near_miss": habit.near_miss,
                    **attrs.asdict(habits.scores[place]),
                }
                for place, habit in enumerate(HABITS)
            ],
        },
    }


def write_record(record: Record) -> None:
    """Write the record, the page of the documentation, and the table of the README."""
    RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(record), encoding="utf-8")
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    readme.write_text(with_summary(text, record), encoding="utf-8")


def read_record() -> Record:
    """Return the last run that was recorded."""
    record: Record = json.loads(RECORD.read_text(encoding="utf-8"))
    return record


_TABLES = ("| defects of | kinds |", "| pattern | planted |")
"""How the tables of the README begin."""


def with_summary(text: str, record: Record) -> str:
    """Return a README with the tables of a run in the place of those that it has."""
    for first, table in zip(_TABLES, (summary(record), pattern_summary(record)), strict=True):
        begin = text.index(first)
        text = text[:begin] + table + text[text.index("\n\n", begin) :]
    return text


TITLES: Mapping[str, str] = {
    "PB208": "copied notes: verbatim, or with names, figures, words or sentences changed (PB208)",
    "PB806": "groups billed as one-to-ones, at one time or back to back (PB806)",
}
"""What the patterns between notes and sessions are."""


def pattern_summary(record: Record) -> str:
    """Return the short table of patterns: what was planted in years of agencies."""
    found = record["patterns"]
    rows = []
    for code, title in TITLES.items():
        over, near = (
            [kind for kind in found["kinds"] if kind["code"] == code and kind["near"] is is_near]
            for is_near in (False, True)
        )
        rows.append(
            [
                title,
                *_counts(over, near, "found"),
                _rate(found["alarms"][code], found["clean"], "encounters"),
            ]
        )
    habits = record["habits"]
    rows.append(
        [
            "habits of one peer: lengths, times, places, volume (PB901 to PB909, PB913, PB914)",
            *_counts(habits["kinds"], [{**kind, "planted": kind["near"]} for kind in habits["kinds"]], "alarms"),
            _rate(habits["alarms"], habits["peers"], "peers"),
        ]
    )
    return _table(["pattern", "planted", "found", "near misses", "named", "false alarms"], rows)


def _rate(part: int, whole: int, of: str) -> str:
    return f"{part:,} of {whole:,} {of}, {share(part, whole)}"


def _counts(over: Sequence[Record], near: Sequence[Record], named: str) -> list[str]:
    planted, found = sum(kind["planted"] for kind in over), sum(kind["found"] for kind in over)
    return [
        f"{planted:,}",
        share(found, planted),
        f"{sum(kind['planted'] for kind in near):,}",
        f"{sum(kind[named] for kind in near):,}",
    ]


def summary(record: Record) -> str:
    """Return the short table, a row for each hundred of checks."""
    rows = [
        _summary_row(
            f"{about} ({prefix}xx)",
            [kind for kind in record["kinds"] if kind["code"].startswith(prefix)],
            _of_prefix(record, prefix),
        )
        for prefix, about in GROUPS.items()
    ]
    claims = record["claims"]
    rows.append(_summary_row("claims of another system (PB852 to PB864)", claims["kinds"], [claims]))
    tallies = [*record["findings"].values(), claims]
    rows.append(_summary_row("**all**", [*record["kinds"], *claims["kinds"]], tallies))
    return _table(["defects of", "kinds", "planted", "found", "near misses", "false alarms", "precision"], rows)


def _of_prefix(record: Record, prefix: str) -> list[Mapping[str, int]]:
    return [tally for code, tally in record["findings"].items() if code.startswith(prefix)]


def _summary_row(title: str, kinds: Sequence[Record], tallies: Iterable[Mapping[str, int]]) -> list[str]:
    tallies = list(tallies)
    planted, found = (sum(kind[key] for kind in kinds) for key in ("planted", "found"))
    near, alarms = (sum(kind[key] for kind in kinds) for key in ("near", "alarms"))
    return [
        title,
        str(len(kinds)),
        f"{planted:,}",
        share(found, planted),
        f"{near:,}",
        f"{alarms:,}",
        precision(tallies),
    ]


def share(part: int, whole: int) -> str:
    """Return a share in percent, never rounded up to all of it."""
    if not whole:
        return ""
    if part in {0, whole}:
        return "0%" if part == 0 else "100%"
    percent = min(100 * part / whole, 99.9)
    return f"{percent:.1f}%" if percent >= 1 else f"{percent:.2f}%"


def precision(tallies: Iterable[Mapping[str, int]]) -> str:
    """Return how many of the findings, one for each encounter that they name, are right."""
    tallies = list(tallies)
    right, wrong = (sum(tally[key] for tally in tallies) for key in ("right", "wrong"))
    return share(right, right + wrong)


def full(record: Record) -> str:
    """Return the long table, a row for each kind of defect."""
    rows = [
        [
            kind["code"],
            f"{kind['name']} ({kind['near_miss']})",
            " ".join(key.upper() for key in kind["programmes"]) if "programmes" in kind else "all",
            str(kind["planted"]),
            share(kind["found"], kind["planted"]),
            str(kind["near"]),
            str(kind["alarms"]),
        ]
        for kind in (*record["kinds"], *record["claims"]["kinds"])
    ]
    return _table(
        ["check", "defect (near miss)", "programmes of", "planted", "found", "near misses", "false alarms"], rows
    )


def patterns(record: Record) -> str:
    """Return the long table of patterns."""
    rows = [
        [
            kind["code"],
            kind["name"],
            "" if kind["near"] else str(kind["planted"]),
            "" if kind["near"] else share(kind["found"], kind["planted"]),
            str(kind["planted"]) if kind["near"] else "",
            str(kind["found"]) if kind["near"] else "",
        ]
        for kind in record["patterns"]["kinds"]
    ]
    rows += [
        [
            kind["code"],
            f"{kind['name']} ({kind['near_miss']})",
            str(kind["planted"]),
            share(kind["found"], kind["planted"]),
            str(kind["near"]),
            str(kind["alarms"]),
        ]
        for kind in record["habits"]["kinds"]
    ]
    return _table(["check", "pattern (near miss)", "planted", "found", "near misses", "named"], rows)


def findings(record: Record) -> str:
    """Return the table of findings, a row for each check."""
    rows = [
        [code, f"{tally['right']:,}", f"{tally['allowed']:,}", f"{tally['wrong']:,}", precision([tally])]
        for code, tally in record["findings"].items()
    ]
    every = list(record["findings"].values())
    total = [f"**{sum(tally[key] for tally in every):,}**" for key in ("right", "allowed", "wrong")]
    rows.append(["**all**", *total, f"**{precision(every)}**"])
    return _table(["check", "right", "consequences", "wrong", "precision"], rows)


def left_out() -> str:
    """Return the table of checks that are not measured, and why."""
    codes: dict[str, list[str]] = {}
    for code, why in LEFT_OUT.items():
        codes.setdefault(why, []).append(code)
    rows = [[found[0] if len(found) == 1 else f"{found[0]} to {found[-1]}", why] for why, found in codes.items()]
    return _table(["check", "why it is left out"], rows)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def page(record: Record) -> str:
    """Return the page of the documentation."""
    text = Path(__file__).with_name("page.md").read_text(encoding="utf-8")
    left = f"\n## Left out\n\n{left_out()}\n" if LEFT_OUT else ""
    figures = {key: record[key] for key in ("each", "encounters", "clean", "seed")}
    return text.format(
        **figures,
        claims=record["claims"]["claims"],
        pattern_encounters=record["patterns"]["encounters"],
        habit_encounters=record["habits"]["encounters"],
        habit_agencies=record["habits"]["kinds"][0]["planted"],
        defects=full(record),
        patterns=patterns(record),
        findings=findings(record),
        left=left,
    )
