"""What Alembic runs for every migration: on the connection it was given, in the transaction that is open there."""

from alembic import context

from kyara.catalogue.schema import VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=VERSION_TABLE)
context.run_migrations()
