"""What a prediction is held against, made from a stored contest and its metric."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from heldout_server.datasets.store import DatasetStore
from heldout_server.kit.errors import Rejection
from heldout_server.prediction.handlers import hidden_examples, practice_examples
from heldout_server.prediction.predictor import Limits, Predictor
from heldout_server.prediction.runner import ModelRunner
from heldout_server.tasks.metric import Needs
from made_contests import SPECIES, penguins, prices


@pytest.fixture
def store(tmp_path: Path) -> DatasetStore:
    return DatasetStore(tmp_path / "datasets")


def read(store: DatasetStore, content: str, metric: str, folder: Path, dataset) -> object:
    examples = hidden_examples(store, store.add(dataset).content_hash, metric)
    file = folder / "predictions.csv"
    file.write_text(content)
    runner: ModelRunner = None  # type: ignore[assignment]  # reading a file starts no process
    predictor = Predictor(runner, folder, Limits(1, 16_000_000, 1))
    return predictor.read(file, examples).predictions


class TestHiddenExamples:
    def test_know_what_the_metric_needs_and_the_words(self, store: DatasetStore) -> None:
        content_hash = store.add(penguins()).content_hash
        asked = hidden_examples(store, content_hash, "neg_log_loss")
        assert asked.needs is Needs.PROBABILITIES
        assert asked.words is not None
        assert (asked.words.metric, asked.words.examples) == ("Log loss", "rows")
        assert asked.ids is not None
        assert practice_examples(store, content_hash, "neg_log_loss").needs is asked.needs

    def test_leave_an_installed_metric_to_the_grader(self, store: DatasetStore) -> None:
        content_hash = store.add(penguins()).content_hash
        assert hidden_examples(store, content_hash, "club_metric").needs is Needs.LABELS

    def test_rows_are_put_in_order_by_their_ids(self, store: DatasetStore, tmp_path: Path) -> None:
        dataset = prices()
        assert dataset.ids is not None
        rows = [f"{one},{at}.5" for at, one in enumerate(dataset.ids)]
        content = "\n".join(["id,price", *reversed(rows)])
        found = read(store, content, "r2", tmp_path, dataset)
        assert np.array_equal(found.values[:, 0], np.arange(len(rows)) + 0.5)

    def test_labels_are_refused_with_the_metric_s_sentence(
        self, store: DatasetStore, tmp_path: Path
    ) -> None:
        dataset = penguins()
        assert dataset.ids is not None
        content = "\n".join(["id,species", *(f"{one},{SPECIES[0]}" for one in dataset.ids)])
        with pytest.raises(Rejection) as refused:
            read(store, content, "neg_log_loss", tmp_path, dataset)
        assert refused.value.code == "unsuitable"
        assert (
            refused.value.detail == "Log loss needs probabilities, and this file has labels alone."
        )
        found = read(store, content, "balanced_accuracy", tmp_path, dataset)
        assert set(found.classes) == {0}
