"""A result folder made by hand: pictures, text, tags, skips, two characters, abstentions, disputes, hostile words."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from kyara.records import Evidence, Note, NoteKind, Reason, Sample, Scores, Sighting, Skip, Value
from kyara.results.folder import ResultFolder

NAUGHTY = (
    "<script>alert('x')</script> \"><img src=https://evil.example/x onerror=alert(1)> {{ 7*7 }} "
    "\u202erle\u0000\r\n&amp; 😀"
)
IDENTITY = {
    "source": "pictures <b>and</b> notes",
    "extractors": {"tags": "3f9a77c1d2e4b586", "text": "b0c4de11", "histogram": "77aa88bb99cc00dd"},
    "fusion": "confidence-weighted",
    "min_confidence": 0.5,
    "vocabulary": "0123456789abcdef",
}


def said(extractor: str, attribute: str, scores: Scores, *span: str) -> Evidence:
    return Evidence(extractor, "v1", attribute, scores, span)


GIRL = Sighting(
    head=(120, 60, 280, 220),
    body=(80, 50, 320, 580),
    hints=("hana_(drawn_cast)",),
    evidence=(
        said("tags", "hair_color", (("pink", 0.95),), "pink_hair"),
        said("histogram", "hair_color", (("purple", 0.7), ("pink", 0.2)), "top of the head"),
        said("tags", "eye_color", (("green", 0.95),), "green eyes"),
        said("tags", "accessories", (("glasses", 0.95), ("ribbon", 0.9)), "glasses", "hair ribbon"),
        said("tags", "gender", (("female", 0.95),), "1girl"),
    ),
    values=(
        Value("gender", ("female",), 0.95, True, (("female", 0.95),), ("tags",)),
        Value("hair_color", ("pink",), 0.58, True, (("pink", 0.58), ("purple", 0.38)), ("tags",), ("histogram",)),
        Value("eye_color", ("green",), 0.998, True, (("green", 0.998),), ("tags",)),
        Value("accessories", ("glasses", "ribbon"), 0.92, True, (("glasses", 0.95), ("ribbon", 0.9)), ("tags",)),
        Value("age", ("teen",), 0.41, False, (("teen", 0.41), ("young_adult", 0.33)), ("text",)),
    ),
)
BOY = Sighting(
    head=(420, 80, 560, 230),
    evidence=(said("histogram", "hair_color", (("blue", 0.44), ("black", 0.4)), "top of the head"),),
    values=(
        Value("hair_color", ("blue",), 0.44, False, (("blue", 0.44), ("black", 0.4)), ("histogram",)),
        Value("accessories", (), 0.9, True, (("glasses", 0.03),), ("tags",)),
    ),
)


def draw(path: Path, size: tuple[int, int] = (640, 600)) -> str:
    """Draw a plain picture there; its SHA-256."""
    image = Image.new("RGB", size, "#dfe7ee")
    pen = ImageDraw.Draw(image)
    pen.rectangle((80, 240, 320, 580), fill="#44597a")
    pen.ellipse((120, 60, 280, 220), fill="#f0a8c0")
    pen.ellipse((420, 80, 560, 230), fill="#3f71d1")
    image.save(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def picture(path: Path, *sightings: Sighting, tags: str | None = None) -> Sample:
    notes = (Note(NoteKind.SEVERAL_CHARACTERS, "2 expected"),) if len(sightings) > 1 else ()
    return Sample(path.name, draw(path), path.as_uri(), 640, 600, tags, notes=notes, sightings=sightings)


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    """Ten samples: four pictures (one moved, one changed since), text, naughty text, tags, silence, two skips."""
    text = "A girl with pale green eyes and hair of spun copper, no glasses; she smiles.\nBehind her, rain."
    reader = Sighting(
        evidence=(
            said("text", "eye_color", (("green", 0.9),), "pale green eyes"),
            said("text", "hair_color", (("orange", 0.85),), "hair of spun copper"),
            said("text", "accessories", (("glasses", 0.04),), "no glasses"),
        ),
        values=(
            Value("hair_color", ("orange",), 0.85, True, (("orange", 0.85),), ("text",)),
            Value("eye_color", ("green",), 0.9, True, (("green", 0.9),), ("text",)),
            Value("accessories", (), 0.96, True, (("glasses", 0.04),), ("text",)),
        ),
    )
    hostile = Sighting(
        hints=(NAUGHTY,),
        caption=NAUGHTY,
        evidence=(Evidence(NAUGHTY, NAUGHTY, "dress", ((NAUGHTY, 0.9),), (NAUGHTY,)),),
        values=(Value("dress", (NAUGHTY,), 0.9, True, ((NAUGHTY, 0.9),), (NAUGHTY,)),),
    )
    made = [
        picture(tmp_path / "both.png", GIRL, BOY, tags="1girl, 1boy, pink_hair, green eyes, glasses, hair ribbon"),
        picture(tmp_path / "one.png", GIRL, tags="1girl, pink_hair"),
        picture(tmp_path / "moved.png", GIRL),
        picture(tmp_path / "changed.png", GIRL),
        Sample("notes.txt:1", "a" * 64, "file:///notes.txt#1", text=text, sightings=(reader,)),
        Sample(NAUGHTY, "b" * 64, NAUGHTY, tags=NAUGHTY, text=NAUGHTY, sightings=(hostile,)),
        Sample("tags.jsonl:7", "c" * 64, "file:///tags.jsonl", tags="landscape, no_humans"),
        Sample("silent.txt:2", "d" * 64, "file:///silent.txt", text="Nothing to see.", sightings=(Sighting(),)),
        Sample("cut.jpg", "e" * 64, "file:///cut.jpg", skip=Skip("open", Reason.TRUNCATED, "ends early")),
        Sample("evil.png", "f" * 64, "file:///evil.png", skip=Skip("open", Reason.NOT_AN_IMAGE, NAUGHTY)),
    ]
    (tmp_path / "moved.png").unlink()
    (tmp_path / "changed.png").write_bytes((tmp_path / "one.png").read_bytes() + b"\0")
    return made


@pytest.fixture
def result(tmp_path: Path) -> Callable[..., ResultFolder]:
    """Makes a result folder of samples, as a run leaves it."""

    def make(samples: list[Sample]) -> ResultFolder:
        folder = ResultFolder(tmp_path / "result")
        folder.claim(IDENTITY)
        host = {"python": "3.11.9", "system": "Linux", "machine": "x86_64", "cores": 2}
        folder.ledger.add("run", kyara="0.1.0", pace={"threads": 2, "batch_size": 64}, host=host)
        folder.ledger.add("shard", shard=0, samples=len(samples), seconds=0.5)
        folder.commit(0, "fp", samples, False)
        folder.ledger.add("end", seconds=0.6, passed=0, cache={"histogram": (3, 1)})
        folder.close()
        return folder

    return make
