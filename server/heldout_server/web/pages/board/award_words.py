"""Awards in words: what each is for, and its figure as people say it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from heldout_server.leaderboard.awards import Award, AwardKind
from heldout_server.tasks import catalogue, scores
from heldout_server.tasks.metric import Unit
from heldout_server.web.formats import counted
from heldout_server.web.view_models.board import AwardView


@dataclass(frozen=True, slots=True)
class _Words:
    title: str
    meaning: str
    sign: str
    figure: Callable[[Award, str], str]
    """By the award and the name of the metric."""


BEGUN = "was at least half as good as the leader"
BEGUN_IN_THE_MIDDLE = "was no worse than half of all first tries"


def scores_text(award: Award, metric: str) -> str:
    """The score that it is for."""
    return scores.text(award.figure, metric)


WORDS = {
    AwardKind.LEADER: _Words("Leader", "The best score on the board.", "★", scores_text),
    AwardKind.MOST_IMPROVED: _Words(
        "Most improved",
        "The longest way up, from the first try that {begun}.",
        "↗",
        lambda award, metric: scores.with_unit(scores.change(award.figure, metric), metric),
    ),
    AwardKind.BEST_FIRST_TRY: _Words(
        "Best first try",
        "The best score without an earlier one to learn from.",
        "①",
        scores_text,
    ),
    AwardKind.FEWEST_TRIES: _Words(
        "Fewest tries",
        "The fewest scored submissions to the mark.",
        "⚑",
        lambda award, metric: (
            f"{counted(int(award.figure), 'try', 'tries')} to {_mark(award, metric)}"
        ),
    ),
    AwardKind.SMALLEST_MODEL: _Words(
        "Smallest model",
        "The fewest parameters among those as good as the leader, by the scorer's count.",
        "◇",
        lambda award, metric: counted(int(award.figure), "parameter"),
    ),
    AwardKind.SMALLEST_GAP: _Words(
        "Smallest gap",
        "The least difference between the reported training accuracy and the hidden {noun}s, "
        "in the better half of the board.",
        "≈",
        lambda award, metric: f"{award.figure * 100:.2f} points",
    ),
}


def award_view(award: Award, metric: str, noun: str) -> AwardView:
    """The award as pages of a contest with this metric show it; `noun`: what one example is."""
    words = WORDS[award.kind]
    begun = BEGUN if scores.is_share(metric) else BEGUN_IN_THE_MIDDLE
    return AwardView(
        kind=award.kind.value,
        title=words.title,
        meaning=words.meaning.format(noun=noun, begun=begun),
        figure=words.figure(award, metric),
        sign=words.sign,
        participant_id=award.participant_id,
        participant_name=award.participant_name,
    )


def _mark(award: Award, metric: str) -> str:
    known = catalogue.metric(metric)
    figure = known.figure(award.mark or 0.0) + 0.0
    return f"{figure * 100:g}%" if known.unit is Unit.SHARE else f"{figure:,.12g}"
