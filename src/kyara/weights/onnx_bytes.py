"""One block of a ViT-B/32 with random weights, as the bytes of an ONNX file, at full precision or as static int8.

Written byte by byte (protobuf is tags, lengths and numbers), so that measuring a machine needs neither the onnx package
nor a shipped file. The field numbers are those of onnx.proto; nothing else of ONNX is known here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TOKENS, WIDTH, HEADS, OPSET = 50, 768, 12, 17
_TYPES = {"float32": 1, "uint8": 2, "int8": 3, "int64": 7}


def vit_block(int8: bool) -> bytes:
    """Input `x` float32 (batch, 50, 768), output `y` likewise."""
    graph = _Graph(int8)
    heads = (0, TOKENS, HEADS, WIDTH // HEADS)
    normal = graph.op("LayerNormalization", "x", graph.weights(WIDTH), graph.weights(WIDTH), axis=-1)
    q, k, v = (graph.reshaped(graph.linear(normal, WIDTH, WIDTH), heads) for _ in range(3))
    keys, values = graph.op("Transpose", k, perm=(0, 2, 3, 1)), graph.op("Transpose", v, perm=(0, 2, 1, 3))
    weights = graph.op("MatMul", graph.op("Transpose", q, perm=(0, 2, 1, 3)), keys)
    seen = graph.op("MatMul", graph.op("Softmax", weights, axis=-1), values)
    joined = graph.reshaped(graph.op("Transpose", seen, perm=(0, 2, 1, 3)), (0, TOKENS, WIDTH))
    between = graph.op("Add", "x", graph.linear(joined, WIDTH, WIDTH))
    normal = graph.op("LayerNormalization", between, graph.weights(WIDTH), graph.weights(WIDTH), axis=-1)
    wide = graph.linear(normal, WIDTH, 4 * WIDTH)
    active = graph.op("Mul", wide, graph.op("Sigmoid", wide))
    graph.op("Add", between, graph.linear(active, 4 * WIDTH, WIDTH), out="y")
    return graph.model()


class _Graph:
    """Gathers nodes and constants."""

    def __init__(self, int8: bool) -> None:
        self._int8 = int8
        self._random = np.random.default_rng(0)
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []

    def op(self, kind: str, *inputs: str, out: str = "", **attributes: int | tuple[int, ...]) -> str:
        """Adds a node; the name of its output."""
        out = out or f"t{len(self._nodes)}"
        written = [_bytes(1, name) for name in inputs] + [_bytes(2, out), _bytes(4, kind)]
        written += [_bytes(5, _attribute(name, value)) for name, value in attributes.items()]
        self._nodes.append(b"".join(written))
        return out

    def constant(self, array: NDArray[np.generic]) -> str:
        name = f"c{len(self._constants)}"
        dims = b"".join(_number(1, size) for size in array.shape)
        kind = _number(2, _TYPES[array.dtype.name])
        self._constants.append(dims + kind + _bytes(8, name) + _bytes(9, array.tobytes()))
        return name

    def weights(self, *shape: int) -> str:
        return self.constant(self._random.standard_normal(shape, np.float32) / 16)

    def linear(self, x: str, rows: int, columns: int) -> str:
        """x · W + b; for int8 with x and W rounded before, as a quantised network says it."""
        if self._int8:
            scale, middle = self.constant(np.array(0.05, np.float32)), self.constant(np.array(128, np.uint8))
            x = self.op("DequantizeLinear", self.op("QuantizeLinear", x, scale, middle), scale, middle)
            whole = self.constant(self._random.integers(-127, 128, (rows, columns), np.int8))
            w = self.op("DequantizeLinear", whole, self.constant(np.array(0.001, np.float32)))
        else:
            w = self.weights(rows, columns)
        return self.op("Add", self.op("MatMul", x, w), self.weights(columns))

    def reshaped(self, x: str, shape: tuple[int, ...]) -> str:
        return self.op("Reshape", x, self.constant(np.array(shape, np.int64)))

    def model(self) -> bytes:
        graph = b"".join(_bytes(1, node) for node in self._nodes) + _bytes(2, "block")
        graph += b"".join(_bytes(5, constant) for constant in self._constants)
        graph += _bytes(11, _value("x")) + _bytes(12, _value("y"))
        return _number(1, 8) + _bytes(7, graph) + _bytes(8, _number(2, OPSET))


def _value(name: str) -> bytes:
    """A float32 (batch, TOKENS, WIDTH) of that name."""
    dims = [_bytes(2, "batch"), _number(1, TOKENS), _number(1, WIDTH)]
    shape = b"".join(_bytes(1, dim) for dim in dims)
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, _TYPES["float32"]) + _bytes(2, shape)))


def _attribute(name: str, value: int | tuple[int, ...]) -> bytes:
    """One number (type INT = 2) or several (INTS = 7)."""
    if isinstance(value, int):
        return _bytes(1, name) + _number(3, value) + _number(20, 2)
    return _bytes(1, name) + b"".join(_number(8, one) for one in value) + _number(20, 7)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value & (1 << 64) - 1)


def _bytes(field: int, value: bytes | str) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    """Seven bits a byte, least first; the eighth says that more follow."""
    groups = []
    while value > 0x7F:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*groups, value])
