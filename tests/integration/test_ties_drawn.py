"""Ties on every page that draws them: no lie and no error, whatever happened meanwhile."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

import numpy as np
import pytest
from sqlmodel import col, select

from heldout_server.grading import TieGrader, TieWorker
from heldout_server.models import PRIVATE, PracticeReading, RowRange, Submission
from heldout_server.runs.practice import written
from made_contests import open_contest, penguins, prices
from organizer import Organizer
from participant import Participant, npy
from waiting import run_until

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
C = "/competitions/digits"
PAGES = ("", "/board", "/tv", "/tv/board", "/embed", "/board.json", "/board.csv", "/race")


@pytest.fixture
def owner(api, organizer_token):
    return Organizer(api, organizer_token)


@pytest.fixture
def worker(installed, clock):
    grader = TieGrader(installed.blobs, installed.datasets, installed.labels)
    return TieWorker(installed.database, grader, clock)


@pytest.fixture
def send(labels, public, clock):
    def sending(who, *, in_public, in_private=0, begin=0):
        predicted = labels.copy()
        for mask, count in ((public, in_public), (~public, in_private)):
            places = np.flatnonzero(mask)[begin : begin + count]
            predicted[places] = (predicted[places] + 1) % 10
        clock.advance(minutes=1)
        return who.submit(npy(predicted))

    return sending


@pytest.fixture
def look(api, worker):
    """The rows as told once their ties are worked out; every page and feed was asked for."""

    def looking(slug="digits", *, work=True):
        if work:
            worker.work()
        answers = {path: api.get(f"/c/{slug}{path}") for path in PAGES}
        assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(
            PAGES, 200
        )
        rows = api.get(f"/api/v1/competitions/{slug}/leaderboard").json()["rows"]
        for row in rows:
            page = api.get(f"/c/{slug}/p/{row['participant']['id']}")
            assert page.status_code == 200
            low, high = row["rank_low"], row["rank_high"]
            assert low is None or low <= row["rank"] <= high
        if not work:  # the server's own worker may do it between two requests
            return rows, answers
        assert answers["/board.json"].json()["rows"] == rows
        table = csv.DictReader(io.StringIO(answers["/board.csv"].text.removeprefix("\ufeff")))
        assert [row["rank_high"] for row in table] == [_cell(row["rank_high"]) for row in rows]
        assert [row["tie_group"] for row in rows] == sorted(
            (row["tie_group"] for row in rows), key=lambda group: group or 0
        )
        return rows, answers

    return looking


def opened(installed, dataset, metric, now):
    """A second contest, with a code of its own."""
    contest = open_contest(installed, dataset, metric=metric, now=now)
    contest.join_code = f"WAT-{contest.slug}"
    with installed.database.write() as session:
        session.merge(contest)
    return contest


def _cell(value):
    return "" if value is None else str(value)


def brackets(page):
    return re.findall(r"tied-(first|middle|last)", page.text)


class TestWhateverHappens:
    def test_the_pages_tell_no_lie(self, api, join, send, look, owner, labels, public):
        rows, pages = look()
        assert rows == []
        ada, bob, cleo = (join(name) for name in ("Ada", "Bob", "Cleo"))
        send(ada, in_public=3)
        rows, pages = look()
        assert [(row["rank_low"], row["rank_high"]) for row in rows] == [(1, 1)]
        assert brackets(pages[""]) == []

        best = send(bob, in_public=3, begin=9)
        rows, pages = look()
        assert [row["tied_with_leader"] for row in rows] == [True, True]
        assert brackets(pages[""]) == ["first", "last"]
        assert "1–2" in pages[""].text
        assert "1–2" in pages["/embed"].text
        assert "could be 1 to 2" in pages["/tv"].text

        send(cleo, in_public=4, begin=20)
        rows, pages = look()
        assert brackets(pages[""]) == ["first", "middle", "last"]
        told = re.search(r'class="first-words">([^<]*)<', pages[""].text)[1]
        assert told == "The first place is too close to call between 3."
        mine = ada.get("/me").json()["best"]
        assert (mine["rank_low"], mine["rank_high"], mine["tied_with_leader"]) == (1, 3, True)

        # Gone, and nothing worked out since: nobody is said to be tied with who isn't there.
        first = rows[0]["submission_id"]
        gone = owner.post(f"{C}/submissions/{first}/disqualify", {"reason": "a copy"})
        assert gone.status_code == 200
        rows, _ = look(work=False)
        assert len(rows) == 2
        look()
        assert bob.post(f"/submissions/{best['id']}/withdraw").status_code == 200
        rows, pages = look()
        assert [row["participant"]["name"] for row in rows] == ["Cleo"]
        assert brackets(pages[""]) == []

    def test_a_re_score_that_changes_every_pair(self, join, send, look, owner, labels, public):
        ada, bob = join("Ada"), join("Bob")
        send(ada, in_public=0)
        half = int(public.sum()) // 2
        send(bob, in_public=half)
        assert [row["tie_group"] for row in look()[0]] == [1, 2]
        places = np.flatnonzero(public)[:half]
        corrected = [
            {"index": int(place), "label": int((labels[place] + 1) % 10)} for place in places
        ]
        draft = owner.post(f"{C}/rescores", {"corrections": corrected}).json()
        path = f"{C}/rescores/{draft['id']}"
        run_until(lambda: owner.get(path).json()["state"] == "ready")
        assert owner.post(f"{path}/apply").status_code == 200
        rows, _ = look(work=False)
        assert [row["participant"]["name"] for row in rows] == ["Bob", "Ada"]
        rows, _ = look()
        assert [(row["tie_group"], row["tied_with_leader"]) for row in rows] == [
            (1, True), (2, False),
        ]  # fmt: skip

    def test_with_two_hidden_examples_everybody_is_tied(self, api, installed, clock, look):
        few = penguins()
        few = replace(
            few, x_test=few.x_test[:4], y_test=np.array([0, 1, 0, 1], few.y_test.dtype),
            ids=few.ids[:4],
        )  # fmt: skip
        contest = opened(installed, few, "accuracy", clock())
        for name, said in (("Ada", [0, 1, 0, 1]), ("Bob", [1, 0, 1, 0])):
            Participant.join(api, name, contest.join_code).submit(npy(np.array(said)))
        rows, pages = look(contest.slug)
        assert [(row["rank_low"], row["rank_high"]) for row in rows] == [(1, 2), (1, 2)]
        assert brackets(pages[""]) == ["first", "last"]


class TestTheReveal:
    def test_everybody_tied_with_the_first_shares_it(
        self, api, join, send, look, owner, public, organizer_token
    ):
        ada, bob, cleo = (join(name) for name in ("Ada", "Bob", "Cleo" + "o" * 50))
        half = int((~public).sum()) // 2
        send(ada, in_public=1, in_private=3)
        send(bob, in_public=9, in_private=2)
        send(cleo, in_public=2, in_private=half)
        _, pages = look()
        assert "shared first" not in pages[""].text
        assert owner.post(f"{C}/pause").status_code == 200
        before, _ = look()
        api.post("/organize/sign-in", data={"token": organizer_token}, follow_redirects=False)
        staged = api.get("/organize/ceremony/digits").json()["rows"]
        assert sorted(row["name"] for row in staged if row["shares_first"]) == ["Ada", "Bob"]
        assert before[0]["participant"]["name"] == "Ada"
        assert owner.post(f"{C}/reveal").status_code == 200
        rows, pages = look(work=False)
        assert [row["tied_with_leader"] for row in rows] == [True, True, False]
        assert pages[""].text.count("shared first</span>") == 2
        assert "Shared first, by 2" in pages[""].text
        assert "Shared first: too close to call between 2" in pages["/tv"].text
        told = api.get("/c/digits/reveal.json").json()["rows"]
        assert sorted(row["name"] for row in told if row["shares_first"]) == ["Ada", "Bob"]
        assert api.get("/c/digits/reveal").text.count("shared first</span>") == 2
        # Whom the board doesn't show shares it all the same.
        owner.patch(C, {"board_rule": "top_and_neighbours", "board_top": 1})
        told = api.get("/c/digits/reveal.json").json()
        assert (len(told["rows"]), told["sharing"]) == (1, 2)

    def test_the_stage_follows_what_is_chosen(
        self, api, join, send, look, owner, installed, public, organizer_token
    ):
        ada, bob, cleo = (join(name) for name in ("Ada", "Bob", "Cleo"))
        half = int((~public).sum()) // 2
        for who, wrong in ((ada, 2), (bob, 3), (cleo, 4)):
            send(who, in_public=1, in_private=wrong, begin=wrong)
        spoilt = send(bob, in_public=2, in_private=half)
        assert owner.post(f"{C}/pause").status_code == 200
        look()
        api.post("/organize/sign-in", data={"token": organizer_token}, follow_redirects=False)

        def sharing():
            return api.get("/organize/ceremony/digits").json()["sharing"]

        assert sharing() == 3
        assert bob.put("/me/final", {"submissions": [spoilt["id"]]}).status_code == 200
        assert run_until(lambda: sharing() == 2)
        with installed.database.write() as session:
            # As if somebody had another score by now, and nothing had been worked out since.
            for row in session.execute(
                select(RowRange).where(col(RowRange.part) == PRIVATE)
            ).scalars():
                row.score, row.event_id = row.score - 0.01, 10**6
                session.add(row)
                break
        assert sharing() == 0


class TestOwnStep:
    def test_is_told_of_practice_examples_until_the_reveal_and_then_of_hidden_ones(
        self, api, join, send, owner, installed, look
    ):
        ada = join("Ada")
        first = send(ada, in_public=40)
        second = send(ada, in_public=20)
        assert ada.get(f"/submissions/{second['id']}").json()["comparison"]["step"] is None
        self._read_practice(installed, {first["id"]: 30, second["id"]: 10})
        step = ada.get(f"/submissions/{second['id']}").json()["comparison"]["step"]
        assert (step["source"], step["fixed"], step["broken"]) == ("practice", 20, 0)
        assert step["call"] == "a real step"
        page = api.get(f"/submissions/{second['id']}").text
        assert "20 fixed, 0 broken against the best before: a real step" in page

        third = send(ada, in_public=21, begin=1)
        for act in ("pause", "reveal"):
            assert owner.post(f"{C}/{act}").status_code == 200
        step = ada.get(f"/submissions/{third['id']}").json()["comparison"]["step"]
        assert (step["source"], step["fixed"], step["broken"]) == ("hidden", 1, 2)
        assert step["call"] == "too close to call"
        assert "may be luck" in step["luck"]

    def _read_practice(self, installed, wrong):
        digits = next(installed.datasets.root.iterdir()).name
        labels = installed.datasets.practice_answers(digits)
        with installed.database.write() as session:
            mine = select(Submission).where(col(Submission.public_id).in_(list(wrong)))
            for row in list(session.execute(mine).scalars()):
                said = labels.astype(np.int64).copy()
                said[: wrong[row.public_id]] = (said[: wrong[row.public_id]] + 1) % 10
                session.add(
                    PracticeReading(
                        submission_id=row.id,
                        examples=len(said),
                        error_count=0,
                        misread=[],
                        said=written(said),
                    )
                )

    def test_of_numbers_says_where_it_is_closer(self, api, installed, clock, owner):
        contest = opened(installed, prices(), "neg_root_mean_squared_error", clock())
        truth = prices().y_test
        ada = Participant.join(api, "Ada", contest.join_code)
        for off in (5.0, 0.1):
            clock.advance(minutes=1)
            sent = ada.submit(npy(truth + off))
        assert ada.get(f"/submissions/{sent['id']}").json()["comparison"]["step"] is None
        for act in ("pause", "reveal"):
            assert owner.post(f"/competitions/{contest.slug}/{act}").status_code == 200
        step = ada.get(f"/submissions/{sent['id']}").json()["comparison"]["step"]
        assert "closer on 20, further on 0" in step["words"]
        assert step["call"] == "a real step"
