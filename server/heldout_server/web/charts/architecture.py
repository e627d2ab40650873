"""The architecture as a picture: a block for each layer, as large as what comes out of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from heldout_server.kit.errors import printable

SLOT, MIDDLE, HEIGHT = 96.0, 78.0, 196.0
MOST_BLOCKS = 24
MOST_SHEETS = 5
LARGEST_SIDE, SMALLEST_SIDE = 62.0, 7.0
KINDS = (
    ("conv", ("Conv",)),
    ("recurrent", ("LSTM", "GRU", "RNN", "Bidirectional")),
    ("attention", ("Attention",)),
    ("dense", ("Dense",)),
    ("pool", ("Pool", "Flatten", "Reshape")),
    ("drop", ("Dropout", "Random", "Noise")),
)


@dataclass(frozen=True, slots=True)
class Block:
    """A layer's rectangles (x, y, width, height), the last one in front; `kind` is its colour."""

    kind: str
    type: str
    x: float
    sheets: tuple[tuple[float, float, float, float], ...]
    shape: str
    parameters: int | None


@dataclass(frozen=True, slots=True)
class Picture:
    """All blocks from input to output; `left_out` layers are too many to draw."""

    blocks: tuple[Block, ...]
    left_out: int
    height = HEIGHT

    @property
    def width(self) -> float:
        """Of the view box."""
        return SLOT * len(self.blocks)


def read_architecture(card: Mapping[str, Any]) -> Picture:
    """The picture of a stored card; no blocks where it has no layers with shapes."""
    described = card.get("architecture")
    rows = (
        [row for row in described if isinstance(row, Mapping)]
        if isinstance(described, list)
        else []
    )
    layers = [(row, shape) for row in rows if (shape := _shape(row.get("output_shape")))]
    blocks = tuple(_block(at, row, shape) for at, (row, shape) in enumerate(layers[:MOST_BLOCKS]))
    return Picture(blocks, max(0, len(layers) - MOST_BLOCKS))


def _shape(value: object) -> tuple[int, ...]:
    """The sides after the batch; () for what is no shape."""
    if not isinstance(value, list | tuple) or len(value) < 2:
        return ()
    sides = [side for side in value[1:] if isinstance(side, int) and not isinstance(side, bool)]
    is_usual = len(sides) == len(value) - 1 and all(0 < side < 10**7 for side in sides)
    return tuple(sides[:4]) if is_usual else ()


def _block(at: int, row: Mapping[str, Any], shape: tuple[int, ...]) -> Block:
    name = printable(str(row.get("type", "?")), 40)
    count = row.get("parameters")
    is_count = isinstance(count, int) and not isinstance(count, bool) and 0 <= count < 10**15
    middle = SLOT * at + SLOT / 2
    return Block(
        kind=next((kind for kind, words in KINDS if any(w in name for w in words)), "other"),
        type=name if len(name) <= 15 else name[:14] + "…",
        x=middle,
        sheets=_sheets(middle, shape),
        shape=" × ".join(str(side) for side in shape),
        parameters=count if is_count else None,
    )


def _sheets(middle: float, shape: tuple[int, ...]) -> tuple[tuple[float, float, float, float], ...]:
    """Feature maps as a stack of sheets; a vector as one tall bar."""
    if len(shape) == 1:
        tall = min(LARGEST_SIDE * 2, 16 + 11 * math.log2(shape[0] + 1))
        return ((middle - 7, round(MIDDLE - tall / 2, 1), 14.0, round(tall, 1)),)
    high = _side(shape[0])
    wide = _side(shape[1])
    channels = shape[2] if len(shape) > 2 else 1
    count = min(MOST_SHEETS, 1 + round(math.log2(channels)) // 2)
    spread = (count - 1) * 2.5
    return tuple(
        (
            round(middle - wide / 2 + spread - 5.0 * sheet, 1),
            round(MIDDLE - high / 2 - spread + 5.0 * sheet, 1),
            wide,
            high,
        )
        for sheet in range(count)
    )


def _side(length: int) -> float:
    return round(min(LARGEST_SIDE, max(SMALLEST_SIDE, length * LARGEST_SIDE / 28)), 1)
