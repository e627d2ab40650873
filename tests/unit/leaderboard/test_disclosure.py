"""Which figures over hidden examples may be told."""

from __future__ import annotations

import numpy as np

from heldout_server.grading.metrics import multiclass_metrics
from heldout_server.leaderboard.disclosure import Source, told

LABELS = np.arange(1000) % 10
SAID = np.where(np.arange(1000) < 950, LABELS, (LABELS + 1) % 10)
METRICS = multiclass_metrics(LABELS, SAID, None, "labels")


class TestTold:
    def test_is_the_score_and_its_counts_until_the_reveal(self) -> None:
        found = told(METRICS.to_dict(), score=0.95, metric="accuracy", of=Source.PRACTICE)
        known = {name: value for name, value in found.items() if value is not None}
        figures = {"accuracy": 0.95}
        assert known == {"examples": 1000, "error_count": 50, "accuracy": 0.95, "figures": figures}
        assert found.keys() == METRICS.to_dict().keys() | {"figures"}

    def test_has_another_ranking_figure_as_the_board_has_it(self) -> None:
        score = round(METRICS.macro_f1, 4)
        found = told(METRICS.to_dict(), score=score, metric="f1_macro", of=Source.PRACTICE)
        assert found["macro_f1"] == score
        assert found["macro_recall"] is None

    def test_a_loss_reads_as_people_read_it(self) -> None:
        score, metric = -3.21, "neg_root_mean_squared_error"
        figures = {metric: 3.2112345, "r2": 0.5}
        kept = {"examples": 10, "error_count": None, "figures": figures}
        found = told(kept, score=score, metric=metric, of=Source.PRACTICE)
        assert found["figures"] == {metric: 3.21}

    def test_is_everything_afterwards(self) -> None:
        found = told(METRICS.to_dict(), score=0.95, metric="accuracy", of=Source.HIDDEN)
        assert found == METRICS.to_dict()
