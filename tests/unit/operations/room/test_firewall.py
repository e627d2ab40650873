"""What is seen of firewalls, from what each system's programs print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from heldout_server.operations.doctor import GOOD, WARNING, Finding
from heldout_server.operations.room.firewall import MAC, firewall

NFT = """table inet filter {
  chain input {
    type filter hook input priority filter; policy %s;
    tcp dport 22 accept
  }
}"""


def looked(platform: str, said: Mapping[str, str], ufw: Path = Path("/nowhere")) -> Finding:
    def ask(command: Sequence[str]) -> str | None:
        return said.get(" ".join(command))

    return firewall(platform, 8000, ask, ufw)


class TestFirewall:
    @pytest.mark.parametrize("platform", ["linux", "darwin", "win32", "plan9"])
    def test_nothing_seen_is_no_promise(self, platform: str) -> None:
        found = looked(platform, {})
        assert found.state == GOOD
        assert "a phone in the room tells for sure" in found.detail

    def test_ufw(self, tmp_path: Path) -> None:
        (tmp_path / "ufw.conf").write_text("ENABLED=yes\n")
        found = looked("linux", {}, tmp_path / "ufw.conf")
        assert (found.state, found.fix) == (WARNING, "sudo ufw allow 8000/tcp")

    @pytest.mark.parametrize(("ports", "state"), [("22/tcp", WARNING), ("8000/tcp", GOOD)])
    def test_firewalld_that_has_not_the_port(self, ports: str, state: str) -> None:
        said = {"firewall-cmd --state": "running\n", "firewall-cmd --list-ports": ports}
        assert looked("linux", said).state == state

    @pytest.mark.parametrize(("policy", "state"), [("drop", WARNING), ("accept", GOOD)])
    def test_a_policy_that_drops(self, policy: str, state: str) -> None:
        assert looked("linux", {"nft list ruleset": NFT % policy}).state == state

    @pytest.mark.parametrize(("number", "state"), [(0, GOOD), (1, WARNING), (2, WARNING)])
    def test_macos(self, number: int, state: str) -> None:
        said = {f"{MAC} --getglobalstate": f"Firewall is. (State = {number})"}
        assert looked("darwin", said).state == state

    @pytest.mark.parametrize(("value", "state"), [("OFF", GOOD), ("ON", WARNING)])
    def test_windows(self, value: str, state: str) -> None:
        said = {"netsh advfirewall show currentprofile state": f"State    {value}\nOk."}
        found = looked("win32", said)
        assert found.state == state
        assert state == GOOD or "localport=8000" in found.fix
