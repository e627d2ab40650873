"""Files that ask for labels: nine images a file, and whole files at random. Nothing answers them.

Three worlds differ in hidden labels or in which of them are public, but every file that is sent has
the same number of errors in each. Whatever anybody can read must then be the same in all of them,
to the byte: what tells two worlds apart is an answer about a single image.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from conftest import Clock
from heldout_server.blobs import BlobStore
from heldout_server.datasets.loaded import DIGITS
from heldout_server.datasets.store import DatasetStore
from heldout_server.grading import ClassGrader, LabelStore, TieGrader, TieWorker
from heldout_server.kit.db import Database
from heldout_server.kit.settings import Settings
from heldout_server.models import Run
from heldout_server.processes.class_statistics import ClassStatistics
from heldout_server.processes.installation import (
    Folders,
    Installation,
    add_competition,
    ensure_organizer,
)
from heldout_server.processes.server import create_app, embedded
from heldout_server.web.api import events as event_routes
from organizer import Organizer
from participant import Participant, npy
from surface import addresses

SETTINGS = {"join_code": "WAT-2026", "model_workers": 0, "mnist": None}
PROBES = 2
RANDOM_FILES = 3
# What no two installations share: ids, keys, times, durations, names that are drawn.
VARYING = (
    r'"pseudonym": ?"[^"]*"',
    r"\b[a-z]{1,2}_[\w-]{12}",
    r"view=[\w-]+",
    r"(\d[\d.,]* (h|min) )?\d[\d.,]* (h|min|ms|s|seconds)\b",
    r'"seconds": ?{[^}]*}',
    r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)?",
    r'"request_id": ?"[^"]*"',
)


@dataclass(frozen=True)
class World:
    """Hidden labels, which of them are public, and the installation that holds them."""

    labels: np.ndarray
    public: np.ndarray

    def right(self, predicted: np.ndarray) -> tuple[int, int]:
        """Right answers among public and among private examples."""
        correct = predicted == self.labels
        return int(correct[self.public].sum()), int(correct[~self.public].sum())


@dataclass(frozen=True)
class Attack:
    """The files, by name, and the worlds that only a leak tells apart."""

    files: dict[str, np.ndarray]
    worlds: tuple[World, ...]


def nine_images(taken: np.ndarray, world: World, dice: np.random.Generator) -> dict[str, int]:
    """Fresh images for one file: which are hits where is what the worlds differ in."""
    wanted = {
        "hit": (1, True), "miss": (3, True), "public": (4, True), "private": (5, False),
        "of_two": (2, True), "of_seven": (7, True),
    }  # fmt: skip
    found = {}
    for name, (label, is_public) in wanted.items():
        fits = (world.labels == label) & (world.public == is_public) & ~taken
        found[name] = int(dice.choice(np.flatnonzero(fits)))
        taken[found[name]] = True
    return found


def made_up(world: World) -> Attack:
    """Files, and two more worlds in which each of them has the same errors."""
    dice = np.random.default_rng(11)
    taken, files = np.zeros(len(world.labels), np.bool_), {}
    others = [
        World(world.labels.copy(), world.public.copy()),
        World(world.labels.copy(), world.public.copy()),
    ]
    stranger = world.labels.copy()
    for number in range(PROBES):
        at = nine_images(taken, world, dice)
        probe = np.zeros(len(world.labels), np.int64)
        probe[[at["hit"], at["miss"], at["public"], at["private"]]] = [1, 2, 4, 5]
        files[f"probe {number}"] = probe
        places = [at["hit"], at["miss"], at["of_two"], at["of_seven"]]
        others[0].labels[places] = [7, 2, 3, 1]
        others[1].public[[at["public"], at["private"]]] = [False, True]
        stranger[places] = 8
    worlds = (world, *others)
    files["stranger"] = stranger
    while len(files) < PROBES + 1 + RANDOM_FILES:
        predicted = dice.integers(0, 10, len(world.labels))
        if len({each.right(predicted) for each in worlds}) == 1:
            files[f"random {len(files)}"] = predicted
    return Attack(files, worlds)


def installed(world: World, folder: Path, template: Path, datasets: DatasetStore) -> Installation:
    """An installation on the digits' images with this world's labels."""
    folders = Folders(folder)
    folders.work.mkdir(parents=True)
    shutil.copy(template, folder / "heldout.db")
    settings = Settings(data=folder, **SETTINGS)
    info = datasets.info(next(datasets.root.iterdir()).name)
    store = LabelStore(folders.labels)
    store.add(info.content_hash, world.labels)
    store._write_once(  # an organizer's split is random: this one differs as the test wants
        store._split_path(info.slug, info.content_hash),
        {"public": world.public, "public_fraction": np.float64(0.5), "seed": np.str_("1")},
    )
    made = Installation(
        settings=settings, folders=folders, database=Database(f"sqlite:///{folder}/heldout.db"),
        blobs=BlobStore(folders.blobs), datasets=datasets, labels=store,
    )  # fmt: skip
    with made.database.write() as session:
        add_competition(session, info, settings, now=Clock()())
    return made


class Told:
    """All that a world's installation tells after the attack."""

    def __init__(self, attack: Attack, installation: Installation) -> None:
        self.clock = Clock()
        self.installation = installation
        self.token = ensure_organizer(installation, now=self.clock())
        grader = TieGrader(installation.blobs, installation.datasets, installation.labels)
        self.ties = TieWorker(installation.database, grader, self.clock)
        app = create_app(embedded(installation, clock=self.clock))
        with TestClient(app) as api:
            self.sent = self._attacked(api, attack)
            self._refresh()
            self.before = self._answers(api)
            self.events = self._events(api)
            self._reveal(api)
            self.after = self._answers(api)
        installation.database.dispose()

    def _attacked(self, api: TestClient, attack: Attack) -> dict[str, Any]:
        self.people = [Participant.join(api, name) for name in ("Mallory", "Ada")]
        mallory, ada = self.people
        sent = {"stranger": self._submitted(ada, npy(attack.files["stranger"]), "stranger")}
        for name, predicted in attack.files.items():
            if name == "stranger":
                continue
            sent[name] = self._submitted(mallory, npy(predicted), name)
            if name.startswith("random"):
                values = np.random.default_rng(len(sent)).random((len(predicted), 10))
                values[np.arange(len(predicted)), predicted] += 1
                values /= values.sum(axis=1, keepdims=True)
                sent[f"{name}, unsure"] = self._submitted(mallory, npy(values), f"{name}, unsure")
        return sent

    def _submitted(self, who: Participant, content: bytes, name: str) -> dict[str, Any]:
        """Sent, and its ties worked out: so they change, and are told, at the same places."""
        shown = who.submit(content, name=name)
        self.ties.work()
        return shown

    def _refresh(self) -> None:
        found = self.installation
        grader = ClassGrader(found.blobs, found.datasets, found.labels)
        ClassStatistics(found.database, grader, self.clock).refresh()
        with found.database.write() as session:
            session.execute(update(Run).values(scoring_seconds=0.01))  # measured, so never equal

    def _answers(self, api: TestClient) -> dict[str, str]:
        """What strangers and the two themselves can read, without what varies by chance."""
        sent = [shown["id"] for shown in self.sent.values()]
        names = dict(zip(sent, self.sent, strict=True))
        ids = [who.get("/me").json()["participant"]["id"] for who in self.people]
        names |= dict(zip(ids, ("Mallory", "Ada"), strict=True))
        paths = addresses(api.app, sent, ids)
        paths += [f"/c/digits/compare?s={a}&s={b}" for a, b in combinations(sent[:5], 2)]
        found = {}
        for who in (None, *self.people):
            headers, asked = (who.headers, "/api/") if who else ({}, "/")
            for path in paths:
                if path.startswith(asked):
                    answer = api.get(path, headers=headers)
                    assert answer.status_code < 500, path
                    key = f"{who.name if who else 'Anybody'}: {self._named(path, names)}"
                    found[key] = self._plain(answer, names)
        return found

    def _events(self, api: TestClient) -> list[Any]:
        heard, _ = event_routes._missed(api.app.state.services, 1, 0)
        return [{**event.data, "submission": None} for event in heard]

    def _reveal(self, api: TestClient) -> None:
        owner = Organizer(api, self.token)
        for act in ("pause", "reveal"):
            assert owner.post(f"/competitions/digits/{act}").status_code == 200

    def _named(self, text: str, names: dict[str, str]) -> str:
        for public_id, name in names.items():
            text = text.replace(public_id, name)
        return text

    def _plain(self, answer: Any, names: dict[str, str]) -> str:
        if not answer.headers["content-type"].startswith(("text/", "application/")):
            return hashlib.sha256(answer.content).hexdigest()
        text = self._named(answer.text, names)
        for pattern in VARYING:
            text = re.sub(pattern, "…", text)
        return text


