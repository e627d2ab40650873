"""Which attempts are made, and which outcomes contain them."""

from __future__ import annotations

import pytest

from heldout_server.prediction.selftest import ProbeResult, skipped
from heldout_server.prediction.zygote_process import Protection


class TestProbeResult:
    @pytest.mark.parametrize(
        ("expected", "outcome", "contained"),
        [
            ("refused", "refused", True),
            ("killed", "killed", True),
            ("refused", "killed", True),
            ("killed", "refused", True),
            ("stopped", "refused", False),
            ("refused", "escaped", False),
            ("refused", "unclear", False),
        ],
    )
    def test_contained(self, expected: str, outcome: str, contained: bool) -> None:
        assert ProbeResult("fork", "Fork.", expected, outcome, "").contained is contained


class TestSkipped:
    @pytest.mark.parametrize(
        ("gpu", "limits_tasks", "left_out"),
        [
            (False, True, set()),
            (False, False, {"bomb_threads"}),
            (True, True, {"claim_memory", "bomb_memory"}),
            (True, False, {"claim_memory", "bomb_memory", "bomb_threads"}),
        ],
    )
    def test_leaves_out_what_nothing_would_stop(
        self, gpu: bool, limits_tasks: bool, left_out: set[str]
    ) -> None:
        protection = Protection(
            landlock=7, seccomp=True, namespaces=False, own_users=False,
            limits_tasks=limits_tasks, gpu=gpu, notes=(), probes=(),
        )  # fmt: skip
        assert skipped(protection) == left_out
