"""The drawn final, as organizers lead it: frozen, drawn, read, counted, on the podium."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Response

from heldout_server.finals import drawings, final_acts, final_phases, finalists
from heldout_server.finals.answers import MOST_TRIES
from heldout_server.finals.wall import Wall, wall
from heldout_server.leaderboard.audience import ORGANIZER
from heldout_server.models import Drawing, DrawingState, DrawnFinal, FinalPhase
from heldout_server.web.pages.console import act_forms
from heldout_server.web.pages.console.layout import OnePage
from heldout_server.web.pages.console.request import PageContext, Reading, TemplatePage
from heldout_server.web.routes import Routes
from heldout_server.web.schemas.drawn_finals_from_rows import image_uri

router = Routes(prefix="/c/{slug}/final")

PHASES = (
    (FinalPhase.DRAW, "Draw"),
    (FinalPhase.READ, "Read only"),
    (FinalPhase.COUNT, "Count"),
    (FinalPhase.PODIUM, "Podium"),
)
MOST_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A drawing with its image as a data URI, and what was asked for."""

    drawing: Drawing
    image: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnFinalPage(OnePage):
    """The final, if there is one; `failed` are names of models that could not be run again."""

    final: DrawnFinal | None
    wall: Wall | None
    newest: tuple[Picture, ...]
    disputed: tuple[Picture, ...]
    hidden: tuple[Picture, ...]
    failed: tuple[str, ...]
    phases: tuple[tuple[FinalPhase, str], ...] = PHASES


@router.get("")
def page(asked: Reading) -> Response:
    """The page."""
    return asked.show(view)


def view(look: PageContext) -> TemplatePage:
    """The page."""
    final = final_phases.of_competition(look.session, look.competition)
    shown = wall(look.session, look.competition, final) if final else None
    classes = shown.classes if shown else ()
    page = DrawnFinalPage(
        frame=look.section("final"),
        competition=look.view,
        final=final,
        wall=shown,
        newest=_newest(look, DrawingState.COUNTED, classes),
        disputed=_newest(look, DrawingState.DISPUTED, classes),
        hidden=_pictures(drawings.hidden(look.session, look.row_id), classes),
        failed=_failed(look),
    )
    return "organize/final.html", page


def _newest(
    look: PageContext, state: DrawingState, classes: tuple[str, ...]
) -> tuple[Picture, ...]:
    found = drawings.newest(look.session, look.row_id, state, limit=MOST_SHOWN)
    return _pictures(found, classes)


def _pictures(found: Sequence[Drawing], classes: tuple[str, ...]) -> tuple[Picture, ...]:
    return tuple(
        Picture(drawing=one, image=image_uri(one.image), label=classes[one.prompt]) for one in found
    )


def _failed(look: PageContext) -> tuple[str, ...]:
    failed = [
        one for one in finalists.of_final(look.session, look.row_id) if one.tries >= MOST_TRIES
    ]
    named = finalists.names(look.session, look.competition, failed, ORGANIZER)
    return tuple(named[one.holder_id][1] for one in failed)


act_forms.add(
    router,
    view,
    {
        "/freeze": final_acts.freeze_final,
        "/phase": final_acts.set_final_phase,
        "/pause": final_acts.pause_final,
        "/delete-strokes": final_acts.delete_strokes,
        "/hide": drawings.hide_drawing,
        "/show": drawings.show_drawing,
    },
)
