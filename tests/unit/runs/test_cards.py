"""Run cards made fit to store."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heldout_server.runs.cards import (
    LONGEST_CARD_BYTES,
    CardRefusedError,
    clean_card,
    refusal,
    stored_card,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


class TestCleanCard:
    def test_leaves_an_ordinary_card_alone(self):
        card = {"hyperparameters": {"learning_rate": 1e-3, "ours": [1, None, "é 🦊"]}}
        assert clean_card(card) == card

    def test_replaces_what_cannot_be_stored(self):
        card = {"a\0": "b\0", "c": "\ud800", "d": [float("nan"), float("-inf"), 1.5]}
        assert clean_card(card) == {"a\ufffd": "b\ufffd", "c": "\ufffd", "d": [None, None, 1.5]}

    def test_refuses_what_is_too_large(self):
        with pytest.raises(CardRefusedError, match="limit"):
            clean_card({"notes": "x" * LONGEST_CARD_BYTES})

    def test_thins_long_series_and_keeps_their_peak(self):
        loss = [1.0] * 50_000
        loss[33_333] = 9.0
        kept = clean_card({"history": {"loss": loss, "short": [1, 2]}})["history"]
        assert len(kept["loss"]) <= 10_000
        assert max(kept["loss"]) == 9.0
        assert kept["short"] == [1, 2]

    @settings(max_examples=30)
    @given(st.dictionaries(st.text(), VALUES))
    def test_always_gives_plain_json(self, card):
        cleaned = clean_card(card)
        json.dumps(cleaned, allow_nan=False, ensure_ascii=False).encode()
        assert clean_card(cleaned) == cleaned


class TestStoredCard:
    def test_keeps_an_ordinary_card(self):
        assert stored_card({"notes": "é"}) == {"notes": "é"}
        assert refusal({"notes": "é"}) is None
        assert refusal(None) is None

    def test_says_what_to_leave_out_of_five_megabytes(self):
        card = {"history": {"loss": [0.123456789] * 400_000, "acc": [1] * 10}, "notes": "x" * 9000}
        kept = stored_card(card)
        assert set(kept) == {"refused"}
        assert "“history: loss” (4.8 MB)" in refusal(kept)
        assert "The submission counts" in refusal(kept)

    def test_refuses_what_is_nested_without_end(self):
        deep: dict[str, object] = {}
        for _ in range(100):
            deep = {"a": deep}
        assert "nested" in refusal(stored_card(deep))
