"""The first schema, written out: later changes of schema.py must not change what this made."""

import sqlalchemy as sa
from alembic import op

from kyara.catalogue.kinds import half_column

revision = "0001"
down_revision = None

_BOX = ("x0", "y0", "x1", "y1")


def upgrade() -> None:
    """Make all tables."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    _of_runs()
    _of_samples()
    _of_sightings()
    _of_values()
    _of_people()


def _of_runs() -> None:
    op.create_table(
        "run",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("folder", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("asked", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("made_at", sa.Double, nullable=False),
        sa.Column("ingested_at", sa.Double, nullable=False),
        sa.UniqueConstraint("folder", "digest"),
    )
    op.create_table(
        "part",
        sa.Column("run", sa.Integer, sa.ForeignKey("run.number"), primary_key=True),
        sa.Column("shard", sa.Integer, primary_key=True),
        sa.Column("mark", sa.Text, nullable=False),
    )
    op.create_table(
        "counter",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
    )


def _of_samples() -> None:
    op.create_table(
        "sample",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("content", sa.Text, nullable=False, unique=True),
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
    op.create_table(
        "source",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
    )
    op.create_table(
        "place",
        sa.Column("source", sa.Integer, sa.ForeignKey("source.number"), primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("sample", sa.Integer, nullable=False),
        sa.Column("uri", sa.Text, nullable=False),
        sa.Column("gone_at", sa.Double),
        sa.Index("place_sample", "sample"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "evidence",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("packed", sa.LargeBinary, nullable=False),
    )


def _of_sightings() -> None:
    op.create_table(
        "sighting",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("sample", sa.Integer, nullable=False),
        sa.Column("position", sa.SmallInteger, nullable=False),
        *(sa.Column(f"{box}_{edge}", sa.REAL) for box in ("head", "body") for edge in _BOX),
        sa.Column("track", sa.Text),
        sa.Column("identity", sa.Text),
        sa.Column("caption", sa.Text),
        sa.Column("hints", sa.Text),
        sa.UniqueConstraint("sample", "position"),
    )
    op.create_table(
        "embedding",
        sa.Column("space", sa.Text, primary_key=True),
        sa.Column("sighting", sa.Integer, primary_key=True),
        sa.Column("vector", half_column(), nullable=False),
        sa.Index("embedding_sighting", "sighting"),
    )


def _of_values() -> None:
    op.create_table(
        "attribute",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
    )
    op.create_table(
        "label",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("attribute", sa.Integer, sa.ForeignKey("attribute.number"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.UniqueConstraint("attribute", "name"),
    )
    op.create_table(
        "value",
        sa.Column("sighting", sa.Integer, primary_key=True),
        sa.Column("attribute", sa.SmallInteger, primary_key=True),
        sa.Column("label", sa.Integer, primary_key=True),
        sa.Column("confidence", sa.Double, nullable=False),
        sa.Column("decided", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "posting",
        sa.Column("attribute", sa.SmallInteger, primary_key=True),
        sa.Column("label", sa.Integer, primary_key=True),
        sa.Column("bucket", sa.SmallInteger, primary_key=True),
        sa.Column("bitmap", sa.LargeBinary, nullable=False),
    )


def _of_people() -> None:
    op.create_table(
        "decision",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("sighting", sa.Integer),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("position", sa.SmallInteger, nullable=False),
        *(sa.Column(f"head_{edge}", sa.REAL) for edge in _BOX),
        sa.Column("attribute", sa.Text),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("undone_at", sa.Double),
        sa.Index("decision_sighting", "sighting"),
        sa.Index("decision_content", "content"),
    )
