"""Real models judged on practice images: the preprocessing that they need is found."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from heldout_runner.protocol import Job
from heldout_runner.variants import PREPROCESSING
from sandbox.cases import keras_files
from scored_jobs import Scored, run_jobs

LABELS = np.arange(600) % 10
# Two and a half rows of ink for each digit, one digit's rows below the other's.
BAND = 78


def images() -> np.ndarray:
    flat = np.zeros((600, 784), np.uint8)
    for row, digit in enumerate(LABELS):
        flat[row, digit * BAND : (digit + 1) * BAND] = 200 + row % 50
    return flat.reshape(-1, 28, 28)


def reader(path: Path, *, threshold: float = 0.0, shift: int = 0, **entry: Any) -> Path:
    """A model that gives each band's mean above `threshold`, for the digit `shift` further."""
    kernel = np.zeros((784, 10), np.float32)
    for digit in range(10):
        kernel[digit * BAND : (digit + 1) * BAND, (digit + shift) % 10] = 1 / BAND
    bias = np.full(10, -threshold, np.float32)
    settings = {"batch_shape": [None, 784], "dtype": "float32", **entry}
    first = keras_files.layer("InputLayer", "input", **settings)
    config = keras_files.sequential(first, keras_files.dense("dense", 10, "relu"))
    return keras_files.archive(path, config, keras_files.weights(dense=[kernel, bias]))


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Scored]:
    folder = tmp_path_factory.mktemp("practice")
    np.save(folder / "images.npy", images())
    np.save(folder / "labels.npy", LABELS.astype(np.uint8))
    scaled = reader(folder / "scaled.keras")
    raw = reader(folder / "raw.keras", threshold=100)
    shifted = reader(folder / "shifted.keras", shift=1)
    whole = reader(folder / "whole.keras", threshold=100, dtype="uint8")
    fixed = reader(folder / "fixed.keras", batch_shape=[32, 784])
    practice = (str(folder / "images.npy"), str(folder / "labels.npy"))

    def job(model: Path, preprocessing: str, given: tuple[str, ...] = practice) -> Job:
        return Job(str(model), practice[0], (10,), 0, 10_000, preprocessing, *given)

    jobs = {
        "well": job(scaled, "0-1"),
        "not scaled": job(raw, "0-1"),
        "declared": job(raw, "0-255"),
        "auto": job(raw, "auto"),
        "fixed batch": job(fixed, "0-1"),
        "shifted": job(shifted, "0-1"),
        "whole numbers": job(whole, "0-1"),
        "no practice": job(raw, "0-255", ()),
        "auto without practice": job(raw, "auto", ()),
    }
    return dict(zip(jobs, run_jobs(jobs.values()), strict=True))


def accuracy(scored: Scored) -> float:
    assert scored.code == "scored", scored.header.detail
    return float((scored.labels == LABELS).mean())


class TestJudgement:
    def test_is_short_for_a_model_that_reads_well(self, scored: dict[str, Scored]) -> None:
        judgement = scored["well"].header.judgement
        assert (judgement.examples, judgement.shares[0]) == (100, 1)
        assert all(math.isnan(share) for share in judgement.shares[1:])

    def test_fits_a_fixed_batch(self, scored: dict[str, Scored]) -> None:
        assert accuracy(scored["fixed batch"]) == 1
        assert scored["fixed batch"].header.judgement.shares[0] == 1

    def test_finds_what_a_model_needs(self, scored: dict[str, Scored]) -> None:
        judgement = scored["not scaled"].header.judgement
        assert accuracy(scored["not scaled"]) == pytest.approx(0.1)
        assert judgement.preprocessing == "0-1"
        assert dict(zip(PREPROCESSING, judgement.shares, strict=True))["0-255"] == 1

    def test_finds_a_shift(self, scored: dict[str, Scored]) -> None:
        judgement = scored["shifted"].header.judgement
        assert judgement.explanation == "one_high"
        assert judgement.explained == pytest.approx(0.9)


class TestPreprocessing:
    def test_is_used_as_declared(self, scored: dict[str, Scored]) -> None:
        assert accuracy(scored["declared"]) == 1
        assert scored["declared"].header.preprocessing == "0-255"

    def test_is_found_by_practice_images(self, scored: dict[str, Scored]) -> None:
        assert accuracy(scored["auto"]) == 1
        assert scored["auto"].header.preprocessing == "0-255"
        assert scored["auto"].header.judgement.examples == 500

    def test_is_the_default_without_them(self, scored: dict[str, Scored]) -> None:
        header = scored["auto without practice"].header
        assert (header.preprocessing, header.judgement.examples) == ("0-1", 0)

    def test_needs_no_practice_images_when_declared(self, scored: dict[str, Scored]) -> None:
        assert accuracy(scored["no practice"]) == 1
        assert scored["no practice"].header.judgement.examples == 0

    def test_leaves_pixels_whole_for_a_model_of_whole_numbers(
        self, scored: dict[str, Scored]
    ) -> None:
        assert accuracy(scored["whole numbers"]) == 1
        assert scored["whole numbers"].header.preprocessing == "0-255"
