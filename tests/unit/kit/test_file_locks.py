"""A lock is held by one, and goes with whoever held it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from heldout_server.kit.file_locks import hold, is_ours


class TestHold:
    def test_is_for_one_at_a_time(self, tmp_path: Path) -> None:
        path = tmp_path / "lock"
        with path.open("w") as mine:
            hold(mine)
            with path.open("w") as other, pytest.raises(OSError, match="unavailable"):
                hold(other)
        with path.open("w") as other:
            hold(other)


class TestIsOurs:
    def test_knows_our_user(self) -> None:
        assert is_ours(os.geteuid())
        assert not is_ours(os.geteuid() + 1)
