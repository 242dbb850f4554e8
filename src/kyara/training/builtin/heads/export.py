"""The trained network as ONNX in the layout of YOLOv8's `output0`, BatchNorm folded into the convolutions.

It knows neither data nor losses.
"""

from __future__ import annotations

import copy
import os
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from kyara.training.builtin.heads.network import Conv, Network

OPSET = 17


class AsYolo(nn.Module):
    """`images` (n, 3, h, w) to `output0` (n, 5, cells): centre x, y, width, height in input pixels, score in 0..1."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = folded(network)

    def forward(self, images: Tensor) -> Tensor:
        logits, boxes = self.network(images)
        low, high = boxes[..., :2], boxes[..., 2:]
        rows = torch.cat([(low + high) / 2, high - low, logits.sigmoid().unsqueeze(-1)], -1)
        return rows.transpose(1, 2)


def folded(network: Network) -> Network:
    """A copy in evaluation mode whose convolutions do the work of the BatchNorm behind them."""
    network = copy.deepcopy(network).eval()
    for module in network.modules():
        if isinstance(module, Conv):
            convolution, norm, _ = module
            if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                module[0], module[1] = fuse_conv_bn_eval(convolution, norm), nn.Identity()
    return network


def write(network: Network, path: Path) -> None:
    """Write `network` as ONNX, whole or not at all; batch, height and width stay free."""
    fresh = path.with_name(path.name + ".new")
    axes = {"images": {0: "batch", 2: "height", 3: "width"}, "output0": {0: "batch", 2: "cells"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's word on its own successor, which needs fixed sides here
        torch.onnx.export(
            AsYolo(network),
            (torch.zeros(1, 3, 96, 64),),
            str(fresh),
            input_names=["images"],
            output_names=["output0"],
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
    os.replace(fresh, path)
