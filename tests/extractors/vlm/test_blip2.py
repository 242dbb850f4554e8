"""Parity with transformers' own BLIP-2 on equal pixels and prompts, and that the check can fail."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer, Blip2ForConditionalGeneration

from kyara.extractors.clip.preprocess import read_preprocessing
from kyara.extractors.vlm.blip2 import Blip2
from kyara.flow import View
from kyara.weights import Runtime, find

PROMPTS = ("", "Question: What color is the character's hair? Answer:", "Question: How old? Answer:")
LONGEST, CLOSE = 8, 1e-5


@pytest.fixture(scope="module")
def blip2(blip2_folder: Path) -> Blip2:
    return Blip2(find(str(blip2_folder)), Runtime())


@pytest.fixture
def pixels(views: list[View], blip2_folder: Path) -> np.ndarray:
    preprocessing = read_preprocessing(find(str(blip2_folder)))
    return preprocessing([view.pixels("body", preprocessing.side_px) for view in views])


def reference(folder: Path, pixels: np.ndarray, prompt: str) -> list[tuple[str, float]]:
    """As the model card has it, one picture at a time: words, and the mean probability of their tokens."""
    model = Blip2ForConditionalGeneration.from_pretrained(folder).eval()
    tokens = AutoTokenizer.from_pretrained(folder)
    words = tokens(prompt).input_ids if prompt else [model.config.text_config.bos_token_id]
    ids = torch.tensor([[model.config.image_token_index] * model.config.num_query_tokens + words])
    said = []
    for one in torch.from_numpy(pixels):
        how = {"max_new_tokens": LONGEST, "do_sample": False, "return_dict_in_generate": True, "output_logits": True}
        out = model.generate(one[None], input_ids=ids, **how)
        made = out.sequences[0, -len(out.logits) :].tolist()
        made = made[: made.index(1)] if 1 in made else made
        sure = [torch.log_softmax(logits[0], -1)[token].item() for logits, token in zip(out.logits, made, strict=False)]
        said.append((tokens.decode(made, skip_special_tokens=True).strip(), float(np.exp(np.mean(sure)))))
    return said


def apart(said: list[tuple[str, float]], wanted: list[tuple[str, float]]) -> float:
    """1 where words differ, else how far apart the probabilities are, at most."""
    if [text for text, _ in said] != [text for text, _ in wanted]:
        return 1.0
    return max(abs(a - b) for (_, a), (_, b) in zip(said, wanted, strict=True))


@pytest.mark.parametrize("prompt", PROMPTS)
def test_it_says_what_generate_says(blip2: Blip2, blip2_folder: Path, pixels: np.ndarray, prompt: str) -> None:
    wanted = reference(blip2_folder, pixels, prompt)
    assert apart(blip2.answers(blip2.shown(pixels), prompt, LONGEST), wanted) <= CLOSE
    assert apart(wanted, wanted[1:] + wanted[:1]) > 10 * CLOSE, "the answer depends on the picture"


def test_the_check_sees_swapped_channels(blip2: Blip2, blip2_folder: Path, pixels: np.ndarray) -> None:
    said = blip2.answers(blip2.shown(np.ascontiguousarray(pixels[:, ::-1])), PROMPTS[1], LONGEST)
    assert apart(said, reference(blip2_folder, pixels, PROMPTS[1])) > 10 * CLOSE


def test_the_check_sees_another_question(blip2: Blip2, blip2_folder: Path, pixels: np.ndarray) -> None:
    said = blip2.answers(blip2.shown(pixels), PROMPTS[2], LONGEST)
    assert apart(said, reference(blip2_folder, pixels, PROMPTS[1])) > 10 * CLOSE


def test_neighbours_change_nothing(blip2: Blip2, pixels: np.ndarray) -> None:
    together = blip2.answers(blip2.shown(pixels), PROMPTS[1], LONGEST)
    alone = [blip2.answers(blip2.shown(pixels[i : i + 1]), PROMPTS[1], LONGEST)[0] for i in range(len(pixels))]
    assert apart(together, alone) <= CLOSE
