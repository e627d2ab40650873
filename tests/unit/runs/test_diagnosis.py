"""Diagnoses of curves that were trained, against what a person reads in them."""

from __future__ import annotations

import math

import pytest

from heldout_server.runs.diagnosis import diagnose
from heldout_server.runs.learning_curve import falling_share, smoothed
from heldout_server.runs.remedies import MEANING, REMEDIES, Kind
from unit.runs.made_up import CURVE_NAMES, curve


def history(**series: object) -> dict[str, object]:
    return {"history": series}


@pytest.mark.parametrize("name", CURVE_NAMES)
class TestMeasuredCurves:
    def test_agrees_with_a_persons_reading(self, name: str) -> None:
        found = diagnose(curve(name)["card"])
        assert found is not None
        assert found.kind == curve(name)["reading"]

    def test_gives_rule_evidence_and_two_remedies(self, name: str) -> None:
        found = diagnose(curve(name)["card"])
        assert found is not None
        assert found.rule.endswith(".")
        assert any(sign.isdigit() for sign in found.evidence)
        assert len(found.remedies) == 2

    def test_the_capture_is_complete(self, name: str) -> None:
        made = curve(name)
        captured = made["card"]["hyperparameters"]
        assert {key: captured.get(key) for key in made["truth"]} == made["truth"]
        assert made["card"]["captured"]["notes"] == []


class TestKinds:
    def test_every_kind_has_meaning_and_remedies(self) -> None:
        assert set(MEANING) == set(REMEDIES) == set(Kind)

    def test_every_kind_that_needs_a_curve_has_one(self) -> None:
        seen = {curve(name)["reading"] for name in CURVE_NAMES}
        assert seen == set(Kind) - {Kind.CANNOT_TELL}


