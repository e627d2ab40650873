"""One example of a dataset as a page shows it: a picture, or a few cells of its row. Pure."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from heldout_server.datasets.store import DatasetInfo
from heldout_server.kit.formats import amount
from heldout_server.web.charts.thumbnail import png_uri

MOST_CELLS = 8


def picture(info: DatasetInfo, example: NDArray[Any]) -> str:
    """A data URI; empty where the dataset isn't one of images."""
    if not info.is_images:
        return ""
    return png_uri(example)


def cells(info: DatasetInfo, example: NDArray[Any]) -> tuple[tuple[str, str], ...]:
    """Names and values of a table's first columns; of a one-hot one the category that it is."""
    if info.is_images or not info.features:
        return ()
    found = []
    for feature, value in zip(info.features, example.tolist(), strict=True):
        if feature.category is None:
            found.append((feature.column, amount(float(value))))
        elif value:
            found.append((feature.column, feature.category))
    return tuple(found[:MOST_CELLS])
