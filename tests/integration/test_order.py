"""One order everywhere: boards, previews, the reveal, exports and ways agree on who stands where.

Every contest here is drawn at random with few different scores and moments, so that most places
are decided by a tie, and with files that were entered in another order than they came in.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import cmp_to_key

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlmodel import select

from heldout_server.exporting import event_lists
from heldout_server.leaderboard import (
    attempts,
    organizer_standings,
    progress,
    reveal_order,
    standings,
)
from heldout_server.models import (
    PRIVATE,
    PUBLIC,
    Best,
    Competition,
    Participant,
    Rescore,
    RescoreScore,
    RescoreState,
    RunCard,
    Score,
    State,
    Submission,
    Team,
)
from heldout_server.rescoring import drafts
from heldout_server.runs.experiments import Filter, load_runs
from heldout_server.runs.next_above import next_above
from heldout_server.runs.record_runs import record_missing

ALONE, TEAMS = 3, 2


@dataclass(frozen=True)
class File:
    """What one member (`member` 0 or 1) of a team, or somebody alone, sent; the later rows last."""

    unit: int
    member: int
    moment: int
    public: float
    private: float
    chosen: bool


scores = st.sampled_from([0.1, 0.5, 0.9])
files = st.lists(
    st.builds(
        File,
        unit=st.integers(0, ALONE + TEAMS - 1),
        member=st.integers(0, 1),
        moment=st.integers(0, 2),
        public=scores,
        private=scores,
        chosen=st.booleans(),
    ),
    max_size=14,
)


def by_hand(found, figure):
    """Each unit's file, best unit first: the rule of the board, as its help says it."""

    def compared(one, other):
        for falls, of in ((True, figure), (False, lambda row: found[row].moment)):
            if of(one) != of(other):
                return -1 if (of(one) > of(other)) == falls else 1
        return one - other

    first, ranked = set(), []
    for row in sorted(found, key=cmp_to_key(compared)):
        if found[row].unit not in first:
            first.add(found[row].unit)
            ranked.append(row)
    return ranked


def final_by_hand(found):
    chose = {file.unit for file in found.values() if file.chosen}
    best = by_hand(found, lambda row: found[row].public)
    final = [row for row, file in found.items() if file.chosen]
    final += [row for row in best if found[row].unit not in chose]
    return by_hand({row: found[row] for row in final}, lambda row: found[row].private)


class Contest:
    """The drawn files in the database; by the row ids of their submissions."""

    def __init__(self, session, drawn, now):
        self.session, self.now = session, now
        self.competition = session.execute(select(Competition)).scalar_one()
        self.people = self._people()
        self.files = dict(self._sent(file) for file in drawn)
        record_missing(session)
        standings.recompute_all(session, self.competition.id)

    def _people(self):
        people = {(unit, 0): self._person(f"p{unit}") for unit in range(TEAMS, ALONE + TEAMS)}
        for unit in range(TEAMS):
            team = Team(
                public_id=f"t{unit}", competition_id=self.competition.id, name=f"t{unit}",
                name_key=f"t{unit}", join_code=f"t{unit}", created_at=self.now,
            )  # fmt: skip
            self.session.add(team)
            self.session.flush()
            # The captain's row comes last: no place may hang on it.
            for member in (1, 0):
                fields = {"team_id": team.id, "is_captain": member == 0}
                people[unit, member] = self._person(f"m{unit}{member}", **fields)
        return people

    def _person(self, name, **fields):
        person = Participant(
            public_id=name, competition_id=self.competition.id, name=name, name_key=name,
            token_hash=name, joined_at=self.now, shares_runs=True, **fields,
        )  # fmt: skip
        self.session.add(person)
        self.session.flush()
        return person

    def _sent(self, file):
        number = len(self.session.execute(select(Submission)).all())
        person = self.people.get((file.unit, file.member)) or self.people[file.unit, 0]
        at = self.now + timedelta(microseconds=file.moment)
        submission = Submission(
            public_id=f"s{number}", participant_id=person.id, idempotency_key=f"s{number}",
            competition_id=self.competition.id, kind="model", name="", filename="", size_bytes=1,
            sha256="0" * 64, predictions_sha256="0" * 64, state=State.SCORED, created_at=at,
            queued_at=at, chosen_at=at if file.chosen else None,
        )  # fmt: skip
        self.session.add(submission)
        self.session.flush()
        for split, score in ((PUBLIC, file.public), (PRIVATE, file.private)):
            self.session.add(self._score(Score, submission, split, score))
        self.session.add(RunCard(submission_id=submission.id, card={"notes": "told"}))
        return submission.id, file

    def _score(self, table, submission, split, score, **more):
        return table(
            submission_id=submission.id, split=split, score=score, examples=10, error_count=0,
            metrics={}, **more,
        )  # fmt: skip

    def draft(self):
        """A re-score that changes nothing."""
        draft = Rescore(
            public_id="r", competition_id=self.competition.id, state=RescoreState.READY,
            metric="accuracy", base_metric="accuracy", created_at=self.now,
        )  # fmt: skip
        self.session.add(draft)
        self.session.flush()
        for score in self.session.execute(select(Score)).scalars():
            submission = self.session.get_one(Submission, score.submission_id)
            more = {"rescore_id": draft.id, "predictions_sha256": submission.predictions_sha256}
            self.session.add(
                self._score(RescoreScore, submission, score.split, score.score, **more)
            )
        self.session.flush()
        return draft

    def ids(self, rows):
        return [self.session.get_one(Submission, row).public_id for row in rows]

    def by_rank_of(self):
        bests = self.session.execute(select(Best)).scalars().all()
        ranked = sorted(bests, key=lambda best: standings.rank_of(self.session, best))
        assert [standings.rank_of(self.session, best) for best in ranked] == [
            rank for rank, _ in enumerate(ranked, 1)
        ]
        return ranked


