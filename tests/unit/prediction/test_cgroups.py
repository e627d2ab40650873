"""The files that are written, in a folder that stands for the kernel's tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from heldout_server.prediction.cgroups import ALLOWANCE_BYTES, RunnerGroups, delegated


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """A service's group, delegated, with the server in a group below."""
    unit = tmp_path / "system.slice" / "heldout.service"
    (unit / "server").mkdir(parents=True)
    (unit / "cgroup.controllers").write_text("cpu memory pids\n")
    (unit / "cgroup.subtree_control").write_text("\n")
    (tmp_path / "own").write_text("1:name=systemd:/x\n0::/system.slice/heldout.service/server\n")
    return unit


class TestDelegated:
    def test_is_the_group_above_the_servers_own(self, unit: Path, tmp_path: Path) -> None:
        assert delegated(tmp_path / "own", tmp_path) == unit
        assert (unit / "cgroup.subtree_control").read_text() == "+memory +pids"

    def test_is_none_without_the_controllers(self, unit: Path, tmp_path: Path) -> None:
        (unit / "cgroup.controllers").write_text("cpu\n")
        assert delegated(tmp_path / "own", tmp_path) is None

    def test_is_none_where_there_is_no_tree(self, tmp_path: Path) -> None:
        assert delegated(tmp_path / "missing", tmp_path) is None


class TestRunnerGroups:
    def test_write_the_limits_before_the_process(self, tmp_path: Path) -> None:
        RunnerGroups(tmp_path, 1000).enclose(3, 4242)
        group = tmp_path / "heldout-runner-3"
        written = {file.name: file.read_text() for file in group.iterdir()}
        assert written["memory.max"] == str(1000 + ALLOWANCE_BYTES)
        assert written["memory.swap.max"] == "0"
        assert written["cgroup.procs"] == "4242"

    def test_know_whom_the_kernel_killed_because_the_group_was_full(self, tmp_path: Path) -> None:
        groups = RunnerGroups(tmp_path, 1000)
        events = tmp_path / "heldout-runner-3" / "memory.events"
        events.parent.mkdir()
        events.write_text("low 0\noom 1\noom_kill 1\n")  # of the slot's runner before
        groups.enclose(3, 4242)
        assert groups.oom_kills(3) == 0
        events.write_text("low 0\noom 2\noom_kill 2\n")
        assert groups.oom_kills(3) == 1

    def test_do_not_blame_a_victim_of_the_whole_machine(self, tmp_path: Path) -> None:
        """The kernel counts it in the victim's group, whose own limit was never reached."""
        groups = RunnerGroups(tmp_path, 1000)
        groups.enclose(3, 4242)
        events = tmp_path / "heldout-runner-3" / "memory.events"
        events.write_text("low 0\noom 0\noom_kill 1\n")
        assert groups.oom_kills(3) == 0

    def test_are_removed_with_their_runner(self, tmp_path: Path) -> None:
        (tmp_path / "heldout-runner-3").mkdir()
        RunnerGroups(tmp_path, 1000).remove(3)
        assert list(tmp_path.iterdir()) == []

    def test_do_nothing_without_a_tree(self) -> None:
        groups = RunnerGroups(None, 1000)
        groups.enclose(0, 1)
        assert groups.oom_kills(0) == 0
        groups.remove(0)
