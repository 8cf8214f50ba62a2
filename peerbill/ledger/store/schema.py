"""Whether the tables of a ledger are those that its migrations make: a trigger could change what peerbill writes."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from peerbill.ledger.store import tables
from peerbill.ledger.store.database import VERSION_TABLE

_POSTGRESQL = """
SELECT 'trigger', tgname, relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
 WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace
UNION ALL SELECT 'rule', rulename, tablename FROM pg_rules WHERE schemaname = current_schema()
UNION ALL SELECT 'policy', policyname, tablename FROM pg_policies WHERE schemaname = current_schema()
UNION ALL SELECT 'view', viewname, viewname FROM pg_views WHERE schemaname = current_schema()
"""
_SQLITE = "SELECT type, name, tbl_name FROM sqlite_master WHERE type NOT IN ('table', 'index')"


def gone(connection: sa.Connection) -> tuple[str, ...]:
    """Return the tables that are gone, or have lost a column: such a ledger cannot be read."""
    columns = sa.inspect(connection).get_multi_columns(filter_names=list(tables.metadata.tables))
    there = {name: {column["name"] for column in found} for (_, name), found in columns.items()}
    return tuple(
        name for name, table in tables.metadata.tables.items() if not there.get(name, set()).issuperset(table.c.keys())
    )


def differences(connection: sa.Connection) -> Iterator[str]:
    """Yield what is in the database beside the tables and indexes of a ledger, and what is not as it should be."""
    inspector = sa.inspect(connection)
    is_sqlite = connection.dialect.name == "sqlite"
    named = set(inspector.get_table_names())
    for kind, name, table in connection.exec_driver_sql(_SQLITE if is_sqlite else _POSTGRESQL):
        if table in tables.metadata.tables or kind == "view":
            yield f"there is a {kind} {name}, and peerbill makes none: it may change what is written, or hide it"
    if is_sqlite:
        # A database of a server may hold more than the ledger.
        for name in sorted(named - tables.metadata.tables.keys() - {VERSION_TABLE}):
            yield f"there is a table {name}, and peerbill makes none of that name"
    shown = _shown(inspector, [table.name for table in tables.metadata.sorted_tables if table.name in named])
    for table in tables.metadata.sorted_tables:
        if table.name not in named:
            yield f"the table {table.name} is gone"
            continue
        there, made = shown[table.name], _made(connection, table)
        for part in sorted(made.keys() | there.keys()):
            if part not in there:
                yield f"table {table.name} has no {part} any more"
            elif part not in made:
                yield f"table {table.name} has the {part}, which peerbill does not make"
            elif there[part] != made[part]:
                yield f"table {table.name} has another {part} than peerbill makes"


def _made(connection: sa.Connection, table: sa.Table) -> dict[str, Any]:
    """Return columns, indexes and keys of a table as migrations make them."""
    dialect = connection.dialect
    parts: dict[str, Any] = {
        f"column {column.name}": (column.type.compile(dialect), bool(column.nullable)) for column in table.columns
    }
    for index in table.indexes:
        condition = index.dialect_options[dialect.name]["where"] is not None
        parts[f"index {index.name}"] = ([column.name for column in index.columns], bool(index.unique), condition)
    parts["primary key"] = [column.name for column in table.primary_key]
    for constraint in table.constraints:
        if isinstance(constraint, sa.UniqueConstraint):
            names = [column.name for column in constraint.columns]
            parts[f"unique constraint of {', '.join(names)}"] = names
        elif isinstance(constraint, sa.ForeignKeyConstraint):
            parts[f"foreign key of {', '.join(constraint.column_keys)}"] = constraint.referred_table.name
    return parts


def _shown(inspector: sa.Inspector, names: list[str]) -> dict[str, dict[str, Any]]:
    """Return columns, indexes and keys of tables as the database has them, each asked for once for all tables."""
    dialect = inspector.bind.dialect
    shown: dict[str, dict[str, Any]] = {name: {} for name in names}
    for (_, name), columns in inspector.get_multi_columns(filter_names=names).items():
        for column in columns:
            shown[name][f"column {column['name']}"] = (column["type"].compile(dialect), column["nullable"])
    for (_, name), indexes in inspector.get_multi_indexes(filter_names=names).items():
        for index in indexes:
            if not index.get("duplicates_constraint"):
                condition = any(key.endswith("_where") for key in index.get("dialect_options", {}))
                shown[name][f"index {index['name']}"] = (index["column_names"], bool(index["unique"]), condition)
    for (_, name), key in inspector.get_multi_pk_constraint(filter_names=names).items():
        shown[name]["primary key"] = key["constrained_columns"]
    for (_, name), constraints in inspector.get_multi_unique_constraints(filter_names=names).items():
        for constraint in constraints:
            columns_of = constraint["column_names"]
            shown[name][f"unique constraint of {', '.join(columns_of)}"] = columns_of
    for (_, name), keys in inspector.get_multi_foreign_keys(filter_names=names).items():
        for foreign in keys:
            shown[name][f"foreign key of {', '.join(foreign['constrained_columns'])}"] = foreign["referred_table"]
    return shown
