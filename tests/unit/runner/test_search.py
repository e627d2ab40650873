"""The search for the preprocessing, on models whose every answer is known."""

from __future__ import annotations

import math
from collections.abc import Sequence, Set

import numpy as np
import pytest

from heldout_runner.answers import Answers
from heldout_runner.practice import Practice, Predict
from heldout_runner.preprocessing import Inputs, Scaling
from heldout_runner.search import ROUNDS, best
from heldout_runner.significance import sign_p
from heldout_runner.variants import PIXELS

COUNT = 2000
LABELS = np.arange(COUNT) % 10


def numbered(count: int = COUNT) -> Practice:
    """Images that hold their own number in their first two pixels."""
    images = np.zeros((count, 28, 28), np.uint8)
    images[:, 0, 0], images[:, 0, 1] = np.arange(count) % 256, np.arange(count) // 256
    return Practice(Inputs(images), Answers.of("multiclass", LABELS[:count]))


class Model:
    """Misreads, with each variant, the images in a set; is unsure of some that it reads."""

    def __init__(self, misread: dict[str, set[int]], unsure: Set[int] = frozenset()) -> None:
        self.misread = misread
        self.unsure = unsure
        self.images = 0

    def predict(self, images: Inputs, variants: Sequence[str]) -> np.ndarray:
        self.images += len(images) * len(variants)
        numbers = images.raw[:, 0, 0].astype(int) + 256 * images.raw[:, 0, 1].astype(int)
        return np.stack([self._output(variant, numbers) for variant in variants])

    def _output(self, variant: str, numbers: np.ndarray) -> np.ndarray:
        wrong = np.isin(numbers, list(self.misread.get(variant, set(range(COUNT)))))
        said = np.where(wrong, LABELS[numbers] + 1, LABELS[numbers]) % 10
        sure = np.where(np.isin(numbers, list(self.unsure)), 0.5, 1.0)
        return (np.eye(10)[said] * sure[:, None]).astype(np.float32)


def every(step: int, start: int = 0) -> set[int]:
    return set(range(start, COUNT, step))


def accuracies(predict: Predict, practice: Practice | None = None) -> tuple[str, int, list[float]]:
    found = best(practice or numbered(), predict)
    return found.preprocessing, found.examples, list(found.shares)


class TestSignP:
    def test_is_exact(self) -> None:
        assert sign_p(8, 0) == pytest.approx(2**-8)
        assert sign_p(2, 1) == pytest.approx(0.5)
        assert sign_p(0, 0) == 1
        assert sign_p(1050, 950) == pytest.approx(0.01341, abs=1e-5)


class TestBest:
    def test_finds_a_small_loss_that_no_hint_speaks_of(self) -> None:
        """97.5 % with 0-1, 99 % with 0-255: nothing below 90 % ever said so."""
        chosen, examples, found = accuracies(
            Model({"0-1": every(40), "0-255": every(100, 1)}).predict
        )
        assert chosen == "0-255"
        assert examples in (500, 1000, 2000)
        assert found[0] == pytest.approx(0.975)
        assert found[1] == pytest.approx(0.99)

    def test_finds_what_a_model_needs_that_reads_nothing_so(self) -> None:
        chosen, _, found = accuracies(Model({"standardize": every(50)}).predict)
        assert chosen == "standardize"
        assert (found[0], found[4]) == (0, pytest.approx(0.98))

    def test_leaves_what_luck_explains_with_the_default(self) -> None:
        """Five more of 2,000: a coin does as well."""
        better = every(50, 1) - {1, 51, 101, 151, 201}
        model = Model({"0-1": every(50), "-1-1": better}, unsure=every(50, 1))
        assert accuracies(model.predict)[0] == "0-1"

    def test_chooses_the_default_among_equals(self) -> None:
        model = Model(dict.fromkeys(PIXELS, every(20)))
        assert accuracies(model.predict)[0] == "0-1"

    def test_chooses_the_better_of_two_that_both_beat_the_default(self) -> None:
        misread = {"0-1": every(5), "-0.5-0.5": every(20), "standardize": every(100)}
        assert accuracies(Model(misread).predict)[0] == "standardize"

    def test_costs_one_look_for_a_model_that_reads_well(self) -> None:
        model = Model({"0-1": {7}})
        assert accuracies(model.predict)[:2] == ("0-1", ROUNDS[1])
        assert model.images == ROUNDS[1]

    def test_costs_little_more_where_the_others_are_worse(self) -> None:
        """Ten thousand images follow: the search is a tenth of them."""
        model = Model({"0-1": every(50), **dict.fromkeys(PIXELS[1:], every(20))}, every(20))
        assert accuracies(model.predict)[0] == "0-1"
        assert model.images < 1050

    def test_takes_fewer_images_than_it_wants(self) -> None:
        model = Model({"0-255": set()})
        assert accuracies(model.predict, numbered(40))[:2] == ("0-255", 40)

    def test_a_variant_that_stops_the_model_reads_nothing(self) -> None:
        reads = Model({"0-1": every(3), "-1-1": set()})

        def predict(images: Inputs, variants: Sequence[str]) -> np.ndarray:
            if "0-255" in variants:
                raise ValueError("outside the table")
            return reads.predict(images, variants)

        assert accuracies(predict)[0] == "-1-1"

    def test_a_default_that_stops_the_model_is_left(self) -> None:
        reads = Model({"0-255": set()})

        def predict(images: Inputs, variants: Sequence[str]) -> np.ndarray:
            if "0-1" in variants:
                raise ValueError("fractions")
            return reads.predict(images, variants)

        assert accuracies(predict)[0] == "0-255"

    def test_nothing_finite_is_the_default_reading_nothing(self) -> None:
        def predict(images: Inputs, variants: Sequence[str]) -> np.ndarray:
            return np.full((len(variants), len(images), 10), np.nan, np.float32)

        chosen, _, found = accuracies(predict)
        assert (chosen, found[0]) == ("0-1", 0)
        assert all(math.isnan(share) for share in found[1:])

    def test_keeps_the_default_whose_classes_are_only_shifted(self) -> None:
        """It reads nothing so, and with another a tenth by luck."""
        lucky = set(range(COUNT)) - every(10)
        random = np.random.default_rng(2)

        def predict(images: Inputs, variants: Sequence[str]) -> np.ndarray:
            outputs = []
            for name, output in zip(
                variants, Model({"-1-1": lucky}).predict(images, variants), strict=True
            ):
                noise = np.eye(10)[random.integers(0, 10, len(output))].astype(np.float32)
                outputs.append(output if name == "0-1" else noise)
            return np.stack(outputs)

        found = best(numbered(), predict)
        assert (found.preprocessing, found.explanation) == ("0-1", "one_high")
        assert found.explained == pytest.approx(0.9)

    def test_rarely_leaves_the_default_for_an_equal(self) -> None:
        """Three hundred classes of luck: variants that misread as many other images."""
        left = 0
        for seed in range(300):
            random = np.random.default_rng(seed)
            misread = {name: set(np.flatnonzero(random.random(COUNT) < 0.03)) for name in PIXELS}
            doubtful = set(np.flatnonzero(random.random(COUNT) < 0.06))
            left += accuracies(Model(misread, doubtful).predict)[0] != "0-1"
        assert left <= 15


