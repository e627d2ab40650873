"""A picture inside a page is the picture itself, made small."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from heldout_server.web.charts.thumbnail import LONGEST_SIDE, png_uri


def opened(uri: str) -> Image.Image:
    head, _, body = uri.partition(",")
    assert head == "data:image/png;base64"
    return Image.open(io.BytesIO(base64.b64decode(body)))


@pytest.mark.parametrize(
    ("shape", "mode"),
    [((28, 28), "L"), ((5, 9), "L"), ((8, 8, 1), "L"), ((8, 8, 2), "LA"), ((8, 6, 3), "RGB"),
     ((8, 8, 4), "RGBA")],
)  # fmt: skip
def test_is_the_picture_itself(shape: tuple[int, ...], mode: str) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8)
    picture = opened(png_uri(pixels))
    assert picture.mode == mode
    shown = pixels[..., 0] if shape[2:] == (1,) else pixels
    assert np.array_equal(np.asarray(picture), shown)


def test_a_large_one_becomes_small_in_its_shape() -> None:
    picture = opened(png_uri(np.zeros((1024, 512, 3), np.uint8)))
    assert picture.size == (LONGEST_SIDE // 2, LONGEST_SIDE)
