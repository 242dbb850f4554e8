"""Texts to token ids, by the model's own tokenizer.json, padded and cut as its family was trained.

Knows no network and no vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kyara.errors import WeightsError
from kyara.extractors.clip.family import Family
from kyara.weights import Weights, json_of

if TYPE_CHECKING:
    from tokenizers import Tokenizer

TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json")
_USUAL_PAD = {"clip": "<|endoftext|>", "siglip": "</s>"}

Feeds = dict[str, NDArray[np.int64]]


class Tokens:
    """`digest` is that of the tokenizer's files."""

    def __init__(self, weights: Weights, family: Family) -> None:
        self.digest = weights.digest(*TOKENIZER_FILES)
        self._weights, self._family = weights, family
        self._path = weights.file("tokenizer.json")

    def __call__(self, texts: Sequence[str]) -> Feeds:
        """`input_ids` and `attention_mask`, each (texts, tokens): CLIP's as long as the longest, SigLIP's all full.

        SigLIP saw lower case only, and no mask: its padding is part of the text.
        """
        if self._family.name == "siglip":
            texts = [text.lower() for text in texts]
        encoded = self._tokenizer.encode_batch(list(texts))
        ids = np.array([text.ids for text in encoded], np.int64)
        mask = np.array([text.attention_mask for text in encoded], np.int64)
        return {"input_ids": ids, "attention_mask": np.ones_like(ids) if self._family.padded else mask}

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_file(str(self._path))
        except Exception as error:  # the library raises no narrower one
            raise WeightsError(f"{self._path}: {error}; fetch the model again with `kyara models pull`") from error
        config = self._config()
        pad = config.get("pad_token") or _USUAL_PAD[self._family.name]
        pad = pad["content"] if isinstance(pad, dict) else pad
        if (pad_id := tokenizer.token_to_id(pad)) is None:
            raise WeightsError(f"{self._path}: holds no {pad!r}, with which texts are padded; fetch the model again")
        tokenizer.enable_truncation(self._family.context)
        tokenizer.enable_padding(
            direction=config.get("padding_side", "right"),
            pad_id=pad_id,
            pad_token=pad,
            length=self._family.context if self._family.padded else None,
        )
        return tokenizer

    def _config(self) -> dict[str, Any]:
        path = self._weights.optional("tokenizer_config.json")
        return json_of(path) if path else {}
