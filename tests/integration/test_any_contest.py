"""Every page, feed, export and API route of a contest of each kind of task: figures that know their
metric, the right order, and words that fit.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from any_contest import BEST_FIRST, CONTESTS, NAMES, TRIES, Contest, installation, predictions, send
from conftest import Clock
from heldout_server.grading import ClassGrader
from heldout_server.kit.db import Database
from heldout_server.kit.settings import Settings
from heldout_server.processes.class_statistics import ClassStatistics
from heldout_server.processes.installation import Installation, ensure_organizer
from heldout_server.processes.server import create_app, embedded
from heldout_server.tasks.catalogue import metric
from heldout_server.tasks.figure import read
from heldout_server.tasks.kinds import Kind
from heldout_server.tasks.metric import Needs
from organizer import Organizer
from outline import Outline, as_read
from participant import Participant
from surface import addresses
from waiting import run_until

CONSOLE = (
    "", "/announcements", "/people", "/roster", "/teams", "/submissions", "/board", "/projector",
    "/rescores", "/baselines", "/settings", "/webhooks", "/exports", "/log",
)  # fmt: skip
LISTS = ("leaderboard", "submissions", "run-cards", "audit")
SOLD_AS_NOTHING = re.compile(r"\b(None|nan|NaN|inf)\b")
OF_IMAGES = re.compile(r"\b(digits?|images?)\b", re.IGNORECASE)


@dataclass
class Evening:
    """A contest with three people who have sent their tries."""

    contest: Contest
    installed: Installation
    api: TestClient
    owner: Organizer
    token: str
    insights: ClassStatistics
    people: dict[str, Participant] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    sent: list[dict[str, Any]] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"/c/{self.contest.slug}"

    def board(self) -> dict[str, Any]:
        return self.api.get(f"/api/v1/competitions/{self.contest.slug}/leaderboard").json()

    def public(self):
        """Every public address with its answer."""
        ids = [shown["id"] for shown in self.sent]
        for path in addresses(self.api.app, ids, self.ids.values(), self.contest.slug):
            yield path, self.api.get(path)

    def own(self):
        """What participants ask for themselves."""
        for who in self.people.values():
            for path in ("/me", "/me/submissions", "/me/data"):
                yield path, who.get(path)
            shown = who.get("/me/submissions").json()["submissions"]
            for one in shown:
                yield "/submissions", who.get(f"/submissions/{one['id']}")
        browser = TestClient(self.api.app)
        browser.portal = self.api.portal
        browser.post(f"{self.path}/join", data={"code": "WAT-2026", "name": "Dora"})
        yield f"{self.path}/me", browser.get(f"{self.path}/me")

    def organizers(self):
        """What only organizers see."""
        browser = TestClient(self.api.app)
        browser.post("/organize/sign-in", data={"token": self.token})
        base = f"/organize{self.path}"
        ids = [f"/submissions/{shown['id']}" for shown in self.sent]
        people = [f"/people/{one}" for one in self.ids.values()]
        for path in (*CONSOLE, *ids, *people):
            yield base + path, browser.get(base + path)
        yield "ceremony", browser.get(f"/organize/ceremony/{self.contest.slug}")
        of = f"/competitions/{self.contest.slug}"
        for path in ("", "/standings", "/submissions", "/baselines", "/participants", "/webhooks"):
            yield of + path, self.owner.get(of + path)
        for split in ("public", "private"):
            yield "standings", self.owner.get(f"{of}/standings", split=split)
        for shown in self.sent:
            yield "one", self.owner.get(f"{of}/submissions/{shown['id']}")
        for document in LISTS:
            for kind in ("json", "csv"):
                yield document, self.owner.get(f"{of}/export/{document}.{kind}")


@pytest.fixture(scope="module", params=Kind, ids=str)
def contest(request) -> Contest:
    return CONTESTS[request.param]()


@contextmanager
def begun(contest: Contest, template: Path, root: Path) -> Iterator[Evening]:
    """An evening in a folder of its own."""
    clock = Clock()
    shutil.copy(template, root / "heldout.db")
    database = Database(f"sqlite:///{root / 'heldout.db'}")
    settings = Settings(data=root, join_code="WAT-2026", model_workers=0, mnist=None)
    installed = installation(contest, database, settings, root, clock())
    token = ensure_organizer(installed, now=clock())
    grader = ClassGrader(installed.blobs, installed.datasets, installed.labels)
    with TestClient(create_app(embedded(installed, clock=clock))) as api:
        made = Evening(
            contest, installed, api, Organizer(api, token or ""), token or "",
            ClassStatistics(installed.database, grader, clock),
        )  # fmt: skip
        for name in NAMES:
            made.people[name] = Participant.join(api, name)
            made.ids[name] = made.people[name].get("/me").json()["participant"]["id"]
        for turn in range(3):
            for name in NAMES:
                if turn < len(TRIES[name]):
                    made.sent.append(_sent(made, name, TRIES[name][turn], clock))
        made.insights.refresh()
        yield made
    database.dispose()


@pytest.fixture(scope="module")
def evening(contest, sqlite_template, tmp_path_factory):
    """One that goes on: nobody changes it."""
    with begun(contest, sqlite_template, tmp_path_factory.mktemp("evening")) as made:
        yield made


@pytest.fixture(scope="module")
def ended(contest, sqlite_template, tmp_path_factory):
    """Another one, with baselines, walked while it went on, then revealed."""
    with begun(contest, sqlite_template, tmp_path_factory.mktemp("ended")) as made:
        path = f"/competitions/{contest.slug}/baselines"
        for kind in ("random", "majority", "linear"):
            assert made.owner.post(path, {"kind": kind}).status_code == 201
        _when_ready(made, path)
        check_all(made)
        answer = made.owner.post(f"/competitions/{contest.slug}/reveal", {"close": True})
        assert answer.status_code == 200, answer.text
        made.insights.refresh()
        yield made


def _sent(evening: Evening, name: str, noise: float, clock) -> dict[str, Any]:
    clock.advance(minutes=7)
    said = predictions(evening.contest, noise, seed=len(evening.sent))
    public_id = send(evening.installed, name, said, clock())
    who = evening.people[name]
    return who.wait(who.get(f"/submissions/{public_id}", wait=2).json())


def seen(answer: Any) -> str:
    """What people read of an answer: the text of a page, or all of a file."""
    if "html" in answer.headers.get("content-type", ""):
        return Outline(re.sub(r"(?s)<(script|style|code)\b.*?</\1>", "", answer.text)).text
    return answer.text if _is_text(answer) else ""


def _is_text(answer: Any) -> bool:
    kind = answer.headers.get("content-type", "")
    return any(word in kind for word in ("html", "json", "csv", "xml", "text"))


def negatives(evening: Evening) -> list[str]:
    """The beginnings of the figures as the database keeps them, by whatever minus."""
    figures = {f"{shown['score']:.6g}"[:5] for shown in evening.sent}
    return [f"{sign}{figure}" for figure in figures for sign in ("-", "\N{MINUS SIGN}")]


def check(evening: Evening, surface) -> int:
    """What holds of every answer; how many there were."""
    looked = 0
    wrong = negatives(evening) if evening.contest.is_loss else []
    for path, answer in surface:
        assert answer.status_code < 500, (path, answer.text[:300])
        text = seen(answer)
        if answer.status_code == 200 and "ipynb" not in path:
            assert not SOLD_AS_NOTHING.search(text), (path, _around(SOLD_AS_NOTHING, text))
            for figure in wrong:
                assert figure not in text, (path, figure)
        looked += answer.status_code == 200
    return looked


def _around(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return text[max(0, found.start() - 80) : found.end() + 80] if found else ""


def check_all(evening: Evening) -> None:
    """What strangers, participants and organizers get."""
    assert check(evening, evening.public()) > 40
    assert check(evening, evening.own()) > 10
    assert check(evening, evening.organizers()) > 30


class TestEverySurface:
    def test_works_before_and_after_the_reveal(self, ended):
        check_all(ended)

    def test_speaks_of_images_and_digits_only_where_there_are_some(self, evening):
        if evening.contest.dataset.task.kind is Kind.MULTICLASS:
            pytest.skip("a contest of images")
        for path, answer in evening.public():
            if path.startswith(evening.path) and "html" in answer.headers["content-type"]:
                text = seen(answer)
                assert not OF_IMAGES.search(text), (path, _around(OF_IMAGES, text))

    def test_speaks_of_them_to_organizers_only_there_too(self, evening):
        if evening.contest.dataset.task.kind is Kind.MULTICLASS:
            pytest.skip("a contest of images")
        for path, answer in evening.organizers():
            if "html" in answer.headers["content-type"] and not path.endswith("/settings"):
                text = seen(answer)  # the settings say that Markdown takes no pictures
                assert not OF_IMAGES.search(text), (path, _around(OF_IMAGES, text))


class TestRescore:
    def test_by_another_metric_shows_figures_of_both(self, ended):
        of = f"/competitions/{ended.contest.slug}/rescores"
        before, after = ended.contest.metric, ended.contest.also[0]
        made = ended.owner.post(of, {"metric": after})
        assert made.status_code == 202, made.text
        address = f"{of}/{made.json()['id']}"
        run_until(lambda: ended.owner.get(address).json()["state"] == "ready")
        shown = ended.owner.get(f"{address}/preview").json()
        assert (shown["largest_change"], shown["direction"]) == (None, metric(after).direction)
        assert shown["direction_before"] == metric(before).direction
        assert shown["participants"] == 3
        page = TestClient(ended.api.app)
        page.post("/organize/sign-in", data={"token": ended.token})
        text = seen(page.get(f"/organize{ended.path}/rescores/{made.json()['id']}"))
        assert metric(before).label in text
        assert metric(after).label in text
        assert ended.owner.post(f"{address}/discard").status_code == 200
        # Of one wrong answer, whatever an answer is here.
        task = ended.contest.dataset.task
        right = {Kind.REGRESSION: [0.5] * task.width, Kind.MULTILABEL: [*task.targets[:1]]}
        label = right.get(task.kind, task.classes[0] if task.classes else 0)
        made = ended.owner.post(of, {"corrections": [{"index": 0, "label": label}]})
        assert made.status_code == 202, made.text
        assert ended.owner.post(f"{of}/{made.json()['id']}/discard").status_code == 200


class TestHardest:
    def test_wall_shows_examples_that_can_be_looked_at(self, ended):
        opened = ended.owner.post(f"/competitions/{ended.contest.slug}/open-hardest")
        kind = ended.contest.dataset.task.kind
        if kind is Kind.MULTILABEL:  # of arrays
            assert opened.json()["code"] == "conflict"
            return
        assert opened.status_code == 200, opened.text
        ended.insights.refresh()
        page = ended.api.get(f"{ended.path}/hardest")
        assert page.text.count('class="wall-label"') > 10
        assert ("off" in seen(page)) == (kind is Kind.REGRESSION)
        assert not SOLD_AS_NOTHING.search(seen(page))
        assert ended.owner.post(f"/competitions/{ended.contest.slug}/close-hardest").is_success


class TestReported:
    def test_baselines_are_figures_as_the_board_shows_them(self, evening):
        of = f"/competitions/{evening.contest.slug}/baselines"
        given = {"kind": "last_year", "score": 0.5}
        added = evening.owner.post(of, given).json()
        shown = {one["id"]: one for one in evening.board()["baselines"]}[added["id"]]
        assert shown["score"] == added["score"] == 0.5
        below = evening.owner.post(of, given | {"score": -3.0})
        assert below.json()["code"] == "validation"
        evening.owner.delete(f"{of}/{added['id']}")


class TestFigures:
    def test_stand_in_the_right_order_with_their_direction(self, evening):
        board, ranked_by = evening.board(), metric(evening.contest.metric)
        assert [row["participant"]["name"] for row in board["rows"]] == list(BEST_FIRST)
        assert board["direction"] == ranked_by.direction
        figures = [row["score"] for row in board["rows"]]
        assert figures == sorted(figures, reverse=not ranked_by.is_loss)
        assert all(figure > 0 for figure in figures)
        texts = [row["score_text"] for row in board["rows"]]
        assert texts == [read(ranked_by, figure) for figure in figures]

    def test_are_those_of_the_submissions(self, evening):
        by_name = {row["participant"]["name"]: row for row in evening.board()["rows"]}
        for name, who in evening.people.items():
            own = who.get("/me/submissions").json()["submissions"]
            shown = {one["id"]: one for one in own}[by_name[name]["submission_id"]]
            best = who.get("/me").json()["best"]
            assert shown["score"] == by_name[name]["score"] == best["score"]
            assert shown["metrics"]["figures"][evening.contest.metric] == shown["score"]

    def test_of_a_better_try_changed_the_way_that_is_better(self, evening):
        second = evening.sent[3]
        change = second["best"]["change"]
        assert (change < 0) == evening.contest.is_loss
        assert second["best"]["is_new_best"]

    def test_are_read_the_same_on_pages_and_in_files(self, evening):
        first = evening.board()["rows"][0]
        text = first["score_text"]
        pages = ("", "/board", "/tv", "/embed", "/race", "/experiments", "/feed.atom")
        for page in (*pages, f"/p/{first['participant']['id']}"):
            assert text in evening.api.get(evening.path + page).text, page
        rows = csv.DictReader(io.StringIO(evening.api.get(f"{evening.path}/board.csv").text))
        kept = next(iter(rows))
        assert float(kept["score"]) == pytest.approx(first["score"], abs=1e-6)
        assert kept["direction"] == metric(evening.contest.metric).direction

    def test_of_the_race_are_replayed_the_right_way_round(self, evening):
        race = json.loads(evening.api.get(f"{evening.path}/race.json").text)
        ranked_by = metric(evening.contest.metric)
        assert race["direction"] == ranked_by.direction
        for racer in race["participants"]:
            steps = [(ranked_by.score(figure), height) for _, figure, _, height in racer["steps"]]
            assert steps == sorted(steps)

    def test_of_the_reveal_are_read_as_everywhere(self, ended):
        rows = json.loads(ended.api.get(f"{ended.path}/reveal.json").text)["rows"]
        ranked_by = metric(ended.contest.metric)
        by_place = sorted(rows, key=lambda row: row["private_rank"])
        figures = [row["private_score"] for row in by_place]
        assert figures == sorted(figures, reverse=not ranked_by.is_loss)
        assert [row["private_text"] for row in by_place] == [read(ranked_by, f) for f in figures]

    def test_say_on_the_board_which_way_is_better(self, evening):
        page = evening.api.get(evening.path).text
        ranked_by = metric(evening.contest.metric)
        assert ranked_by.label in page
        assert ("lower is better" in page) == ranked_by.is_loss
        assert ("lowest first" in page) == ranked_by.is_loss

    def test_of_the_map_have_better_up(self, evening):
        data = evening.api.get(f"{evening.path}/experiments/data").json()
        axis = next(axis for axis in data["axes"] if axis["name"] == "score")
        assert bool(axis["falls"]) == evening.contest.is_loss
        ends = pytest.approx((min(data["runs"]["score"]), max(data["runs"]["score"])), rel=1e-4)
        assert (axis["min"], axis["max"]) == ends


class TestTheContest:
    def test_says_what_it_is_of(self, evening):
        shown = evening.api.get(f"/api/v1/competitions/{evening.contest.slug}").json()
        task, ranked_by = evening.contest.dataset.task, metric(evening.contest.metric)
        assert shown["kind"] == shown["dataset"]["task"] == task.kind
        assert shown["metric_label"] == ranked_by.label
        assert (shown["direction"], shown["unit"]) == (ranked_by.direction, ranked_by.unit)
        assert shown["also"] == list(evening.contest.also)
        assert shown["dataset"]["class_names"] == list(task.classes)
        assert shown["dataset"]["targets"] == list(task.targets)

    def test_has_baselines_that_anybody_can_compute(self, ended):
        found = _when_ready(ended, f"/competitions/{ended.contest.slug}/baselines")
        assert [one["state"] for one in found] == ["ready"] * 3, found
        by_kind = {one["kind"]: one["score"] for one in found}
        ranked_by = metric(ended.contest.metric)
        assert ranked_by.score(by_kind["linear"]) > ranked_by.score(by_kind["random"])

    def test_of_the_class_together_is_in_figures_of_the_metric(self, ended):
        page = as_read(ended.api.get(f"{ended.path}/experiments").text)
        ranked_by = metric(ended.contest.metric)
        together = "Majority vote" if ranked_by.needs is Needs.LABELS else "Mean"
        assert f"{together} of everyone's best: 3 models" in page
        assert ranked_by.label in page


def _when_ready(evening: Evening, path: str) -> list[dict[str, Any]]:
    def ready() -> Any:
        found = evening.owner.get(path).json()["baselines"]
        return found if all(one["state"] != "computing" for one in found) else None

    return run_until(ready)
