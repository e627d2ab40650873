"""Head starts with a real pool: the run is under way before anybody claims its job."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from heldout_server.datasets.loaded import DIGITS
from heldout_server.prediction.containment import Containment
from heldout_server.prediction.pool import RunnerPool
from heldout_server.prediction.predictor import Examples, Limits, Predictor
from heldout_server.prediction.speculative_run import HeadStarts, Key
from sandboxed import IMAGES
from waiting import PATIENCE_SECONDS, run_until

KEY = Key(1, "ab" * 32, "0-1")
OTHER = KEY._replace(sha256="cd" * 32)


@pytest.fixture(scope="module")
def predictor(pool: RunnerPool, tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return Predictor(pool, tmp_path_factory.mktemp("work"), Limits(10**8, 10**8, 10**7))


@pytest.fixture(scope="module")
def containment(pool: RunnerPool) -> Iterator[Containment]:
    containment = Containment(pool, secret=None, accepts_risk=False)
    containment.start()
    containment.await_permission(60)
    yield containment
    containment.stop()


@pytest.fixture
def starts(pool: RunnerPool, containment: Containment, predictor: Predictor) -> HeadStarts:
    run_until(pool.has_idle_runner)
    return HeadStarts(pool, containment, predictor)


@pytest.fixture
def examples(models: Path) -> Examples:
    images, labels = models / "images.npy", models / "labels.npy"
    return Examples(images, IMAGES, DIGITS, images, labels)


class TestHeadStarts:
    def test_run_the_file_even_when_it_is_moved_meanwhile(
        self, starts: HeadStarts, models: Path, examples: Examples, tmp_path: Path
    ) -> None:
        upload = tmp_path / "incoming"
        upload.write_bytes((models / "mlp.keras").read_bytes())
        starts.begin(upload, KEY, examples)
        upload.unlink()
        begun = starts.take(KEY)
        assert begun is not None
        predicted = begun.predicted(threading.Event(), lambda _: None)
        assert predicted.predictions.values is not None
        assert predicted.predictions.values.tobytes() == (models / "mlp.f4").read_bytes()

    def test_are_taken_once_and_by_their_own_preprocessing(
        self, starts: HeadStarts, models: Path, examples: Examples
    ) -> None:
        starts.begin(models / "mlp.keras", KEY, examples)
        assert starts.take(KEY._replace(preprocessing="0-255")) is None
        assert starts.take(KEY._replace(competition_id=2)) is None
        begun = starts.take(KEY)
        assert begun is not None
        assert starts.take(KEY) is None
        begun.predicted(threading.Event(), lambda _: None)

    def test_end_when_the_file_is_not_accepted(
        self, starts: HeadStarts, pool: RunnerPool, models: Path, examples: Examples
    ) -> None:
        starts.begin(models / "endless.keras", KEY, examples)
        starts.give_up(KEY)
        assert starts.take(KEY) is None
        for run in [t for t in threading.enumerate() if t.name == "heldout-head-start"]:
            run.join(PATIENCE_SECONDS)
            assert not run.is_alive()
        assert pool.status().busy == 0

    def test_come_one_at_a_time(self, starts: HeadStarts, models: Path, examples: Examples) -> None:
        """Two files in one moment both see that nothing runs: they would take every slot."""
        starts.begin(models / "endless.keras", KEY, examples)
        starts.begin(models / "mlp.keras", OTHER, examples)
        assert starts.take(OTHER) is None
        starts.give_up(KEY)
        for run in [t for t in threading.enumerate() if t.name == "heldout-head-start"]:
            run.join(PATIENCE_SECONDS)

    def test_do_not_begin_without_a_waiting_runner(
        self, starts: HeadStarts, pool: RunnerPool, models: Path, examples: Examples
    ) -> None:
        with pool.bare_runner():
            starts.begin(models / "mlp.keras", KEY, examples)
        assert starts.take(KEY) is None
