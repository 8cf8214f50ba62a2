"""What a run of the benchmark comes to, as plain data, and the tables that README and documentation show of it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.planting.left_out import LEFT_OUT
from benchmarks.planting.measure import SEED, Measured

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
    "PB9": "patterns over many encounters",
}
"""What the checks of each hundred are about."""

Record = dict[str, Any]


def record_of(measured: Measured, each: int) -> Record:
    """Return a run as plain data."""
    return {
        "each": each,
        "seed": SEED,
        "encounters": measured.encounters,
        "clean": measured.clean,
        "kinds": [
            {
                "code": score.kind.code,
                "name": score.kind.name,
                "near_miss": score.kind.near_miss,
                "programmes": list(score.programmes),
                "planted": score.planted,
                "found": score.found,
                "near": score.near,
                "alarms": score.alarms,
            }
            for score in sorted(measured.scores, key=lambda score: score.kind.code)
        ],
        "findings": {
            code: {"right": tally.right, "allowed": tally.allowed, "wrong": tally.wrong}
            for code, tally in sorted(measured.tallies.items())
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


_BEGIN, _END = "| defects of | kinds |", "\n\n"


def with_summary(text: str, record: Record) -> str:
    """Return a README with the table of a run in the place of the one that it has."""
    begin = text.index(_BEGIN)
    return text[:begin] + summary(record) + text[text.index(_END, begin) :]


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
    rows.append(_summary_row("**all**", record["kinds"], record["findings"].values()))
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
    if part == whole:
        return "100%"
    return f"{min(100 * part / whole, 99.9):.1f}%"


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
            " ".join(key.upper() for key in kind["programmes"]),
            str(kind["planted"]),
            share(kind["found"], kind["planted"]),
            str(kind["near"]),
            str(kind["alarms"]),
        ]
        for kind in record["kinds"]
    ]
    return _table(
        ["check", "defect (near miss)", "programmes of", "planted", "found", "near misses", "false alarms"], rows
    )


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
    return text.format(**figures, defects=full(record), findings=findings(record), left=left)
