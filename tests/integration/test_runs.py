"""The class's runs over HTTP: columns, sharing, comparison, map, insights."""

from __future__ import annotations

import csv
import html
import io
import json
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pytest

from heldout_server.grading import ClassGrader
from heldout_server.models import Competition, Run
from heldout_server.processes.class_statistics import IMPORTANCE_EVERY, ClassStatistics
from heldout_server.runs import insights
from organizer import Organizer
from outline import as_read
from participant import Participant, npy
from practice import has_read, misreading, practice_labels
from unit.runs.made_up import curve

SLUG = "digits"


@pytest.fixture
def background(installed, clock):
    """The background's look, taken by hand."""
    grader = ClassGrader(installed.blobs, installed.datasets, installed.labels)
    return ClassStatistics(installed.database, grader, clock)


@pytest.fixture
def said(labels):
    """A prediction with the given number of wrong answers; another seed errs elsewhere."""

    def making(wrong: int, seed: int = 1) -> bytes:
        dice = np.random.default_rng(seed)
        predicted = labels.copy()
        chosen = dice.permutation(len(labels))[:wrong]
        predicted[chosen] = (predicted[chosen] + dice.integers(1, 10, wrong)) % 10
        return npy(predicted)

    return making


def card(**hyperparameters):
    made = curve("starter")["card"]
    return {**made, "hyperparameters": {**made["hyperparameters"], **hyperparameters}}


def rule(installed, name, closes_at=None):
    with installed.database.write() as session:
        competition = session.get_one(Competition, 1)
        competition.run_sharing = name
        competition.closes_at = closes_at
        session.add(competition)


def reveal(api, organizer_token):
    owner = Organizer(api, organizer_token)
    answers = [owner.post(f"/competitions/{SLUG}/{act}") for act in ("pause", "reveal")]
    assert [answer.status_code for answer in answers] == [200, 200]


def kept_now(session, kind):
    competition = session.get_one(Competition, 1)
    cut = insights.cut(session, competition, shared_by_default=True)
    return insights.insight(session, 1, kind, cut)


@dataclass
class ClassOfTwo:
    """Two who have sent a run with a card each, and every page that tells of cards."""

    api: object
    ada: Participant
    pages: set[str]

    def telling(self) -> set[str]:
        """The pages on which something of a card stands now."""
        marks = ("told-by-ada", "told-by-bob", "Smallest gap")
        return {page for page in self.pages if any(m in self.api.get(page).text for m in marks)}


@pytest.fixture
def class_of_two(api, join, said, background) -> ClassOfTwo:
    ada, bob = join(), join("Bob")
    shown = []
    for who, wrong, name in ((ada, 40, "ada"), (bob, 5, "bob")):
        told = card(optimizer=f"told-by-{name}", study="s")
        told["history"] = {"accuracy": [0.5, 0.9]}
        shown.append(who.submit(said(wrong, wrong), run_card=told))
    low, high = shown
    background.refresh()
    person = ada.get("/me").json()["participant"]["id"]
    map_pages = {f"/c/{SLUG}/experiments{end}" for end in ("", "/data", ".csv")}
    others = {
        f"/c/{SLUG}", f"/c/{SLUG}/board", f"/c/{SLUG}/studies/{person}/s",
        f"/c/{SLUG}/compare?s={low['id']}&s={high['id']}", f"/submissions/{low['id']}",
        f"/submissions/{high['id']}",
    }  # fmt: skip
    return ClassOfTwo(api, ada, map_pages | others)


class TestRunCards:
    def test_five_megabytes_are_refused_by_name_and_the_submission_counts(self, api, join, said):
        ada = join()
        large = {"history": {"loss": [0.123456789] * 400_000}, "hyperparameters": {"a": 1}}
        content = said(10)
        opened = ada.open(content, run_card=large)
        assert opened.status_code == 201, opened.text
        assert "“history: loss” (4.8 MB)" in opened.json()["notice"]
        shown = ada.wait(ada.upload(opened.json()["id"], content).json())
        assert shown["state"] == "scored"
        assert "The submission counts" in shown["notice"]
        page = api.get(f"/submissions/{shown['id']}").text
        assert "history: loss" in page

    def test_html_and_nan_are_shown_as_text(self, api, join, said):
        hostile = "<script>alert(1)</script>"
        body = json.dumps(
            card(optimizer=hostile) | {"notes": hostile, "history": {"loss": [1, None, None]}}
        )
        shown = join().submit(said(10), run_card=json.loads(body), name=hostile)
        page = api.get(f"/submissions/{shown['id']}").text
        assert "<script>alert" not in page
        assert "Diverging" in page


