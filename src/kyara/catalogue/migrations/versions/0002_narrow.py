"""What the machine says goes into one column of its sighting, and checksums take the place of the index of contents."""

from itertools import groupby
from operator import itemgetter

import numpy as np
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

AT_ONCE = 20_000  # sightings
_ENTRY = np.dtype([("attribute", "<u2"), ("label", "<u4"), ("confidence", "<f8"), ("decided", "?")])


def upgrade() -> None:
    """Move the values, in pieces of AT_ONCE sightings. Checksums and postings are made anew by whoever runs this."""
    op.add_column("sighting", sa.Column("told", sa.LargeBinary))
    connection = op.get_bind()
    last = connection.execute(sa.text("SELECT max(sighting) FROM value")).scalar() or 0
    for start in range(0, last + 1, AT_ONCE):
        _move(connection, start, start + AT_ONCE)
    op.drop_table("value")
    op.create_table(
        "checksum",
        sa.Column("of", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("sample", sa.Integer, primary_key=True),
        sqlite_with_rowid=False,
    )
    if connection.dialect.name == "postgresql":
        op.drop_constraint("sample_content_key", "sample")
    else:
        _without_unique()


def _without_unique() -> None:
    """SQLite cannot drop a constraint: the table is made anew."""
    op.rename_table("sample", "old_sample")
    op.drop_index("sample_block")
    op.create_table(
        "sample",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("width", sa.Integer),
        sa.Column("height", sa.Integer),
        sa.Column("tags", sa.Text),
        sa.Column("text", sa.Text),
        sa.Column("film", sa.Text),
        sa.Column("shot", sa.Integer),
        sa.Column("seconds", sa.Double),
        sa.Column("skip_reason", sa.Text),
        sa.Column("run", sa.Integer, sa.ForeignKey("run.number"), nullable=False),
        sa.Column("block", sa.Integer, nullable=False),
        sa.Column("slot", sa.SmallInteger, nullable=False),
        sa.Index("sample_block", "block"),
    )
    op.execute("INSERT INTO sample SELECT * FROM old_sample")
    op.drop_table("old_sample")


def _move(connection: sa.Connection, start: int, end: int) -> None:
    rows = connection.execute(
        sa.text(
            "SELECT sighting, attribute, label, confidence, decided FROM value "
            "WHERE sighting >= :start AND sighting < :end ORDER BY sighting, attribute, label"
        ),
        {"start": start, "end": end},
    )
    told = [
        {"of": number, "told": np.array([tuple(row[1:]) for row in some], _ENTRY).tobytes()}
        for number, some in groupby(rows.all(), itemgetter(0))
    ]
    if told:
        connection.execute(sa.text("UPDATE sighting SET told = :told WHERE number = :of"), told)
