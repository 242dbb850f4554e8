"""Any chat model that sees (AutoModelForImageTextToText): one prompt about a picture, one answer. Knows no attributes.

Not measured: the processors of most of them need torchvision, which this project does without.
"""

from __future__ import annotations

import importlib
from typing import Any

from PIL import Image

from kyara.errors import WeightsError
from kyara.extras import need
from kyara.flow import Pixels
from kyara.weights import Runtime, Weights

LONGEST = 400  # tokens: all attributes as JSON take about 150


class Chat:
    """One loaded model. Raises MissingExtraError without torch, WeightsError where it cannot be asked."""

    def __init__(self, weights: Weights, runtime: Runtime) -> None:
        need("torch", "extractor vlm")
        need("transformers", "extractor vlm")
        library: Any = importlib.import_module("transformers")
        device = runtime.device if runtime.kind == "cuda" else "cpu"
        try:
            self._processor = library.AutoProcessor.from_pretrained(weights.folder, local_files_only=True)
            model = library.AutoModelForImageTextToText.from_pretrained(
                weights.folder, local_files_only=True, dtype="auto"
            )
        except (ImportError, ValueError, OSError) as error:
            said = " ".join(str(error).split())[:200]
            raise WeightsError(f"model {weights.name!r} cannot be asked about pictures: {said}") from error
        self._model = model.to(device).eval()

    def answer(self, picture: Pixels, prompt: str) -> tuple[str, float]:
        """What it says, and the mean probability of its tokens."""
        import torch

        shown = {"type": "image", "image": Image.fromarray(picture)}
        turn = {"role": "user", "content": [shown, {"type": "text", "text": prompt}]}
        inputs = self._processor.apply_chat_template(
            [turn], add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
        ).to(self._model.device)
        with torch.inference_mode():
            out = self._model.generate(
                **inputs, max_new_tokens=LONGEST, do_sample=False, return_dict_in_generate=True, output_logits=True
            )
        made = out.sequences[0, -len(out.logits) :]
        chances = torch.stack(out.logits, 1)[0].float().log_softmax(-1)
        sure = float(chances.gather(1, made[:, None]).mean().exp())
        return str(self._processor.decode(made, skip_special_tokens=True)).strip(), sure
