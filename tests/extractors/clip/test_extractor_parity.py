"""Against transformers' CLIPModel and SiglipModel on equal pixels of real pictures; the check fails every fault."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kyara.extractors.clip import ClipExtractor
from kyara.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()
TEXTS = [prompt for label in VOCABULARY["hair_color"].labels for prompt in label.prompts]
FAMILIES = ["clip", "siglip"]


def answers(clip: ClipExtractor, views) -> tuple[np.ndarray, np.ndarray]:
    """Our logits (views, TEXTS), each text alone, and image embeddings."""
    images = np.stack([raw["body"] for raw in clip.look(views)])
    side = encoded(clip, [(text,) for text in TEXTS])
    return clip._temperature.logits(images, side), images


def encoded(clip: ClipExtractor, ensembles) -> np.ndarray:
    side = clip._text_side
    return type(side)(side._network, side._tokens, side._family, ensembles).matrix(clip._folder)


def centred_cosines(found: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Random networks give all pictures much the same vector: what tells pictures apart is what is left without it."""
    a, b = (vectors - expected.mean(0) for vectors in (found, expected))
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def agree(ours, theirs) -> bool:
    (logits, images), (their_logits, their_images) = ours, theirs
    close = np.abs(logits - their_logits).max() < 1e-3
    return bool(close and centred_cosines(images, their_images).min() > 1 - 1e-5)


@pytest.fixture(scope="module")
def reference(hubs):
    """The reference's answers to the same pictures and TEXTS, computed once a family."""
    known = {}

    def answer(family, pictures):
        if family not in known:
            known[family] = hubs(family).answers(pictures, TEXTS)
        return known[family]

    return answer


@pytest.mark.parametrize("family", FAMILIES)
def test_logits_and_embeddings_are_the_reference_s(family, hubs, models, reference, real_views, real_pictures) -> None:
    clip = hubs(family).clip(VOCABULARY, models)
    theirs = reference(family, real_pictures)
    assert agree(answers(clip, real_views), theirs)
    assert theirs[0].std(0).min() > 0.02, "the pictures must differ for the reference, or nothing was compared"


FAULTS = {
    "BGR": lambda p: lambda pictures: p([picture[..., ::-1] for picture in pictures]),
    "upside down": lambda p: lambda pictures: p([picture[::-1] for picture in pictures]),
    "bilinear": lambda p: replace(p, resample=int(Image.Resampling.BILINEAR)),
    "Lanczos": lambda p: replace(p, resample=int(Image.Resampling.LANCZOS)),
    "nearest": lambda p: replace(p, resample=int(Image.Resampling.NEAREST)),
    "not normalised": lambda p: replace(p, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0)),
    "ImageNet's normalisation": lambda p: replace(p, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
    "rescaled by 256": lambda p: replace(p, factor=1 / 256),
    "stretched or cropped wrongly": lambda p: replace(
        p, resize=p.size if isinstance(p.resize, int) else p.side_px, crop=None if isinstance(p.resize, int) else p.size
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_check_fails_a_wrong_preprocessing(
    family, fault, hubs, models, reference, real_views, real_pictures, monkeypatch
) -> None:
    clip = hubs(family).clip(VOCABULARY, models)
    theirs = reference(family, real_pictures)
    right = clip._preprocessing
    wrong = FAULTS[fault](right)

    class Wrong:
        side_px = right.side_px

        def __call__(self, pictures):
            return wrong(pictures)

    monkeypatch.setattr(clip, "_preprocessing", Wrong())
    ours = answers(clip, real_views)
    assert not agree(ours, theirs)
    assert centred_cosines(ours[1], theirs[1]).min() < 1 - 1e-5, "seen in the embeddings alone"


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_check_fails_a_wrong_text_side_or_temperature(
    family, hubs, models, reference, real_views, real_pictures
) -> None:
    clip = hubs(family).clip(VOCABULARY, models)
    theirs = reference(family, real_pictures)
    logits, images = answers(clip, real_views)
    assert not agree((np.roll(logits, 1, 1), images), theirs)
    assert not agree((logits * 1.001, images), theirs)
    assert not agree((logits + 0.01, images), theirs)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("backend", ["openvino", "onnxruntime"])
def test_the_exported_image_network_is_the_reference_s_on_each_backend(family, backend, hubs, models) -> None:
    import torch

    hub = hubs(family)
    path = hub.clip(VOCABULARY, models).network.path
    planes = np.random.default_rng(0).standard_normal((3, 3, 64, 64), np.float32)
    with torch.no_grad():
        features = hub.model.get_image_features(pixel_values=torch.from_numpy(planes)).pooler_output.numpy()
    assert np.abs(run_on(backend, path, planes) - features).max() < 1e-5 * max(1, np.abs(features).max())


def run_on(backend: str, path: Path, planes: np.ndarray) -> np.ndarray:
    if backend == "onnxruntime":
        import onnxruntime

        return onnxruntime.InferenceSession(path).run(None, {"pixel_values": planes})[0]
    import openvino

    return openvino.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})([planes])[0]
