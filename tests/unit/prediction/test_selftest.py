"""Which attempts are made, and which outcomes contain them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from heldout_runner import probes
from heldout_server.prediction.selftest import ProbeResult, skipped, targets
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


# Whatever claims memory, by its source: a table of probes imports an engine.
WITHOUT_END = {
    name
    for path in Path(probes.__file__).parent.glob("probes_of_*.py")
    for name in re.findall(r"^def ((?:claim|bomb)_memory\w*)", path.read_text(), re.MULTILINE)
}


class TestTargets:
    def test_have_a_file_where_labels_will_lie(self, tmp_path: Path) -> None:
        with targets(tmp_path) as found:
            assert found.secret.is_relative_to(tmp_path)
            assert found.secret.read_text()
        assert not list(tmp_path.iterdir())

    def test_have_the_file_that_is_named(self, tmp_path: Path) -> None:
        named = tmp_path / "mnist.labels.npz"
        named.touch()
        with targets(named) as found:
            assert found.secret == named


class TestSkipped:
    @pytest.mark.parametrize(
        ("gpu", "limits_tasks", "left_out"),
        [
            (False, True, set()),
            (False, False, {"bomb_threads"}),
            (True, True, WITHOUT_END),
            (True, False, WITHOUT_END | {"bomb_threads"}),
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
