"""Texts, and pairs of texts, to token ids by the model's own tokenizer.json: cut to what the model holds, not padded.

Knows no network; how rows of ids come to be of one length is rows.py's.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from kyara.errors import WeightsError
from kyara.weights import Weights, json_of

if TYPE_CHECKING:
    from tokenizers import Tokenizer

FILES = ("tokenizer.json", "tokenizer_config.json", "config.json", "sentence_bert_config.json")
_USUAL_PADS = ("[PAD]", "<pad>")
_MOST = 10_000  # "model_max_length": 1e30 stands in files that mean: no limit known

Text = str | tuple[str, str]


class Row(NamedTuple):
    """One text: its token ids, and of which half of a pair each token is (0 or 1)."""

    ids: list[int]
    types: list[int]


class TextTokens:
    """`digest` is that of the files that decide the ids."""

    def __init__(self, weights: Weights) -> None:
        self.digest = weights.digest(*FILES)
        self._weights = weights
        self._path = weights.file("tokenizer.json")

    def __call__(self, texts: Sequence[Text]) -> list[Row]:
        """One row each. Of a pair that is too long the first half is cut, as transformers' pipelines do."""
        return [Row(one.ids, one.type_ids) for one in self._tokenizer.encode_batch(list(texts))]

    @cached_property
    def pad(self) -> int:
        """The id that rows are padded with. Raises WeightsError where the tokenizer has none."""
        named = self._config("tokenizer_config.json").get("pad_token")
        named = named["content"] if isinstance(named, dict) else named
        for token in (named, *_USUAL_PADS):
            if token and (found := self._tokenizer.token_to_id(token)) is not None:
                return int(found)
        raise WeightsError(f"{self._path}: holds no padding token ({named!r} found); fetch the model again")

    @cached_property
    def most(self) -> int:
        """How many tokens a row holds at most: what its makers trained with, else what its positions allow."""
        config = self._config("config.json")
        positions = config.get("max_position_embeddings", 512)
        offset = 2 if config.get("model_type") in ("roberta", "xlm-roberta", "camembert") else 0  # their first is 2
        said = [
            self._config("sentence_bert_config.json").get("max_seq_length"),
            self._config("tokenizer_config.json").get("model_max_length"),
        ]
        given = [int(one) for one in said if isinstance(one, int | float) and one < _MOST]
        return min(*given[:1], positions - offset) if given else int(positions - offset)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_file(str(self._path))
        except Exception as error:  # the library raises no narrower one
            raise WeightsError(f"{self._path}: {error}; fetch the model again with `kyara models pull`") from error
        tokenizer.no_padding()  # all-MiniLM-L6-v2's file pads all to 128
        tokenizer.enable_truncation(self.most, strategy="only_first")
        return tokenizer

    def _config(self, name: str) -> dict[str, Any]:
        path = self._weights.optional(name)
        return json_of(path) if path else {}