@pytest.fixture
def contest(installed, clock):
    """Makes a contest of the drawn files and looks at it; nothing of it is kept."""

    def looking(drawn, look):
        with installed.database.write() as session:
            tables = (RescoreScore, Rescore, Best, RunCard, Score, Submission, Participant, Team)
            for table in tables:
                assert session.execute(select(table)).first() is None
            look(Contest(session, drawn, clock()))
            session.rollback()

    return looking


drawn_contests = settings(
    max_examples=40, deadline=None, database=None, derandomize=True,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip


@drawn_contests
@given(drawn=files)
def test_the_public_order_is_the_same_wherever_it_is_told(contest, drawn):
    def look(found):
        session, competition = found.session, found.competition
        rows = by_hand(found.files, lambda row: found.files[row].public)
        expected = found.ids(rows)
        board = standings.page(session, competition.id, limit=100).rows
        assert [row.submission_id for row in board] == expected
        assert [best.submission_id for best in found.by_rank_of()] == rows
        live = organizer_standings.board(session, competition, PUBLIC, limit=100).rows
        assert [row.submission_id for row in live] == expected
        ways = progress.ranked(progress.by_unit(attempts.tries(session, competition)).values())
        assert [way.best.submission_id for way in ways] == expected
        exported = event_lists.records(session, competition, event_lists.Document.LEADERBOARD)
        assert [row["submission_id"] for row in exported] == expected
        preview = drafts.preview_of(session, found.draft(), PUBLIC)
        assert [move.submission_id for move in preview.moves] == expected
        assert (preview.moved, preview.scores_changed) == ((), 0)
        known = [
            one
            for one in reveal_order.final_order(session, competition).finalists
            if one.public_rank
        ]
        assert [one.id for one in known] == [row.participant_id for row in board]

    contest(drawn, look)


@drawn_contests
@given(drawn=files)
def test_the_final_order_is_the_same_wherever_it_is_told(contest, drawn):
    def look(found):
        session, competition = found.session, found.competition
        rows = final_by_hand(found.files)
        expected = found.ids(rows)
        live = organizer_standings.board(session, competition, PRIVATE, limit=100).rows
        assert [row.submission_id for row in live] == expected
        preview = drafts.preview_of(session, found.draft(), PRIVATE)
        assert [move.submission_id for move in preview.moves] == expected
        assert preview.moved == ()
        finalists = reveal_order.final_order(session, competition).finalists
        competition.revealed_at = found.now
        standings.recompute_all(session, competition.id)
        board = standings.page(session, competition.id, limit=100).rows
        assert [row.submission_id for row in board] == expected
        assert [best.submission_id for best in found.by_rank_of()] == rows
        final = sorted(finalists, key=lambda one: one.private_rank)
        assert [one.id for one in final] == [row.participant_id for row in board]

    contest(drawn, look)


@drawn_contests
@given(drawn=files)
def test_every_other_list_by_score_follows_it(contest, drawn):
    def look(found):
        session, competition = found.session, found.competition
        bests = found.by_rank_of()
        above = [next_above(session, best) for best in bests]
        ids = [one and one[0].id for one in above]
        assert ids == [None, *(best.submission_id for best in bests)][: len(bests)]
        runs = load_runs(session, competition, Filter(shared_by_default=True))
        each = {row: File(row, 0, f.moment, f.public, 0, False) for row, f in found.files.items()}
        in_order = by_hand(each, lambda row: each[row].public)
        assert [run.submission_id for run in runs] == in_order
        session.execute(delete(Best))
        for person in found.people.values():
            standings.recompute(session, person)
        assert [best.submission_id for best in found.by_rank_of()] == [
            best.submission_id for best in bests
        ]

    contest(drawn, look)