class TestColumns:
    def test_are_written_in_the_background_and_once(self, installed, join, said, background):
        join().submit(said(10), run_card=card(study="s", trial=3))
        background.refresh()
        background.refresh()
        with installed.database.read() as session:
            run = session.get_one(Run, 1)
            assert (run.optimizer, run.width, run.trial) == ("adam", 2688.0, 3)
            assert run.diagnosis == "overfitting"
            assert not insights.any_missing(session)

    def test_of_a_submission_without_a_card_are_unknown(self, installed, join, said, background):
        join().submit(said(10))
        background.refresh()
        with installed.database.read() as session:
            assert session.get_one(Run, 1).optimizer is None


class TestExperiments:
    def test_an_empty_map_says_what_to_do(self, api):
        assert "client.track(model)" in api.get(f"/c/{SLUG}/experiments").text

    def test_shows_runs_best_first(self, api, join, said, background):
        ada = join()
        for wrong in (100, 10, 50):
            ada.submit(said(wrong), run_card=card(learning_rate=wrong / 1e4), name=f"w{wrong}")
        background.refresh()
        data = api.get(f"/c/{SLUG}/experiments/data").json()
        assert data["total"] == 3
        assert data["runs"]["name"] == ["w10", "w50", "w100"]
        grid = api.get(f"/c/{SLUG}/experiments/grid?x=learning_rate&y=score").json()
        assert sum(cell[2] for cell in grid["cells"]) == 3
        page = api.get(f"/c/{SLUG}/experiments?sort=learning_rate&order=asc").text
        assert page.index("w10<") < page.index("w50<") < page.index("w100<")

    def test_a_withdrawn_run_disappears(self, api, join, said, background):
        ada = join()
        shown = ada.submit(said(10), run_card=card())
        background.refresh()
        assert api.get(f"/c/{SLUG}/experiments/data").json()["total"] == 1
        ada.post(f"/submissions/{shown['id']}/withdraw")
        assert api.get(f"/c/{SLUG}/experiments/data").json()["total"] == 0

    def test_csv_holds_no_formula(self, api, join, said, background):
        join("=cmd()").submit(said(10), run_card=card(activation="@SUM(1)"), name="-1+1")
        background.refresh()
        (row,) = csv.DictReader(io.StringIO(api.get(f"/c/{SLUG}/experiments.csv").text))
        assert row["participant"].startswith("'=")
        assert row["name"].startswith("'-")
        assert row["activation"].startswith("'@")
        assert row["learning_rate"] == "0.001"

    @pytest.mark.parametrize("query", ["?sort=password", "/grid?x=score&y=token_hash"])
    def test_unknown_columns_are_refused(self, api, query):
        answer = api.get(f"/c/{SLUG}/experiments{query}", headers={"Accept": "application/json"})
        assert answer.status_code == 422

    def test_a_study_has_its_own_page(self, api, join, said, background):
        ada, bob = join(), join("Bob")
        for trial in range(3):
            ada.submit(said(30 - trial, trial), run_card=card(study="widths/1 <é>", trial=trial))
        bob.submit(said(5), run_card=card(study="widths/1 <é>", trial=0))
        background.refresh()
        person = ada.get("/me").json()["participant"]["id"]
        page = api.get(f"/c/{SLUG}/studies/{person}/widths%2F1%20%3C%C3%A9%3E")
        assert page.status_code == 200, page.text
        assert "3 trials" in page.text
        assert "Trial 2" in page.text
        assert api.get(f"/c/{SLUG}/studies/{person}/none").status_code == 404


