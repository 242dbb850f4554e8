"""decode_in_child with children that really die: PIL is spoilt through a sitecustomize that only the child sees."""

from __future__ import annotations

import os

import pytest

from kyara.errors import KyaraError, UnreadableImageError
from kyara.images import Limits, decode_in_child
from kyara.records import Reason

LIMITS = Limits()
pytestmark = pytest.mark.skipif(os.name != "posix", reason="deaths by signal are POSIX")


@pytest.fixture
def spoil(tmp_path, monkeypatch):
    """spoil(code) makes child processes run `code` at start, in which `on_load(function)` replaces PIL's loading."""

    def write(code: str) -> None:
        (tmp_path / "sitecustomize.py").write_text(
            "def on_load(function):\n"
            "    from PIL import ImageFile\n"
            "    ImageFile.ImageFile.load = lambda self: function()\n" + code
        )
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    return write


def refusal(data: bytes, timeout_s: float = 60) -> UnreadableImageError:
    with pytest.raises(UnreadableImageError) as caught:
        decode_in_child(data, LIMITS, timeout_s)
    return caught.value


def test_sound_and_unreadable_pictures(encode, gradient):
    data = encode(gradient, "JPEG")
    assert decode_in_child(data, LIMITS, 60) is None
    assert refusal(data[: len(data) // 2]).reason == Reason.TRUNCATED
    with pytest.raises(UnreadableImageError) as caught:
        decode_in_child(data, Limits(max_pixels=100), 60)
    assert caught.value.reason == Reason.TOO_LARGE


def test_a_segmentation_fault(spoil, encode, gradient):
    spoil("import ctypes\non_load(lambda: ctypes.string_at(0))\n")
    error = refusal(encode(gradient, "PNG"))
    assert error.reason == Reason.DECODER_CRASH
    assert "SIGSEGV" in error.detail


def test_a_decoder_that_ends_the_process(spoil, encode, gradient):
    spoil("import os\non_load(lambda: os._exit(7))\n")
    error = refusal(encode(gradient, "PNG"))
    assert error.reason == Reason.DECODER_CRASH
    assert "exit code 7" in error.detail


def test_a_decoder_that_hangs(spoil, encode, gradient):
    spoil("import time\non_load(lambda: time.sleep(600))\n")
    error = refusal(encode(gradient, "PNG"), timeout_s=20)  # a loaded machine starts a process in 6
    assert error.reason == Reason.DECODER_CRASH
    assert "longer than 20 s" in error.detail


def test_a_child_that_does_not_start_is_not_blamed_on_the_picture(spoil, encode, gradient):
    spoil("import os\nos._exit(3)\n")
    with pytest.raises(KyaraError, match="did not start"):
        decode_in_child(encode(gradient, "PNG"), LIMITS, 60)
