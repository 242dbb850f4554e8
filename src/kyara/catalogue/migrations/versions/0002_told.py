"""What the machine says goes from a row for each label of a value into one column of its sighting."""

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
    """Move the values, in pieces of AT_ONCE sightings."""
    op.add_column("sighting", sa.Column("told", sa.LargeBinary))
    connection = op.get_bind()
    last = connection.execute(sa.text("SELECT max(sighting) FROM value")).scalar() or 0
    for start in range(0, last + 1, AT_ONCE):
        _move(connection, start, start + AT_ONCE)
    op.drop_table("value")


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