class TestSharing:
    def test_after_the_close(self, api, join, said, background, installed, clock):
        rule(installed, "after_close", clock() + timedelta(hours=1))
        ada = join()
        shown = ada.submit(said(10), run_card=card())
        background.refresh()
        page = f"/submissions/{shown['id']}"
        assert "after the competition closes" in api.get(page).text
        assert "Overfitting" not in api.get(page).text
        own = shown["url"].split("http://testserver")[1]
        assert "Overfitting" in api.get(own).text
        assert "Overfitting" not in api.get(page + "?view=" + "0" * 22).text
        assert api.get(f"/c/{SLUG}/experiments/data").json()["total"] == 0
        clock.advance(hours=2)
        assert "Overfitting" in api.get(page).text
        assert api.get(f"/c/{SLUG}/experiments/data").json()["total"] == 1

    def test_their_own_choice_wins(self, api, join, said, background):
        ada = join()
        shown = ada.submit(said(10), run_card=card())
        background.refresh()
        assert ada.get("/me/sharing").json() == {
            "rule": "always",
            "choice": None,
            "is_shared": True,
        }
        answer = api.put("/api/v1/me/sharing", headers=ada.headers, json={"shares": False})
        assert answer.json() == {"rule": "always", "choice": False, "is_shared": False}
        assert "keeps the run card" in api.get(f"/submissions/{shown['id']}").text
        assert api.get(f"/c/{SLUG}/experiments/data").json()["total"] == 0
        assert "2688" not in api.get(f"/c/{SLUG}/experiments.csv").text

    def test_the_rule_changes_every_page_at_once_and_back(self, class_of_two, organizer_token):
        owner = Organizer(class_of_two.api, organizer_token)
        competition = f"/competitions/{SLUG}"
        assert class_of_two.telling() == class_of_two.pages
        # Nobody chose, it is open, and every page was just looked at, so it is cached.
        for hidden in ("opt_in", "after_close"):
            assert owner.patch(competition, {"run_sharing": hidden}).json()["run_sharing"] == hidden
            assert class_of_two.telling() == set()
            owner.patch(competition, {"run_sharing": "always"})
            assert class_of_two.telling() == class_of_two.pages
        owner.patch(competition, {"run_sharing": "opt_in"})
        owner.post(f"{competition}/undo")
        assert class_of_two.telling() == class_of_two.pages

    @pytest.mark.quiet
    def test_an_unchanged_page_is_not_taken_for_fresh_after_the_rule_changed(
        self, class_of_two, organizer_token
    ):
        api, page = class_of_two.api, f"/c/{SLUG}/experiments/data"
        tag = {"If-None-Match": api.get(page).headers["ETag"]}
        assert api.get(page, headers=tag).status_code == 304
        Organizer(api, organizer_token).patch(f"/competitions/{SLUG}", {"run_sharing": "opt_in"})
        assert api.get(page, headers=tag).status_code == 200

    def test_a_participants_own_choice_outlives_a_change_of_the_rule(
        self, class_of_two, organizer_token
    ):
        owner = Organizer(class_of_two.api, organizer_token)
        class_of_two.ada.put("/me/sharing", {"shares": True})
        owner.patch(f"/competitions/{SLUG}", {"run_sharing": "opt_in"})
        data = class_of_two.api.get(f"/c/{SLUG}/experiments/data").json()
        assert data["runs"]["by"] == ["Ada"]
        assert class_of_two.ada.get("/me/sharing").json() == {
            "rule": "opt_in", "choice": True, "is_shared": True,
        }  # fmt: skip

    def test_a_card_that_is_not_shared_is_not_compared(self, api, join, said):
        ada, bob = join(), join("Bob")
        first = ada.submit(said(10), run_card=card(secret="hush"))
        second = bob.submit(said(20, 2), run_card=card())
        api.put("/api/v1/me/sharing", headers=ada.headers, json={"shares": False})
        page = api.get(f"/c/{SLUG}/compare?s={first['id']}&s={second['id']}").text
        assert "hush" not in page
        assert "Run card not shared" in page


