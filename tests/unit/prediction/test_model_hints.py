from __future__ import annotations

import math

import pytest

from heldout_runner.protocol import PREPROCESSING, Header, Judgement
from heldout_server.prediction.model_hints import model_hints, preprocessing_reason


def header(
    used: str = "0-1", shift: int = 0, shifted: float = 0.0, examples: int = 200, **reads: float
) -> Header:
    accuracies = tuple(reads.get(f"v{name.replace('-', '_')}", math.nan) for name in PREPROCESSING)
    return Header(0, judgement=Judgement(used, examples, accuracies, shift, shifted))


def hints(
    used: str = "0-1", shift: int = 0, shifted: float = 0.0, examples: int = 200, **reads: float
) -> list[str]:
    return model_hints(header(used, shift, shifted, examples, **reads))


class TestModelHints:
    def test_are_silent_about_a_model_that_reads_well(self) -> None:
        assert hints(v0_1=0.97) == []

    def test_are_silent_when_nothing_was_judged(self) -> None:
        assert model_hints(Header(0)) == []

    def test_name_the_preprocessing_that_helps(self) -> None:
        (hint,) = hints(v0_1=0.11, v0_255=0.97)
        assert "reads 11 % with preprocessing 0-1 but 97 % with 0-255" in hint
        assert "trained without dividing by 255" in hint
        assert 'preprocessing="0-255"' in hint
        assert "Rescaling(255)" in hint

    def test_give_no_reason_for_a_model_that_never_reads_well(self) -> None:
        (hint,) = hints(v0_1=0.4, v0_255=0.6)
        assert "trained" not in hint

    def test_ignore_a_small_gain(self) -> None:
        assert hints(v0_1=0.85, v0_255=0.88) == []

    @pytest.mark.parametrize(("shift", "word"), [(1, "low"), (-1, "high")])
    def test_tell_of_shifted_labels(self, shift: int, word: str) -> None:
        (hint,) = hints(v0_1=0.02, v0_255=0.1, shift=shift, shifted=0.95)
        assert f"one too {word}" in hint

    def test_tell_of_chance(self) -> None:
        (hint,) = hints(v0_1=0.1, v0_255=0.12)
        assert hint.startswith("This is chance: 10 %")
        assert "Fashion-MNIST" in hint
        assert "untrained" in hint

    def test_call_chance_what_reads_fewer_than_three_in_ten_any_way(self) -> None:
        """15 of 100: a foreign model was told that its classes are shifted."""
        (hint,) = hints(examples=100, shift=1, shifted=0.15, v0_1=0.07, vstandardize=0.14)
        assert hint.startswith("This is chance")
        (hint,) = hints(examples=100, v0_1=0.08, vstandardize=0.28)
        assert hint.startswith("This is chance")

    @pytest.mark.parametrize(
        "judged",
        [
            # An untrained Dense(10), and Adam with a learning rate of 0.5, as an evening met them.
            {"examples": 100, "shift": 1, "shifted": 0.10, "v0_1": 0.03, "v0_255": 0.04},
            {"examples": 100, "v0_1": 0.11, "vstandardize": 0.24},
            # More than luck explains, and far from reading: no fact about how it was trained.
            {"examples": 2000, "shift": -1, "shifted": 0.24, "v0_1": 0.03},
            {"examples": 2000, "v0_1": 0.11, "vstandardize": 0.45},
        ],
    )
    def test_take_no_noise_for_a_reason(self, judged: dict[str, float]) -> None:
        (hint,) = hints(**judged)  # type: ignore[arg-type]
        assert hint.startswith("This is chance")
        assert "shifted" not in hint
        assert "preprocessing=" not in hint

    @pytest.mark.parametrize("reads", [{"v0_1": 0.29, "v_1_1": 0.37}, {"v0_1": 0.8, "v_1_1": 0.9}])
    def test_are_silent_about_a_gain_that_luck_explains(self, reads: dict[str, float]) -> None:
        assert not any("preprocessing=" in hint for hint in hints(examples=100, **reads))

    def test_are_silent_about_a_shift_that_luck_explains(self) -> None:
        assert hints(examples=50, shift=1, shifted=0.42, v0_1=0.32, v_1_1=0.3) == []

    def test_ask_for_less_of_more_images(self) -> None:
        reads = {"v0_1": 0.85, "v0_255": 0.95}
        assert hints(examples=100, **reads) == []
        assert len(hints(examples=500, **reads)) == 1

    def test_tell_the_stronger_of_two_reasons_only(self) -> None:
        (hint,) = hints(v0_1=0.35, v0_255=0.6, shift=1, shifted=0.55)
        assert "0-255" in hint
        (hint,) = hints(v0_1=0.35, v0_255=0.6, shift=1, shifted=0.63)
        assert "shifted" in hint

    def test_do_not_call_a_weak_model_chance(self) -> None:
        assert hints(v0_1=0.6, v0_255=0.5) == []

    def test_are_short_plain_sentences(self) -> None:
        for (hint,) in (
            hints(v0_1=0.1),
            hints(v0_1=0.1, v0_255=1),
            hints(v0_1=0, shift=1, shifted=1),
        ):
            assert hint.isprintable()
            assert len(hint) < 400


class TestPreprocessingReason:
    def test_says_what_was_chosen_and_what_it_brought(self) -> None:
        said = preprocessing_reason(header("0-255", examples=500, v0_1=0.912, v0_255=0.987), "auto")
        assert said == (
            "Scored with pixels as 0-255: so the model reads 98.7 % of 500 practice images, "
            "and 91.2 % with 0-1."
        )

    def test_is_absent_where_the_default_was_kept(self) -> None:
        assert preprocessing_reason(header(v0_1=0.9), "auto") is None

    def test_is_absent_where_nobody_asked_for_a_search(self) -> None:
        assert preprocessing_reason(header("0-255", v0_1=0.1, v0_255=0.2), "0-255") is None

    def test_is_absent_where_nothing_was_compared(self) -> None:
        """A model of whole numbers gets whole pixels without a search."""
        assert preprocessing_reason(header("0-255", v0_255=0.98), "auto") is None
