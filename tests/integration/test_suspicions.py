"""The lamp and the twins: worked out in the background, read by organizers alone, moving nobody."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sqlmodel import select

from console import Console
from heldout_server.datasets.changed_copies import COPIES, sampled
from heldout_server.grading import ContaminationWorker, TwinWorker, contamination_worker
from heldout_server.models import (
    Competition,
    Contamination,
    Dataset,
    Participant,
    RunCard,
    Submission,
    Team,
)
from heldout_server.prediction.prediction_arrays import ParsedPredictions
from heldout_server.prediction.runner import Cancelled
from heldout_server.processes import copies_claims
from heldout_server.processes.changed_images import CopiesReader
from heldout_server.processes.misread_practice import PracticeReader
from heldout_server.runs.practice import written
from organizer import Organizer
from participant import npy
from practice import has_read, misreading, practice_labels

C = "/competitions/digits"
START = datetime(2026, 11, 22, 18, tzinfo=UTC)


@dataclass
class Reads:
    """Stands where the scoring machinery does: says 1 of every image, and remembers the order."""

    orders: list[Any] = field(default_factory=list)
    forgotten: list[Any] = field(default_factory=list)
    asked_meanwhile: Any = None
    containment: Any = field(
        default_factory=lambda: SimpleNamespace(await_permission=lambda _: None)
    )

    @property
    def predictor(self) -> Any:
        return self

    @property
    def pool(self) -> Any:
        return SimpleNamespace(forget=self.forgotten.append)

    def run_until_decided(self, file: Any, examples: Any, **_: Any) -> Any:
        self.orders.append(np.load(examples.inputs))
        assert len(self.orders[-1]) == examples.count
        if self.asked_meanwhile is not None:
            self.asked_meanwhile()
        said = np.ones(examples.count, np.int64)
        return SimpleNamespace(predictions=ParsedPredictions(said, None, "labels", (), "model"))


@pytest.fixture
def owner(api, organizer_token):
    return Organizer(api, organizer_token)


@pytest.fixture
def console(api, organizer_token):
    return Console(api.app, organizer_token)


@pytest.fixture
def graders(installed, clock):
    stores = (installed.database, installed.blobs, installed.datasets, installed.labels)
    return ContaminationWorker(*stores), TwinWorker(*stores, clock)


def erring(labels, wrong, seed=1):
    return npy(misreading(labels.astype(np.int64), wrong, seed))


class TestTheLamp:
    @pytest.fixture
    def model(self, installed, join, labels):
        """A model that everybody stands by: nearly all hidden images right, fewer of practice."""
        sent = join("Ada").submit(erring(labels, 2))
        has_read(installed, sent["id"], misreading(practice_labels(installed), 20))
        return sent["id"]

    def keep(self, installed, model, labels, *, wrong):
        """As if the model had read the copies, with so many of hidden ones wrong."""
        with installed.database.write() as session:
            submission = session.exec(select(Submission).where(Submission.public_id == model)).one()
            competition = session.get_one(Competition, 1)
            info = installed.datasets.info(competition.dataset_hash)
            copied = [
                np.tile(each[sampled(len(each), info.input_shape, info.content_hash)], COPIES)
                for each in (labels.astype(np.int64), practice_labels(installed))
            ]
            session.add(
                Contamination(
                    submission_id=submission.id,
                    said_hidden=written(misreading(copied[0], wrong)),
                    said_practice=written(misreading(copied[1], 40)),
                )
            )

    def test_is_lit_by_copies_that_it_cannot_read(
        self, installed, api, owner, console, graders, model, labels
    ):
        before = owner.get(f"{C}/submissions/{model}").json()
        assert before["lamp"] is None
        assert before["contamination"] is None
        self.keep(installed, model, labels, wrong=len(labels))
        graders[0].work()
        found = owner.get(f"{C}/submissions/{model}").json()
        assert found["lamp"] == found["contamination"]["level"] == "amber"
        assert found["contamination"]["drop"] > 10 * found["contamination"]["practice_drop"]
        assert "proves nothing" in found["contamination"]["caveat"]
        assert {line["lamp"] for line in owner.get(f"{C}/submissions").json()["submissions"]} == {
            "amber"
        }
        page = console.get(f"submissions/{model}").text
        assert "Does it know the hidden images?" in page
        assert "points more than of practice images" not in page  # tells the private score
        assert ">look<" in console.get("submissions").text.replace(" ", "").replace("\n", "")
        assert before["score"] == found["score"]
        for path in (f"/submissions/{model}", f"/api/v1/submissions/{model}", "/c/digits"):
            shown = api.get(path).text
            assert "contamination" not in shown
            assert "hidden images by heart" not in shown

    def test_an_honest_model_leaves_it_dark_and_labels_may_change(
        self, installed, console, graders, model, labels
    ):
        self.keep(installed, model, labels, wrong=3)
        graders[0].work()
        with installed.database.read() as session:
            (row,) = session.exec(select(Contamination)).all()
            assert (row.level, row.drop < 1) == ("none", True)
        with installed.database.write() as session:
            row = session.exec(select(Contamination)).one()
            row.basis, row.level = "of other labels", None
            session.add(row)
        graders[0].work()
        assert "Nothing speaks for" in console.get(f"submissions/{model}").text
        with installed.database.write() as session:
            row = session.exec(select(Contamination)).one()
            row.basis, row.said_hidden = None, "AAA="  # of other images: tried once
            session.add(row)
        assert graders[0].work()
        assert not graders[0].work()

    def test_a_few_are_graded_at_a_time(self, installed, join, graders, model, labels, monkeypatch):
        monkeypatch.setattr(contamination_worker, "AT_ONCE", 1)
        second = join("Bo").submit(erring(labels, 3))["id"]
        has_read(installed, second, misreading(practice_labels(installed), 20))
        for one in (model, second):
            self.keep(installed, one, labels, wrong=3)
        assert graders[0].work()
        with installed.database.read() as session:
            assert sorted(row.level is None for row in session.exec(select(Contamination))) == [
                False, True,
            ]  # fmt: skip
        assert graders[0].work()
        assert not graders[0].work()
        with installed.database.read() as session:
            assert {row.level for row in session.exec(select(Contamination))} == {"none"}

    def test_models_are_asked_after_everything_else(self, installed, api, model):
        reads, others = Reads(), Reads()
        copies = CopiesReader(PracticeReader(installed, reads))
        other = CopiesReader(PracticeReader(installed, others))
        reads.asked_meanwhile = lambda: other.read_next(threading.Event())
        assert copies.read_next(threading.Event())
        assert list(installed.folders.work.glob("copies-*"))
        assert not copies.read_next(threading.Event())
        assert (len(reads.forgotten), list(installed.folders.work.glob("copies-*"))) == (1, [])
        assert others.orders == []
        with installed.database.read() as session:
            kept = session.exec(select(Contamination)).one()
            info = installed.datasets.info(session.get_one(Competition, 1).dataset_hash)
        (images,) = reads.orders
        hidden = installed.datasets.test_inputs(info.content_hash)
        first = sampled(len(hidden), info.input_shape, info.content_hash)[0]
        assert np.array_equal(images[0][1:], hidden[first][:-1])
        assert len(images) % COPIES == 0
        assert kept.level is None
        assert kept.said_hidden.startswith("AQEB")

    def test_one_worker_claims_a_model_and_leaves_it_when_it_is_stopped(self, installed, model):
        reads = Reads()
        copies = CopiesReader(PracticeReader(installed, reads))

        def stopped():
            with installed.database.read() as session:
                assert session.exec(select(Contamination)).one().lease_until is not None
            assert not copies_claims.claim(installed.database, 1)
            raise Cancelled

        reads.asked_meanwhile = stopped
        assert not copies.read_next(threading.Event())
        with installed.database.read() as session:
            assert session.exec(select(Contamination)).all() == []
        reads.asked_meanwhile = None
        assert copies.read_next(threading.Event())

    def test_a_claim_is_not_graded_and_ends(self, installed, graders, model):
        assert copies_claims.claim(installed.database, 1)
        assert not graders[0].work()
        with installed.database.write() as session:
            row = session.exec(select(Contamination)).one()
            row.lease_until = START
            session.add(row)
        assert CopiesReader(PracticeReader(installed, Reads())).read_next(threading.Event())


class TestTwins:
    def test_names_pairs_and_nobody_else(self, installed, owner, console, graders, join, labels):
        names = ("Ada", "Bo", "Cy", "Di", "Ed", "Flo", "Gus")
        people = {name: join(name) for name in (*names, "Hal")}
        sent = {
            name: people[name].submit(erring(labels, 30, seed))["id"]
            for seed, name in enumerate(names)
        }
        graders[1].work()
        assert owner.get(f"{C}/twins").json()["pairs"] == []
        assert "No pair stands out" in console.get("twins").text
        # The first one's errors but for two; and three models with the same weights, two of a team.
        almost = misreading(labels.astype(np.int64), 30, 0)
        almost[np.flatnonzero(almost == labels)[:2]] += 1
        equal_weights(installed, {name: sent[name] for name in ("Bo", "Cy", "Di")})
        sent["Hal"] = people["Hal"].submit(npy(almost % 10))["id"]
        graders[1].work()
        found = owner.get(f"{C}/twins").json()
        assert [named(pair) for pair in found["pairs"]] == ["Bo Cy", "Ada Hal"]
        weights, answers = found["pairs"]
        assert weights["has_equal_weights"] is not answers["has_equal_weights"]
        assert answers["share"] > 0.9 > 0.2 > answers["expected_share"]
        assert (found["people"], found["are_answers_compared"]) == (8, True)
        page = console.get("twins").text
        for words in (
            "same wrong answers",
            "two files of one model",
            "atch size",
            "proves nothing",
        ):
            assert words in page
        assert "Flo</bdi>" not in page
        gone = sent["Hal"]
        owner.post(f"{C}/submissions/{gone}/purge", {"confirm": gone}, key="k" * 8)
        assert [named(pair) for pair in owner.get(f"{C}/twins").json()["pairs"]] == ["Bo Cy"]

    def test_leaves_out_rows_that_nobody_can_compare(
        self, installed, api, owner, graders, join, labels
    ):
        """One row of an import without its files, and one contest that fails: the rest goes on."""
        names = ("Ada", "Bo", "Cy", "Di", "Ed", "Flo", "Gus")
        sent = [
            join(name).submit(erring(labels, 30, min(seed, 5)))["id"]
            for seed, name in enumerate(names)
        ]
        with installed.database.write() as session:
            row = session.exec(select(Submission).where(Submission.public_id == sent[0])).one()
            row.predictions_sha256 = None
            session.add(row)
            unlike = {"slug": "another", "join_code": "A", "dataset_hash": "ab" * 32}
            known = session.get_one(Competition, 1)
            dataset = session.get_one(Dataset, known.dataset_hash).model_dump()
            session.add(Dataset(**dataset | {"content_hash": unlike["dataset_hash"]}))
            session.flush()
            session.add(Competition(**known.model_dump(exclude={"id"}) | unlike))
        graders[1].work()
        found = owner.get(f"{C}/twins").json()
        assert (found["people"], found["are_answers_compared"]) == (6, True)
        assert [named(pair) for pair in found["pairs"]] == ["Flo Gus"]


def named(pair):
    return f"{pair['first']['participant_name']} {pair['second']['participant_name']}"


def equal_weights(installed, sent):
    """As if these were one model in several files; the last two people are of one team."""
    with installed.database.write() as session:
        team = Team(
            public_id="t_two", competition_id=1, name="Two", name_key="two", join_code="TWO",
            created_at=START,
        )  # fmt: skip
        session.add(team)
        session.flush()
        for number, public_id in enumerate(sent.values()):
            row = session.exec(select(Submission).where(Submission.public_id == public_id)).one()
            row.kind, row.model_sha256 = "model", "m" * 64
            session.add(row)
            session.add(RunCard(submission_id=row.id, card={"hyperparameters": {"batch_size": 32}}))
            if number:
                person = session.get_one(Participant, row.participant_id)
                person.team_id = team.id
                session.add(person)
