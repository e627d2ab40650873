from __future__ import annotations

import math

import pytest

from heldout_runner.protocol import PREPROCESSING, Header, Judgement
from heldout_server.prediction.doctor import model_hints


def hints(used: str = "0-1", shift: int = 0, shifted: float = 0.0, **reads: float) -> list[str]:
    accuracies = tuple(reads.get(f"v{name.replace('-', '_')}", math.nan) for name in PREPROCESSING)
    return model_hints(Header(0, judgement=Judgement(used, 200, accuracies, shift, shifted)))


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
        assert hint.startswith("This looks like chance: 10 %")

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