class TestNumbers:
    """A table in units of its own, of which a model takes the one form or the other."""

    COUNT = 600

    def found(self, kind: str, wants: str, *, add: float = 0.0) -> tuple[str, list[float]]:
        random = np.random.default_rng(4)
        values = random.normal(50, 10, (self.COUNT, 3)).astype(np.float32)
        scaled = (values - 50) / 10
        target = scaled.sum(axis=1) + random.normal(0, 0.3, self.COUNT)
        answers = {
            "binary": (target > 0).astype(np.uint8),
            "multilabel": (scaled > 0).astype(np.uint8),
            "regression": target,
        }[kind]
        inputs = Inputs(values, scaling=Scaling(np.float32(50), np.float32(10)))

        def predict(inputs: Inputs, variants: Sequence[str]) -> np.ndarray:
            given = np.stack([inputs.prepared(0, len(inputs), name) for name in variants])
            seen = given if wants == "standardize" else (given - 50) / 10
            return seen + add if kind == "multilabel" else seen.sum(axis=2, keepdims=True) + add

        found = best(Practice(inputs, Answers.of(kind, answers)), predict)
        return found.preprocessing, [found.share("none"), found.share("standardize")]

    @pytest.mark.parametrize("kind", ["binary", "multilabel", "regression"])
    @pytest.mark.parametrize("wants", ["none", "standardize"])
    def test_are_given_as_the_model_learned_them(self, kind: str, wants: str) -> None:
        chosen, shares = self.found(kind, wants)
        assert chosen == wants
        assert shares[wants == "standardize"] > 0.9

    def test_with_scaled_targets_are_given_as_the_model_learned_them(self) -> None:
        random = np.random.default_rng(6)
        values = random.normal(50, 10, (self.COUNT, 3)).astype(np.float32)
        target = 1000 + 7 * ((values - 50) / 10).prod(axis=1)
        inputs = Inputs(values, scaling=Scaling(np.float32(50), np.float32(10)))

        def predict(inputs: Inputs, variants: Sequence[str]) -> np.ndarray:
            given = [inputs.prepared(0, len(inputs), name) for name in variants]
            return np.stack(given).prod(axis=2, keepdims=True)

        found = best(Practice(inputs, Answers.of("regression", target)), predict)
        assert (found.preprocessing, found.explanation) == ("standardize", "scaled")
        assert (found.slope, found.offset) == (pytest.approx(7), pytest.approx(1000))

    @pytest.mark.parametrize("kind", ["binary", "multilabel"])
    def test_stay_as_they_are_for_a_model_that_answers_nothing_anyway(self, kind: str) -> None:
        assert self.found(kind, "none", add=1e6)[0] == "none"
