from __future__ import annotations

import math
import re

import numpy as np
import pytest

from heldout_runner.judgement import Judgement
from heldout_runner.protocol import Header
from heldout_runner.variants import PREPROCESSING
from heldout_server.datasets.loaded import DIGITS
from heldout_server.prediction.model_hints import Findings, model_hints, preprocessing_reason
from heldout_server.prediction.signature import Signature
from heldout_server.tasks.kinds import Kind, Task

MNIST = Signature(DIGITS, (28, 28), "uint8")
SHIFTS = {0: "", 1: "one_low", -1: "one_high"}
SPAM = Signature(Task(Kind.BINARY, ("ham", "spam"), ("kind",)), (7,), "float32", own_scaling=True)
HOUSES = Signature(Task(Kind.REGRESSION, targets=("price",)), (7,), "float32", own_scaling=True)
TAGS = Signature(Task(Kind.MULTILABEL, targets=("a", "b", "c")), (4, 5), "int32", own_scaling=True)
CIFAR = Signature(
    Task(Kind.MULTICLASS, ("cat", "dog", "frog")), (32, 32, 3), "uint8", own_scaling=True
)


def shares(reads: dict[str, float]) -> tuple[float, ...]:
    return tuple(reads.get(f"v{name.replace('-', '_')}", math.nan) for name in PREPROCESSING)


def found(
    used: str = "0-1", shift: int = 0, shifted: float = 0.0, examples: int = 200, *,
    asked: str = "auto", **reads: float,
) -> Findings:  # fmt: skip
    judgement = Judgement(
        used, examples, shares(reads), explanation=SHIFTS[shift], explained=shifted
    )
    return Findings(Header(0, judgement=judgement), MNIST, asked)


def hints(
    used: str = "0-1", shift: int = 0, shifted: float = 0.0, examples: int = 200, **reads: float
) -> list[str]:
    return model_hints(found(used, shift, shifted, examples, **reads))


class TestModelHints:
    def test_are_silent_about_a_model_that_reads_well(self) -> None:
        assert hints(v0_1=0.97) == []

    def test_are_silent_when_nothing_was_judged(self) -> None:
        assert model_hints(Findings(Header(0), MNIST, "auto")) == []

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
        said = preprocessing_reason(found("0-255", examples=500, v0_1=0.912, v0_255=0.987))
        assert said == (
            "Scored with pixels as 0-255: so the model reads 98.7 % of 500 practice images, "
            "and 91.2 % with 0-1."
        )

    def test_is_absent_where_the_default_was_kept(self) -> None:
        assert preprocessing_reason(found(v0_1=0.9)) is None

    def test_is_absent_where_nobody_asked_for_a_search(self) -> None:
        assert preprocessing_reason(found("0-255", asked="0-255", v0_1=0.1, v0_255=0.2)) is None

    def test_is_absent_where_nothing_was_compared(self) -> None:
        """A model of whole numbers gets whole pixels without a search."""
        assert preprocessing_reason(found("0-255", v0_255=0.98)) is None

    def test_speaks_of_rows_and_of_r2_where_there_are_no_images(self) -> None:
        judgement = Judgement("standardize", 500, shares({"vnone": 0.61, "vstandardize": 0.94}))
        said = preprocessing_reason(Findings(Header(0, judgement=judgement), SPAM, "auto"))
        assert said == (
            "Scored with preprocessing standardize: so the model gets 94.0 % of 500 practice rows "
            "right, and 61.0 % with none."
        )
        said = preprocessing_reason(Findings(Header(0, judgement=judgement), HOUSES, "auto"))
        assert said == (
            "Scored with preprocessing standardize: R² on 500 practice rows is 0.940 so, and "
            "0.610 with none."
        )

    def test_says_so_where_no_way_gives_right_answers(self) -> None:
        judgement = Judgement("standardize", 500, shares({"vnone": 0, "vstandardize": 0}))
        said = preprocessing_reason(Findings(Header(0, judgement=judgement), HOUSES, "auto"))
        assert said is not None
        assert "wrong for one reason" in said


def said(
    signature: Signature,
    explanation: str = "",
    explained: float = math.nan,
    *,
    examples: int = 200,
    constant: float = 0.0,
    values: np.ndarray | None = None,
    line: tuple[float, float] = (math.nan, math.nan),
    used: str = "none",
    **reads: float,
) -> list[str]:
    judgement = Judgement(used, examples, shares(reads), constant, explanation, explained, *line)
    hints = model_hints(Findings(Header(0, judgement=judgement), signature, "auto", values))
    for hint in hints:
        assert hint.isprintable()
        assert len(hint) < 400
        assert signature.is_images or not re.search("image|digit|pixel", hint)
    return hints


