"""Encounters, rows of other tables, and findings as columns of Parquet files, and back."""

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

import attrs
import msgspec

from peerbill.checks.audited import AuditedEncounter
from peerbill.documents.figures import read_figure, write_figure
from peerbill.model.encounter import Encounter
from peerbill.model.finding import Citation, Finding, Severity
from peerbill.scale.packages import load

Batch = Any
"""A pyarrow.Table."""

_json = msgspec.json.Encoder().encode
texts_of: Final[Callable[[str], tuple[str, ...]]] = msgspec.json.Decoder(tuple[str, ...]).decode
"""The texts of a cell that has several."""
_citations = msgspec.json.Decoder(tuple[Citation, ...]).decode
_values = msgspec.json.Decoder(dict[str, Any]).decode

_AT_A_TIME = 16_384
_CENT = Decimal("0.01")

FIELDS: Final[Mapping[str, Any]] = {field.name: field.type for field in attrs.fields(Encounter)}
"""The fields of an encounter by name, with their types: each is a column."""

_ALWAYS: Final = frozenset({"encounter_id", "member_id", "staff_id", "start", "line"})
"""Columns of encounters that each file has."""
NARROW: Final = (
    "encounter_id",
    "member_id",
    "staff_id",
    "service",
    "start",
    "end",
    "place",
    "channel",
    "diagnoses",
    "payer",
    "programme",
    "group_id",
    "facilitators",
    "support_type",
    "plan_id",
    "break_minutes",
    "travel_minutes",
    "facility",
    "site",
    "start_offset",
    "end_offset",
    "line",
)
"""The columns that the checks of peers look at."""


def write_table(path: Path, columns: Mapping[str, Sequence[object]], types: Mapping[str, Any]) -> None:
    """Write columns as a Parquet file, which is whole or absent: the last of two writers of one name stays."""
    pa = load("pyarrow")
    write_batch(path, pa.table({name: pa.array(columns[name], type=type_) for name, type_ in types.items()}))


def write_batch(path: Path, table: Batch) -> None:
    """Write a table of Arrow as `write_table` writes columns."""
    parquet = load("pyarrow.parquet")
    new = path.with_name(f"{path.name}.{id(table)}.new")
    parquet.write_table(table, new, compression="lz4", row_group_size=50_000)
    new.replace(path)


def read_table(paths: Sequence[Path], columns: Sequence[str] | None = None) -> Batch:
    """Return the rows of Parquet files of one kind."""
    pa, parquet = load("pyarrow"), load("pyarrow.parquet")
    return pa.concat_tables([parquet.ParquetFile(path).read(columns=columns) for path in paths])


# Encounters


@cache
def encounter_types() -> Mapping[str, Any]:
    """Return the type of each column of encounters; several texts are one, a list in JSON."""
    pa = load("pyarrow")
    of: dict[object, Any] = {
        str: pa.string(),
        tuple[str, ...]: pa.string(),
        int: pa.int64(),
        int | None: pa.int64(),
        bool | None: pa.bool_(),
        dt.datetime | None: pa.timestamp("us"),
    }
    return {name: of[type_] for name, type_ in FIELDS.items()}


def may_lack(name: str, cells: Iterable[object]) -> bool:
    """Tell whether a file of encounters may do without a column of these cells: all of them are blank."""
    return name not in _ALWAYS and set(cells) <= {"" if is_text(name) else None}


def is_text(name: str) -> bool:
    """Tell whether a column is one of texts, of which a blank one is empty: the others have no value then."""
    return name in FIELDS and (FIELDS[name] is str or _is_list(FIELDS[name]))


def write_encounters(path: Path, rows: Sequence[Encounter]) -> None:
    """Write encounters, without the columns that are blank in all of them."""
    columns: dict[str, Sequence[object]] = {}
    for name, type_ in FIELDS.items():
        values = [getattr(row, name) for row in rows]
        cells = [_json(value).decode() if value else "" for value in values] if _is_list(type_) else values
        if not may_lack(name, cells):
            columns[name] = cells
    write_table(path, columns, {name: type_ for name, type_ in encounter_types().items() if name in columns})


def encounters_of(table: Batch) -> list[Encounter]:
    """Return the encounters of a table; a column that it lacks is blank in all of them. Equal texts are one object."""
    count = table.num_rows
    columns = [_cells(table, name, type_, count) for name, type_ in FIELDS.items()]
    return list(map(Encounter, *columns)) if count else []


def _is_list(type_: object) -> bool:
    return type_ == tuple[str, ...]


def _cells(table: Batch, name: str, type_: object, count: int) -> Sequence[object]:
    blank: object = "" if type_ is str else () if _is_list(type_) else 0 if type_ is int else None
    if name not in table.column_names or table[name].null_count == count:
        return [blank] * count
    column = table[name]
    if type_ is str:
        return _shared(column, str)
    if _is_list(type_):
        return _shared(column, lambda text: texts_of(text) if text else ())
    if type_ == dt.datetime | None:
        return column.to_numpy(zero_copy_only=False).astype("datetime64[us]").tolist()  # type: ignore[no-any-return]
    return column.to_pylist()  # type: ignore[no-any-return]


def _shared(column: Batch, made: Callable[[str], object]) -> list[object]:
    """Return the texts of a column as `made` gives them; what stands there often is one object."""
    coded = column.combine_chunks().dictionary_encode()
    if not isinstance(coded, load("pyarrow").DictionaryArray):
        coded = coded.combine_chunks()
    known = [made(text) for text in coded.dictionary.to_pylist()]
    return [known[at] for at in coded.indices.to_numpy(zero_copy_only=False).tolist()]


# Rows of other tables


