"""A grey image inside a page."""

import base64
import io

import numpy as np
from PIL import Image

from heldout_server.web.charts.grey_image import png_uri


def test_a_browser_sees_the_pixels() -> None:
    pixels = np.arange(784, dtype=np.uint8).reshape(28, 28)
    kind, _, content = png_uri(pixels).partition(",")
    assert kind == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(content))) as image:
        assert image.mode == "L"
        np.testing.assert_array_equal(np.asarray(image), pixels)
