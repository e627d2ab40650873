"""What a ladder shows once the best of somebody is gone: by whose act decides."""

from __future__ import annotations

import pytest
from sqlmodel import select

from heldout_server.leaderboard import gap, ladder, own_submissions, standings, submission_report
from heldout_server.models import (
    HELD,
    PUBLIC,
    Competition,
    ModerationNote,
    Participant,
    Score,
    State,
    Submission,
    Team,
    Verdict,
)
from heldout_server.submissions import moderation

BEST, OWN, EARLY = 0.9, 0.89, 0.5


class Room:
    """People and their scored files, straight in the database."""

    def __init__(self, session, now):
        self.session, self.now = session, now
        self.competition = session.execute(select(Competition)).scalar_one()
        team = Team(
            public_id="t", competition_id=self.competition.id, name="t", name_key="t",
            join_code="t", created_at=now,
        )  # fmt: skip
        self.added(team)
        self.ada, self.bob = (self._person(name, team.id) for name in ("ada", "bob"))

    def added(self, row):
        self.session.add(row)
        self.session.flush()
        return row

    def _person(self, name, team_id):
        return self.added(
            Participant(
                public_id=name, competition_id=self.competition.id, name=name, name_key=name,
                token_hash=name, joined_at=self.now, team_id=team_id, is_captain=name == "ada",
            )
        )  # fmt: skip

    def sent(self, who, score, *, shown_by=None, kind="predictions", mark=None):
        number = str(len(self.session.execute(select(Submission)).all()))
        file = self.added(
            Submission(
                public_id=number, participant_id=who.id, idempotency_key=number, kind=kind,
                competition_id=self.competition.id, name="", filename="", size_bytes=1,
                sha256=number, predictions_sha256=number, state=State.SCORED, moderation=mark,
                created_at=self.now, queued_at=self.now,
            )
        )  # fmt: skip
        self.added(Verdict(submission_id=file.id, code="scored", detail="Scored."))
        own = self.added(
            Score(
                submission_id=file.id, split=PUBLIC, score=score, examples=9, error_count=1,
                metrics={"accuracy": score},
            )
        )  # fmt: skip
        if shown_by is not None:
            assert ladder.stand_by(self.session, own, shown_by.id)
            self.session.flush()
        return file

    def mend(self, *people):
        ladder.mend(self.session, self.competition.id, people or None)

    def shown(self, file):
        return self.session.get_one(Score, (file.id, PUBLIC)).score

    def put(self, file, mark):
        moderation.put(self.session, file, moderation.Mark(mark, None), now=self.now)


@pytest.fixture
def room(installed, clock):
    with installed.database.write() as session:
        yield Room(session, clock())


def test_a_withdrawn_best_stays_the_bar(room):
    best = room.sent(room.ada, BEST)
    close = room.sent(room.ada, OWN, shown_by=best)
    moderation.withdraw(room.session, room.ada, best, now=room.now)
    room.mend(room.ada)
    assert room.shown(close) == BEST
    assert ladder.best_before(room.session, room.sent(room.ada, OWN)).id == best.id


def test_a_held_file_that_is_withdrawn_is_nobodys_bar(room):
    held = room.sent(room.ada, 1.0, mark=HELD)
    room.added(ModerationNote(submission_id=held.id, reason="too good", changed_at=room.now))
    moderation.withdraw(room.session, room.ada, held, now=room.now)
    assert ladder.best_before(room.session, room.sent(room.ada, OWN)) is None


def test_of_a_held_file_that_is_withdrawn_nobody_reads_that_an_organizer_decides(room):
    held = room.sent(room.ada, 1.0, mark=HELD)
    room.added(ModerationNote(submission_id=held.id, reason="it is held", changed_at=room.now))
    told = [submission_report.report(room.session, held, in_confidence=True).moderation_reason]
    moderation.withdraw(room.session, room.ada, held, now=room.now)
    told.append(submission_report.report(room.session, held, in_confidence=True).moderation_reason)
    assert told == ["it is held", None]


