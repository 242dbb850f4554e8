"""Raw outputs as bytes: any named arrays come back as they were, and no damage goes unseen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kyara.cache.store import pack, unpack

DTYPES = st.sampled_from(["<f2", "<f4", "<f8", ">f4", "<i8", "|u1", "|b1", "<U3"])
ARRAYS = arrays.arrays(DTYPES, arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
RAWS = st.dictionaries(st.text(max_size=8), ARRAYS, max_size=4)


def bit_identical(one: np.ndarray, other: np.ndarray) -> bool:
    return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())


@given(RAWS)
def test_what_is_packed_comes_back(raw: dict[str, np.ndarray]) -> None:
    back = unpack(pack(raw))
    assert list(back) == list(raw)
    assert all(bit_identical(back[name], array) for name, array in raw.items())


@pytest.mark.parametrize(
    "array",
    [
        np.arange(24, dtype=np.float32).reshape(4, 6)[::2, ::-3],
        np.asfortranarray(np.arange(12).reshape(3, 4)),
        np.broadcast_to(np.float16(1.5), (2, 3)),
        np.float32(3.0).reshape(()),
        np.empty((0, 512), np.float32),
    ],
    ids=["strided", "fortran", "broadcast", "0-d", "empty"],
)
def test_layout_does_not_matter(array: np.ndarray) -> None:
    assert bit_identical(unpack(pack({"a": array}))["a"], array)


def test_the_same_arrays_are_the_same_bytes() -> None:
    array = np.arange(6).reshape(2, 3)
    assert pack({"a": array}) == pack({"a": np.asfortranarray(array)})


def test_what_comes_back_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        unpack(pack({"a": np.zeros(3)}))["a"][0] = 1


@given(RAWS, st.data())
def test_any_changed_byte_is_seen(raw: dict[str, np.ndarray], data: st.DataObject) -> None:
    packed = bytearray(pack(raw))
    at = data.draw(st.integers(0, len(packed) - 1))
    packed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ValueError, match="damaged"):
        unpack(bytes(packed))


@given(RAWS, st.data())
def test_a_torn_entry_is_seen(raw: dict[str, np.ndarray], data: st.DataObject) -> None:
    packed = pack(raw)
    with pytest.raises(ValueError, match="damaged"):
        unpack(packed[: data.draw(st.integers(0, len(packed) - 1))])
