"""Tunnels by stand-ins: programs of the same names that print what the real ones print."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from heldout_server.cli.tunnel import PROGRAMS, installed_program, opened, target_of
from heldout_server.processes.installation import InstallationError

CLOUDFLARED = """\
INF Requesting new quick Tunnel on trycloudflare.com...
INF +--------------------------------------------------------------------------------------------+
INF |  Your quick Tunnel has been created! Visit it at (it may take some time to be reachable):  |
INF |  https://seven-plain-words.trycloudflare.com                                               |
INF +--------------------------------------------------------------------------------------------+
"""
TAILSCALE = """\
Available on the internet:

https://laptop.tail1a2b.ts.net/
|-- proxy http://127.0.0.1:8000

Press Ctrl+C to exit.
"""
NGROK = """\
t=2026-11-29T18:00:00+0000 lvl=info msg="no configuration paths supplied"
t=2026-11-29T18:00:01+0000 lvl=info msg="started tunnel" obj=tunnels name=command_line \
addr=http://127.0.0.1:8000 url=https://1a2b-3c.ngrok-free.app
"""
SAID = {
    "cloudflared": (CLOUDFLARED, "https://seven-plain-words.trycloudflare.com"),
    "tailscale": (TAILSCALE, "https://laptop.tail1a2b.ts.net"),
    "ngrok": (NGROK, "https://1a2b-3c.ngrok-free.app"),
}
REFUSALS = {
    "cloudflared": 'ERR failed to request quick Tunnel: Post "https://api.trycloudflare.com/tunnel"',
    "tailscale": "Funnel is not enabled on your tailnet. Visit https://login.tailscale.com/f/funnel",
    "ngrok": "ERROR: authentication failed: see https://dashboard.ngrok.com/signup ERR_NGROK_4018",
}


def stand_in(folder: Path, name: str, said: str, *, then: str = "time.sleep(600)") -> Path:
    """An executable that notes its arguments and process id, prints, and goes on."""
    path = folder / name
    path.write_text(
        textwrap.dedent(
            f"""\
            #!{sys.executable}
            import os, pathlib, sys, time
            pathlib.Path({str(folder / "arguments")!r}).write_text("\\n".join(sys.argv[1:]))
            pathlib.Path({str(folder / "pid")!r}).write_text(str(os.getpid()))
            print({said!r}, file=sys.stderr, flush=True)
            {then}
            """
        )
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def ends(pid: int, within_seconds: float = 20) -> bool:
    deadline = time.monotonic() + within_seconds
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_running(pid)


class TestInstalledProgram:
    def test_the_first_of_them_is_taken(self, tmp_path: Path) -> None:
        for name in ("ngrok", "tailscale", "cloudflared"):
            path = stand_in(tmp_path, name, "")
            found, where = installed_program(str(tmp_path))
            assert (found.name, where) == (name, str(path))

    def test_none_is_said_with_what_to_do(self, tmp_path: Path) -> None:
        with pytest.raises(InstallationError, match=r"none is installed: cloudflared, tailscale"):
            installed_program(str(tmp_path))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
class TestOpened:
    def test_reads_the_address_and_ends_it_with_the_block(self, program, tmp_path: Path) -> None:
        said, address = SAID[program.name]
        path = stand_in(tmp_path, program.name, said)
        with opened(program, str(path), "http://127.0.0.1:8000") as found:
            assert found == address
            pid = int((tmp_path / "pid").read_text())
            assert is_running(pid)
        assert not is_running(pid)
        assert "http://127.0.0.1:8000" in (tmp_path / "arguments").read_text()

    def test_a_refusal_is_told_in_its_words(self, program, tmp_path: Path) -> None:
        path = stand_in(tmp_path, program.name, REFUSALS[program.name], then="sys.exit(1)")
        with (
            pytest.raises(InstallationError, match=f"{program.name} opened no tunnel") as caught,
            opened(program, str(path), "http://127.0.0.1:8000"),
        ):
            pass
        assert REFUSALS[program.name][:40] in str(caught.value)
        assert program.hint in str(caught.value)


class TestBounds:
    def test_a_silent_program_is_not_waited_for_for_ever(self, tmp_path: Path) -> None:
        path = stand_in(tmp_path, "cloudflared", "INF still trying")
        with (
            pytest.raises(InstallationError, match="within 1 s"),
            opened(PROGRAMS[0], str(path), "http://127.0.0.1:8000", within_seconds=1),
        ):
            pass
        if (tmp_path / "pid").exists():  # a busy machine may not have come so far
            assert not is_running(int((tmp_path / "pid").read_text()))

    def test_a_talkative_program_is_never_stopped_by_a_full_pipe(self, tmp_path: Path) -> None:
        talk = (
            "[print('x' * 1000, flush=True) for _ in range(500)]; "
            f"pathlib.Path({str(tmp_path / 'said')!r}).write_text('all'); time.sleep(600)"
        )
        path = stand_in(tmp_path, "cloudflared", CLOUDFLARED, then=talk)
        with opened(PROGRAMS[0], str(path), "http://127.0.0.1:8000"):
            deadline = time.monotonic() + 20
            while not (tmp_path / "said").exists() and time.monotonic() < deadline:
                time.sleep(0.02)
            assert (tmp_path / "said").exists()

    def test_it_dies_with_a_server_that_is_killed(self, tmp_path: Path) -> None:
        path = stand_in(tmp_path, "cloudflared", CLOUDFLARED)
        code = (
            "import os, signal\n"
            "from heldout_server.cli.tunnel import PROGRAMS, opened\n"
            f"with opened(PROGRAMS[0], {str(path)!r}, 'http://127.0.0.1:1'):\n"
            "    os.kill(os.getpid(), signal.SIGKILL)\n"
        )
        subprocess.run([sys.executable, "-c", code], env={**os.environ}, timeout=60)
        assert ends(int((tmp_path / "pid").read_text()))


class TestTargetOf:
    def test_what_listens_everywhere_is_asked_on_the_loopback(self) -> None:
        assert target_of("0.0.0.0", 8000) == "http://127.0.0.1:8000"  # noqa: S104
        assert target_of("192.168.7.7", 8000) == "http://192.168.7.7:8000"
