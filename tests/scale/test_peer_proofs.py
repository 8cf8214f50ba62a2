"""Which encounters of a peer nothing is proven of: those of days about which the checks of peers are asked."""

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from peerbill.model.encounter import Encounter
from peerbill.scale.columns import FIELDS, encounters_of, write_encounters
from peerbill.scale.peer_proofs import doubted_of_peers
from peerbill.scale.store import Store, files, show_encounters

NOON = dt.datetime(2026, 3, 2, 12)
DETROIT = ZoneInfo("America/Detroit")


def contact(id_: str, day: int, start: str, minutes: int, **cells: object) -> Encounter:
    begins = dt.datetime.fromisoformat(f"2026-03-{day:02}T{start}")
    row = {"member_id": "M1", "staff_id": "S1", "start": begins, "end": begins + dt.timedelta(minutes=minutes)}
    return Encounter(id_, **(row | cells))  # type: ignore[arg-type]  # the cells of a row


@pytest.mark.parametrize(
    ("rows", "doubted"),
    [
        ([contact("A", 2, "09:00", 60), contact("B", 2, "10:00", 60)], set()),
        ([contact("A", 2, "09:00", 61), contact("B", 2, "10:00", 60), contact("C", 4, "10:00", 60)], {"A", "B"}),
        ([contact("A", 2, "08:00", 300), contact("B", 2, "14:00", 420)], set()),
        ([contact("A", 2, "08:00", 300), contact("B", 2, "14:00", 421)], {"A", "B"}),
        ([contact("A", 2, "21:00", 119), contact("B", 3, "00:00", 60)], set()),
        ([contact("A", 2, "23:00", 119), contact("B", 3, "01:00", 60), contact("C", 4, "01:00", 60)], {"A", "B"}),
        ([contact("A", 2, "19:00", 119), contact("B", 2, "20:00", 60), contact("C", 3, "00:00", 9)], {"A", "B"}),
        ([contact("A", 2, "19:00", 119), contact("B", 2, "20:00", 61), contact("C", 3, "00:00", 9)], {"A", "B", "C"}),
        ([contact("A", 8, "12:00", 60)], {"A"}),  # the clocks change
        ([contact("A", 2, "09:00", 60, end=None)], {"A"}),
        ([contact("A", 2, "09:00", -60)], {"A"}),
        ([contact("A", 2, "09:00", 60, start_offset=-300)], {"A"}),
        ([contact("A", 2, "09:00", 60, group_id="G")], {"A"}),
        ([contact("A", 2, "09:00", 60, staff_id="S2", facilitators=("S1",))], {"A"}),
        ([contact("A", 2, "09:00", 60, staff_id="S2"), contact("B", 2, "09:00", 60)], set()),
    ],
)
def test_days_of_a_peer_are_quiet_or_doubted(rows: list[Encounter], doubted: set[str], tmp_path: Path) -> None:
    write_encounters(tmp_path / "rows.parquet", rows)

    found = doubted_of_peers([tmp_path / "rows.parquet"], ["S1"], DETROIT)

    assert set(found["encounter_id"].to_pylist()) == doubted


def test_a_column_that_some_files_lack_is_blank_in_their_rows(tmp_path: Path) -> None:
    rows = [
        contact("A", 2, "09:00", 60, facilitators=("S2",), group_size=3, voluntary=False),
        Encounter("B", "", "", goal="find work", signed_at=NOON),
    ]
    for row in rows:
        write_encounters(tmp_path / f"{row.encounter_id}.parquet", [row])
    store = Store(tmp_path, threads=1, megabytes=100)

    show_encounters(store, "e", "from " + files(sorted(tmp_path.glob("*.parquet"))))
    whole, kept = (store.table(f"from {view} order by encounter_id") for view in ("e", "e_kept"))
    types = dict(store.rows("select column_name, column_type from (describe e)"))

    store.close()
    assert encounters_of(whole) == encounters_of(kept) == rows
    assert whole["goal"].to_pylist() == kept["goal"].to_pylist() == ["", "find work"]
    assert set(whole.column_names) == FIELDS.keys()
    assert set(kept.column_names) == {
        *("encounter_id", "member_id", "staff_id", "start", "end", "line"),
        *("facilitators", "group_size", "voluntary", "goal", "signed_at"),
    }
    assert types["payer"] == "VARCHAR"
    assert {types[name] for name in ("edited_at", "break_minutes", "start")} == {"TIMESTAMP", "BIGINT"}
