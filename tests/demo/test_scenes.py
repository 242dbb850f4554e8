"""Every scene fills its picture and is the same each time."""

import numpy as np
import pytest

from kyara.demo.scenes import SCENES, paint_scene


@pytest.mark.parametrize("name", [*SCENES, "studio:#9fb8e0"])
def test_a_scene_fills_its_picture_and_repeats(name: str) -> None:
    first, again = (paint_scene(name, (128, 160), np.random.default_rng(3)) for _ in range(2))
    assert first.mode == "RGB"
    assert first.size == (128, 160)
    assert first.tobytes() == again.tobytes()
    assert np.asarray(first).std() > 4
