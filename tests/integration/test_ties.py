"""Ties follow the board: scores, withdrawals, the freeze, the reveal, re-scores, teams, rules."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy.event import listen
from sqlmodel import col, func, select

from heldout_server.acts.events import EventKind
from heldout_server.grading import TieGrader, TieWorker
from heldout_server.leaderboard import standings, ties
from heldout_server.models import PUBLIC, Best, Competition, Event, RowRange
from organizer import Organizer
from participant import npy
from predictions import wrong_in
from waiting import run_until

C = "/competitions/digits"


@pytest.fixture
def owner(api, organizer_token):
    return Organizer(api, organizer_token)


@pytest.fixture
def worker(installed, clock):
    grader = TieGrader(installed.blobs, installed.datasets, installed.labels)
    return TieWorker(installed.database, grader, clock)


@pytest.fixture
def sent(join, labels, public, clock):
    """Send predictions with errors in either part, a minute after the one before."""

    def send(name, *, in_public, in_private=0, begin=0):
        predicted = labels.copy()
        for mask, count in ((public, in_public), (~public, in_private)):
            places = np.flatnonzero(mask)[begin : begin + count]
            predicted[places] = (predicted[places] + 1) % 10
        clock.advance(minutes=1)
        return join(name).submit(npy(predicted))

    return send


@pytest.fixture
def shown(installed):
    """Everybody's tie in the order of the board, by name; None where none may be shown."""

    def look():
        with installed.database.read() as session:
            competition = session.get_one(Competition, 1)
            found = ties.of_board(session, competition)
            rows = standings.page(session, 1, limit=100).rows
            return {row.participant_name: found.get(row.submission_id) for row in rows}

    return look


def groups(found):
    return {name: tie.tie_group if tie else None for name, tie in found.items()}


