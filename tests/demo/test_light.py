"""Light tints and rims; nothing but the figure is touched."""

import numpy as np
import pytest
from PIL import Image

from kyara.demo.light import LIGHTS, drift, lit


@pytest.mark.parametrize("name", LIGHTS)
def test_light_keeps_the_outline_and_touches_the_side_it_comes_from(name: str) -> None:
    figure = Image.new("RGBA", (300, 300))
    figure.paste((90, 90, 90, 255), (50, 50, 250, 250))
    shown = lit(figure, LIGHTS[name])
    assert shown.getchannel("A").tobytes() == figure.getchannel("A").tobytes()
    row = np.asarray(shown)[150, :, :3].astype(int).sum(axis=1)
    near, far = (row[51], row[248]) if LIGHTS[name].side < 0 else (row[248], row[51])
    assert near > far + 20


def test_drift_leaves_the_middle_of_the_picture_alone() -> None:
    picture = Image.new("RGB", (200, 200), (10, 20, 30))
    drift(picture, "snow", np.random.default_rng(0))
    pixels = np.asarray(picture)
    assert (pixels[70:120, 70:130] == (10, 20, 30)).all()
    assert (pixels != (10, 20, 30)).any()
