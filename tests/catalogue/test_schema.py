"""The migrations make what schema.py says, on both databases."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from kyara.catalogue import opened
from kyara.catalogue.schema import VERSION_TABLE, metadata


@pytest.mark.filterwarnings("ignore:Did not recognize type 'halfvec'")
def test_migrations_end_at_the_schema(where: str) -> None:
    with opened(where, write=True) as catalogue, catalogue.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []
