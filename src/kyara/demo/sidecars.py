"""What is written beside a picture: true attributes, Danbooru tags, captions and boxes, and the faults planted in them.

Pure: a picture of the cast and its drawn boxes in, texts and a truth row out. Knows no files and draws nothing.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Any

from kyara.demo.cast import Character, Fault, Picture, Pose, characters, moods

Boxes = Sequence[tuple[tuple[int, int, int, int], tuple[int, int, int, int]]]  # (head, body) in the order of the poses

_CROPS = ("portrait", "bust", "knee", "full")
_COUNTED = {"female": "girl", "male": "boy", "non_binary": "other"}


def truth(picture: Picture, boxes: Boxes) -> dict[str, Any]:
    """The truth row of one picture: per character its boxes and true labels, and which faults its sidecars carry."""
    people = []
    for pose, (head, body) in zip(picture.poses, boxes, strict=True):
        who = characters()[pose.who]
        row = {"id": who.id, "name": who.name, "head": list(head), "body": list(body)}
        people.append(row | {"attributes": _labels(who, picture, pose), "unseen": _unseen(picture, pose)})
    faults = [{key: getattr(fault, key) for key in Fault.__slots__ if getattr(fault, key)} for fault in picture.faults]
    frame = {"file": picture.file, "width": picture.size[0], "height": picture.size[1], "crop": picture.crop}
    said = {"caption": picture.caption, "sidecar": picture.sidecar, "faults": faults}
    return frame | {"scene": picture.scene.partition(":")[0], "light": picture.light, "characters": people} | said


def sidecars(picture: Picture, boxes: Boxes) -> dict[str, str]:
    """The sidecars of one picture: file name to text."""
    stem = PurePath(picture.file).stem
    found: dict[str, str] = {}
    for kind in picture.sidecar.split("+"):
        if kind == "json":
            spots = [{"head": list(head), "body": list(body)} for head, body in boxes]
            said = {"tags": tags(picture), "caption": picture.caption, "sightings": spots}
            found[f"{stem}.json"] = json.dumps(said, indent=1, ensure_ascii=False) + "\n"
        elif kind == "caption":
            found[f"{stem}.caption"] = picture.caption + "\n"
        else:
            found[f"{stem}.txt"] = _WRITTEN[kind](tags(picture))
    return found


_WRITTEN: dict[str, Callable[[list[str]], str]] = {
    "tags": ", ".join,
    "spaced": lambda said: ", ".join(tag.replace("_", " ") for tag in said),
    "line": " ".join,
}


def tags(picture: Picture) -> list[str]:
    """The tags of a picture with its faults in them."""
    if any(fault.kind == "empty" for fault in picture.faults):
        return []
    alone = [fault.who for fault in picture.faults if fault.kind == "one_only"]
    poses = [pose for pose in picture.poses if not alone or pose.who in alone]
    said = _counts(poses)
    for pose in poses:
        who = characters()[pose.who]
        hidden = _hidden(who, picture, pose)
        shut = "eye_color" in _unseen(picture, pose)
        said += [t for t in who.tags if t.rsplit("_", 1)[-1] not in hidden and not (shut and t.endswith("_eyes"))]
        said += moods()[pose.mood].tags
    for fault in picture.faults:
        said = _planted(said, fault)
    return list(dict.fromkeys([*said, *picture.tags]))


def _planted(said: list[str], fault: Fault) -> list[str]:
    """The tags with one fault in them; a fault that finds nothing to spoil is a mistake in pictures.toml."""
    if fault.kind in ("dropped", "wrong", "misspelt") and fault.tag not in said:
        raise ValueError(f"fault {fault.kind!r} names the tag {fault.tag!r}, found {said}; correct pictures.toml")
    if fault.kind == "dropped":
        return [tag for tag in said if tag != fault.tag]
    if fault.kind == "extra":
        return [*said, fault.put]
    return [fault.put if tag == fault.tag and fault.put else tag for tag in said]


def _counts(poses: Sequence[Pose]) -> list[str]:
    """1girl, 2boys, solo …"""
    nouns = [_COUNTED[characters()[pose.who].labels["gender"][0]] for pose in poses]
    said = [f"{nouns.count(noun)}{noun}{'s' if nouns.count(noun) > 1 else ''}" for noun in dict.fromkeys(nouns)]
    return [*said, "solo"] if len(poses) == 1 else said


def _hidden(who: Character, picture: Picture, pose: Pose) -> set[str]:
    """Accessories of a character that lie outside the picture."""
    crop = _CROPS.index(picture.crop)
    return {label for label, least in who.accessories.items() if crop < _CROPS.index(least)} | set(pose.hides)


def _labels(who: Character, picture: Picture, pose: Pose) -> dict[str, list[str]]:
    shown = [label for label in who.accessories if label not in _hidden(who, picture, pose)]
    held = {"expression": list(moods()[pose.mood].labels), "accessories": shown}
    return {attribute: list(labels) for attribute, labels in who.labels.items()} | held


def _unseen(picture: Picture, pose: Pose) -> list[str]:
    """Attributes that are true but that these pixels do not show."""
    found = ["eye_color"] if max(moods()[pose.mood].open) < 0 else []
    return [*found, "body_type"] if picture.crop == "portrait" else found