@pytest.mark.parametrize("mark", ["hidden", "disqualified", "purged"])
def test_what_stood_by_a_file_that_was_ruled_out_has_its_own_figures(room, mark):
    room.sent(room.ada, EARLY)
    best = room.sent(room.ada, BEST)
    close = room.sent(room.bob, OWN, shown_by=best)
    room.put(best, mark)
    room.mend(room.ada)
    assert room.shown(close) == OWN


def test_what_stood_by_a_banned_team_mates_file_has_its_own_figures(room):
    room.sent(room.bob, EARLY)
    close = room.sent(room.bob, OWN, shown_by=room.sent(room.ada, BEST))
    room.ada.banned_at = room.now
    room.session.flush()
    room.mend(room.ada)
    assert room.shown(close) == OWN


def test_whoever_leaves_a_team_is_shown_by_what_they_sent_themselves(room):
    early, best = room.sent(room.bob, EARLY), room.sent(room.ada, BEST)
    close = room.sent(room.bob, OWN, shown_by=best)
    stays = room.sent(room.ada, OWN, shown_by=best)
    room.bob.team_id = None
    room.session.flush()
    room.mend(room.bob, room.ada)
    assert (room.shown(close), room.shown(stays)) == (EARLY, BEST)
    assert room.session.get_one(Score, (close.id, PUBLIC)).stands_by == early.id


def test_no_model_is_shown_by_a_file_where_models_alone_are_ranked(room):
    close = room.sent(room.ada, OWN, kind="model", shown_by=room.sent(room.ada, BEST))
    room.mend()
    assert room.shown(close) == BEST
    room.competition.rank_predictions = False
    room.session.flush()
    room.mend()
    assert room.shown(close) == OWN


def test_the_verdict_says_so_only_while_it_is_so(room):
    best = room.sent(room.ada, BEST)
    file = room.sent(room.ada, OWN, shown_by=best)
    model = room.sent(room.ada, OWN, kind="model", shown_by=best)
    assert "real step" in ladder.verdict(room.session, file).detail
    assert "practice" not in ladder.verdict(room.session, file).hint
    assert "practice" in ladder.verdict(room.session, model).hint
    room.put(best, "hidden")
    room.mend(room.ada)
    assert ladder.verdict(room.session, file).detail == "Scored."


def test_after_the_reveal_a_public_score_is_the_files_own(room):
    best = room.sent(room.ada, BEST)
    close = room.sent(room.ada, OWN, shown_by=best)
    ids = [best.public_id, close.public_id]
    assert gap.public_scores(room.session, room.competition, ids) == {}
    room.competition.revealed_at = room.now
    found = gap.public_scores(room.session, room.competition, ids)
    assert found == {best.public_id: BEST, close.public_id: OWN}
    assert ladder.verdict(room.session, close).detail == "Scored."


def test_after_the_reveal_ones_own_pages_show_the_files_own_figures_beside_the_private_one(room):
    best = room.sent(room.ada, BEST)
    close = room.sent(room.ada, OWN, shown_by=best)
    for revealed_at, shown in ((None, BEST), (room.now, OWN)):
        room.competition.revealed_at = revealed_at
        told = submission_report.report(room.session, close, in_confidence=True).result
        mine = own_submissions.newest(room.session, room.competition, room.ada, limit=1)
        assert (told.score, told.metrics["accuracy"], mine[0].score) == (shown, shown, shown)
        assert told.previous.score == BEST


def test_after_the_reveal_a_file_is_compared_with_the_best_that_earlier_ones_really_had(room):
    best = room.sent(room.ada, BEST)
    better = room.sent(room.ada, 0.901, shown_by=best)
    last = room.sent(room.ada, OWN, shown_by=best)
    assert standings.previous_best(room.session, last).score == BEST
    room.competition.revealed_at = room.now
    assert standings.previous_best(room.session, last).submission_id == better.id
