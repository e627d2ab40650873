"""From rows and readings to what the submission's page shows of the class around it."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from heldout_server.datasets.store import DatasetStore
from heldout_server.leaderboard import audience, standings
from heldout_server.models import BoardRule, Competition, PracticeReading, Submission
from heldout_server.runs.card_visibility import visibility
from heldout_server.runs.comparing import differences
from heldout_server.runs.next_above import next_above
from heldout_server.submissions import queries
from heldout_server.web.charts.examples import cells, picture
from heldout_server.web.pages.runs.run_card_view import shown_value, words
from heldout_server.web.view_models.pages import Difference, NextAbove
from heldout_server.web.view_models.runs import Misread

MOST_DIFFERENCES = 12


def next_above_view(
    session: Session, competition: Competition, submission: Submission, view: str, *, now: datetime
) -> NextAbove | None:
    """What the next one above does differently; None unless this is a participant's best one.

    `view`: the key of its participant, who may see more than everybody; empty: anybody looks.
    """
    best = standings.best_of(session, submission.participant_id)
    if competition.board_rule == BoardRule.OWN_ROW:
        return None
    if best is None or best.submission_id != submission.id:
        return None
    found = next_above(session, best)
    if found is None:
        return None
    other, participant, card = found
    if not visibility(competition, participant, now=now).is_shown:
        return None
    assert submission.id is not None
    mine = queries.run_card(session, submission.id) or {}
    assert other.id is not None
    above = standings.best_of(session, other.participant_id)
    settings = differences([mine, card])[:MOST_DIFFERENCES]
    pair = f"s={submission.public_id}&s={other.public_id}{f'&view={view}' if view else ''}"
    is_told = audience.is_shown(session, competition, participant)
    return NextAbove(
        participant_name=audience.name(competition, participant),
        submission_path=f"/submissions/{other.public_id}" if is_told else "",
        compare_path=f"/c/{competition.slug}/compare?{pair}",
        score=above.score if above is not None else 0.0,
        differences=tuple(
            Difference(
                name=words(setting.name),
                mine=shown_value(setting.values[0]),
                theirs=shown_value(setting.values[1]),
            )
            for setting in settings
        ),
    )


def misread_views(
    datasets: DatasetStore, competition: Competition, reading: PracticeReading
) -> tuple[Misread, ...]:
    """The misread practice examples with what they are and what was said."""
    inputs, _ = datasets.practice(competition.dataset_hash)
    info = datasets.info(competition.dataset_hash)
    names = info.class_names
    return tuple(
        Misread(
            image=picture(info, inputs[at]),
            row=cells(info, inputs[at]),
            label=names[label],
            said=names[said],
        )
        for at, label, said in reading.misread
    )