class TestWhileItRuns:
    def test_the_server_follows_scores_by_itself(self, sent, shown):
        sent("Ada", in_public=3)
        sent("Bob", in_public=4)
        sent("Cleo", in_public=40)
        wanted = {"Ada": 1, "Bob": 1, "Cleo": 2}
        assert run_until(lambda: groups(shown()) == wanted)
        assert shown()["Bob"] == ties.Tie(1, 1, 2, True)
        assert shown()["Cleo"] == ties.Tie(2, 3, 3, False)

    def test_nobody_and_one(self, worker, sent, shown):
        worker.work()
        assert shown() == {}
        sent("Ada", in_public=3)
        worker.work()
        assert shown() == {"Ada": ties.Tie(1, 1, 1, True)}

    @pytest.mark.quiet  # or the server's own worker changes the rows meanwhile
    def test_a_row_that_stands_by_something_else_shows_nothing_old(
        self, worker, join, labels, public, installed, shown
    ):
        ada, bob = join("Ada"), join("Bob")
        ada.submit(wrong_in(labels, public, 20))
        bob.submit(wrong_in(labels, public, 22))
        worker.work()
        before = shown()
        with installed.database.write() as session:
            for row in session.execute(select(RowRange)).scalars():
                row.score, row.event_id = row.score - 0.01, 10**6
                session.add(row)
        assert before["Bob"] is not None
        assert shown() == {"Ada": None, "Bob": None}

    @pytest.mark.quiet
    def test_a_new_leader_leaves_no_old_group(self, worker, sent, installed, shown):
        sent("Ada", in_public=20)
        sent("Bob", in_public=60)
        worker.work()
        with installed.database.write() as session:
            # As if another one led now, and nothing had been worked out since.
            for row in session.execute(select(RowRange)).scalars():
                row.leader_id, row.event_id = 0, 10**6
                session.add(row)
        assert shown() == {"Ada": ties.Tie(None, 1, 1, None), "Bob": ties.Tie(None, 2, 2, None)}

    def test_withdrawing_moves_the_others(self, worker, join, labels, public, shown):
        ada = join("Ada")
        best = ada.submit(wrong_in(labels, public, 0))
        join("Bob").submit(wrong_in(labels, public, 20))
        worker.work()
        assert groups(shown()) == {"Ada": 1, "Bob": 2}
        assert ada.post(f"/submissions/{best['id']}/withdraw").status_code == 200
        worker.work()
        assert shown() == {"Bob": ties.Tie(1, 1, 1, True)}

    def test_a_banned_and_a_disqualified_one_are_gone(self, worker, sent, owner, shown):
        worst = sent("Ada", in_public=0)
        sent("Bob", in_public=20)
        body = {"reason": "a copy"}
        answer = owner.post(f"{C}/submissions/{worst['id']}/disqualify", body)
        assert answer.status_code == 200, answer.text
        worker.work()
        assert shown() == {"Bob": ties.Tie(1, 1, 1, True)}

    def test_files_that_are_not_ranked_have_none(self, worker, sent, owner, shown, installed):
        sent("Ada", in_public=3)
        worker.work()
        assert owner.patch(C, {"rank_predictions": False}).status_code == 200
        worker.work()
        assert shown() == {}
        with installed.database.read() as session:
            assert session.execute(select(RowRange)).first() is None

    def test_are_of_rows_however_many_are_sent(self, worker, join, labels, public, installed):
        """A file that holds no row gets no answer: it would be one more about the labels."""
        ada, bob = join("Ada"), join("Bob")
        bob.submit(wrong_in(labels, public, 9))
        for wrong in (3, 5, 8, 13):
            ada.submit(wrong_in(labels, public, wrong))
        worker.work()
        with installed.database.read() as session:
            kept = session.execute(select(RowRange)).scalars().all()
            best = session.execute(select(Best)).scalars().all()
        assert {row.submission_id for row in kept} == {row.submission_id for row in best}
        assert len(kept) == 2

    def test_a_team_has_one_row(self, worker, join, owner, labels, public, shown):
        ada, bob, cleo = (join(name) for name in ("Ada", "Bob", "Cleo"))
        for person, wrong in ((ada, 3), (bob, 4), (cleo, 60)):
            person.submit(wrong_in(labels, public, wrong))
        worker.work()
        assert groups(shown()) == {"Ada": 1, "Bob": 1, "Cleo": 2}
        assert owner.patch(C, {"team_size": 2}).status_code == 200
        team = owner.post(f"{C}/teams", {"name": "The Two"}).json()["id"]
        known = {
            row["name"]: row["id"] for row in owner.get(f"{C}/participants").json()["participants"]
        }
        for name in ("Ada", "Bob"):
            moved = owner.put(f"{C}/participants/{known[name]}/team", {"team": team})
            assert moved.status_code == 200, moved.text
        worker.work()
        assert groups(shown()) == {"The Two": 1, "Cleo": 2}

    def test_the_first_two_say_how_many_examples_would_tell(self, worker, sent, installed):
        sent("Ada", in_public=3)
        sent("Bob", in_public=4)
        worker.work()
        with installed.database.read() as session:
            needed = ties.examples_needed(session, session.get_one(Competition, 1))
        assert needed in {1000, 2000, 5000, 10_000}

    def test_of_one_row_as_on_the_board(self, worker, sent, installed, shown):
        sent("Ada", in_public=3)
        sent("Bob", in_public=4)
        worker.work()
        with installed.database.read() as session:
            competition = session.get_one(Competition, 1)
            every = [
                ties.of_best(session, competition, best, standings.rank_of(session, best))
                for best in session.execute(select(Best)).scalars()
            ]
            assert ties.with_leader(session, competition) == 2
        assert every == list(shown().values())

    def test_are_looked_up_once_for_all_that_somebody_sent(
        self, worker, join, labels, public, installed
    ):
        ada, asked = join("Ada"), []
        for wrong in (9, 5, 3):
            ada.submit(wrong_in(labels, public, wrong))
        worker.work()
        listen(installed.database.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
        mine = ada.get("/me/submissions").json()["submissions"]
        assert [one["rank_high"] for one in mine] == [1, 1, 1]
        # The server's own worker looks, too, but never for the ties of one row.
        of_one = [each for each in asked if "best.participant_id = " in each.split("WHERE")[-1]]
        assert sum("row_range" in each for each in of_one) == 1

    def test_a_page_of_the_board_has_its_own(self, worker, sent, installed):
        for place, name in enumerate(("Ada", "Bob", "Cleo")):
            sent(name, in_public=40 * place)
        worker.work()
        with installed.database.read() as session:
            competition = session.get_one(Competition, 1)
            found = ties.of_board(session, competition, limit=1, offset=1)
        assert list(found.values()) == [ties.Tie(2, 2, 2, False)]


class TestItsWork:
    def test_is_told_once_and_only_where_something_is_drawn_otherwise(
        self, worker, join, labels, public, installed
    ):
        """Else an open board would fetch itself once more after each score, and look the same."""
        told = select(func.count()).where(col(Event.kind) == EventKind.TIES_CHANGED)

        def after(person, wrong):
            person.submit(wrong_in(labels, public, wrong))
            for _ in range(3):
                worker.work()
            with installed.database.read() as session:
                return session.execute(told).scalar()

        ada = join("Ada")
        assert [after(ada, 3), after(ada, 9), after(join("Bob"), 4)] == [1, 1, 2]

    def test_one_try_that_is_no_best_changes_nothing(self, worker, sent, shown, installed):
        sent("Ada", in_public=3)
        sent("Bob", in_public=5)
        worker.work()
        before = shown()
        with installed.database.read() as session:
            old = ties.kept_event(session, 1, PUBLIC)
        sent_again = sent("Cleo", in_public=90)
        assert sent_again["score"] < 0.95
        worker.work()
        assert {name: shown()[name] for name in before} == before
        with installed.database.read() as session:
            assert ties.kept_event(session, 1, PUBLIC) > old

    def test_rests_where_labels_are_missing(self, worker, sent, installed, clock, tmp_path, shown):
        from heldout_server.grading import LabelStore

        sent("Ada", in_public=3)
        run_until(lambda: shown()["Ada"] is not None)
        blind = TieWorker(
            installed.database,
            TieGrader(installed.blobs, installed.datasets, LabelStore(tmp_path / "none")),
            clock,
        )
        sent("Bob", in_public=4)
        blind.work()
        assert blind.work() is False

    def test_an_older_look_never_replaces_a_newer_one(self, worker, sent, installed):
        sent("Ada", in_public=3)
        worker.work()
        with installed.database.write() as session:
            competition = session.get_one(Competition, 1)
            (row,) = session.execute(select(RowRange)).scalars()
            row.event_id += 1000
            session.add(row)
        with installed.database.read() as session:
            board = worker._moved(session, competition, PUBLIC)
        assert board is not None
        worker._keep(board, [])
        with installed.database.read() as session:
            assert session.execute(select(RowRange)).first() is not None


class TestFreezeAndReveal:
    def test_only_the_public_part_speaks_until_the_reveal(self, worker, sent, owner, shown):
        sent("Ada", in_public=3, in_private=40)
        sent("Bob", in_public=4, in_private=0)
        worker.work()
        assert groups(shown()) == {"Ada": 1, "Bob": 1}
        for act in ("pause", "reveal"):
            assert owner.post(f"{C}/{act}").status_code == 200
        worker.work()
        assert shown() == {
            "Bob": ties.Tie(1, 1, 1, True), "Ada": ties.Tie(2, 2, 2, False),
        }  # fmt: skip
        assert owner.post(f"{C}/conceal").status_code == 200
        worker.work()
        assert groups(shown()) == {"Ada": 1, "Bob": 1}

    def test_a_frozen_board_has_the_ties_of_what_it_shows(self, worker, sent, owner, clock, shown):
        sent("Ada", in_public=3)
        sent("Bob", in_public=40)
        clock.advance(minutes=1)
        assert owner.post(f"{C}/freeze").status_code == 200
        sent("Zora", in_public=0)
        worker.work()
        assert groups(shown()) == {"Ada": 1, "Bob": 2}
