"""The rights of accounts in a PostgreSQL ledger, as SQL that its owner runs: who bills, who looks, who owns it.

They are made from the tables, so that a new table has its rights. What a biller may not do to the trail, no program
that uses the biller's account can do either.
"""

import re

from peerbill.ledger.store import tables
from peerbill.ledger.store.database import VERSION_TABLE
from peerbill.model.errors import LedgerError

ONLY_ADDED = frozenset({tables.events.name})
"""Tables whose rows nobody who bills may change or remove."""
ROLES = ("biller", "reader", "owner")


def grants(role: str, account: str, schema: str = "public") -> str:
    """Return the SQL that gives a role (`ROLES`) to an account of the server, which is made where there is none.

    The account cannot log in by itself: people get it by `GRANT account TO somebody`. Run again after an upgrade, it
    gives the rights on new tables too. Raises LedgerError for a name that is no plain name.
    """
    for name in (account, schema):
        if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", name):
            raise LedgerError(
                f"{name!a} is no name of an account or a schema: expected small letters, digits and _, at most 63"
            )
    of_role = {"biller": _biller, "reader": _reader, "owner": _owner}[role]
    names = ", ".join(f"{schema}.{name}" for name in (VERSION_TABLE, *tables.metadata.tables))
    taken = "PUBLIC" if role == "owner" else f"PUBLIC, {account}"
    lines = [
        f"-- The {role} of a ledger of peerbill. Run it as the owner of its tables: psql --file FILE DATABASE",
        f"-- Then give it to people: GRANT {account} TO somebody;",
        "BEGIN;",
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{account}') THEN",
        f"    CREATE ROLE {account} NOLOGIN; END IF; END $$;",
        f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC;",
        f"REVOKE ALL ON {names} FROM {taken};",
        f"GRANT USAGE ON SCHEMA {schema} TO {account};",
        *of_role(account, schema),
        "COMMIT;",
    ]
    return "".join(f"{line}\n" for line in lines)


def _biller(account: str, schema: str) -> list[str]:
    changing = ", ".join(f"{schema}.{name}" for name in tables.metadata.tables if name not in ONLY_ADDED)
    return [
        f"GRANT SELECT ON {schema}.{VERSION_TABLE} TO {account};",
        *(f"GRANT SELECT, INSERT ON {schema}.{name} TO {account};" for name in sorted(ONLY_ADDED)),
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {changing} TO {account};",
    ]


def _reader(account: str, schema: str) -> list[str]:
    names = ", ".join(f"{schema}.{name}" for name in (VERSION_TABLE, *tables.metadata.tables))
    return [f"GRANT SELECT ON {names} TO {account};"]


def _owner(account: str, schema: str) -> list[str]:
    names = (VERSION_TABLE, *tables.metadata.tables)
    return [
        f"GRANT CREATE ON SCHEMA {schema} TO {account};",
        *(f"ALTER TABLE {schema}.{name} OWNER TO {account};" for name in names),
    ]
