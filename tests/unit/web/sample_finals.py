"""Contexts of the drawn final's wall, phase by phase."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from heldout_server.finals.hands_board import HandsBoard, Line
from heldout_server.finals.wall import Said, Shown, Wall
from heldout_server.models import FinalPhase
from heldout_server.web.view_models.finals import FinalWall
from heldout_server.web.view_models.pages import Page
from unit.web.sample_pages import HOSTILE, competition
from unit.web.sample_room import tv

CLASSES = tuple("0123456789")
SEVEN = Shown("d_1", "7", (Said(HOSTILE, "1", False), Said("Ada", "7", True)), 2, 3)
IMAGE = "data:image/png;base64,iVBORw0KGgo="
CONFUSION = tuple(
    tuple(40 if at == to else (at * to) % 4 for to in range(len(CLASSES)))
    for at in range(len(CLASSES))
)


def lines(count: int, sharing: int) -> tuple[Line, ...]:
    """Models from the best on, of which the first ones share their place."""
    return tuple(
        Line(place, f"p_{place}", (HOSTILE, "Ada")[place % 2], "0" * 64, place + 1, 95 - place, 100,
             group=1 if place < sharing else 2, low=1 if place < sharing else place + 1,
             high=max(sharing, place + 1))
        for place in range(count)
    )  # fmt: skip


def final(phase: FinalPhase, *, sharing: int = 2, **changes: Any) -> FinalWall:
    """The wall in a phase; with twelve models and a hundred drawings, ties drawn."""
    wall = Wall(
        phase=phase, is_paused=False, board=HandsBoard(lines(12, sharing), 100, 25, 100),
        drawn=120, waiting=12, disputed=3, classes=CLASSES,
        newest=(SEVEN, replace(SEVEN, public_id="d_2", misread=0)), hardest=SEVEN,
        confusion=CONFUSION,
    )  # fmt: skip
    return FinalWall(
        wall=replace(wall, **changes),
        images={"d_1": IMAGE, "d_2": IMAGE},
        hashes=((HOSTILE, "a" * 64), ("Ada", "b" * 64)),
        address="http://192.168.1.20:8000/c/mnist/final",
        list_address="http://192.168.1.20:8000/api/v1/competitions/mnist/drawn-final",
    )


def shown(wall: FinalWall, **changes: Any) -> Callable[[], Page]:
    return lambda: tv(final=wall, competition=competition(**changes))


NOTHING = {"newest": (), "hardest": None, "confusion": (), "drawn": 0, "waiting": 0}
PAGES: dict[str, tuple[str, Callable[[], Page]]] = {
    "tv-final-frozen": ("tv.html", shown(final(FinalPhase.FROZEN))),
    "tv-final-many-frozen": (
        "_tv.html",
        shown(
            replace(final(FinalPhase.FROZEN), hashes=tuple((f"M{n}", "c" * 64) for n in range(40)))
        ),
    ),
    "tv-final-begun": (
        "tv.html",
        shown(final(FinalPhase.DRAW, sharing=0, board=HandsBoard((), 0, 0, 0), **NOTHING)),
    ),
    "tv-final-draw": ("tv.html", shown(final(FinalPhase.DRAW))),
    "tv-final-pause": ("_tv.html", shown(final(FinalPhase.READ, is_paused=True))),
    "tv-final-count": ("_tv.html", shown(final(FinalPhase.COUNT))),
    "tv-final-podium": ("tv.html", shown(final(FinalPhase.PODIUM))),
    "tv-final-podium-of-many": ("_tv.html", shown(final(FinalPhase.PODIUM, sharing=11))),
    "tv-final-podium-revealed": (
        "tv.html",
        shown(
            replace(final(FinalPhase.PODIUM, sharing=1), hidden={"p_0": (3, 0.971)}), revealed=True
        ),
    ),
    "tv-final-podium-of-one": (
        "_tv.html",
        shown(final(FinalPhase.PODIUM, board=HandsBoard(lines(1, 1), 30, 4, 0), **NOTHING)),
    ),
}