class TestCompare:
    def test_counts_on_practice_images_until_the_reveal(self, api, installed, join, said):
        first = join().submit(said(100, 1), run_card=card(dropout=0.5))
        second = join("Bob").submit(said(60, 2), run_card=card(dropout=0.1))
        path = f"/c/{SLUG}/compare?s={first['id']}&s={second['id']}"
        assert "by their scores: " in api.get(path).text
        known = practice_labels(installed)
        one, two = misreading(known, 30, 1), misreading(known, 20, 2)
        has_read(installed, first["id"], one)
        assert "by their scores: " in api.get(path).text
        has_read(installed, second["id"], two)
        page = as_read(api.get(path).text)
        assert "by their scores: " not in page
        assert "300 practice images" in page
        assert f"+{((one != known) & (two == known)).sum()}</td>" in page
        assert f"−{((one == known) & (two != known)).sum()}</td>" in page

    def test_counts_on_public_images_after_the_reveal(
        self, api, organizer_token, join, said, labels, public
    ):
        ada, bob = join(), join("Bob")
        first = ada.submit(said(100, 1), run_card=card(dropout=0.5))
        second = bob.submit(said(60, 2), run_card=card(dropout=0.1))
        reveal(api, organizer_token)
        page = as_read(api.get(f"/c/{SLUG}/compare?s={first['id']}&s={second['id']}").text)
        one, two = (np.load(io.BytesIO(said(*made))) for made in ((100, 1), (60, 2)))
        right, other = (one == labels)[public], (two == labels)[public]
        assert f"+{(~right & other).sum()}</td>" in page
        assert f"−{(right & ~other).sum()}</td>" in page
        assert '<tr class="differs"><th scope="row">dropout' in page

    @pytest.mark.parametrize("count", [0, 1, 9])
    def test_takes_two_to_eight(self, api, count):
        query = "&".join(f"s=s_{number}" for number in range(count))
        answer = api.get(f"/c/{SLUG}/compare?{query}", headers={"Accept": "application/json"})
        assert answer.status_code == 422

    def test_of_a_stranger_is_not_found(self, api):
        answer = api.get(f"/c/{SLUG}/compare?s=s_1&s=s_2", headers={"Accept": "application/json"})
        assert answer.status_code == 404

    def test_the_next_one_above_is_named(self, api, join, said):
        ada, bob = join(), join("Bob")
        ada.submit(said(5), run_card=card(dropout=0.5))
        mine = bob.submit(said(50, 2), run_card=card(dropout=0.1))
        page = api.get(f"/submissions/{mine['id']}").text
        assert "What does the next one above do differently?" in page
        assert page.index("0.1</bdi>") < page.index("0.5</bdi>")
        api.put("/api/v1/me/sharing", headers=ada.headers, json={"shares": False})
        assert "next one above" not in api.get(f"/submissions/{mine['id']}").text


class TestInsights:
    def test_the_class_votes_on_practice_images_until_the_reveal(
        self, api, installed, join, said, background
    ):
        known = practice_labels(installed)
        for number in range(3):
            shown = join(f"P{number}").submit(said(60, number), run_card=card())
            background.refresh()
            assert "Majority vote" not in api.get(f"/c/{SLUG}/experiments").text
            if number:
                has_read(installed, shown["id"], misreading(known, 30, number))
        background.refresh()
        page = as_read(api.get(f"/c/{SLUG}/experiments").text)
        assert "Majority vote of everyone's best: 2 models" in page
        assert "on the 300 practice images, whose labels everyone has" in page

    def test_the_class_votes_better_than_its_best(
        self, api, organizer_token, join, said, background, labels, public
    ):
        made = [(60, 1), (62, 2), (64, 3)]
        for number, each in enumerate(made):
            join(f"P{number}").submit(said(*each), run_card=card())
        reveal(api, organizer_token)
        background.refresh()
        page = api.get(f"/c/{SLUG}/experiments").text
        votes = [np.load(io.BytesIO(said(*each)))[public] for each in made]
        assert "Majority vote of everyone's best: 3 models" in page
        best = max((vote == labels[public]).mean() for vote in votes)
        with background.database.read() as session:
            kept = kept_now(session, insights.ENSEMBLE)
        assert kept.data["accuracy"] > best

    def test_the_simplest_within_the_margin(self, installed, join, said, background, clock):
        ada = join()
        large = ada.submit(said(20, 1), run_card=card(parameters=9_000_000))
        ada.submit(said(22, 1), run_card=card(parameters=1_000))
        ada.submit(said(300, 3), run_card=card(parameters=10))
        known, wrong = practice_labels(installed), [(20, 1), (22, 1), (150, 3)]
        sent = reversed(ada.get("/me/submissions").json()["submissions"])
        for shown, made in zip(sent, wrong, strict=True):
            has_read(installed, shown["id"], misreading(known, *made))
        # The server's own thread may have looked when there were fewer.
        clock.advance(seconds=IMPORTANCE_EVERY.total_seconds() + 1)
        background.refresh()
        with installed.database.read() as session:
            kept = kept_now(session, insights.SIMPLEST)
        assert large["state"] == "scored"
        assert kept.data["parameters"]["submission"] == 2

    def test_importance_waits_a_minute(self, join, said, background, clock):
        ada = join()
        ada.submit(said(10), run_card=card())
        background.refresh()
        ada.submit(said(11), run_card=card())
        background.refresh()
        with background.database.read() as session:
            first = kept_now(session, insights.IMPORTANCE)
        clock.advance(seconds=IMPORTANCE_EVERY.total_seconds())
        background.refresh()
        with background.database.read() as session:
            second = kept_now(session, insights.IMPORTANCE)
        assert first.version != second.version
        assert "Too few runs" in second.data["caution"] or "Too little" in second.data["caution"]


