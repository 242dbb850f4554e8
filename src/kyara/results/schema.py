"""The schema of a result, version 4: one row a sample (docs/results.md describes every field).

A change of meaning, name or type of a field raises SCHEMA_VERSION.
"""

import pyarrow as pa

SCHEMA_VERSION = 4

_strings = pa.list_(pa.string())
_scores = pa.map_(pa.string(), pa.float64())
_box = pa.list_(pa.float64())

EVIDENCE = pa.struct(
    [
        ("extractor", pa.string()),
        ("version", pa.string()),
        ("attribute", pa.string()),
        ("scores", _scores),
        ("span", _strings),
    ]
)
VALUE = pa.struct(
    [
        ("attribute", pa.string()),
        ("labels", _strings),
        ("confidence", pa.float64()),
        ("decided", pa.bool_()),
        ("scores", _scores),
        ("carried_by", _strings),
        ("against", _strings),
    ]
)
EMBEDDING = pa.struct([("space", pa.string()), ("vector", pa.list_(pa.float32()))])
SIGHTING = pa.struct(
    [
        ("head", _box),
        ("body", _box),
        ("track", pa.string()),
        ("identity", pa.string()),
        ("caption", pa.string()),
        ("hints", _strings),
        ("tags", _scores),
        ("values", pa.list_(VALUE)),
        ("evidence", pa.list_(EVIDENCE)),
        ("embeddings", pa.list_(EMBEDDING)),
    ]
)
NOTE = pa.struct([("kind", pa.string()), ("detail", pa.string())])
MOMENT = pa.struct([("film", pa.string()), ("shot", pa.int64()), ("seconds", pa.float64())])
SKIP = pa.struct([("step", pa.string()), ("reason", pa.string()), ("detail", pa.string())])
QUALITY = pa.struct(
    [
        *((name, pa.float64()) for name in ("sharpness", "exposure", "contrast", "noise", "compression", "border")),
        ("size_px", pa.int64()),
        ("aspect", pa.float64()),
        ("score", pa.float64()),
        ("fingerprint", pa.binary()),
    ]
)

SCHEMA = pa.schema(
    [
        ("key", pa.string()),
        ("id", pa.string()),
        ("uri", pa.string()),
        ("width", pa.int64()),
        ("height", pa.int64()),
        ("tags", pa.string()),
        ("text", pa.string()),
        ("moment", MOMENT),
        ("expected", pa.int64()),
        ("notes", pa.list_(NOTE)),
        ("sightings", pa.list_(SIGHTING)),
        ("skip", SKIP),
        ("quality", QUALITY),
        ("missed", pa.list_(SKIP)),
    ],
    metadata={"kyara.schema": str(SCHEMA_VERSION)},
)


def _leaves(name: str, kind: pa.DataType) -> list[str]:
    """The Parquet paths of all columns below `name`."""
    if pa.types.is_struct(kind):
        return [
            leaf for i in range(kind.num_fields) for leaf in _leaves(f"{name}.{kind.field(i).name}", kind.field(i).type)
        ]
    if pa.types.is_map(kind):
        return [f"{name}.key_value.key", f"{name}.key_value.value"]
    if pa.types.is_list(kind):
        return _leaves(f"{name}.list.element", kind.value_type)
    return [name]


# Columns that repeat themselves; a dictionary of keys, ids, tag strings, measures and vectors would save nothing.
_DISTINCT = (
    *("key", "id", "uri", "tags", "text", "sightings.list.element.embeddings.list.element.vector.list.element"),
    *_leaves("quality", QUALITY),
)
REPEATING = [leaf for field in SCHEMA for leaf in _leaves(field.name, field.type) if leaf not in _DISTINCT]
