"""What a hostile model would try, each in a real runner, with the outcome that contains it."""

from __future__ import annotations

import re

import pytest

from heldout_runner import probes
from heldout_runner.limits import MOST_TASKS
from heldout_server.prediction import selftest
from heldout_server.prediction.pool import RunnerPool
from heldout_server.prediction.selftest import ProbeResult, Targets

# As it is written in the runner, whose module for TensorFlow's probes isn't imported here.
OF_TENSORFLOW = ["read_with_tensorflow", "write_with_tensorflow", "bomb_memory_with_tensorflow"]


def threads_before_refusal(detail: str) -> int:
    """How many threads a runner had beside its own first when the next was refused."""
    found = re.fullmatch(r"EPERM: \[Errno 1\] none after (\d+) threads", detail)
    assert found, detail
    return int(found[1])


def names() -> list[str]:
    from heldout_runner import probes_of_misbehaviour, probes_of_the_system  # noqa: F401

    return [*probes.PROBES, *OF_TENSORFLOW]


def attempted(pool: RunnerPool, targets: Targets, name: str) -> ProbeResult:
    kinds = {kind["name"]: kind for kind in pool.protection().probes}
    with pool.bare_runner() as runner:
        return selftest.attempt(runner, kinds[name], targets)


class TestEveryProbe:
    @pytest.mark.parametrize("name", names())
    def test_is_contained(self, pool: RunnerPool, probe_targets: Targets, name: str) -> None:
        result = attempted(pool, probe_targets, name)
        assert result.contained, result

    def test_is_tested(self, pool: RunnerPool) -> None:
        assert {kind["name"] for kind in pool.protection().probes} == set(names())


class TestThreads:
    def test_end_at_the_limit_for_whatever_user(self, pool: RunnerPool, probe_targets: Targets):
        assert pool.protection().limits_tasks
        result = attempted(pool, probe_targets, "bomb_threads")
        assert result.outcome == selftest.REFUSED
        # Fewer where another pool on this machine runs models as the same user.
        assert 0 < threads_before_refusal(result.detail) < MOST_TASKS


class TestSelfTest:
    def test_proves_that_runners_are_contained(self, pool: RunnerPool) -> None:
        results = pool.self_test()
        assert len(results) > 20
        assert pool.contained is True

    def test_is_part_of_the_kernel_that_ci_must_have(self, pool: RunnerPool) -> None:
        protection = pool.protection()
        assert protection.landlock >= 1
        assert protection.seccomp

    def test_shows_an_escape(self, pool: RunnerPool, probe_targets: Targets) -> None:
        """A file that runners may read stands for a hole."""
        readable = Targets(
            secret=next(pool.folder.glob("images/*")),
            tcp_port=probe_targets.tcp_port,
            udp_port=probe_targets.udp_port,
            socket_path=probe_targets.socket_path,
        )
        result = attempted(pool, readable, "read_secret")
        assert result.outcome == selftest.ESCAPED
        assert not result.contained


class TestWhatAParticipantHears:
    @pytest.mark.parametrize("name", ["forge_text", "forge_bytes", "claim_our_fault"])
    def test_is_printable_and_short(
        self, pool: RunnerPool, probe_targets: Targets, name: str
    ) -> None:
        detail = attempted(pool, probe_targets, name).detail
        assert detail.startswith("crashed: ")
        assert detail.isprintable()
        assert not set("<>") & set(detail)
        assert len(detail) < 300
