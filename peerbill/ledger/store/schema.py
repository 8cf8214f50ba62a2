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
    inspector = sa.inspect(connection)
    named = set(inspector.get_table_names())
    return tuple(
        name
        for name, table in tables.metadata.tables.items()
        if name not in named or not {one["name"] for one in inspector.get_columns(name)}.issuperset(table.c.keys())
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
    for table in tables.metadata.sorted_tables:
        if table.name not in named:
            yield f"the table {table.name} is gone"
            continue
        there, made = _shown(inspector, table.name), _made(connection, table)
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


def _shown(inspector: sa.Inspector, name: str) -> dict[str, Any]:
    """Return columns, indexes and keys of a table as the database has them."""
    dialect = inspector.bind.dialect
    parts: dict[str, Any] = {
        f"column {column['name']}": (column["type"].compile(dialect), column["nullable"])
        for column in inspector.get_columns(name)
    }
    for index in inspector.get_indexes(name):
        if not index.get("duplicates_constraint"):
            condition = any(key.endswith("_where") for key in index.get("dialect_options", {}))
            parts[f"index {index['name']}"] = (index["column_names"], bool(index["unique"]), condition)
    parts["primary key"] = inspector.get_pk_constraint(name)["constrained_columns"]
    for constraint in inspector.get_unique_constraints(name):
        parts[f"unique constraint of {', '.join(constraint['column_names'])}"] = constraint["column_names"]
    for key in inspector.get_foreign_keys(name):
        parts[f"foreign key of {', '.join(key['constrained_columns'])}"] = key["referred_table"]
    return parts
