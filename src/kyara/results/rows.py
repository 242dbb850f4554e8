"""One sample as a JSON row: what `--json` prints and `--jsonl` writes. It reads records and knows no file."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from kyara.records import Evidence, Quality, Sample, Sighting, Skip, Value
from kyara.results.schema import SCHEMA_VERSION


def to_row(sample: Sample, processing_time: float | None = None) -> dict[str, Any]:
    """A JSON-ready row. `error` is None or the skip in words.

    `processing_time` (seconds, the mean over the sample's shard) comes from the ledger, so a row written as a
    result leaves it out.
    """
    row: dict[str, Any] = {
        "schema": SCHEMA_VERSION,
        "key": sample.key,
        "id": sample.id,
        "uri": sample.uri,
        "width": sample.width,
        "height": sample.height,
        "tags": sample.tags,
        "text": sample.text,
        "expected": sample.expected,
        "quality": _quality(sample.quality) if sample.quality is not None else None,
        "notes": [{"kind": note.kind.value, "detail": note.detail} for note in sample.notes],
        "sightings": [_sighting(sighting) for sighting in sample.sightings],
        "missed": [_skip(missed) for missed in sample.missed],
        "error": None,
    }
    if sample.skip is not None:
        row["error"] = _skip(sample.skip)
    if processing_time is not None:
        row["processing_time"] = round(processing_time, 6)
    return row


def _skip(skip: Skip) -> dict[str, str]:
    return {"step": skip.step, "reason": skip.reason.value, "detail": skip.detail}


def _quality(quality: Quality) -> dict[str, Any]:
    """The measures; the fingerprint is for machines, and stays in Parquet as embeddings do."""
    measures = {field.name: getattr(quality, field.name) for field in fields(quality) if field.name != "fingerprint"}
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in measures.items()}


def _sighting(sighting: Sighting) -> dict[str, Any]:
    row: dict[str, Any] = {
        "head": sighting.head,
        "body": sighting.body,
        "hints": sighting.hints,
        "identity": sighting.identity,
        "caption": sighting.caption,
        "tags": dict(sighting.tags),
        "attributes": {value.attribute: _value(value) for value in sighting.values},
        "evidence": [_evidence(evidence) for evidence in sighting.evidence],
    }
    return row


def _value(value: Value) -> dict[str, Any]:
    return {
        "labels": value.labels,
        "confidence": value.confidence,
        "decided": value.decided,
        "scores": dict(value.scores),
        "carried_by": value.carried_by,
        "against": value.against,
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "extractor": evidence.extractor,
        "version": evidence.version,
        "attribute": evidence.attribute,
        "scores": dict(evidence.scores),
        "span": evidence.span,
    }
