"""Run cards made fit to store."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heldout_server.errors import ProblemError
from heldout_server.submissions.run_cards import LONGEST_CARD_BYTES, clean_card

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
        with pytest.raises(ProblemError, match="limit") as refused:
            clean_card({"notes": "x" * LONGEST_CARD_BYTES})
        assert refused.value.code == "validation"

    @given(st.dictionaries(st.text(), VALUES))
    def test_always_gives_plain_json(self, card):
        cleaned = clean_card(card)
        json.dumps(cleaned, allow_nan=False, ensure_ascii=False).encode()
        assert clean_card(cleaned) == cleaned
