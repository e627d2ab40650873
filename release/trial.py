"""`make try-wheels`: what is in `dist/`, as somebody meets it who has nothing else.

For each Python an empty environment, both wheels into it with all they need from the index, one
command, and the seconds to a board; then the client from the board's own address into a second one.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from packages import ROOT, tool

START_SECONDS = 600
ADDRESS = re.compile(r"Board\s+(http://\S+)")
WHEEL = re.compile(r'href="(heldout-[^"]+\.whl)"')


@dataclass(frozen=True)
class Board:
    """A board that answers: its address, its server's, and how long its start took."""

    page: str
    seconds: float

    @property
    def server(self) -> str:
        """The server's address, without a trailing slash."""
        return self.page.partition("/c/")[0]

    def read(self, path: str = "") -> str:
        """What the server says at the path; the board itself without one."""
        url = f"{self.server}{path}" if path else self.page
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 our own server's
            return answer.read().decode()

    def wheel(self) -> str:
        """The address of the client's wheel."""
        return f"{self.server}/client/{WHEEL.findall(self.read('/client/'))[0]}"


@contextmanager
def board(command: Sequence[str], folder: Path, settings: Mapping[str, str]) -> Iterator[Board]:
    """Start a server by `command` in an empty folder, and stop it. Raises RuntimeError."""
    begun = time.monotonic()
    log = folder / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, "serve", "--port", "0", "--data", str(folder / "data")],
            cwd=folder, stdout=output, stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **settings},
        )  # fmt: skip
    try:
        found = _awaited(process, log)
        yield Board(found.page, time.monotonic() - begun)
    finally:
        process.terminate()
        process.wait(30)


def _awaited(process: subprocess.Popen[bytes], log: Path) -> Board:
    """The board, as soon as it answers; its address is printed before."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        printed = ADDRESS.search(log.read_text())
        if printed:
            with suppress(urllib.error.URLError):
                found = Board(printed[1], 0.0)
                found.read()
                return found
        time.sleep(0.05)
    raise RuntimeError(f"no board (exit {process.poll()}): {log.read_text()}")


def trial(python: str, extra: str, dist: Path, folder: Path) -> str:
    """One line of the table: a Python, an extra, and the seconds that each part took."""
    [wheel] = dist.glob("heldout_server-*.whl")
    begun = time.monotonic()
    server = _environment(folder / "server", python, f"{wheel}{extra}", dist)
    installed = time.monotonic() - begun
    settings = {"HELDOUT_DOWNLOAD": "false"}
    with board([str(server / "heldout-server")], folder, settings) as found:
        client = _environment(folder / "client", python, f"heldout @ {found.wheel()}", None)
        said = _output([str(client / "heldout"), "--help"])
        version = _output([str(server / "python"), "--version"])
        assert "join" in said, said
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
        return f"{version:<14} {extra or '-':<14} {installed:9.1f} {found.seconds:9.1f} {load:6.1f}"


def _environment(folder: Path, python: str, wanted: str, dist: Path | None) -> Path:
    """An empty environment with what is wanted; its folder of commands."""
    _output([tool("uv"), "venv", "--quiet", "--python", python, str(folder)])
    links = [] if dist is None else ["--find-links", str(dist)]
    commands = folder / ("Scripts" if sys.platform == "win32" else "bin")
    into = ["--python", str(commands / "python")]
    _output([tool("uv"), "pip", "install", "--quiet", *into, *links, wanted])
    return commands


def _output(command: Sequence[str]) -> str:
    said = subprocess.run(command, capture_output=True, text=True)
    if said.returncode:
        raise RuntimeError(f"{' '.join(command[:3])} failed: {said.stdout}{said.stderr}")
    return said.stdout.strip()


def main() -> int:
    """Try every Python that was named; 1 where one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", action="append", help="A version or an interpreter's path.")
    parser.add_argument("--extra", default="", help="Such as tensorflow.")
    parser.add_argument("--dist", type=Path, default=ROOT / "dist")
    given = parser.parse_args()
    extra = f"[{given.extra}]" if given.extra else ""
    print(f"{'python':<14} {'extra':<14} {'install s':>9} {'board s':>9} {'load':>6}")
    failed = 0
    for python in given.python or [sys.executable]:
        with tempfile.TemporaryDirectory() as folder:
            try:
                print(trial(python, extra, given.dist, Path(folder)), flush=True)
            except RuntimeError as error:
                failed += 1
                print(f"{python}: {error}", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
