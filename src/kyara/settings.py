"""The settings of a run: one frozen tree, from command line > environment (`KYARA_…`) > file > default.

Checked before the first sample; a wrong one is an error that names where it came from, what it was and what is
expected. A setting lives here because a user may set it; constants live beside the code they belong to.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from platformdirs import user_cache_path
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PositiveInt, ValidationError
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as UnparsableError
from rapidfuzz import process

from kyara.cache.address import Cache, CachingSettings, hidden
from kyara.errors import SettingsError
from kyara.images import Limits

PREFIX = "KYARA_"
NO_CATALOGUE = "none"
CONFIG_VARIABLE = "KYARA_CONFIG"

FusionName = Literal[
    "auto", "average", "confidence-weighted", "tag-priority", "vision-priority", "conservative", "aggressive",
    "pooling", "stacking",
]  # fmt: skip


def _split(names: object) -> object:
    return tuple(name.strip() for name in names.split(",") if name.strip()) if isinstance(names, str) else names


def _known_device(device: str) -> str:
    if not re.fullmatch(r"auto|cpu|coreml|(cuda|tensorrt)(:\d+)?", device):
        raise ValueError("write auto, cpu, coreml, cuda, cuda:0, tensorrt or tensorrt:0")
    return device


class ImageSettings(BaseModel):
    """What is refused before a picture is decoded; the numbers and their reasons are `images.Limits`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_pixels: PositiveInt = Limits().max_pixels
    max_frames: PositiveInt = Limits().max_frames
    max_bytes: PositiveInt = Limits().max_bytes


class ModelSettings(BaseModel):
    """Where and how networks run; `folder` keeps what is derived from weights (exported, quantised, encoded texts)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    backend: Literal["auto", "openvino", "onnxruntime", "torch"] = "auto"
    device: Annotated[str, AfterValidator(_known_device)] = "auto"
    precision: Literal["auto", "f32", "f16", "bf16", "int8"] = "auto"
    folder: Path = Field(default_factory=lambda: user_cache_path("kyara") / "models")


class FailureSettings(BaseModel):
    """How long the run bears with what fails: see docs/failures.md.

    A call that can pass is tried `attempts` times; one that does not end is left after `timeout_s`. After `strikes`
    failures in a row somebody is left alone for `pause_s` seconds, then tried once.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    attempts: PositiveInt = 3
    timeout_s: Annotated[float, Field(gt=0)] = 300.0
    strikes: PositiveInt = 20
    pause_s: Annotated[float, Field(ge=0)] = 30.0


PATIENCE = FailureSettings()


class ClipSettings(BaseModel):
    """Which CLIP or SigLIP, as a hub id or a folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = "openai/clip-vit-base-patch32"
    revision: str | None = None


class TaggerSettings(BaseModel):
    """Which WD tagger, and from which score on a tag is one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = "SmilingWolf/wd-vit-tagger-v3"
    revision: str | None = None
    general_threshold: Annotated[float, Field(ge=0, le=1)] = 0.35
    character_threshold: Annotated[float, Field(ge=0, le=1)] = 0.85


class SentenceSettings(ClipSettings):
    """Which sentence encoder, likewise."""

    model: str = "sentence-transformers/all-MiniLM-L6-v2"


class NliSettings(ClipSettings):
    """Which model of natural language inference, likewise."""

    model: str = "facebook/bart-large-mnli"


class VlmSettings(ClipSettings):
    """Which model that sees and speaks, likewise."""

    model: str = "Salesforce/blip2-opt-2.7b"


Share = Annotated[float, Field(ge=0, le=1)]


class QualitySettings(BaseModel):
    """Whether pixels are measured (auto: where somebody looks at them anyway), and what is skipped; nothing by default.
    A bound that is set measures.

    The measures are those of `records.Quality`. They cost 0.7 of what CLIP does at int8: whoever wants them says so.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    measure: Literal["auto", "always", "never"] = "never"
    min_score: Share | None = None
    min_sharpness: Annotated[float, Field(ge=0)] | None = None
    min_contrast: Share | None = None
    min_exposure: Share | None = None
    max_exposure: Share | None = None
    max_noise: Annotated[float, Field(ge=0)] | None = None
    max_compression: Annotated[float, Field(ge=1)] | None = None
    max_border: Share | None = None
    min_size_px: PositiveInt | None = None
    max_aspect: Annotated[float, Field(ge=1)] | None = None

    @property
    def bounds(self) -> dict[str, float]:
        """The thresholds that are set, as {"min_score": 0.2, …}."""
        fields = self.model_dump(exclude={"measure"})
        return {name: bound for name, bound in fields.items() if bound is not None}


class PreprocessSettings(BaseModel):
    """What extractors are shown in place of the pixels as they are; detectors see them as they are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    trim: bool = False
    colours: bool = False
    style: bool = False


NoteAction = Literal["note", "skip", "review", "off"]


