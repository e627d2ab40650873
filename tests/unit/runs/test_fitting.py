"""The series of a history that is the board's own metric."""

from __future__ import annotations

import math

import pytest

from heldout_server.runs.fitting import fitted, fitting
from heldout_server.tasks.kinds import Kind
from unit.runs.made_by_kind import made

RMSE = "neg_root_mean_squared_error"
KERAS = (
    "loss", "accuracy", "auc_1", "top_k_categorical_accuracy", "precision_2", "recall",
    "mean_absolute_error", "mse", "r2_score", "mape",
)  # fmt: skip


def series(*names: str) -> dict[str, object]:
    return {name: [0.5] for each in names for name in (each, f"val_{each}")}


@pytest.mark.parametrize(
    ("metric", "kind", "names", "found"),
    [
        ("accuracy", Kind.MULTICLASS, KERAS, "accuracy"),
        ("accuracy", Kind.MULTICLASS, ("sparse_categorical_accuracy", "top_k_categorical_accuracy"),
         "sparse_categorical_accuracy"),
        ("accuracy", Kind.BINARY, ("acc",), "acc"),
        ("accuracy", Kind.BINARY, ("binary_accuracy", "auc"), "binary_accuracy"),
        ("accuracy", Kind.MULTICLASS, ("top_k_categorical_accuracy",), None),
        ("roc_auc", Kind.BINARY, KERAS, "auc_1"),
        ("roc_auc", Kind.BINARY, ("loss", "accuracy"), None),
        ("recall_macro", Kind.MULTICLASS, KERAS, "recall"),
        (RMSE, Kind.REGRESSION, ("rmse", "mse"), "rmse"),
        (RMSE, Kind.REGRESSION, KERAS, "mse"),
        ("neg_mean_absolute_error", Kind.REGRESSION, KERAS, "mean_absolute_error"),
        ("neg_median_absolute_error", Kind.REGRESSION, KERAS, None),
        ("r2", Kind.REGRESSION, KERAS, "r2_score"),
        ("neg_hamming_loss", Kind.MULTILABEL, ("binary_accuracy",), "binary_accuracy"),
        ("f1_samples", Kind.MULTILABEL, KERAS, None),
        ("matthews_corrcoef", Kind.BINARY, KERAS, None),
        ("neg_log_loss", Kind.MULTICLASS, KERAS, "loss"),
    ],
)  # fmt: skip
def test_finds_it_by_keras_names(metric, kind, names, found) -> None:
    fits = fitting(series(*names), metric, kind)
    assert (fits.name if fits else None) == found


@pytest.mark.parametrize(
    ("metric", "kind", "loss", "value", "figure"),
    [
        (RMSE, Kind.REGRESSION, "mse", 9.0, 3.0),
        (RMSE, Kind.REGRESSION, "MeanSquaredError", 9.0, 3.0),
        ("neg_mean_absolute_error", Kind.REGRESSION, "mae", 9.0, 9.0),
        ("neg_log_loss", Kind.BINARY, "binary_crossentropy", 0.25, 0.25),
        ("neg_brier_score", Kind.BINARY, "mse", 0.25, 0.25),
    ],
)
def test_a_loss_may_be_the_metric_itself(metric, kind, loss, value, figure) -> None:
    card = {"history": {"loss": [value]}, "hyperparameters": {"loss": loss}}
    found = fitted(card, metric, kind)
    assert found is not None
    assert (found.training, found.validation) == (figure, None)
    assert found.fitting.is_comparable


def test_a_loss_of_another_kind_is_not() -> None:
    card = {"history": {"loss": [9.0]}, "hyperparameters": {"loss": "huber"}}
    assert fitted(card, RMSE, Kind.REGRESSION) is None
    assert fitted(card, "neg_log_loss", Kind.BINARY) is None


@pytest.mark.parametrize("added", [{"l2": 0.01}, {"label_smoothing": 0.1}])
def test_nor_one_to_which_something_was_added(added) -> None:
    card = {"history": {"loss": [9.0]}, "hyperparameters": {"loss": "mse", **added}}
    assert fitted(card, RMSE, Kind.REGRESSION) is None


def test_a_hundredth_and_the_rest() -> None:
    share = fitting(series("mape"), "neg_mean_absolute_percentage_error", Kind.REGRESSION)
    rest = fitting(series("binary_accuracy"), "neg_hamming_loss", Kind.MULTILABEL)
    assert share is not None
    assert rest is not None
    assert share.figures([12.0, None]) == [0.12]
    assert rest.figures([0.75]) == [0.25]


def test_what_is_no_figure_is_none() -> None:
    card = {"history": {"mse": [-1.0], "val_mse": [4.0]}}
    found = fitted(card, RMSE, Kind.REGRESSION)
    assert found is not None
    assert (found.training, found.validation) == (None, 2.0)
    found = fitted({"history": {"accuracy": [7.0], "val_accuracy": [0.5]}}, "accuracy", Kind.BINARY)
    assert found is not None
    assert (found.training, found.validation) == (None, 0.5)


def test_keras_area_over_classes_is_not_the_boards() -> None:
    found = fitting(series("auc"), "roc_auc_ovr", Kind.MULTICLASS)
    assert found is not None
    assert not found.is_comparable


def test_of_what_early_stopping_gave_back() -> None:
    kept = {"restore_best_weights": True, "early_stopped_at": 3, "best_epoch": 2}
    history = {"mae": [3.0, 2.0, 1.0], "val_mae": [3.0, 2.5, 4.0]}
    found = fitted(
        {"history": history, "hyperparameters": kept}, "neg_mean_absolute_error", Kind.REGRESSION
    )
    assert found is not None
    assert (found.training, found.validation) == (2.0, 2.5)


def test_keras_own_rmse_is_the_root_of_its_loss() -> None:
    """As trained: the same figure by both ways, but for what an epoch's average does."""
    history = made("regression_good_fit")["card"]["history"]
    by_name = fitting(history, RMSE, Kind.REGRESSION)
    by_loss = fitting({"loss": history["val_loss"]}, RMSE, Kind.REGRESSION, loss="mse")
    assert by_name is not None
    assert by_loss is not None
    assert by_name.name == "root_mean_squared_error"
    last = by_loss.figures(history["val_loss"])[-1]
    assert math.isclose(last, history["val_root_mean_squared_error"][-1], rel_tol=1e-5)