class TestDiagnose:
    @pytest.mark.parametrize("card", [{}, {"history": None}, {"history": []}, history(loss="x")])
    def test_nothing_without_a_loss(self, card: dict[str, object]) -> None:
        assert diagnose(card) is None

    def test_cannot_tell_after_two_epochs(self) -> None:
        found = diagnose(history(loss=[2, 1], val_loss=[2, 1]))
        assert found is not None
        assert found.kind == Kind.CANNOT_TELL

    def test_cannot_tell_without_accuracy_on_a_flat_curve(self) -> None:
        found = diagnose(history(loss=[1.0, 0.5] + [0.5] * 8, val_loss=[1.0, 0.5] + [0.5] * 8))
        assert found is not None
        assert found.kind == Kind.CANNOT_TELL

    def test_where_nothing_was_learned_the_advice_is_not_a_lower_rate_alone(self) -> None:
        found = diagnose(curve("vanishing")["card"])
        assert found is not None
        assert "nothing was learned" in found.rule
        assert found.remedies != REMEDIES[Kind.UNDERFITTING]
        assert "ten times higher" in found.remedies[0]

    def test_at_chance_a_gap_is_no_overfitting(self) -> None:
        """As measured: 15.3 % and 10.5 % right, by luck."""
        loss = [2.43, 2.37, 2.34, 2.32, 2.31, 2.3, 2.3, 2.29, 2.29, 2.289]
        validation = [2.38, 2.34, 2.32, 2.31, 2.3, 2.3, 2.29, 2.29, 2.29, 2.2897]
        found = diagnose(
            history(loss=loss, val_loss=validation, accuracy=[0.1] * 9 + [0.153],
                    val_accuracy=[0.105] * 10)
        )  # fmt: skip
        assert found is not None
        assert found.kind == Kind.UNDERFITTING

    def test_counts_epochs_in_which_validation_was_not_measured(self) -> None:
        """With `validation_freq=2`, as it was captured: every other epoch has no value."""
        rising = [2.0, 0.5, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2]
        measured = [value for each in rising for value in (None, each)]
        falling = [2.0 * 0.8**epoch for epoch in range(16)]
        found = diagnose(history(loss=falling, val_loss=measured))
        assert found is not None
        assert (found.kind, found.epoch) == (Kind.OVERFITTING, 8)
        assert "lowest in epoch 6" in found.evidence

    @pytest.mark.parametrize("broken", [None, math.nan, math.inf, 1e308, "nan"])
    def test_a_loss_that_is_no_number_diverged(self, broken: object) -> None:
        found = diagnose(history(loss=[1.0, broken, broken], val_loss=[1.0, broken, broken]))
        assert found is not None
        assert (found.kind, found.epoch) == (Kind.DIVERGING, 2)

    @pytest.mark.parametrize(
        ("loss", "accuracy", "validation"),
        [
            # Adam with learning rate 0.5 on 1,000 digits, three seeds, as measured.
            ([62.14, 2.33, 2.26], [0.18, 0.16, 0.2], [3.1, 2.31, 2.46]),
            ([96.55, 3.08, 2.23], [0.2, 0.17, 0.17], [3.28, 2.19, 2.21]),
            ([49.42, 2.84, 2.2], [0.16, 0.18, 0.16], [2.43, 2.34, 2.31]),
        ],
    )
    def test_a_loss_that_was_blown_up_and_came_back_to_chance_diverged(
        self, loss: list[float], accuracy: list[float], validation: list[float]
    ) -> None:
        found = diagnose(history(loss=loss, accuracy=accuracy, val_loss=validation))
        assert found is not None
        assert found.kind is Kind.DIVERGING

    def test_a_high_loss_at_first_that_was_learned_away_did_not(self) -> None:
        found = diagnose(
            history(loss=[40.0, 2.0, 0.5], accuracy=[0.3, 0.7, 0.9], val_loss=[3.0, 0.9, 0.6])
        )
        assert found is not None
        assert found.kind is not Kind.DIVERGING

    EARLY_STOPPED = history(
        # The lesson's starter on 6,000 digits, patience 2, as measured.
        loss=[0.5298, 0.1681, 0.1046, 0.0594, 0.0342],
        val_loss=[0.2076, 0.1978, 0.194, 0.2013, 0.2222],
        accuracy=[0.8418, 0.949, 0.9683, 0.9825, 0.989],
        val_accuracy=[0.9372, 0.9404, 0.944, 0.9466, 0.9466],
    )

    def test_what_early_stopping_gave_back_is_judged_as_it_was_then(self) -> None:
        """Told that it overfits, after the very remedy: epoch 3 was submitted, not epoch 5."""
        stopped = {"restore_best_weights": True, "early_stopped_at": 5, "best_epoch": 3}
        found = diagnose({**self.EARLY_STOPPED, "hyperparameters": stopped})
        assert found is not None
        assert found.kind is Kind.GOOD_FIT
        assert "Epoch 3 of 5 was kept: 96.8%" in found.evidence

    @pytest.mark.parametrize(
        "hyperparameters",
        [{"early_stopped_at": 5, "best_epoch": 3}, {"restore_best_weights": True, "best_epoch": 3},
         {"restore_best_weights": True, "early_stopped_at": 5, "best_epoch": "3"}, "no", None],
    )  # fmt: skip
    def test_otherwise_the_last_epoch_is(self, hyperparameters: object) -> None:
        found = diagnose({**self.EARLY_STOPPED, "hyperparameters": hyperparameters})
        assert found is not None
        assert found.kind is Kind.OVERFITTING

    @pytest.mark.parametrize(
        ("units", "kind"),
        [(4, Kind.UNDERFITTING), ("128-4", Kind.UNDERFITTING), (64, Kind.NOT_CONVERGED),
         ("", Kind.NOT_CONVERGED), ("a-4", Kind.NOT_CONVERGED)],
    )  # fmt: skip
    def test_a_layer_narrower_than_the_classes_is_too_simple(self, units, kind) -> None:
        """Four neurons on 6,000 digits, as measured: the same curve by a wide layer may go on."""
        found = diagnose(
            {
                "hyperparameters": {"hidden_units": units},
                **history(
                    loss=[1.8273, 1.2908, 1.0084, 0.8448, 0.7462, 0.6828, 0.6393, 0.6072, 0.5826,
                          0.5626, 0.5457, 0.5311, 0.5184, 0.507, 0.4967, 0.4872, 0.4785, 0.4704,
                          0.4629, 0.4559],
                    val_loss=[1.4755, 1.0802, 0.8661, 0.7419, 0.6658, 0.6164, 0.5822, 0.5578,
                              0.5388, 0.5235, 0.5111, 0.5006, 0.4916, 0.4839, 0.4771, 0.4711,
                              0.4657, 0.4609, 0.4566, 0.4526],
                    accuracy=[0.3863, 0.604, 0.7035, 0.7557, 0.7875, 0.8018, 0.8127, 0.8203, 0.8282,
                              0.833, 0.8392, 0.8433, 0.8473, 0.8508, 0.8547, 0.8585, 0.8602, 0.8613,
                              0.8635, 0.8668],
                    val_accuracy=[0.866],
                ),
            }
        )  # fmt: skip
        assert found is not None
        assert found.kind is kind

    @pytest.mark.parametrize("hostile", [[1e300, -1e300, 0.5], [5.0, -3.0, 0.4], [0.0, 1.0, 0.4]])
    def test_shares_that_are_none_do_no_harm(self, hostile: list[float]) -> None:
        falling = [2.0, 1.5, 1.2]
        assert diagnose(history(loss=falling, val_loss=falling, accuracy=hostile)) is not None

    def test_a_rise_before_a_fall_is_not_overfitting(self) -> None:
        losses = [1.0, 1.5, 1.2, 0.9, 0.7, 0.6, 0.5]
        found = diagnose(history(loss=losses, val_loss=losses))
        assert found is not None
        assert found.kind == Kind.NOT_CONVERGED

    def test_one_spike_at_the_end_is_not_overfitting(self) -> None:
        flat = [1.0, 0.5] + [0.3] * 17
        found = diagnose(
            history(loss=[*flat, 0.3], val_loss=[*flat, 0.36], accuracy=[0.97], val_accuracy=[0.97])
        )
        assert found is not None
        assert found.kind == Kind.GOOD_FIT

    def test_a_jumping_curve_with_a_memorised_training_set_is_overfitting(self) -> None:
        jumps = [0.31, 0.26, 0.25, 0.24, 0.21, 0.20, 0.22, 0.27, 0.24, 0.37, 0.23, 0.22, 0.21]
        found = diagnose(
            history(
                loss=[0.5 / (epoch + 1) for epoch in range(13)],
                val_loss=jumps,
                accuracy=[1.0],
                val_accuracy=[0.948],
            )
        )
        assert found is not None
        assert found.kind == Kind.OVERFITTING

    def test_unequal_lengths_do_no_harm(self) -> None:
        found = diagnose(history(loss=[3, 2, 1], val_loss=[3, 2, 1, 0.9, 0.8, 0.7, 0.6]))
        assert found is not None
        assert found.kind == Kind.NOT_CONVERGED

    def test_a_hundred_thousand_epochs_are_read_at_once(self) -> None:
        falling = [1 / (epoch + 1) for epoch in range(100_000)]
        assert diagnose(history(loss=falling, val_loss=falling)) is not None


class TestSummaries:
    def test_a_median_takes_out_one_jump(self) -> None:
        assert smoothed([1, 1, 9, 1, 1]) == [1, 1, 1, 1, 1]

    def test_falling_share_compares_the_end_with_what_came_before(self) -> None:
        assert falling_share([2.0, 2.0, 1.0, 1.0], 2) == 0.5
        assert falling_share([1.0, 1.0, 1.0], 2) == 0.0
