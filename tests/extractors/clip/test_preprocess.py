"""Pixels to network input: transformers' Pillow processors to the bit, for every kind of configuration the hub has."""

from __future__ import annotations

import json

import numpy as np
import pytest

from kyara.errors import MissingWeightsError, WeightsError
from kyara.extractors.clip.preprocess import read_preprocessing
from kyara.weights import find

OPENAI = {  # as openai/clip-vit-base-patch32 has had it since 2021
    "crop_size": 224, "do_center_crop": True, "do_normalize": True, "do_resize": True,
    "feature_extractor_type": "CLIPFeatureExtractor", "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711], "resample": 3, "size": 224,
}  # fmt: skip
SIGLIP = {
    "do_normalize": True, "do_rescale": True, "do_resize": True, "image_mean": [0.5] * 3, "image_std": [0.5] * 3,
    "image_processor_type": "SiglipImageProcessor", "rescale_factor": 1 / 255, "resample": 3,
    "size": {"height": 224, "width": 224},
}  # fmt: skip
KINDS = {
    "CLIP of 2021": OPENAI,
    "CLIP of today": OPENAI | {"size": {"shortest_edge": 224}, "crop_size": {"height": 224, "width": 224}},
    "crop smaller": OPENAI | {"size": {"shortest_edge": 256}, "crop_size": {"height": 224, "width": 224}},
    "crop larger": OPENAI | {"size": {"shortest_edge": 101}, "crop_size": {"height": 120, "width": 131}},
    "SigLIP": SIGLIP,
    "SigLIP 2": SIGLIP | {"resample": 2, "size": {"height": 256, "width": 256}},
}
SHAPES = [(300, 512), (512, 300), (224, 224), (37, 501), (225, 224), (64, 48)]


@pytest.fixture
def written(tmp_path):
    def write(config: object, name: str = "preprocessor_config.json"):
        (tmp_path / name).write_text(config if isinstance(config, str) else json.dumps(config), encoding="utf-8")
        return find(str(tmp_path))

    return write


def reference(kind: str):
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
    from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

    return (SiglipImageProcessorPil if kind.startswith("SigLIP") else CLIPImageProcessorPil)(**KINDS[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_the_reference_to_the_bit(kind, written) -> None:
    rng = np.random.default_rng(1)
    pictures = [rng.integers(0, 256, (*shape, 3), dtype=np.uint8) for shape in SHAPES]
    expected = np.stack(reference(kind)(pictures, return_tensors="np", input_data_format="channels_last").pixel_values)
    found = read_preprocessing(written(KINDS[kind]))(pictures)
    assert (found.dtype, found.shape) == (np.float32, expected.shape)
    assert np.abs(found - expected).max() < 1e-6


def test_real_pictures_too(written, real_pictures) -> None:
    expected = np.stack(reference("CLIP of 2021")(real_pictures, return_tensors="np").pixel_values)
    assert np.abs(read_preprocessing(written(OPENAI))(real_pictures) - expected).max() < 1e-6


def test_a_picture_does_not_depend_on_its_neighbours(written, real_pictures) -> None:
    prepare = read_preprocessing(written(OPENAI))
    assert (prepare(real_pictures)[5] == prepare(real_pictures[5:6])[0]).all()


def test_it_says_from_which_side_on_pictures_may_be_scaled(written) -> None:
    assert read_preprocessing(written(KINDS["crop smaller"])).side_px == 256
    assert read_preprocessing(written(SIGLIP)).side_px == 224


def test_the_file_that_transformers_5_writes_is_read(written, tmp_path) -> None:
    whole = read_preprocessing(written({"image_processor": SIGLIP, "processor_class": "x"}, "processor_config.json"))
    (tmp_path / "processor_config.json").unlink()
    assert whole == read_preprocessing(written(SIGLIP))


@pytest.mark.parametrize(
    "change",
    [{"resample": 2}, {"image_mean": [0.5, 0.5, 0.4]}, {"image_std": [0.5, 0.5, 0.4]}, {"rescale_factor": 1 / 256},
     {"size": {"height": 224, "width": 256}}],
    ids=str,
)  # fmt: skip
def test_the_digest_changes_with_everything(change, written) -> None:
    assert read_preprocessing(written(SIGLIP | change)).digest != read_preprocessing(written(SIGLIP)).digest


@pytest.mark.parametrize(
    "config",
    ["[1]", "{", {}, SIGLIP | {"do_resize": False}, SIGLIP | {"do_normalize": False}, SIGLIP | {"resample": 17},
     SIGLIP | {"image_mean": [0.5]}, SIGLIP | {"size": {"longest_edge": 224}}, OPENAI | {"do_center_crop": False}],
    ids=str,
)  # fmt: skip
def test_what_no_clip_has_is_refused(config, written) -> None:
    with pytest.raises(WeightsError, match=r"preprocessor_config\.json: .+(expected|fetch)"):
        read_preprocessing(written(config))


def test_a_missing_file_is_named(tmp_path) -> None:
    with pytest.raises(MissingWeightsError, match="preprocessor_config"):
        read_preprocessing(find(str(tmp_path)))
