"""Diagnoses of curves that were trained on two classes and on numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heldout_server.runs.asked import Asked
from heldout_server.runs.diagnosis import diagnose
from heldout_server.runs.loss_only_rules import LITTLE
from heldout_server.runs.remedies import Kind, nothing_learned, remedies
from heldout_server.tasks import kinds
from unit.runs.made_by_kind import ASKED, NAMES, made

REGRESSION = ASKED[kinds.Kind.REGRESSION]
BINARY = ASKED[kinds.Kind.BINARY]
# What only a ghost row's figure shows: the loss fell by half, to where the mean is.
NEEDS_THE_CONSTANT = ("regression_too_simple",)


@pytest.mark.parametrize("name", NAMES)
class TestTrainedCurves:
    def test_agrees_with_a_persons_reading(self, name: str) -> None:
        found = diagnose(made(name)["card"], self.asked(name))
        assert found is not None
        assert found.kind == made(name)["reading"], found

    def test_also_where_no_ghost_row_says_what_a_constant_reaches(self, name: str) -> None:
        if name in NEEDS_THE_CONSTANT:
            return
        found = diagnose(made(name)["card"], replace(self.asked(name), constant=None))
        assert found is not None
        assert found.kind == made(name)["reading"], found

    def test_speaks_of_no_digits_images_or_pixels(self, name: str) -> None:
        found = diagnose(made(name)["card"], self.asked(name))
        assert found is not None
        said = " ".join((found.meaning, found.rule, found.evidence, *found.remedies)).lower()
        assert not any(word in said for word in ("digit", "image", "pixel", "augmentation"))
        assert any(sign.isdigit() for sign in found.evidence)

    def asked(self, name: str) -> Asked:
        return replace(ASKED[kinds.Kind(made(name)["kind"])], constant=made(name)["constant"])


FLAT = [9.0, 6.0, *([5.0] * 18)]


class TestRegression:
    def history(self, loss: list[float], validation: list[float], **more: object) -> dict:
        return {"history": {"loss": loss, "val_loss": validation, **more}}

    def test_accuracy_of_numbers_is_not_looked_at(self) -> None:
        card = self.history(FLAT, FLAT, accuracy=[0.0] * 20, val_accuracy=[0.0] * 20)
        found = diagnose(card, REGRESSION)
        assert found is not None
        assert found.kind is Kind.GOOD_FIT
        assert "Accuracy counts numbers that are hit exactly" in found.remedies[0]

    def test_r2_in_the_history_wins_over_the_ghost_row(self) -> None:
        card = self.history(FLAT, FLAT, r2_score=[0.05] * 20)
        found = diagnose(card, replace(REGRESSION, constant=50.0))
        assert found is not None
        assert found.kind is Kind.UNDERFITTING
        assert "5% is explained, R² on the training set" in found.evidence

    @pytest.mark.parametrize(
        ("share", "kind"), [(LITTLE - 0.01, Kind.UNDERFITTING), (LITTLE + 0.01, Kind.GOOD_FIT)]
    )
    def test_a_fifth_explained_is_more_than_the_mean(self, share: float, kind: Kind) -> None:
        found = diagnose(self.history(FLAT, FLAT, r2_score=[share] * 20), REGRESSION)
        assert found is not None
        assert found.kind is kind

    def test_a_scaled_target_is_not_measured_by_the_boards_constant(self) -> None:
        card = self.history([0.9, *[0.88] * 19], [0.9, *[0.88] * 19])
        card["hyperparameters"] = {"loss": "mse"}
        found = diagnose(card, replace(REGRESSION, constant=77.0))
        assert found is not None
        assert found.kind is Kind.UNDERFITTING, "its loss never fell by a fifth"

    def test_a_gap_that_stays_is_overfitting(self) -> None:
        found = diagnose(self.history([9.0, 2.0, *[1.0] * 18], [9.0, 3.0, *[2.5] * 18]), REGRESSION)
        assert found is not None
        assert found.kind is Kind.OVERFITTING

    def test_what_early_stopping_kept_is_judged_as_it_was_then(self) -> None:
        card = self.history([9.0, 3.0, 2.4, 1.2, 0.5], [9.0, 3.1, 2.6, 3.0, 4.0])
        stopped = {"restore_best_weights": True, "early_stopped_at": 5, "best_epoch": 3}
        found = diagnose({**card, "hyperparameters": stopped}, REGRESSION)
        assert found is not None
        assert found.kind is Kind.GOOD_FIT
        assert "Epoch 3 of 5 was kept" in found.evidence


class TestBinary:
    def test_a_layer_of_a_few_units_is_not_narrow_for_two_classes(self) -> None:
        wrong = [0.3, *[0.07] * 19]
        card = {
            "hyperparameters": {"hidden_units": 4},
            "history": {
                "loss": [0.6, *[0.2] * 19], "val_loss": [0.6, *[0.2] * 19],
                "accuracy": [1 - each for each in wrong], "val_accuracy": [0.88],
            },
        }  # fmt: skip
        found = diagnose(card, BINARY)
        assert found is not None
        assert "fewer units than" not in found.rule

    def test_half_right_is_nothing_learned(self) -> None:
        card = {"history": {"loss": [0.7, *[0.693] * 9], "val_loss": [0.693] * 10,
                            "accuracy": [0.51] * 10, "val_accuracy": [0.5] * 10}}  # fmt: skip
        found = diagnose(card, BINARY)
        assert found is not None
        assert "nothing was learned" in found.rule
        assert found.remedies == nothing_learned(BINARY)

    def test_what_a_ghost_row_reaches_is_chance(self) -> None:
        """Nine of ten are of one class: 91 % is hardly better than to say it always."""
        assert replace(BINARY, constant=0.9).chance == 0.9
        assert replace(BINARY, constant=0.9, metric="roc_auc").chance == 0.5


class TestRemedies:
    @pytest.mark.parametrize("kind", Kind)
    @pytest.mark.parametrize("task", kinds.Kind)
    def test_there_are_two_for_every_kind_of_task(self, kind: Kind, task: kinds.Kind) -> None:
        first, second = remedies(kind, Asked(task, 0, is_images=False))
        assert len({first, second, ""}) == 3


def test_a_slow_rise_of_several_labels_is_overfitting() -> None:
    """Three labels on 450 rows, as measured: 0.398 in epoch 6, and up for nineteen epochs."""
    loss = [0.67, 0.55, 0.48, 0.43, 0.40, 0.375, 0.36, 0.35, *np.linspace(0.345, 0.298, 17)]
    validation = [0.58, 0.50, 0.45, 0.42, 0.40, 0.3983, *np.linspace(0.399, 0.4316, 19)]
    card = {"history": {"loss": list(loss), "val_loss": [float(v) for v in validation]}}
    found = diagnose(card, Asked(kinds.Kind.MULTILABEL, 0, "f1_samples", is_images=False))
    assert found is not None
    assert found.kind is Kind.OVERFITTING
    assert "lowest in epoch" in found.evidence


SERIES = ("loss", "val_loss", "accuracy", "val_accuracy", "mae", "val_mae", "r2_score", "auc")
values = st.lists(
    st.one_of(st.none(), st.floats(-10, 1e9), st.just(float("nan")), st.just(float("inf"))),
    max_size=8,
)


@pytest.mark.parametrize("kind", kinds.Kind)
class TestAnyHistory:
    """A fit without validation data was an error of the server's."""

    @given(st.dictionaries(st.sampled_from(SERIES), values), st.integers(0, 9))
    def test_says_something_or_nothing_and_never_fails(
        self, kind: kinds.Kind, history: dict[str, list[float | None]], best: int
    ) -> None:
        given = {
            "loss": "binary_crossentropy", "best_epoch": best, "restore_best_weights": True,
            "early_stopped_at": 9,
        }  # fmt: skip
        for hyperparameters in (given, {"loss": "mse"}, None):
            card = {"history": history, "hyperparameters": hyperparameters}
            diagnose(card, ASKED.get(kind, Asked(kind, 4)))

    def test_without_validation_says_so(self, kind: kinds.Kind) -> None:
        card = {
            "history": {"loss": [0.7, 0.6, 0.5, 0.4]},
            "hyperparameters": {"loss": "binary_crossentropy"},
        }
        found = diagnose(card, ASKED.get(kind, Asked(kind, 4)))
        assert found is not None
        assert found.kind is Kind.NO_VALIDATION
