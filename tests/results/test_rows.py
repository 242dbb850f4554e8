"""A sample as a JSON row: id, attributes, confidences, processing_time, error."""

from __future__ import annotations

from collections.abc import Callable

import orjson

from kyara.records import Evidence, Note, NoteKind, Reason, Sample, Sighting, Skip, Value
from kyara.results.rows import to_row

HAIR = Value("hair_color", ("red",), 0.9, True, (("red", 0.9), ("brown", 0.1)), ("tags",), ("text",))
SAID = Evidence("tags", "1", "hair_color", (("red", 0.9),), ("red_hair",))
SAMPLE = Sample(
    "a.png", "ab", "file:///a.png", 64, 48, "red_hair", None,
    notes=(Note(NoteKind.SEVERAL_CHARACTERS, "2 expected"),), expected=2,
    sightings=(Sighting(head=(1.0, 2.0, 3.0, 4.0), values=(HAIR,), evidence=(SAID,), hints=("rin",)), Sighting()),
)  # fmt: skip


def told(sample: Sample, seconds: float | None = None) -> dict:
    return orjson.loads(orjson.dumps(to_row(sample, seconds)))


def test_a_row_has_what_the_schema_promises() -> None:
    row = told(SAMPLE, 0.0123456789)
    assert (row["schema"], row["id"], row["key"], row["error"]) == (4, "ab", "a.png", None)
    assert (row["width"], row["height"], row["expected"]) == (64, 48, 2)
    assert row["processing_time"] == 0.012346
    assert row["notes"] == [{"kind": "several_characters", "detail": "2 expected"}]
    first, second = row["sightings"]
    assert first["attributes"]["hair_color"] == {
        "labels": ["red"],
        "confidence": 0.9,
        "decided": True,
        "scores": {"red": 0.9, "brown": 0.1},
        "carried_by": ["tags"],
        "against": ["text"],
    }
    assert first["evidence"] == [
        {"extractor": "tags", "version": "1", "attribute": "hair_color", "scores": {"red": 0.9}, "span": ["red_hair"]}
    ]
    assert (first["head"], first["body"], first["hints"]) == ([1, 2, 3, 4], None, ["rin"])
    assert second["attributes"] == {}


def test_a_skip_is_the_error() -> None:
    row = told(Sample("k", "i", "u", skip=Skip("open", Reason.TRUNCATED, "half")))
    assert row["error"] == {"step": "open", "reason": "truncated", "detail": "half"}
    assert row["sightings"] == []


def test_stored_rows_hold_no_time(described: Callable[..., Sample]) -> None:
    assert "processing_time" not in told(described("a"))
    assert told(described("a"), 0.0)["processing_time"] == 0
