"""Pairs of people whose models are suspiciously alike: as kept, and as organizers read them.

What is kept names submissions alone; names come when it is read. It moves no rank.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from heldout_server.models import ClassInsight, Competition, Participant, RunCard, Submission
from heldout_server.runs.columns import mapping

TWINS = "twins"
"""The kind of insight under which pairs are kept."""
MOST_PAIRS = 50
PROVES_NOTHING = (
    "This proves nothing and changes no rank. The same notebook with the same seed gives the same "
    "model; so do two people who start from a model that was handed out, or who work together "
    "where that is allowed. Ask both how they made theirs."
)


@dataclass(frozen=True, slots=True)
class Side:
    """One of a pair, by its public ids; `card` is the run card as it was sent."""

    submission_id: str
    name: str
    participant_id: str
    participant_name: str
    card: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TwinPair:
    """Two submissions. `has_equal_weights`: one model in two files; the rest is None then.

    `share`: of all their wrong answers on hidden examples, those common to both, the same answer to
    the same example; `expected_share` is what two people of this class are expected to have.
    """

    first: Side
    second: Side
    has_equal_weights: bool
    share: float | None = None
    expected_share: float | None = None
    shared: int | None = None

    @property
    def sentence(self) -> str:
        """What was found."""
        if self.share is None or self.expected_share is None:
            return "The same weights: two files of one model."
        return (
            f"Of all their wrong answers {self.share:.0%} are common to both, the same answer to "
            f"the same example. Of two people of this class {self.expected_share:.0%} would be "
            "expected."
        )


@dataclass(frozen=True, slots=True)
class FoundTwins:
    """Every pair found, the most alike first; `people` were compared with each other.

    `are_answers_compared`: whether wrong answers were; not with few people, where an answer isn't
    of one class, or where the labels can't be read.
    """

    looked_at: datetime
    people: int
    are_answers_compared: bool
    pairs: tuple[TwinPair, ...]

    @property
    def caveat(self) -> str:
        """What it doesn't prove."""
        return PROVES_NOTHING


def found_twins(session: Session, competition: Competition) -> FoundTwins | None:
    """What was found last; None: nobody has looked yet."""
    kept = session.get(ClassInsight, (competition.id, TWINS))
    if kept is None:
        return None
    rows = [row for row in _list(kept.data.get("pairs")) if isinstance(row, dict)][:MOST_PAIRS]
    numbers = {row.get(which) for row in rows for which in ("first", "second")}
    sides = _sides(session, competition, {one for one in numbers if isinstance(one, int)})
    found = (_pair(row, sides) for row in rows)
    return FoundTwins(
        looked_at=kept.computed_at,
        people=int(str(kept.data.get("people", 0))),
        are_answers_compared=bool(kept.data.get("compared")),
        pairs=tuple(one for one in found if one is not None),
    )


def _pair(row: dict[str, Any], sides: dict[int, Side]) -> TwinPair | None:
    """A kept pair with names; None where one of the two is gone."""
    first, second = sides.get(row["first"]), sides.get(row["second"])
    if first is None or second is None:
        return None
    if row.get("shared") is None:
        return TwinPair(first, second, has_equal_weights=True)
    shared, expected, wrong = row["shared"], row["expected"], row["wrong"]
    return TwinPair(
        first,
        second,
        has_equal_weights=False,
        share=shared / (wrong - shared),
        expected_share=expected / max(wrong - expected, 1),
        shared=shared,
    )


def _sides(session: Session, competition: Competition, numbers: set[int]) -> dict[int, Side]:
    query = (
        select(Submission, Participant, RunCard.card)  # type: ignore[call-overload]
        .join(Participant, col(Participant.id) == col(Submission.participant_id))
        .outerjoin(RunCard, col(RunCard.submission_id) == col(Submission.id))
        .where(
            col(Submission.id).in_(numbers),
            col(Submission.competition_id) == competition.id,
            col(Submission.moderation).is_distinct_from("purged"),
        )
    )
    return {
        submission.id: Side(
            submission.public_id,
            submission.name or submission.filename or submission.public_id,
            person.public_id,
            person.name,
            dict(mapping(card)),
        )
        for submission, person, card in session.execute(query)
    }


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
