"""Reading competitions and their datasets."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import Session, col

from heldout_server.errors import ProblemError
from heldout_server.models import Competition, Dataset


def by_slug(session: Session, slug: str) -> Competition:
    """The competition with this slug. Raises ProblemError `not_found`."""
    query = select(Competition).where(col(Competition.slug) == slug)
    found: Competition | None = session.execute(query).scalar_one_or_none()
    if found is None:
        raise ProblemError("not_found", f"There is no competition “{slug[:60]}” here.")
    return found


def all_competitions(session: Session) -> list[Competition]:
    """Every competition, oldest first."""
    return list(session.execute(select(Competition).order_by(col(Competition.id))).scalars())


def dataset_of(session: Session, competition: Competition) -> Dataset:
    """What is publicly known of the competition's dataset."""
    return session.get_one(Dataset, competition.dataset_hash)


def by_join_code(session: Session, code: str) -> Competition | None:
    """The competition that this join code opens; capitals, blanks and dashes don't matter."""
    wanted = _compared(code)
    found = (c for c in all_competitions(session) if _compared(c.join_code) == wanted)
    return next(found, None) if wanted else None


def _compared(code: str) -> str:
    return "".join(c for c in code.casefold() if c.isalnum())