@pytest.fixture(scope="module")
def attack(digits_home: Path) -> Attack:
    digits = Folders(digits_home)
    content_hash = next(digits.datasets.iterdir()).name
    labels = LabelStore(digits.labels)
    split = labels.split("digits", content_hash, DIGITS, public_fraction=0.5)
    return made_up(World(labels.labels(content_hash).copy(), split.public.copy()))


@pytest.fixture(scope="module")
def told(
    attack: Attack, digits_home: Path, sqlite_template: Path, tmp_path_factory: Any
) -> list[Told]:
    datasets = DatasetStore(Folders(digits_home).datasets)
    folder = tmp_path_factory.mktemp("worlds")
    return [
        Told(attack, installed(world, folder / str(number), sqlite_template, datasets))
        for number, world in enumerate(attack.worlds)
    ]


def differing(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """The addresses with another answer, and where it begins."""
    assert one.keys() == other.keys()
    found = []
    for path in one:
        if one[path] != other[path]:
            pairs = enumerate(zip(one[path], other[path], strict=False))
            at = next((n for n, (a, b) in pairs if a != b), 0)
            found.append(f"{path}: {one[path][at - 60 : at + 20]!r}")
    return found


class TestTheAttack:
    def test_sends_files_whose_errors_are_the_same_in_every_world(self, attack):
        for predicted in attack.files.values():
            assert len({world.right(predicted) for world in attack.worlds}) == 1
        first, second, third = attack.worlds
        assert (first.labels != second.labels).sum() == 4 * PROBES
        assert (first.public != third.public).sum() == 2 * PROBES

    def test_is_scored_the_same(self, told):
        scores = [[shown["score"] for shown in each.sent.values()] for each in told]
        assert scores[0] == scores[1] == scores[2]


class TestUntilTheReveal:
    @pytest.mark.parametrize("other", [1, 2], ids=["labels", "parts"])
    def test_no_answer_anywhere_tells_one_world_from_another(self, told, other):
        assert differing(told[0].before, told[other].before) == []

    @pytest.mark.parametrize("other", [1, 2], ids=["labels", "parts"])
    def test_nothing_streamed_does(self, told, other):
        assert told[0].events == told[other].events

    def test_a_file_is_told_its_score_and_counts_alone(self, told):
        figures = [
            {name for name, value in shown["metrics"].items() if value is not None}
            for shown in told[0].sent.values()
        ]
        assert set(map(frozenset, figures)) == {
            frozenset({"split", "examples", "accuracy", "error_count", "figures"})
        }
        assert {shown["practice_metrics"] for shown in told[0].sent.values()} == {None}


class TestAfterTheReveal:
    @pytest.mark.parametrize("other", [1, 2], ids=["labels", "parts"])
    def test_the_matrix_tells_them_apart(self, told, other):
        found = differing(told[0].after, told[other].after)
        assert any("Mallory: /api/v1/submissions/probe" in path for path in found)
        assert any("Anybody: /submissions/probe" in path for path in found)
