"""The vocabulary: attributes, their labels, and what each label is called in prompts, tags and text.

Read from `vocabulary.toml`, and from a user's TOML that adds to it or (with `replace = true`) stands in its place.
A mistake is refused before a run starts, naming file, key and remedy. It knows nothing of how the words are used.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import orjson
from rapidfuzz import process

from kyara.errors import VocabularyError

SCHEMA = 1
Kind = Literal["one-of", "many-of"]
Part = Literal["head", "body"]


@dataclass(frozen=True, slots=True)
class Label:
    """One label with the words that mean it. `mixes`: it explains two other labels seen at once (heterochromia)."""

    name: str
    prompts: tuple[str, ...]
    tags: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    mixes: bool = False


@dataclass(frozen=True)
class Attribute:
    """One attribute: `kind` says whether labels exclude one another, `part` which crop a vision model looks at."""

    name: str
    kind: Kind
    part: Part
    title: str
    labels: tuple[Label, ...]
    nouns: tuple[str, ...] = ()

    @property
    def one_of(self) -> bool:
        return self.kind == "one-of"

    @cached_property
    def label_names(self) -> tuple[str, ...]:
        return tuple(label.name for label in self.labels)

    @cached_property
    def known(self) -> frozenset[str]:
        return frozenset(self.label_names)


@dataclass(frozen=True)
class Vocabulary:
    """All attributes in their order. Index it by attribute name."""

    attributes: tuple[Attribute, ...]

    def __getitem__(self, name: str) -> Attribute:
        return self.by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self.by_name

    @cached_property
    def by_name(self) -> dict[str, Attribute]:
        return {attribute.name: attribute for attribute in self.attributes}

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(self.by_name)

    @cached_property
    def digest(self) -> str:
        """SHA-256 (first 16 hex digits) of everything in it: part of the version of whatever reads by it."""
        return hashlib.sha256(orjson.dumps([asdict(a) for a in self.attributes])).hexdigest()[:16]

    def resolve(self, attribute: str, label: str) -> tuple[str, str]:
        """The canonical (attribute, label) for names in any spelling: `Hair Color`, `middle-aged`, an alias.

        Raises VocabularyError with the nearest name where there is none.
        """
        wanted = plain_name(attribute)
        if wanted not in self.by_name:
            raise VocabularyError(f"attribute {attribute!r} is unknown; {_nearest(wanted, self.names)}")
        names = {plain_name(n): lab.name for lab in self.by_name[wanted].labels for n in (*lab.aliases, lab.name)}
        if plain_name(label) not in names:
            near = _nearest(plain_name(label), list(names))
            raise VocabularyError(f"label {label!r} of {wanted} is unknown; {near}")
        return wanted, names[plain_name(label)]


def plain_name(name: str) -> str:
    """A name as it is compared: lower case, spaces and hyphens as underscores."""
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def load_vocabulary(path: Path | None = None) -> Vocabulary:
    """The built-in vocabulary, with the user's TOML at `path` added to it or standing in its place.

    Raises VocabularyError naming file, key and remedy.
    """
    if path is None:
        return _builtin()
    own = _read(path)
    replace = own.pop("replace", False)
    if not isinstance(replace, bool):
        raise VocabularyError(f"{path}: replace: {replace!r} found; write replace = true or leave it out")
    tables = own if replace else _merged(_builtin_tables(), own)
    return _build(tables, str(path))


@lru_cache(maxsize=1)
def _builtin() -> Vocabulary:
    return _build(_builtin_tables(), "vocabulary.toml")


def _builtin_tables() -> dict[str, Any]:
    tables = tomllib.loads(files("kyara").joinpath("vocabulary.toml").read_text(encoding="utf-8"))
    tables.pop("schema")
    return tables


def _read(path: Path) -> dict[str, Any]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise VocabularyError(f"vocabulary {path}: {error.strerror}; give the path of a TOML file") from error
    except UnicodeDecodeError as error:
        raise VocabularyError(f"vocabulary {path}: not UTF-8 at byte {error.start}; save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise VocabularyError(f"vocabulary {path}: not valid TOML: {error}; correct that line") from error
    if (schema := tables.pop("schema", SCHEMA)) != SCHEMA:
        raise VocabularyError(f"{path}: schema {schema!r} is not known; write schema = {SCHEMA}")
    return tables


def _merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """`own` laid over `base`: tables merge, lists grow, anything else replaces."""
    merged = dict(base)
    for key, value in own.items():
        old = merged.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            merged[key] = _merged(old, value)
        elif isinstance(old, list) and isinstance(value, list):
            merged[key] = old + [item for item in value if item not in old]
        else:
            merged[key] = value
    return merged


def _build(tables: Mapping[str, Any], origin: str) -> Vocabulary:
    if not tables:
        raise VocabularyError(f"{origin}: no attribute in it; write at least one, as [hair_color] with labels")
    return Vocabulary(tuple(_attribute(name, table, origin) for name, table in tables.items()))


_ATTRIBUTE_KEYS = {"kind", "part", "title", "nouns", "labels"}
_LABEL_KEYS = {f.name for f in fields(Label)} - {"name"}


def _attribute(name: str, table: object, origin: str) -> Attribute:
    where = f"{origin}: [{name}]"
    if not isinstance(table, dict):
        raise VocabularyError(f"{origin}: key {name!r} is not an attribute table; write [{name}] with kind and labels")
    _known_keys(table, _ATTRIBUTE_KEYS, where)
    if name != plain_name(name) or not name.isidentifier():
        raise VocabularyError(f"{where}: attribute names are lower_case words, such as shoe_color; rename it")
    kind, part = table.get("kind"), table.get("part", "body")
    if kind not in ("one-of", "many-of"):
        raise VocabularyError(f'{where} kind: {kind!r} found; write kind = "one-of" or kind = "many-of"')
    if part not in ("head", "body"):
        raise VocabularyError(f'{where} part: {part!r} found; write part = "head" or part = "body"')
    labels = table.get("labels")
    if not isinstance(labels, dict) or not labels:
        raise VocabularyError(f"{where}: no labels; add at least one as [{name}.labels.LABEL]")
    built = tuple(_label(label, spec, f"{origin}: [{name}.labels.{label}]") for label, spec in labels.items())
    _distinct_names(built, where)
    if kind == "one-of":
        _exclusive_tags(built, where)
    title = table.get("title", name.replace("_", " "))
    if not isinstance(title, str):
        raise VocabularyError(f'{where} title: {title!r} found; write a text, as title = "…"')
    return Attribute(name, kind, part, title, built, _strings(table, "nouns", where))


def _label(name: str, spec: object, where: str) -> Label:
    if not isinstance(spec, dict):
        raise VocabularyError(f"{where}: {spec!r} found; write a table with prompts, tags, words or phrases")
    _known_keys(spec, _LABEL_KEYS, where)
    if not name.strip():
        raise VocabularyError(f"{where}: the label has no name; give it one")
    lists = {key: _strings(spec, key, where) for key in ("prompts", "tags", "words", "phrases", "aliases")}
    if not lists["prompts"]:
        raise VocabularyError(f'{where} prompts: empty; write at least one, as prompts = ["a person with …"]')
    mixes = spec.get("mixes", False)
    if not isinstance(mixes, bool):
        raise VocabularyError(f"{where} mixes: {mixes!r} found; write true or false")
    lists["tags"] = tuple(dict.fromkeys(map(plain_tag, lists["tags"])))
    return Label(name, mixes=mixes, **lists)


def plain_tag(tag: str) -> str:
    """A tag in Danbooru's spelling: lower case, underscores for spaces (hyphens stay)."""
    return tag.strip().lower().replace(" ", "_")


