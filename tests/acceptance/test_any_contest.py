"""Contests of tables, for real: a server process, the client library, models that run at home."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import balanced_accuracy_score, root_mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import heldout
from acceptance.conftest import RunningServer, start_server
from conftest import CODE
from heldout_server.datasets.loaded import LoadedDataset
from heldout_server.kit.settings import Settings
from heldout_server.processes.installation import open_installation
from made_contests import SPECIES, open_contest, penguins, prices

pytestmark = pytest.mark.acceptance
Join = Callable[[str], heldout.Client]


@contextmanager
def serving(folder: Path, dataset: LoadedDataset, metric: str) -> Iterator[RunningServer]:
    """A server of one contest on this data set."""
    settings = Settings(data=folder / "data", join_code=CODE, quota_per_day=0, mnist=None)
    installed = open_installation(settings)
    open_contest(installed, dataset, metric=metric, now=datetime.now(UTC))
    installed.database.dispose()
    running = start_server(folder / "data", HELDOUT_MODEL_WORKERS="0")
    try:
        yield running
    finally:
        running.stop()


def public_of(server: RunningServer, dataset: LoadedDataset) -> Any:
    """Which hidden examples count on the board, read as only a test may."""
    from heldout_server.grading import LabelStore

    store = LabelStore(server.data / "labels")
    split = store.split(dataset.slug, dataset.content_hash, dataset.task, public_fraction=0.5)
    return split.public


@pytest.fixture
def join(login: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Joins a server; the cache is the test's own."""
    monkeypatch.setenv("HELDOUT_CACHE", str(tmp_path / "cache"))
    with ExitStack() as clients:
        yield lambda url: clients.enter_context(
            heldout.join(url, CODE, f"P{uuid4().hex[:8]}", progress=False)
        )


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The penguins' contest."""
    folder = tmp_path_factory.mktemp("penguins")
    with serving(folder, penguins(), "balanced_accuracy") as found:
        yield found


class TestClasses:
    def test_a_pipeline_is_submitted_as_it_is(self, running: RunningServer, join: Join) -> None:
        dataset = penguins()
        client = join(running.url)
        data = client.data()
        model = make_pipeline(StandardScaler(), LogisticRegression())
        submission = client.submit(model.fit(data.x_train, data.y_train), wait=True)
        assert submission.status == "scored", submission.error
        public = public_of(running, dataset)
        said = model.predict(data.x_test)
        expected = balanced_accuracy_score(dataset.y_test[public], said[public])
        assert submission.score == pytest.approx(expected, abs=1e-4)
        page = httpx.get(submission.url).text
        assert "predicted at home" in page
        assert "scikit-learn" in page
        assert "Predicted at home by Pipeline: StandardScaler" in str(submission)

    def test_a_frame_of_names_in_another_order_is_the_same(
        self, running: RunningServer, join: Join
    ) -> None:
        pandas = pytest.importorskip("pandas")
        client = join(running.url)
        train, _, test = client.data().frames()
        model = LogisticRegression(max_iter=2000)
        model.fit(train.drop(columns="species"), train.species)
        by_model = client.submit(model)
        named = pandas.Series(model.predict(test), index=test.index, name="species")
        assert set(named) <= set(SPECIES)
        by_frame = client.submit(named.sample(frac=1, random_state=2))
        assert by_frame.status == "scored", by_frame.error
        assert by_frame.score == by_model.score


class TestNumbers:
    def test_are_measured_and_a_smaller_error_ranks_better(
        self, tmp_path: Path, join: Join
    ) -> None:
        dataset = prices()
        with serving(tmp_path, dataset, "neg_root_mean_squared_error") as running:
            client = join(running.url)
            data = client.data()
            model = LinearRegression().fit(data.x_train, data.y_train)
            coarse = client.submit(np.full(40, data.y_train.mean()))
            fine = client.submit(model)
            assert (coarse.status, fine.status) == ("scored", "scored"), fine.error
            public = public_of(running, dataset)
            expected = root_mean_squared_error(
                dataset.y_test[public].ravel(), model.predict(data.x_test)[public]
            )
            assert fine.score == pytest.approx(expected, rel=1e-5)
            assert (fine.direction, data.direction) == ("lower", "lower")
            told = str(fine).splitlines()
            assert told[0].startswith("RMSE 0.")
            assert "lower is better" in told[0]
            assert any(line.startswith("Better by ") for line in told)
            assert "%" not in str(fine)
            assert client.me().best.submission_id == fine.id
            standings = client.leaderboard()
            assert [row.submission_id for row in standings] == [fine.id]
            assert "RMSE (lower is better)" in repr(standings)
            assert client.me().best.score == fine.score
            assert client.competition().direction == "lower"
            checked = client.check(model)
            assert "RMSE" in str(checked), checked.raw
