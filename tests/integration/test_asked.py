"""What a competition asks, from its rows: task, metric, and what a ghost row always saying the same
reaches.
"""

from __future__ import annotations

import pytest

from heldout_server.models import Baseline, BaselineKind, BaselineState, Run
from heldout_server.runs.asked_queries import all_asked, asked_of
from heldout_server.runs.record_runs import record_missing
from heldout_server.tasks.kinds import Kind
from made_contests import open_contest, prices
from unit.runs.made_by_kind import made

RMSE = "neg_root_mean_squared_error"


@pytest.fixture
def contest(installed, clock):
    return open_contest(installed, prices(), metric=RMSE, now=clock())


def ghost(contest, clock, **changes) -> Baseline:
    row = {
        "public_id": "b_1", "competition_id": contest.id, "kind": BaselineKind.MAJORITY,
        "name": "Always the mean", "state": BaselineState.READY, "score": -3.2, "metric": RMSE,
        "created_at": clock(),
    }  # fmt: skip
    return Baseline(**{**row, **changes})


class TestAsked:
    def test_the_digits_and_the_prices(self, installed, contest):
        with installed.database.read() as session:
            found = all_asked(session, [1, contest.id])
        assert (found[1].kind, found[1].classes, found[1].is_images) == (Kind.MULTICLASS, 10, True)
        asked = found[contest.id]
        assert (asked.kind, asked.classes, asked.metric) == (Kind.REGRESSION, 0, RMSE)
        assert (asked.is_images, asked.constant) == (False, None)

    def test_a_ghost_rows_figure_is_positive(self, installed, contest, clock):
        with installed.database.write() as session:
            session.add(ghost(contest, clock))
        with installed.database.read() as session:
            assert asked_of(session, contest).constant == 3.2

    @pytest.mark.parametrize(
        "changes",
        [{"kind": BaselineKind.LINEAR}, {"metric": "r2"}, {"state": BaselineState.COMPUTING},
         {"score": None}, {"competition_id": 1}],
    )  # fmt: skip
    def test_no_other_row_says_it(self, installed, contest, clock, changes):
        with installed.database.write() as session:
            session.add(ghost(contest, clock, **changes))
        with installed.database.read() as session:
            assert asked_of(session, contest).constant is None

    def test_a_removed_one_doesnt_either(self, installed, contest, clock):
        with installed.database.write() as session:
            session.add(ghost(contest, clock, removed_at=clock()))
        with installed.database.read() as session:
            assert asked_of(session, contest).constant is None


def test_runs_are_judged_by_what_their_contest_asks(installed, contest, clock, join):
    """A card with an accuracy of numbers: no column of it, and a diagnosis by the losses."""
    from heldout_server.models import RunCard, State, Submission

    join()
    card = made("regression_starter")["card"]
    card["history"]["accuracy"] = [0.0] * 150
    with installed.database.write() as session:
        sent = Submission(
            public_id="s_kind", participant_id=1, competition_id=contest.id,
            idempotency_key="i" * 8, kind="model", name="m", filename="m.keras", size_bytes=3,
            sha256="0" * 64, state=State.SCORED, created_at=clock(), queued_at=clock(),
        )  # fmt: skip
        session.add(sent)
        session.flush()
        session.add(RunCard(submission_id=sent.id, card=card))
        record_missing(session)
        run = session.get_one(Run, sent.id)
        assert (run.diagnosis, run.train_accuracy) == ("overfitting", None)