def _strings(table: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    items = table.get(key, [])
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise VocabularyError(f'{where} {key}: {items!r} found; write a list of texts, as {key} = ["…"]')
    if any(not item.strip() for item in items):
        raise VocabularyError(f"{where} {key}: holds an empty text; remove it")
    return tuple(dict.fromkeys(items))


def _known_keys(table: Mapping[str, Any], known: set[str], where: str) -> None:
    for key in table:
        if key not in known:
            raise VocabularyError(f"{where} {key}: unknown key; {_nearest(key, sorted(known))}")


def _distinct_names(labels: tuple[Label, ...], where: str) -> None:
    seen: dict[str, str] = {}
    for label in labels:
        for name in dict.fromkeys(plain_name(n) for n in (label.name, *label.aliases)):
            if name in seen:
                raise VocabularyError(
                    f"{where} labels: {name!r} names both {seen[name]!r} and {label.name!r}; rename or remove one"
                )
            seen[name] = label.name


def _exclusive_tags(labels: tuple[Label, ...], where: str) -> None:
    claimed: dict[str, str] = {}
    for label in labels:
        for tag in label.tags:
            if claimed.setdefault(tag, label.name) != label.name:
                raise VocabularyError(
                    f"{where} labels: tag {tag!r} is claimed by {claimed[tag]!r} and {label.name!r}; "
                    "labels of a one-of attribute exclude one another, leave it with one"
                )


def _nearest(name: str, known: tuple[str, ...] | list[str]) -> str:
    near = process.extractOne(name, known, score_cutoff=60)
    return f"did you mean {near[0]!r}?" if near else f"choose one of {', '.join(known)}"
