"""The tables of the catalogue, one schema for SQLite and PostgreSQL (docs/catalogue.md tells what each is for).

A change here needs a migration beside it (migrations/versions/) and a new HEAD. It knows nothing of how rows get in.
"""

from __future__ import annotations

from sqlalchemy import (
    REAL,
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from kyara.catalogue.kinds import Words, half_column

HEAD = "0002"  # the newest revision of migrations/versions
VERSION_TABLE = "kyara_version"

# Buckets of postings by confidence: 2k holds those of k/20 itself, 2k + 1 those between it and the next twentieth, so
# that a round bound is answered without a look at any sighting.
TWENTIETHS = tuple(k / 20 for k in range(21))
PERSON = 40  # the bucket of confidence 1, which a person's decision has
UNDECIDED = 41  # holds what was not decided
DECIDED = 42  # holds all of 0 … 40 once more: what most conditions and all facets ask for

# Attributes that no extractor answers, kept in postings beside the others
IDENTITY, CHARACTER, SIGHTING = "identity", "character", "@sighting"
ALL, GONE, REVIEWED = "all", "gone", "reviewed"  # the labels of SIGHTING

# Foreign keys only where rows are few: a look-up for each row would double an ingest.
metadata = MetaData()

run = Table(
    "run", metadata,
    Column("number", Integer, primary_key=True),
    Column("folder", Words, nullable=False),  # absolute path of the results
    Column("source", Words, nullable=False),
    Column("asked", Text, nullable=False),  # JSON: the identity of run.json
    Column("digest", Text, nullable=False),  # of `asked`
    Column("facts", Text, nullable=False),  # JSON: seconds, samples, cache … of its ledger
    Column("made_at", Double, nullable=False),  # last entry of its ledger, seconds since 1970: which run is newer
    Column("ingested_at", Double, nullable=False),
    UniqueConstraint("folder", "digest"),
)  # fmt: skip
part = Table(  # done-marks of ingest
    "part", metadata,
    Column("run", ForeignKey("run.number"), primary_key=True),
    Column("shard", Integer, primary_key=True),
    Column("mark", Text, nullable=False),  # digest of the shard's own done-mark
)  # fmt: skip
sample = Table(
    "sample", metadata,
    Column("number", Integer, primary_key=True),
    Column("content", Words, nullable=False),  # id of a picture, else id + ":" + key; no two are the same
    Column("width", Integer),
    Column("height", Integer),
    Column("tags", Words),
    Column("text", Words),
    Column("film", Words),
    Column("shot", Integer),
    Column("seconds", Double),
    Column("skip_reason", Text),
    Column("run", ForeignKey("run.number"), nullable=False),
    Column("block", Integer, nullable=False),  # where in `evidence` all else of it is
    Column("slot", SmallInteger, nullable=False),
    Index("sample_block", "block"),
)  # fmt: skip
checksum = Table(  # the index of sample.content (contents.py)
    "checksum", metadata,
    Column("of", BigInteger, primary_key=True, autoincrement=False),  # CRC-32 of the content
    Column("sample", Integer, primary_key=True),
    sqlite_with_rowid=False,
)  # fmt: skip
source = Table(
    "source", metadata,
    Column("number", Integer, primary_key=True),
    Column("name", Words, nullable=False, unique=True),  # address of the folder or table
)  # fmt: skip
place = Table(  # one picture may lie in several
    "place", metadata,
    Column("source", ForeignKey("source.number"), primary_key=True),
    Column("key", Words, primary_key=True),
    Column("sample", Integer, nullable=False),
    Column("uri", Words, nullable=False),
    Column("gone_at", Double),  # when sync found it gone
    Index("place_sample", "sample"),
    sqlite_with_rowid=False,  # the primary key is the table: half the bytes, rows in its order
)  # fmt: skip
sighting = Table(
    "sighting", metadata,
    Column("number", Integer, primary_key=True),
    Column("sample", Integer, nullable=False),
    Column("position", SmallInteger, nullable=False),  # from 0, in the order of the result
    *(Column(f"{box}_{edge}", REAL) for box in ("head", "body") for edge in ("x0", "y0", "x1", "y1")),
    Column("track", Words),
    Column("identity", Words),  # what the machine says; a person's word is in `decision`
    Column("caption", Words),
    Column("hints", Text),  # JSON list of names given by tags, NULL where there are none
    Column("told", LargeBinary),  # values: what the machine says (told.py), NULL where it says nothing
    UniqueConstraint("sample", "position"),
)  # fmt: skip
attribute = Table(
    "attribute", metadata,
    Column("number", Integer, primary_key=True),
    Column("name", Words, nullable=False, unique=True),
)  # fmt: skip
label = Table(
    "label", metadata,
    Column("number", Integer, primary_key=True),
    Column("attribute", ForeignKey("attribute.number"), nullable=False),
    Column("name", Words, nullable=False),
    UniqueConstraint("attribute", "name"),
)  # fmt: skip
evidence = Table(  # rows of the results, many to a block: Arrow, zstd (packing.py)
    "evidence", metadata,
    Column("number", Integer, primary_key=True),
    Column("packed", LargeBinary, nullable=False),
)  # fmt: skip
embedding = Table(
    "embedding", metadata,
    Column("space", Text, primary_key=True),
    Column("sighting", Integer, primary_key=True),
    Column("vector", half_column(), nullable=False),
    Index("embedding_sighting", "sighting"),
)  # fmt: skip
decision = Table(  # a person's; rows are added and marked undone, never changed otherwise, never deleted
    "decision", metadata,
    Column("number", Integer, primary_key=True),
    Column("sighting", Integer),  # the row it stands for now; set anew when a run replaces sightings
    Column("content", Words, nullable=False),
    Column("position", SmallInteger, nullable=False),
    *(Column(f"head_{edge}", REAL) for edge in ("x0", "y0", "x1", "y1")),
    Column("attribute", Text),  # NULL: the identity
    Column("answer", Text, nullable=False),  # JSON: list of labels ([] = none applies); a name or null for the identity
    Column("before", Text, nullable=False),  # JSON: the same of what the machine said
    Column("who", Words, nullable=False),
    Column("at", Double, nullable=False),
    Column("undone_at", Double),
    Index("decision_sighting", "sighting"),
    Index("decision_content", "content"),
)  # fmt: skip
posting = Table(  # roaring bitmaps of sighting numbers by effective value (postings.py)
    "posting", metadata,
    Column("attribute", SmallInteger, primary_key=True),
    Column("label", Integer, primary_key=True),
    Column("bucket", SmallInteger, primary_key=True),
    Column("bitmap", LargeBinary, nullable=False),
)  # fmt: skip
counter = Table(  # next free numbers (never given twice), and "embeddings": goes up whenever a vector changes
    "counter", metadata,
    Column("name", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
)  # fmt: skip