class TestRegression:
    def test_hears_that_its_targets_were_scaled(self) -> None:
        (hint,) = said(HOUSES, "scaled", 0.87, line=(77.123, 152.1), vnone=0.0)
        assert "reaches R² 0.00, but R² 0.87 in another scale" in hint
        assert "keras.Sequential([old, keras.layers.Rescaling(77.12, offset=152.1)])" in hint

    def test_hears_of_a_scale_for_each_of_several_outputs(self) -> None:
        (hint,) = said(HOUSES, "scaled", 0.87, vnone=0.0)
        assert "Rescaling(deviations, offset=means)" in hint

    @pytest.mark.parametrize(
        ("name", "layers"),
        [
            ("logarithm", '[old, keras.layers.Activation("exponential")]'),
            (
                "logarithm_plus_one",
                '[old, keras.layers.Activation("exponential"), '
                "keras.layers.Rescaling(1, offset=-1)]",
            ),
        ],
    )
    def test_hears_that_it_gives_a_logarithm(self, name: str, layers: str) -> None:
        (hint,) = said(HOUSES, name, 0.87, vnone=0.0)
        assert layers in hint

    def test_hears_which_preprocessing_helps(self) -> None:
        (hint,) = said(HOUSES, vnone=0.0, vstandardize=0.6)
        assert "R² 0.00 with preprocessing none but R² 0.60 with standardize" in hint
        assert 'preprocessing="standardize"' in hint

    def test_hears_one_reason_the_stronger(self) -> None:
        (hint,) = said(HOUSES, "scaled", 0.5, vnone=0.0, vstandardize=0.8)
        assert "with standardize" in hint
        (hint,) = said(HOUSES, "scaled", 0.85, vnone=0.0, vstandardize=0.8)
        assert "another scale" in hint

    @pytest.mark.parametrize(
        "judged",
        [
            {"explanation": "scaled", "explained": 0.5, "examples": 20, "vnone": 0.0},
            {"explanation": "scaled", "explained": 0.1, "examples": 2000, "vnone": 0.0},
            {"examples": 40, "vnone": 0.3, "vstandardize": 0.5},
        ],
    )
    def test_hears_no_reason_that_luck_explains(self, judged: dict[str, float]) -> None:
        for hint in said(HOUSES, **judged):  # type: ignore[arg-type]
            assert "no better than their mean" in hint

    def test_hears_no_other_scale_where_it_answers_nearly_as_well(self) -> None:
        assert said(HOUSES, "scaled", 0.6, vnone=0.4) == []

    def test_hears_of_a_sigmoid(self) -> None:
        (hint,) = said(HOUSES, vnone=0.0, values=np.linspace(0, 1, 50)[:, None])
        assert "keras.layers.Dense(1), without an activation" in hint

    def test_hears_that_the_mean_does_as_well(self) -> None:
        (hint,) = said(HOUSES, vnone=0.0, values=np.linspace(0, 9, 50)[:, None])
        assert "no better than their mean" in hint

    def test_hears_nothing_where_it_answers_somewhat(self) -> None:
        assert said(HOUSES, vnone=0.3, vstandardize=0.3) == []


class TestBinary:
    @pytest.mark.parametrize("one", [1, 1 - 2**-24, 1 + 2**-23])
    def test_hears_that_one_unit_has_no_softmax(self, one: float) -> None:
        values = np.full((50, 1), one, np.float32)
        (hint,) = said(SPAM, vnone=0.4, constant=0.6, values=values)
        assert 'keras.layers.Dense(1, activation="sigmoid")' in hint
        assert "labels are 1 and 2" in hint

    def test_hears_that_its_classes_changed_places(self) -> None:
        (hint,) = said(SPAM, "other_class", 0.95, vnone=0.05, constant=0.6)
        assert "gets 5 % right, but 95 % right when its two classes change places" in hint
        assert "1 is spam" in hint

    def test_hears_which_preprocessing_helps(self) -> None:
        (hint,) = said(SPAM, vnone=0.6, vstandardize=0.93, constant=0.6)
        assert "gets 60 % right with preprocessing none but 93 % right with standardize" in hint
        assert "Rescaling" not in hint

    def test_hears_that_one_answer_for_all_does_as_well(self) -> None:
        (hint,) = said(SPAM, vnone=0.9, constant=0.91)
        assert "one answer for all of them does as well" in hint

    def test_hears_nothing_of_a_gain_over_what_one_answer_reaches(self) -> None:
        assert said(SPAM, vnone=0.88, vstandardize=0.9, constant=0.8) == []


class TestMultilabel:
    def test_hears_that_a_softmax_is_for_one_label(self) -> None:
        values = np.full((20, 3), 1 / 3, np.float32)
        (hint,) = said(TAGS, vnone=0.5, constant=0.7, values=values)
        assert 'keras.layers.Dense(3, activation="sigmoid")' in hint

    def test_counts_labels(self) -> None:
        (hint,) = said(TAGS, vnone=0.5, vstandardize=0.95, constant=0.7)
        assert "gets 50 % of the labels right" in hint


class TestOtherImages:
    def test_are_named_by_their_classes(self) -> None:
        (hint,) = said(CIFAR, "one_low", 0.8, used="0-1", v0_1=0.1, constant=0.34)
        assert "output 0 for cat, output 1 for dog" in hint

    def test_hear_of_a_sigmoid(self) -> None:
        (hint,) = said(
            CIFAR, used="0-1", v0_1=0.5, constant=0.34, values=np.full((9, 3), 0.9, np.float32)
        )
        assert 'keras.layers.Dense(3, activation="softmax")' in hint

    def test_have_figures_of_their_own_in_the_place_of_mnists(self) -> None:
        (hint,) = said(CIFAR, used="0-1", v0_1=0.3, vstandardize=0.9, constant=0.34)
        assert "0.3081" not in hint