class NoteSettings(BaseModel):
    """What a note on an odd picture leads to, by kind: it stands there, the sample goes no further, it is marked for
    review, or nothing. `said` switches what tags say, `pixels` what they show (auto: where somebody looks anyway)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    said: bool = True
    pixels: Literal["auto", "always", "never"] = "never"
    no_character: NoteAction = "note"
    several_characters: NoteAction = "note"
    crowd: NoteAction = "note"
    monochrome: NoteAction = "note"
    sketch: NoteAction = "note"
    comic_page: NoteAction = "note"
    chibi: NoteAction = "note"
    from_behind: NoteAction = "note"
    text_heavy: NoteAction = "note"
    collage: NoteAction = "note"
    extreme_aspect: NoteAction = "note"
    near_empty: NoteAction = "note"
    explicit: NoteAction = "note"

    @property
    def actions(self) -> dict[str, NoteAction]:
        """What is done about each kind that is not simply noted."""
        fields = self.model_dump(exclude={"said", "pixels"})
        return {kind: action for kind, action in fields.items() if action != "note"}


class Settings(BaseSettings):
    """Everything a run can be told."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        frozen=True,
        extra="forbid",
        nested_model_default_partial_update=True,
    )

    extractors: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split), Field(min_length=1)] = ("auto",)
    detectors: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split), Field(min_length=1)] = ("auto",)
    vocabulary: Path | None = None
    tag_table: Path | None = None
    fusion: FusionName = "auto"
    fusion_version: Annotated[str, Field(min_length=1)] = "current"  # of kyara fusion list, or none
    min_confidence: Annotated[float, Field(ge=0, le=1)] = 0.5
    max_risk: Share | None = None
    ask: Literal["all", "learned"] = "all"
    until_confidence: Share | None = None
    workers: PositiveInt | None = None
    threads: PositiveInt | None = None
    batch_size: PositiveInt | None = None
    shard_size: PositiveInt | None = None
    limit: PositiveInt | None = None
    jsonl: bool = False
    cache: Cache = Field(default_factory=lambda: str(user_cache_path("kyara") / "raw"))
    catalogue: Annotated[str, Field(min_length=1)] = "kyara.db"  # a file, an address, or none
    images: ImageSettings = ImageSettings()
    failures: FailureSettings = PATIENCE
    caching: CachingSettings = CachingSettings()
    notes: NoteSettings = NoteSettings()
    quality: QualitySettings = QualitySettings()
    preprocess: PreprocessSettings = PreprocessSettings()
    models: ModelSettings = Field(default_factory=ModelSettings)
    clip: ClipSettings = ClipSettings()
    tagger: TaggerSettings = TaggerSettings()
    sentence: SentenceSettings = SentenceSettings()
    nli: NliSettings = NliSettings()
    vlm: VlmSettings = VlmSettings()


_GROUPS: Mapping[str, type[BaseModel]] = {
    name: field.annotation
    for name, field in Settings.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
}


def load_settings(config: Path | None = None, **given: Any) -> Settings:
    """The settings of this run. `given` are the command line's (None = not given).

    `config` (or the file named by KYARA_CONFIG) is TOML or YAML. Raises SettingsError.
    """
    if config is None and (named := os.environ.get(CONFIG_VARIABLE)):
        config = Path(named)
    file = _read(config) if config else {}
    _known_environment()

    class Sourced(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[Any, ...]:
            return init_settings, env_settings, lambda: file

    try:
        return Sourced(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise SettingsError(_in_one_line(error, given, config)) from error
    except UnparsableError as error:  # KYARA_IMAGES given whole, and not as JSON
        example = f"{PREFIX}IMAGES__MAX_PIXELS=1000000"
        raise SettingsError(f"environment: {error}; set one value a variable, as {example}") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        content = (yaml.safe_load(text) or {}) if path.suffix in (".yaml", ".yml") else tomllib.loads(text)
    except OSError as error:
        raise SettingsError(f"config {path}: {error.strerror}; give the path of a TOML or YAML file") from error
    except (ValueError, yaml.YAMLError) as error:  # not TOML, not YAML, not UTF-8, no such date
        reason = " ".join(str(error).split())
        raise SettingsError(f"config {path}: cannot be read: {reason}; correct that line") from error
    if not isinstance(content, dict) or not all(isinstance(name, str) for name in content):
        raise SettingsError(f'config {path}: holds no settings; write lines such as fusion = "average"')
    return content


def _known_environment() -> None:
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    for variable in os.environ:
        if variable.startswith(PREFIX) and variable != CONFIG_VARIABLE:
            name = variable.split("__")[0]
            if name not in known:
                near = process.extractOne(name, known)[0]
                raise SettingsError(f"environment variable {variable} is no setting; did you mean {near}?")


def _in_one_line(error: ValidationError, given: Mapping[str, Any], config: Path | None) -> str:
    first = error.errors()[0]
    path = [str(part) for part in first["loc"]]
    origin = _origin(path, given, config)
    if first["type"] == "extra_forbidden":
        known = Settings.model_fields if len(path) == 1 else _GROUPS[path[0]].model_fields
        return f"{origin}: no such setting; did you mean {process.extractOne(path[-1], list(known))[0]!r}?"
    said = first["msg"].removeprefix("Value error, ")
    return f"{origin}: {hidden(repr(first['input']))} found; {said[0].lower()}{said[1:]}"


def _origin(path: Sequence[str], given: Mapping[str, Any], config: Path | None) -> str:
    if (value := given.get(path[0])) is not None:
        option = path[1] if isinstance(value, Mapping) and path[1] != "model" else path[0]  # --clip, --device
        return "--" + option.replace("_", "-")
    for variable in (PREFIX + "__".join(path).upper(), PREFIX + path[0].upper()):
        if variable in os.environ:
            return f"environment {variable}"
    return f"setting {'.'.join(path)!r} in {config}"
