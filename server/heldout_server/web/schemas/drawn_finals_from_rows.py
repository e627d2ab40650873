"""The drawn final's rows in the shapes that the API and its pages give them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from heldout_server.finals.participation import Participation
from heldout_server.finals.wall import Wall
from heldout_server.models import DrawnFinal
from heldout_server.web.charts.thumbnail import png_uri
from heldout_server.web.schemas.drawn_finals import (
    DrawnFinalOut,
    FinalistOut,
    LineOut,
    MyPartOut,
    OfferOut,
    PromptOut,
    ShownOut,
)

# What a wall shows is shown again and again while the next drawings come.
KEPT_IMAGES = 256


def drawn_final_out(final: DrawnFinal, shown: Wall) -> DrawnFinalOut:
    """The final as everybody sees it."""
    board = shown.board
    return DrawnFinalOut(
        phase=shown.phase,
        paused=shown.is_paused,
        frozen_at=final.frozen_at,
        finalists=[
            FinalistOut(id=line.public_id, name=line.name, sha256=line.sha256)
            for line in board.by_place
        ],
        classes=list(shown.classes),
        drawn=shown.drawn,
        counted=board.drawings,
        waiting=shown.waiting,
        disputed=shown.disputed,
        writers=board.writers,
        looked_at=board.looked_at,
        words=board.words,
        rows=[LineOut.model_validate(line) for line in board.lines],
        newest=[ShownOut.model_validate(one) for one in shown.newest],
        hardest=ShownOut.model_validate(shown.hardest) if shown.hardest else None,
        confusion=[list(row) for row in shown.confusion],
    )


def my_part_out(part: Participation) -> MyPartOut:
    """What one person still has to do."""
    return MyPartOut(
        phase=part.final.phase,
        paused=part.final.paused_at is not None,
        step=part.step,
        prompts=[PromptOut(number=n, name=part.classes[n]) for n in part.left],
        classes=list(part.classes),
        drawn=part.drawn,
        said=part.said,
        asked=part.asked,
        offer=OfferOut(drawing=part.offer.public_id, image=image_uri(part.offer.image))
        if part.offer
        else None,
    )


@lru_cache(maxsize=KEPT_IMAGES)
def image_uri(image: bytes) -> str:
    """A drawing's image as a data URI of a PNG."""
    pixels = np.frombuffer(image, np.uint8)
    size = round(len(pixels) ** 0.5)
    return png_uri(pixels.reshape(size, size))
