"""The wall of hardest examples: after the reveal, while it is open, and only of what counts."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pytest
from sqlmodel import col, select

from heldout_server.grading import ClassGrader, LabelStoreError
from heldout_server.kit.errors import ProblemError
from heldout_server.models import ClassInsight, Competition, Dataset
from heldout_server.processes.class_statistics import ClassStatistics
from heldout_server.runs import insights
from heldout_server.web.charts.thumbnail import png_uri
from organizer import Organizer
from outline import as_read
from participant import Participant, npy
from waiting import run_until

C = "/competitions/digits"
WALL = "/c/digits/hardest"
CARD = re.compile(
    r'<li><img src="([^"]+)".*?wall-label">(\w+)<.*?<strong>(\d+)</strong>of (\d+)', re.S
)


@dataclass
class Evening:
    """Three have a final score; the first two images are read by nobody, the third by Cleo."""

    api: object
    owner: Organizer
    grader: ClassGrader
    insights: ClassStatistics
    people: dict[str, Participant]
    sent: dict[str, dict]
    images: list[str]
    labels: np.ndarray

    def shown(self) -> list[tuple[str, str, str, str]]:
        """Each image of the wall: picture, label, wrong, models."""
        return CARD.findall(as_read(self.api.get(WALL).text))

    def reveal_and_open(self) -> None:
        for act in ("pause", "reveal", "open-hardest"):
            assert self.owner.post(f"{C}/{act}").status_code == 200, act
        self.insights.refresh()


@pytest.fixture
def evening(api, organizer_token, join, labels, installed, clock) -> Evening:
    grader = ClassGrader(installed.blobs, installed.datasets, installed.labels)
    people, sent = {}, {}
    for name, wrong in {"Ada": 3, "Bob": 3, "Cleo": 2}.items():
        people[name] = join(name)
        said = labels.copy()
        said[:wrong] = (said[:wrong] + 1) % 10
        said[200 + len(name)] = (said[200 + len(name)] + 2) % 10
        sent[name] = people[name].submit(npy(said))
    pictures = installed.datasets.test_inputs(next(installed.datasets.root.iterdir()).name)
    return Evening(
        api, Organizer(api, organizer_token), grader,
        ClassStatistics(installed.database, grader, clock), people, sent,
        [png_uri(picture) for picture in pictures[:3]], labels,
    )  # fmt: skip


def stored(installed) -> ClassInsight | None:
    with installed.database.read() as session:
        return session.get(ClassInsight, (1, insights.HARDEST))


class TestBeforeTheReveal:
    def test_there_is_no_wall_and_none_can_be_opened(self, evening, installed):
        assert evening.api.get(WALL).status_code == 404
        refused = evening.owner.post(f"{C}/open-hardest")
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
        assert "not revealed yet" in refused.json()["detail"]
        evening.insights.refresh()
        assert stored(installed) is None

    def test_whatever_is_written_down_nothing_is_shown(self, evening, installed, clock):
        """As after an import of an event that somebody made up."""
        with installed.database.write() as session:
            competition = session.get_one(Competition, 1)
            competition.hardest_at = clock()
            session.add(competition)
            cut = insights.cut(session, competition, shared_by_default=True)
            data = {"models": 1, "images": [[0, 1, 1, 2, 1]]}
            insights.keep(session, 1, insights.HARDEST, version=cut, data=data, now=clock())
        assert evening.api.get(WALL).status_code == 404
        with pytest.raises(ProblemError, match="isn't open"):
            evening.grader.hardest(competition, [])

    def test_settings_do_not_open_it(self, evening):
        answer = evening.owner.patch(C, {"hardest_at": "2026-11-22T18:00:00Z"})
        assert evening.owner.get(C).json()["hardest_at"] is None, answer.text


class TestTheWall:
    def test_shows_what_most_final_models_got_wrong(self, evening):
        evening.reveal_and_open()
        wall = evening.shown()
        assert [int(wrong) for _, _, wrong, _ in wall] == [3, 3, 2, 2, 1]
        assert [picture for picture, *_ in wall[:2]] == evening.images[:2]
        assert evening.images[2] in {picture for picture, *_ in wall[2:4]}
        assert [label for _, label, *_ in wall[:2]] == [str(x) for x in evening.labels[:2]]
        assert {models for *_, models in wall} == {"3"}
        assert "all say" in evening.api.get(WALL).text

    def test_counts_the_final_selection_alone(self, evening):
        ada = evening.people["Ada"]
        said = evening.labels.copy()
        said[:50] = (said[:50] + 1) % 10
        ada.submit(npy(said))
        evening.reveal_and_open()
        assert len(evening.shown()) == 5

    def test_is_linked_where_people_look_while_it_is_open(self, evening):
        pages = ("/c/digits", "/c/digits/board", "/c/digits/experiments")
        for page in pages:
            assert WALL not in evening.api.get(page).text
        evening.reveal_and_open()
        for page in pages:
            assert WALL in evening.api.get(page).text
        evening.owner.post(f"{C}/close-hardest")
        for page in pages:
            assert WALL not in evening.api.get(page).text

    def test_of_the_banned_and_the_disqualified_nothing_counts_also_afterwards(self, evening):
        evening.reveal_and_open()
        person = evening.people["Ada"].get("/me").json()["participant"]["id"]
        evening.owner.post(f"{C}/participants/{person}/ban", {"reason": "x"})
        assert {models for *_, models in evening.shown()} <= {"2"}
        evening.insights.refresh()
        assert {models for *_, models in evening.shown()} == {"2"}
        path = f"{C}/submissions/{evening.sent['Bob']['id']}/disqualify"
        evening.owner.post(path, {"reason": "x"})
        assert {models for *_, models in evening.shown()} <= {"1"}
        evening.insights.refresh()
        assert [wrong for _, _, wrong, _ in evening.shown()] == ["1", "1", "1"]

    def test_follows_corrected_labels_once_they_are_applied(self, evening):
        """What all three said of the first image was right after all."""
        corrections = [{"index": 0, "label": int(evening.labels[0] + 1) % 10}]
        made = evening.owner.post(f"{C}/rescores", {"corrections": corrections}).json()
        draft = f"{C}/rescores/{made['id']}"
        run_until(lambda: evening.owner.get(draft).json()["state"] == "ready")
        evening.reveal_and_open()
        assert evening.images[0] in {picture for picture, *_ in evening.shown()}
        assert evening.owner.post(f"{draft}/apply").status_code == 200
        evening.insights.refresh()
        assert evening.images[0] not in {picture for picture, *_ in evening.shown()}

    def test_without_final_scores_there_is_nothing(self, api, organizer_token, installed, clock):
        grader = ClassGrader(installed.blobs, installed.datasets, installed.labels)
        owner = Organizer(api, organizer_token)
        for act in ("pause", "reveal", "open-hardest"):
            owner.post(f"{C}/{act}")
        ClassStatistics(installed.database, grader, clock).refresh()
        assert "Nobody has a final score" in api.get(WALL).text


class TestTakingItBack:
    @pytest.mark.parametrize("acts", [["close-hardest"], ["conceal"], ["undo"], ["undo", "undo"]])
    def test_shuts_the_page_and_deletes_what_it_showed(self, evening, installed, acts):
        evening.reveal_and_open()
        assert stored(installed) is not None
        for act in acts:
            assert evening.owner.post(f"{C}/{act}").status_code == 200
        assert evening.api.get(WALL).status_code == 404
        assert stored(installed) is None
        evening.insights.refresh()
        assert stored(installed) is None

    def test_another_reveal_does_not_open_it_again(self, evening):
        evening.reveal_and_open()
        for act in ("conceal", "reveal"):
            evening.owner.post(f"{C}/{act}")
        assert evening.api.get(WALL).status_code == 404

    def test_undoing_the_concealment_does(self, evening):
        evening.reveal_and_open()
        evening.owner.post(f"{C}/conceal")
        evening.owner.post(f"{C}/undo")
        evening.insights.refresh()
        assert len(evening.shown()) == 5

    @pytest.mark.parametrize("shut", ["close-hardest", "conceal"])
    def test_a_look_that_began_before_writes_nothing_afterwards(self, evening, installed, shut):
        evening.reveal_and_open()
        slow = SlowLook(evening, installed)
        evening.owner.post(f"{C}/{shut}")
        slow.end()
        assert stored(installed) is None

    def test_a_look_that_began_before_does_not_replace_a_newer_one(self, evening, installed):
        evening.reveal_and_open()
        slow = SlowLook(evening, installed)
        cleo = evening.people["Cleo"].get("/me").json()["participant"]["id"]
        banned = evening.owner.post(f"{C}/participants/{cleo}/ban", {"reason": "x"})
        assert banned.status_code == 200
        evening.insights.refresh()
        newer = evening.shown()
        slow.end()
        assert evening.shown() == newer != []


class SlowLook:
    """Another process that has read everything and not yet written."""

    def __init__(self, evening, installed):
        self.insights = evening.insights
        with installed.database.read() as session:
            self.competition = session.get_one(Competition, 1)
            self.voting = insights.voters(session, 1)
            self.version = stored(installed).version

    def end(self):
        self.insights._refresh_hardest(self.competition, self.version, self.voting, "")


class TestRefusals:
    def test_only_owners_open_it(self, evening, api):
        made = evening.owner.post("/organizers", {"name": "Hopper", "role": "helper"}).json()
        helper = Organizer(api, made["token"])
        evening.owner.post(f"{C}/pause"), evening.owner.post(f"{C}/reveal")
        assert helper.post(f"{C}/open-hardest").json()["code"] == "forbidden"
        assert helper.post(f"{C}/close-hardest").json()["code"] == "forbidden"

    def test_while_another_contest_asks_for_the_same_labels(self, evening):
        other = evening.owner.post("/competitions", {"title": "Second evening"}).json()["slug"]
        evening.owner.post(f"{C}/pause"), evening.owner.post(f"{C}/reveal")
        refused = evening.owner.post(f"{C}/open-hardest")
        assert refused.json()["code"] == "conflict"
        assert "Second evening" in refused.json()["detail"]
        evening.owner.post(f"/competitions/{other}/archive")
        assert evening.owner.post(f"{C}/open-hardest").status_code == 200

    @pytest.mark.parametrize("shut", ["close-hardest", "conceal"])
    def test_undo_does_not_open_it_either_while_another_contest_asks(self, evening, shut):
        evening.reveal_and_open()
        evening.owner.post(f"{C}/{shut}")
        evening.owner.post("/competitions", {"title": "Second evening"})
        refused = evening.owner.post(f"{C}/undo").json()
        assert (refused["code"], "Second evening" in refused["detail"]) == ("conflict", True)
        assert evening.api.get(WALL).status_code == 404

    def test_examples_that_are_no_images_are_said_to_be_none(self, evening, installed):
        with installed.database.write() as session:
            dataset = session.execute(select(Dataset).where(col(Dataset.name) != "")).scalar_one()
            dataset.input_shape = [13]
            session.add(dataset)
        evening.owner.post(f"{C}/pause"), evening.owner.post(f"{C}/reveal")
        refused = evening.owner.post(f"{C}/open-hardest").json()
        assert (refused["code"], "can be looked at" in refused["detail"]) == ("conflict", True)

    def test_twice_is_once_and_is_recorded(self, evening):
        evening.owner.post(f"{C}/pause"), evening.owner.post(f"{C}/reveal")
        first, second = (evening.owner.post(f"{C}/open-hardest").json() for _ in range(2))
        assert first["hardest_at"] == second["hardest_at"] is not None
        entries = evening.owner.get("/audit", action="competition.open_hardest").json()["entries"]
        assert len(entries) == 1


def test_one_event_without_labels_keeps_no_other_one_waiting(evening):
    """As after an import without them."""
    evening.owner.post("/competitions", {"title": "Later"})
    looked_at = []

    class Looks(ClassStatistics):
        def _refresh(self, competition):
            looked_at.append(competition.slug)
            raise LabelStoreError("no labels are here")

    Looks(evening.insights.database, evening.grader, evening.insights.clock).refresh()
    assert looked_at == ["digits", "later"]
