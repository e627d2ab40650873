"""A small picture inside a page, as a data URI."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

LONGEST_SIDE = 128
"""Pixels: a page shows a hundred of them, none larger than this."""


def png_uri(pixels: NDArray[Any]) -> str:
    """`pixels` (height, width) or (height, width, channels), uint8, as `data:image/png;base64,…`.

    One channel is grey, 0 black; two are grey and opacity, three red, green and blue, four those
    with opacity. Larger ones are made smaller.
    """
    plain = pixels[..., 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels
    picture = Image.fromarray(np.ascontiguousarray(plain, np.uint8))
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    written = io.BytesIO()
    picture.save(written, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(written.getvalue()).decode()
