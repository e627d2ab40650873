"""A real server and who can reach it: on the loopback, in a room, and by a tunnel."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from acceptance.conftest import start_server

pytestmark = pytest.mark.acceptance

ADDRESS = "https://seven-plain-words.trycloudflare.com"
NO_MODELS = {"HELDOUT_MODEL_WORKERS": "0"}


@pytest.fixture
def cloudflared(tmp_path: Path) -> Path:
    """A stand-in in a folder of its own; it writes its process id beside itself."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "cloudflared"
    program.write_text(
        f"#!{sys.executable}\n"
        "import os, pathlib, sys, time\n"
        "pathlib.Path(sys.argv[0]).with_name('pid').write_text(str(os.getpid()))\n"
        f"print('INF |  {ADDRESS}  |', file=sys.stderr, flush=True)\n"
        "time.sleep(600)\n"
    )
    program.chmod(0o755)
    return program


def ends(pid: int) -> bool:
    deadline = time.monotonic() + 20
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    return not Path(f"/proc/{pid}").exists()


class TestServePublic:
    def test_uses_the_tunnels_address_and_takes_it_along_when_it_ends(self, tmp_path, cloudflared):
        path = f"{cloudflared.parent}:{os.environ['PATH']}"
        server = start_server(tmp_path / "data", "--public", PATH=path, **NO_MODELS)
        pid = int(cloudflared.with_name("pid").read_text())
        try:
            said = server.log.read_text()
            assert f"From anywhere    {ADDRESS}/c/{server.slug}" in said
            assert f"People join at   {ADDRESS}/j" in said
            assert f"Projector        {ADDRESS}/c/{server.slug}/tv?code=" in said
            assert "From Colab       yes" in said
            found = httpx.get(f"{server.url}/api/v1/competitions/{server.slug}").json()
            assert found["board_url"] == f"{ADDRESS}/c/{server.slug}"
            assert Path(f"/proc/{pid}").exists()
        finally:
            server.stop()
        assert ends(pid)

    def test_says_what_to_install_where_there_is_nothing(self, tmp_path):
        command = [str(Path(sys.executable).parent / "heldout-server"), "serve", "--public"]
        nothing = {"PATH": str(tmp_path), "HELDOUT_DATA": str(tmp_path / "data")}
        ended = subprocess.run(
            [*command, "--port", "0"], env=nothing, capture_output=True, text=True, timeout=60
        )
        assert ended.returncode == 1
        assert "none is installed: cloudflared, tailscale or ngrok" in ended.stdout
        assert "Traceback" not in ended.stdout + ended.stderr


class TestOnTheLoopback:
    def test_no_address_of_the_room_is_printed(self, server):
        """It printed an address of the network while nobody there could come."""
        said = server.log.read_text()
        assert "In the room      no: it listens on 127.0.0.1" in said
        assert f"Projector        http://localhost:{httpx.URL(server.url).port}/c/" in said
