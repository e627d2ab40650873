"""What must not be told yet, or not any more, appears on no public surface: every route is walked.

Adding a route without saying here how to ask for it fails the first test.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from sqlmodel import col, select

from heldout_server.grading import ClassGrader
from heldout_server.models import PracticeReading, Score, Submission
from heldout_server.processes.class_statistics import ClassStatistics
from heldout_server.web.api import events as event_routes
from heldout_server.web.charts.thumbnail import png_uri
from organizer import Organizer
from outline import as_read
from participant import Participant, npy
from practice import has_read, misreading, practice_labels
from surface import addresses
from unit.runs.made_up import curve

C = "/competitions/digits"
CARD = "only-for-me"
WRONG = {"Bob": 7, "Cleo": 9, "Dan": 11, "Eve": 13, "Finn": 15, "Gus": 17}
"""So many wrong public answers make each secret score; of the private ones three times as many."""


# The rule is one piece of SQL; on PostgreSQL, too, it is asked for everything at once.
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@dataclass
class Event:
    """A contest with somebody for each reason to keep quiet, and Ada, of whom all may be told."""

    api: object
    owner: Organizer
    insights: ClassStatistics
    people: dict[str, Participant] = field(default_factory=dict)
    sent: dict[str, dict] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    told: str = ""
    """All that everybody was told before anything was kept back."""

    def secrets(self, *names: str) -> dict[str, str]:
        """Figure → whose it is, in the ways in which pages and files write it."""
        found = {}
        for name in names:
            score = self.sent[name]["score"]
            found |= {f"{100 * score:.2f}%": name, f"{score:.6f}"[:7]: name, f"{score:.5g}": name}
        return found

    def walk(self, headers=None):
        """Every address that a stranger can ask for, or whose headers they are, and its answer."""
        sent = [shown["id"] for shown in self.sent.values()]
        for path in addresses(self.api.app, sent, self.ids.values()):
            answer = self.api.get(path, headers=headers)
            assert answer.status_code < 500, path
            yield path, answer

    def leaks(self, secrets: dict[str, str], headers=None) -> list[tuple[str, str]]:
        """Where which secret stands."""
        return [
            (path, f"{secrets[secret]}: {secret}")
            for path, answer in self.walk(headers)
            for secret in secrets
            if secret in answer.text
        ]


@pytest.fixture
def said(labels, public):
    """Predictions with so many wrong public answers and three times as many private ones."""

    def predicting(wrong: int) -> bytes:
        predicted = labels.copy()
        for mask, number in ((public, wrong), (~public, 3 * wrong)):
            where = np.flatnonzero(mask)[:number]
            predicted[where] = (predicted[where] + 1) % 10
        return npy(predicted)

    return predicting


def card(said_by: str) -> dict:
    made = curve("starter")["card"]
    return made | {
        "hyperparameters": {"optimizer": f"{CARD}-{said_by}", "study": "grid"},
        "history": {"accuracy": [0.5, 0.9]},
    }


@pytest.fixture
def event(api, organizer_token, join, said, installed, clock) -> Event:
    """All have sent something; nothing is moderated or frozen yet, and every page was looked at."""
    grader = ClassGrader(installed.blobs, installed.datasets, installed.labels)
    insights = ClassStatistics(installed.database, grader, clock)
    made = Event(api, Organizer(api, organizer_token), insights)
    for name, wrong in {"Ada": 5, "Hal": 21, **WRONG}.items():
        if name == "Bob":
            early = join("Bob")
            made.people["Bob"] = early
            made.sent["early Bob"] = early.submit(said(19), name="early")
            clock.advance(minutes=2)
        who = made.people.get(name) or join(name)
        made.people[name] = who
        made.ids[name] = who.get("/me").json()["participant"]["id"]
        made.sent[name] = who.submit(said(wrong), name=f"by {name}", run_card=card(name))
    insights.refresh()
    made.told = "\n".join(answer.text for _, answer in made.walk())
    return made


def conceal(event: Event) -> None:
    """Everything that can be kept from the public happens at once."""
    admin, sent = event.owner, {name: shown["id"] for name, shown in event.sent.items()}
    answers = [
        admin.post(f"{C}/submissions/{sent['Cleo']}/hide", {"reason": "between us"}),
        admin.post(f"{C}/submissions/{sent['Dan']}/disqualify", {"reason": "between us"}),
        event.people["Eve"].post(f"/submissions/{sent['Eve']}/withdraw"),
        admin.post(f"{C}/participants/{event.ids['Finn']}/ban", {"reason": "between us"}),
        admin.post(f"{C}/submissions/{sent['Gus']}/purge", {"confirm": sent["Gus"]}),
        event.people["Hal"].put("/me/sharing", {"shares": False}),
        admin.post(f"{C}/freeze", {"at": "2026-11-22T18:01:00Z"}),
    ]
    assert [a.text for a in answers if a.status_code >= 300] == []


class TestEverySurface:
    def test_tells_what_may_be_told(self, event):
        told = event.secrets("Ada", "Bob", "Cleo")
        found = {where.split("?")[0] for where, _ in event.leaks(told)}
        assert {"/c/digits", "/c/digits/board.json", "/c/digits/experiments/data"} <= found

    def test_tells_nothing_of_what_is_frozen_off_the_board_or_private(self, event):
        private = {
            f"{100 * (1 - 3 * 5 / 303):.2f}%": "private",
            f"{1 - 3 * 5 / 303:.6f}": "private",
        }
        secrets = event.secrets(*WRONG) | private | {"between us": "a reason"}
        cards = {f"{CARD}-{name}": f"card of {name}" for name in (*WRONG, "Hal")}
        conceal(event)
        assert event.leaks(secrets | cards) == []
        event.insights.refresh()
        assert event.leaks(secrets | cards) == []

    @on_sqlite
    def test_compares_nothing_that_is_not_told(self, event):
        conceal(event)
        a, b = event.sent["Ada"]["id"], event.sent["Bob"]["id"]
        assert "Fixed and broke" not in event.api.get(f"/c/digits/compare?s={a}&s={b}").text

    @on_sqlite
    def test_keeps_figures_over_the_class_only_while_they_are_of_what_is_told(
        self, event, installed
    ):
        for name in ("Ada", "early Bob", "Bob"):
            said = misreading(practice_labels(installed), 9)
            has_read(installed, event.sent[name]["id"], said)
        event.insights.refresh()
        assert "Majority vote" in event.api.get("/c/digits/experiments").text
        conceal(event)
        assert "Majority vote" not in event.api.get("/c/digits/experiments").text
        event.insights.refresh()
        assert "Majority vote" in event.api.get("/c/digits/experiments").text

    @on_sqlite
    def test_shows_it_again_when_the_board_goes_on(self, event):
        conceal(event)
        assert event.leaks(event.secrets("Bob")) == []
        event.owner.post(f"{C}/unfreeze")
        found = {where.split("?")[0] for where, _ in event.leaks(event.secrets("Bob"))}
        assert {"/c/digits", "/c/digits/experiments/data", "/c/digits/race.json"} <= found

    @on_sqlite
    def test_tells_its_participant_by_their_own_address(self, event):
        secrets = event.secrets("Bob", "Dan")
        conceal(event)
        for name in ("Bob", "Dan"):
            shown = event.people[name].get(f"/submissions/{event.sent[name]['id']}").json()
            page = event.api.get(shown["url"].replace("http://testserver", "")).text
            assert any(secret in page for secret, whose in secrets.items() if whose == name)
            assert f"{CARD}-{name}" in page
        assert "between us" in page

    @on_sqlite
    def test_streams_no_figure_again_that_was_taken_back(self, event, installed):
        conceal(event)
        heard, _ = event_routes._missed(event.api.app.state.services, 1, 0)
        told = {h.data["participant"] for h in heard if h.data.get("score") is not None}
        assert told == {"Ada", "Hal", "Bob"}
        assert [h.data["score"] for h in heard if h.data.get("participant") == "Bob"] == [
            event.sent["early Bob"]["score"]
        ]

    @on_sqlite
    def test_shows_no_practice_reading_of_what_is_not_told(self, event, installed):
        class Reader:
            def read(self, submission, competition):
                return PracticeReading(submission_id=1, examples=99, error_count=0, misread=[])

        app = event.api.app
        app.state.services = replace(app.state.services, practice=Reader())
        with installed.database.write() as session:
            for row in session.execute(select(Submission)).scalars():
                row.kind = "model"
                session.add(row)
        conceal(event)
        told = {
            name: "99" in event.api.get(f"/submissions/{shown['id']}/practice").text
            for name, shown in event.sent.items()
        }
        assert {name for name, shown in told.items() if shown} == {"Ada", "Hal", "early Bob"}


class TestWhatIsFinerThanAScore:
    """Ada's figures over hidden images, other than her score: of these, no digit before the reveal.

    She sent probabilities, so that there are figures that tell of each image.
    """

    @pytest.fixture
    def finer(self, event, labels, public, installed) -> dict[str, str]:
        values = np.random.default_rng(3).random((len(labels), 10))
        wrong = np.flatnonzero(public)[:31]
        values[np.arange(len(labels)), labels] += 1
        values[wrong, (labels[wrong] + 1) % 10] += 2
        ada = event.people["Ada"]
        shown = ada.submit(npy(values / values.sum(axis=1, keepdims=True)), name="fine")
        event.sent["fine"] = shown
        with installed.database.read() as session:
            query = select(Score.metrics).join(
                Submission, col(Submission.id) == col(Score.submission_id)
            )
            query = query.where(col(Submission.public_id) == shown["id"], Score.split == "public")
            figures = session.execute(query).scalar_one()
        scores = {shown["score"] for shown in event.sent.values()}
        # Four digits of a loss stand by chance in a curve that somebody else sent before.
        found = self.written(figures, scores).items()
        return {text: name for text, name in found if text not in event.told}

    def written(self, figures: dict, scores: set[float]) -> dict[str, str]:
        """Figure → its name, as the API and as pages write them, but what is somebody's score."""
        counts = {"examples", "error_count", "accuracy"}
        numbers = {n: v for n, v in figures.items() if n not in counts and isinstance(v, float)}
        found = {str(value)[:9]: name for name, value in numbers.items()}
        found[f"{figures['log_loss']:.4f}"] = "log_loss"
        for name in ("macro_precision", "macro_f1", "macro_recall", "top_3_accuracy"):
            found[f"{100 * figures[name]:.2f}%"] = name
        found[str(figures["per_class_recall"][0])[:9]] = "recall"
        found[json.dumps(figures["confusion_matrix"]).replace(" ", "")] = "confusion matrix"
        # Of the private part, which is told after the reveal, she has all.
        told = {f"{100 * score:.2f}%" for score in scores | {1.0}}
        return {text: name for text, name in found.items() if len(text) > 5 and text not in told}

    @on_sqlite
    def test_is_nowhere_before_the_reveal_not_even_for_its_participant(self, event, finer):
        assert len(finer) > 5  # by chance two figures read alike, or like a score
        assert event.leaks(finer) == []
        assert event.leaks(finer, event.people["Ada"].headers) == []
        page = event.api.get(f"/submissions/{event.sent['fine']['id']}").text
        assert "Confusion matrix and recall by class come after the reveal" in page

    @on_sqlite
    def test_is_there_after_it_until_it_is_taken_back(self, event, finer):
        for act in ("pause", "reveal"):
            event.owner.post(f"{C}/{act}")
        path = f"/submissions/{event.sent['fine']['id']}"
        found = event.leaks(finer, event.people["Ada"].headers)
        assert path in {where for where, _ in found}
        assert {f"/api/v1{path}", "/api/v1/me/data"} <= {where for where, _ in found}
        assert "What it confuses" in event.api.get(path).text
        event.owner.post(f"{C}/conceal")
        assert event.leaks(finer, event.people["Ada"].headers) == []

    @on_sqlite
    def test_stays_secret_while_another_contest_asks_for_the_same_labels(self, event, finer):
        other = {"title": "Other", "slug": "other"}
        assert event.owner.post("/competitions", other).status_code == 201
        for act in ("pause", "reveal"):
            event.owner.post(f"{C}/{act}")
        assert event.leaks(finer, event.people["Ada"].headers) == []
        page = event.api.get(f"/submissions/{event.sent['fine']['id']}").text
        assert "when no other contest asks for the same labels" in page
        assert event.owner.post("/competitions/other/archive").status_code == 200
        assert event.leaks(finer, event.people["Ada"].headers) != []

    @on_sqlite
    def test_is_the_organizers_all_along(self, event, finer):
        path = f"{C}/submissions/{event.sent['fine']['id']}"
        shown = event.owner.get(path)
        assert "confusion matrix" in {finer[text] for text in finer if text in shown.text}
        assert shown.json()["private_metrics"]["examples"] == 303

    @on_sqlite
    def test_comes_of_practice_images_for_a_model(self, event, installed):
        ada = event.people["Ada"]
        said = misreading(practice_labels(installed), 27)
        has_read(installed, event.sent["Ada"]["id"], said)
        shown = ada.get(f"/submissions/{event.sent['Ada']['id']}").json()
        assert shown["metrics"]["confusion_matrix"] is None
        assert shown["practice_metrics"]["error_count"] == 27
        assert shown["practice_metrics"]["split"] == "practice"
        page = as_read(event.api.get(f"/submissions/{event.sent['Ada']['id']}").text)
        assert "On the 300 practice images, whose labels everyone has" in page
        assert "Confusion matrix on 300 practice images, whose labels everyone has." in page


