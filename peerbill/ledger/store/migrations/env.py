"""Runs migrations on the connection it is given, inside the transaction that the connection is in."""

from alembic import context

given = context.config.attributes
context.configure(connection=given["connection"], version_table=given["version_table"], transactional_ddl=True)
context.run_migrations()