def row_types() -> Mapping[str, Any]:
    """Return the columns of rows of other tables: whose, of which table, the place in it, and the row itself."""
    pa = load("pyarrow")
    return {"key": pa.string(), "table": pa.string(), "at": pa.int64(), "row": pa.binary()}


def write_rows(path: Path, rows: Iterable[tuple[str, str, int, object]]) -> None:
    """Write rows of other tables: key, table, place and the row; not many at a time."""
    arrow, parquet = load("pyarrow"), load("pyarrow.parquet")
    encode = msgspec.msgpack.Encoder().encode
    types = row_types()
    with parquet.ParquetWriter(path, arrow.schema(list(types.items())), compression="zstd") as writer:
        left = iter(rows)
        while some := list(itertools.islice(left, _AT_A_TIME)):
            keys, names, places, values = zip(*some, strict=True)
            columns = dict(zip(types, (keys, names, places, list(map(encode, values))), strict=True))
            writer.write_table(arrow.table({name: arrow.array(columns[name], type_) for name, type_ in types.items()}))


def rows_of(table: Batch, classes: Mapping[str, type]) -> dict[str, tuple[Any, ...]]:
    """Return the rows by table, in the order in which they stood there, each once."""
    decoders: dict[str, Callable[[bytes], Any]] = {
        name: msgspec.msgpack.Decoder(class_).decode for name, class_ in classes.items()
    }
    found: dict[str, dict[int, Any]] = {name: {} for name in classes}
    columns = (table[name].to_pylist() for name in ("table", "at", "row"))
    for name, at, row in zip(*columns, strict=True):
        if at not in found[name]:
            found[name][at] = decoders[name](row)
    return {name: tuple(rows[at] for at in sorted(rows)) for name, rows in found.items()}


# What was found


@cache
def finding_types() -> Mapping[str, Any]:
    """Return the columns of findings; `citations` and `values` are JSON."""
    pa = load("pyarrow")
    text = pa.string()
    return {
        "code": text,
        "severity": text,
        "encounter_ids": pa.list_(text),
        "where": text,
        "message": text,
        "fix": text,
        "citations": text,
        "staff_id": text,
        "member_id": text,
        "missing": text,
        "template": text,
        "values": text,
        "pattern": text,
        "raised": pa.bool_(),
    }


def write_findings(path: Path, findings: Sequence[tuple[int, Finding]]) -> None:
    """Write findings, each with the number of the step that found it, in their order."""
    pa = load("pyarrow")
    types = {**finding_types(), "step": pa.int64(), "number": pa.int64()}
    columns: dict[str, list[object]] = {name: [] for name in types}
    for number, (step, finding) in enumerate(findings):
        for name, value in finding_cells(finding).items():
            columns[name].append(value)
        columns["step"].append(step)
        columns["number"].append(number)
    write_table(path, columns, types)


def finding_cells(finding: Finding) -> dict[str, object]:
    """Return a finding as the cells of its columns."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "encounter_ids": list(finding.encounter_ids),
        "where": finding.where,
        "message": finding.message,
        "fix": finding.fix,
        "citations": _json(finding.citations).decode(),
        "staff_id": finding.staff_id,
        "member_id": finding.member_id,
        "missing": finding.missing,
        "template": finding.template,
        "values": _json({name: write_figure(value) for name, value in finding.values.items()}).decode(),
        "pattern": finding.pattern,
        "raised": finding.raised,
    }


def finding_of(cells: Mapping[str, Any]) -> Finding:
    """Return the finding of a row of cells."""
    return Finding(
        code=cells["code"],
        severity=Severity(cells["severity"]),
        encounter_ids=tuple(cells["encounter_ids"]),
        where=cells["where"],
        message=cells["message"],
        fix=cells["fix"],
        citations=_citations(cells["citations"]),
        staff_id=cells["staff_id"],
        member_id=cells["member_id"],
        missing=cells["missing"],
        template=cells["template"],
        values={name: read_figure(value) for name, value in _values(cells["values"]).items()},
        pattern=cells["pattern"],
        raised=cells["raised"],
    )


@cache
def audited_types() -> Mapping[str, Any]:
    """Return the columns of what became of encounters; a charge is in dollars."""
    pa = load("pyarrow")
    return {
        "encounter_id": pa.string(),
        "minutes": pa.int64(),
        "units": pa.int64(),
        "hcpcs": pa.string(),
        "modifiers": pa.list_(pa.string()),
        "status": pa.string(),
        "charge": pa.decimal128(18, 2),
    }


def write_audited(path: Path, rows: Sequence[AuditedEncounter], others: Batch | None = None) -> None:
    """Write what became of encounters, each with its number in this file, and `others`, which are columns already."""
    pa = load("pyarrow")
    columns: dict[str, Sequence[object]] = {name: [getattr(row, name) for row in rows] for name in audited_types()}
    columns |= {"charge": [charge_cell(row.charge) for row in rows], "number": range(len(rows))}
    types = {**audited_types(), "number": pa.int64()}
    table = pa.table({name: pa.array(columns[name], type=type_) for name, type_ in types.items()})
    if others is not None:
        table = pa.concat_tables([table, others.select(list(types)).cast(table.schema)])
    write_batch(path, table)


def charge_cell(charge: Decimal | None) -> Decimal | None:
    """Return dollars as the column of charges has them."""
    return None if charge is None else charge.quantize(_CENT)


def audited_of(cells: Mapping[str, Any]) -> AuditedEncounter:
    """Return what became of an encounter, of a row of cells."""
    charge: Decimal | None = cells["charge"]
    return AuditedEncounter(
        encounter_id=cells["encounter_id"],
        minutes=cells["minutes"],
        units=cells["units"],
        hcpcs=cells["hcpcs"],
        modifiers=tuple(cells["modifiers"]),
        status=cells["status"],
        charge=charge,
    )