class TestPractice:
    def test_says_what_a_prediction_file_cannot(self, api, join, said):
        shown = join().submit(said(10))
        page = api.get(f"/submissions/{shown['id']}/practice")
        assert "Only a scored model" in page.text


class TestCardsAddedLater:
    """A card that comes after its submission, or instead of the first."""

    def columns(self, installed):
        with installed.database.read() as session:
            run = session.get(Run, 1)
            return run and (run.batch_size, run.validation_accuracy)

    def put(self, who, shown, told):
        return who.put(f"/submissions/{shown['id']}/run-card", told)

    def test_gives_a_submission_its_curves(self, join, said, api):
        ada = join()
        shown = ada.submit(said(10))
        assert (shown["run_card"], shown["diagnosis"]) == (None, None)
        answer = self.put(ada, shown, card())
        assert answer.status_code == 200
        assert answer.json()["run_card"]["history"] == card()["history"]
        rule = answer.json()["diagnosis"]["rule"]
        assert rule in html.unescape(api.get(f"/submissions/{shown['id']}").text)

    def test_is_followed_by_the_columns_and_the_map(self, join, said, installed, background, api):
        ada = join()
        shown = ada.submit(said(10), run_card=card(batch_size=32))
        background.refresh()
        assert self.columns(installed)[0] == 32
        first = api.get(f"/c/{SLUG}/experiments.csv").text
        self.put(ada, shown, card(batch_size=64))
        background.refresh()
        assert self.columns(installed)[0] == 64
        assert api.get(f"/c/{SLUG}/experiments.csv").text != first

    def test_before_the_columns_are_derived_is_what_they_are_derived_from(
        self, join, said, installed, background
    ):
        ada = join()
        self.put(ada, ada.submit(said(10), run_card=card(batch_size=32)), card(batch_size=64))
        background.refresh()
        assert self.columns(installed)[0] == 64

    def test_changes_no_score(self, join, said):
        ada = join()
        shown = ada.submit(said(10))
        answer = self.put(ada, shown, {"hyperparameters": {"parameters": 1}, "score": 1}).json()
        assert (answer["score"], answer["rank"]) == (shown["score"], shown["rank"])

    def test_goes_with_an_upload_that_has_not_come_yet(self, join, said):
        ada, content = join(), said(10)
        opened = ada.open(content).json()
        assert self.put(ada, opened, {"notes": "later"}).status_code == 200
        shown = ada.wait(ada.upload(opened["id"], content).json())
        assert shown["run_card"]["notes"] == "later"

    def test_is_for_ones_own_submissions(self, join, said):
        shown = join("Ada").submit(said(10), run_card={"notes": "mine"})
        answer = self.put(join("Bob"), shown, {"notes": "yours"})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

    def test_ends_with_the_competition(self, join, said, installed, clock):
        ada = join()
        shown = ada.submit(said(10), run_card={"notes": "before"})
        rule(installed, "always", closes_at=clock() + timedelta(hours=1))
        clock.advance(hours=2)
        answer = self.put(ada, shown, {"notes": "after"})
        assert (answer.status_code, answer.json()["code"]) == (403, "competition_closed")
        assert ada.get(f"/submissions/{shown['id']}").json()["run_card"]["notes"] == "before"

    @pytest.mark.parametrize("told", [{"notes": "x" * 3_000_000}, [1]])
    def test_that_cannot_be_kept_leaves_the_earlier_one(self, join, said, told):
        ada = join()
        shown = ada.submit(said(10), run_card={"notes": "before"})
        answer = self.put(ada, shown, told)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation")
        assert ada.get(f"/submissions/{shown['id']}").json()["run_card"]["notes"] == "before"

    def test_is_limited_by_the_minute(self, join, said):
        ada = join()
        shown = ada.submit(said(10))
        codes = {self.put(ada, shown, {"notes": str(n)}).status_code for n in range(21)}
        assert codes == {200, 429}