class TestTheHardestDigits:
    """What nobody reads is the same for all who predict like `said`: the first few of each half."""

    @pytest.fixture
    def pictures(self, installed, public) -> dict[str, str]:
        images = installed.datasets.test_inputs(next(installed.datasets.root.iterdir()).name)
        asked = [np.flatnonzero(mask)[n] for mask in (public, ~public) for n in range(3)]
        return {png_uri(images[index]): f"image {index}" for index in asked}

    @on_sqlite
    def test_are_on_no_surface_before_the_reveal_however_often_they_are_asked_for(
        self, event, pictures
    ):
        assert event.owner.post(f"{C}/open-hardest").status_code == 409
        event.insights.refresh()
        assert event.leaks(pictures) == []
        event.owner.post(f"{C}/pause"), event.owner.post(f"{C}/reveal")
        event.insights.refresh()
        assert event.leaks(pictures) == []

    def test_are_on_the_wall_alone_while_it_is_open_and_nowhere_afterwards(self, event, pictures):
        for act in ("pause", "reveal", "open-hardest"):
            event.owner.post(f"{C}/{act}")
        event.insights.refresh()
        found = event.leaks(pictures)
        assert {where for where, _ in found} == {"/c/digits/hardest"}
        assert len(found) == len(pictures)
        event.owner.post(f"{C}/conceal")
        assert event.leaks(pictures) == []
        event.insights.refresh()
        assert event.leaks(pictures) == []

    @on_sqlite
    def test_leave_out_whoever_is_off_the_board(self, event):
        for act in ("pause", "reveal", "open-hardest"):
            event.owner.post(f"{C}/{act}")
        event.insights.refresh()
        assert "of 8 wrong" in event.api.get("/c/digits/hardest").text
        path = f"{C}/participants/{event.ids['Finn']}/ban"
        assert event.owner.post(path, {"reason": "between us"}).status_code == 200
        assert "of 8 wrong" not in event.api.get("/c/digits/hardest").text
        event.insights.refresh()
        assert "of 7 wrong" in event.api.get("/c/digits/hardest").text


class TestTheGapAward:
    @on_sqlite
    def test_is_not_computed_from_cards_that_are_kept_back(self, event):
        assert "Smallest gap" in event.api.get("/c/digits").text
        for who in event.people.values():
            who.put("/me/sharing", {"shares": False})
        assert "Smallest gap" not in event.api.get("/c/digits").text


@on_sqlite
def test_a_hidden_submission_that_runs_again_is_announced_without_figures(event, installed):
    row = col(Submission.public_id) == event.sent["Cleo"]["id"]
    conceal(event)
    event.owner.post(f"{C}/submissions/{event.sent['Cleo']['id']}/rerun")
    event.people["Cleo"].wait(
        event.people["Cleo"].get("/submissions/" + event.sent["Cleo"]["id"]).json()
    )
    heard, _ = event_routes._missed(event.api.app.state.services, 1, 0)
    with installed.database.read() as session:
        submission = session.execute(select(Submission).where(row)).scalar_one()
    assert [h.data for h in heard if h.submission_id == submission.id and h.data] == []
