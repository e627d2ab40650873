"""The drawn final as the wall shows it."""

from __future__ import annotations

from sqlmodel import Session

from heldout_server.datasets.loaded import DIGIT_NAMES
from heldout_server.finals import drawings
from heldout_server.finals.wall import wall
from heldout_server.leaderboard import reveal_order
from heldout_server.models import Competition, DrawnFinal, FinalPhase
from heldout_server.web.schemas.drawn_finals_from_rows import image_uri
from heldout_server.web.view_models.finals import FinalWall


def final_wall(
    session: Session, competition: Competition, final: DrawnFinal, room: str
) -> FinalWall:
    """All of it, with the images that it shows; `room` is the server's address in the room."""
    shown = wall(session, competition, final)
    wanted = {one.public_id for one in (*shown.newest, *filter(None, (shown.hardest,)))}
    images = drawings.images(session, wanted)
    return FinalWall(
        wall=shown,
        images={public_id: image_uri(image) for public_id, image in images.items()},
        hashes=tuple((line.name, line.sha256) for line in shown.board.by_place),
        address=f"{room}/c/{competition.slug}/final",
        list_address=f"{room}/api/v1/competitions/{competition.slug}/drawn-final",
        hidden=_hidden(session, competition) if final.phase == FinalPhase.PODIUM else {},
        draws_digits=shown.classes == DIGIT_NAMES,
    )


def _hidden(session: Session, competition: Competition) -> dict[str, tuple[int, float]]:
    """Place and score by the hidden examples, by public id, of those whom the board shows to all;
    nobody's before the reveal.
    """
    if competition.revealed_at is None:
        return {}
    order = reveal_order.final_order(session, competition)
    return {one.id: (one.private_rank, one.private_score) for one in order.finalists}
