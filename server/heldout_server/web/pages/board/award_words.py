"""Awards in words: what each is for, and its figure as people say it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from heldout_server.leaderboard.awards import Award, AwardKind
from heldout_server.web.formats import counted, percent, points
from heldout_server.web.view_models.board import AwardView


@dataclass(frozen=True, slots=True)
class _Words:
    title: str
    meaning: str
    sign: str
    figure: Callable[[Award], str]


WORDS = {
    AwardKind.LEADER: _Words(
        "Leader", "The best score on the board.", "★", lambda award: percent(award.figure)
    ),
    AwardKind.MOST_IMPROVED: _Words(
        "Most improved",
        "The longest way up, from the first try that was at least half as good as the leader.",
        "↗",
        lambda award: f"{points(award.figure)} points",
    ),
    AwardKind.BEST_FIRST_TRY: _Words(
        "Best first try",
        "The best score without an earlier one to learn from.",
        "①",
        lambda award: percent(award.figure),
    ),
    AwardKind.FEWEST_TRIES: _Words(
        "Fewest tries",
        "The fewest scored submissions to the mark.",
        "⚑",
        lambda award: f"{counted(int(award.figure), 'try', 'tries')} to {_mark(award)}",
    ),
    AwardKind.SMALLEST_MODEL: _Words(
        "Smallest model",
        "The fewest parameters among those as good as the leader, by the scorer's count.",
        "◇",
        lambda award: counted(int(award.figure), "parameter"),
    ),
    AwardKind.SMALLEST_GAP: _Words(
        "Smallest gap",
        "The least difference between the reported training accuracy and the hidden images, "
        "in the better half of the board.",
        "≈",
        lambda award: f"{award.figure * 100:.2f} points",
    ),
}


def award_view(award: Award) -> AwardView:
    """The award as pages show it."""
    words = WORDS[award.kind]
    return AwardView(
        kind=award.kind.value,
        title=words.title,
        meaning=words.meaning,
        figure=words.figure(award),
        sign=words.sign,
        participant_id=award.participant_id,
        participant_name=award.participant_name,
    )


def _mark(award: Award) -> str:
    return f"{(award.mark or 0) * 100:g}%"
