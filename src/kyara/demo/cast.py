"""The cast as data: who there is (`cast.toml`) and which pictures there are of them (`pictures.toml`), as records.

Reads and checks only the form; knows nothing of drawing and does not need Pillow.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

Tips = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Face:
    """Proportions in head units; `jaw` 0 soft to 1 square, `age_lines` 0 none to 2 old."""

    jaw: float = 0.0
    chin: float = 0.0
    eye_width: float = 16.5
    eye_height: float = 16.5
    eye_gap: float = 24.5
    eye_y: float = 11.0
    iris: float = 0.7
    mouth_y: float = 48.0
    brow: float = 3.0
    lashes: bool = True
    rosy: float = 1.0
    age_lines: float = 0.0
    freckles: bool = False
    fang: bool = False
    ears: str = "round"
    beard: str = ""


@dataclass(frozen=True, slots=True)
class Lock:
    """A strand before the face, on both sides: spine in head units, full width; a `blunt` one is cut straight."""

    points: Tips
    width: float
    blunt: bool = False
    wave: float = 0.0


@dataclass(frozen=True, slots=True)
class Hair:
    """Front hair as the tips of its fringe, the kind and length of what hangs behind, and tails or buns."""

    color: str
    fringe: Tips
    depth: float = 22.0
    sweep: float = 0.0
    volume: float = 8.0
    crown: tuple[float, float] = (4.0, -78.0)
    locks: tuple[Lock, ...] = ()
    back: str = "curtain"
    length: float = 60.0
    spread: float = 64.0
    wave: float = 0.0
    tails: str = ""
    ahoge: bool = False


@dataclass(frozen=True, slots=True)
class Build:
    """Half widths and heights of a body in head units, measured from the pit of the neck; `bust` 0 to 1."""

    shoulder: float
    chest: float
    waist: float
    hip: float
    waist_y: float
    hip_y: float
    knee_y: float
    ankle_y: float
    arm: float
    leg: float
    neck: float
    arm_length: float = 100.0
    bust: float = 0.0
    rise: float = 14.0  # from the pit of the neck to the chin


@dataclass(frozen=True, slots=True)
class Outfit:
    """What is worn: the cut and its three cloth colours as '#rrggbb'."""

    cut: str
    main: str
    second: str
    accent: str


@dataclass(frozen=True, slots=True)
class Character:
    """One character; `labels` are the true attributes, `seen_from` the smallest crop in which an accessory shows."""

    id: str
    name: str
    skin: str
    eyes: tuple[str, str]
    build: str
    face: Face
    hair: Hair
    outfit: Outfit
    wears: tuple[str, ...]
    labels: dict[str, tuple[str, ...]]
    accessories: dict[str, str]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mood:
    """A facial expression: lid openings (negative: closed and glad), brow angle and lift, mouth, blush, tears."""

    labels: tuple[str, ...]
    tags: tuple[str, ...]
    open: tuple[float, float] = (1.0, 1.0)
    brow: float = 0.0
    lift: float = 0.0
    mouth: str = "smile"
    blush: float = 0.6
    tears: bool = False


@dataclass(frozen=True, slots=True)
class Pose:
    """One character in one picture: where, how large, how turned, with which arms and mood (degrees, head units)."""

    who: str
    mood: str = "calm"
    arms: tuple[str, str] = ("down", "down")
    x: float = 0.0
    y: float = 0.0
    size: float = 1.0
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    lean: float = 0.0
    gaze: tuple[float, float] = (0.0, 0.0)
    hides: tuple[str, ...] = ()  # accessories that this picture cuts off or covers


@dataclass(frozen=True, slots=True)
class Fault:
    """A deliberate mistake in a sidecar: `tag` is dropped, replaced by `put`, or `put` is added."""

    kind: str
    attribute: str = ""
    who: str = ""
    tag: str = ""
    put: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: file name, size in pixels, crop, scene, light, who is in it, and what its sidecar says."""

    file: str
    size: tuple[int, int]
    crop: str
    scene: str
    light: str
    poses: tuple[Pose, ...]
    caption: str = ""
    sidecar: str = "tags"
    faults: tuple[Fault, ...] = ()
    tags: tuple[str, ...] = ()


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(files("kyara.demo").joinpath(name).read_text(encoding="utf-8"))


def _made(kind: Any, row: dict[str, Any]) -> Any:
    return kind(**{key: _frozen(value) for key, value in row.items()})


@cache
def characters() -> dict[str, Character]:
    """The cast by id, in the order of the file."""
    found = {}
    for name, row in _table("cast.toml")["characters"].items():
        hair = dict(row["hair"], locks=[_made(Lock, lock) for lock in row["hair"].get("locks", [])])
        parts = {
            "face": _made(Face, row["face"]),
            "hair": _made(Hair, hair),
            "outfit": _made(Outfit, row["outfit"]),
        }
        labels = {attribute: tuple(said) for attribute, said in row["labels"].items()}
        rest = {key: _frozen(value) for key, value in row.items() if key not in ("face", "hair", "outfit", "labels")}
        found[name] = Character(id=name, labels=labels, **parts, **rest)
    return found


@cache
def builds() -> dict[str, Build]:
    """The bodies by name."""
    return {name: _made(Build, row) for name, row in _table("cast.toml")["builds"].items()}


@cache
def moods() -> dict[str, Mood]:
    """The expressions by name."""
    return {name: _made(Mood, row) for name, row in _table("cast.toml")["moods"].items()}


@cache
def pictures() -> tuple[Picture, ...]:
    """Every picture, in the order it is drawn."""
    rows = _table("pictures.toml")["pictures"]
    return tuple(
        _made(
            Picture,
            row
            | {
                "poses": [_made(Pose, pose) for pose in row["poses"]],
                "faults": [_made(Fault, fault) for fault in row.get("faults", [])],
            },
        )
        for row in rows
    )
