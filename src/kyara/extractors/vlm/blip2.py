"""BLIP-2 through transformers: what a picture shows is found once, then every question goes on from it.

The same to the bit as its own `generate` on equal pixels and prompts. Knows no attributes.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kyara.extras import need
from kyara.weights import Runtime, Weights

if TYPE_CHECKING:
    import torch

LONGEST_ANSWER, LONGEST_CAPTION = 10, 40  # tokens
Said = tuple[str, float]  # an answer, and the mean probability of its tokens


class Blip2:
    """One loaded model. Raises MissingExtraError without torch."""

    def __init__(self, weights: Weights, runtime: Runtime) -> None:
        need("torch", "extractor vlm")
        need("transformers", "extractor vlm")
        library: Any = importlib.import_module("transformers")

        placed: dict[str, Any] = {"dtype": _dtype(runtime)}
        if runtime.kind == "cuda" and runtime.precision == "int8":  # not measured: needs a GPU
            eight_bits = library.BitsAndBytesConfig(load_in_8bit=True)
            placed = {"quantization_config": eight_bits, "device_map": runtime.device}
        model = library.Blip2ForConditionalGeneration.from_pretrained(weights.folder, local_files_only=True, **placed)
        self._device = runtime.device if runtime.kind == "cuda" else "cpu"
        self._model = (model if "device_map" in placed else model.to(self._device)).eval()
        self._tokens = library.AutoTokenizer.from_pretrained(weights.folder, local_files_only=True)

    def shown(self, pixels: NDArray[np.float32]) -> torch.Tensor:
        """What the language model is shown of pictures (n, 3, height, width): (n, queries, width)."""
        import torch

        with torch.inference_mode():
            there = torch.from_numpy(pixels).to(self._device, self._model.dtype)
            return torch.as_tensor(self._model.get_image_features(there).pooler_output)

    def answers(self, shown: torch.Tensor, prompt: str, longest: int) -> list[Said]:
        """The answer for each picture to one prompt; "" asks for a caption. Rows are of one length: none is padded."""
        import torch

        config = self._model.config
        language = self._model.language_model
        words = self._tokens(prompt).input_ids if prompt else [config.text_config.bos_token_id]
        image = config.image_token_index or 0  # older ones name none; what stands there is overwritten in any case
        ids = torch.tensor([[image] * shown.shape[1] + list(words)] * len(shown), device=self._device)
        with torch.inference_mode():
            embedded = self._model.get_input_embeddings()(ids)
            embedded[:, : shown.shape[1]] = shown.to(embedded.dtype)
            given = {"inputs_embeds": embedded, "attention_mask": torch.ones_like(ids)}
            if not language.config.is_encoder_decoder:
                given["input_ids"] = ids
            out = language.generate(
                **given, max_new_tokens=longest, do_sample=False, return_dict_in_generate=True, output_logits=True
            )
            made = out.sequences[:, -len(out.logits) :]
            chances = torch.stack(out.logits, 1).float().log_softmax(-1)
            each = chances.gather(2, made[..., None])[..., 0]
        end = language.generation_config.eos_token_id
        return [self._said(row, probabilities, end) for row, probabilities in zip(made, each, strict=True)]

    def _said(self, row: torch.Tensor, logarithms: torch.Tensor, end: int | list[int] | None) -> Said:
        ends = set(end) if isinstance(end, list) else {end}
        length = next((i for i, token in enumerate(row.tolist()) if token in ends), len(row))
        text = str(self._tokens.decode(row[:length], skip_special_tokens=True)).strip()
        sure = float(logarithms[: max(1, length)].mean().exp())
        return text, sure


def _dtype(runtime: Runtime) -> Any:
    import torch

    return {"bf16": torch.bfloat16, "f16": torch.float16}.get(runtime.precision, torch.float32)
