"""A grey image inside a page, as a data URI."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def png_uri(pixels: NDArray[Any]) -> str:
    """`pixels` (height, width), uint8, 0 black, as `data:image/png;base64,…`."""
    written = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(written, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(written.getvalue()).decode()
