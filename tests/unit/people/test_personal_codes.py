"""What is typed of a personal code, and what is kept of it."""

import pytest

from heldout_server.people.personal_codes import typed


class TestTyped:
    @pytest.mark.parametrize("text", ["RKD-47W-NX9", "rkd47wnx9", " rkd 47w nx9 ", "RKD–47W–NX9"])
    def test_is_one_code_however_it_is_typed(self, text):
        code = typed(text)
        assert code.shown == "RKD-47W-NX9"
        assert code.digest == typed("RKD-47W-NX9").digest
        assert len(code.digest) == 64

    @pytest.mark.parametrize("text", ["", "WAT-2026", "RKD4-7WNX", "RKD-47W-NX", "RKD-47W-NX0"])
    def test_what_cannot_be_one_costs_nothing(self, text):
        assert typed(text).digest is None
        assert typed(text).shown == text
