"""A way in from outside: a tunnel program of this machine, which lives as long as the server.

`serve --public` takes the first that is installed, reads the address from what it prints, and
ends it with the server, however that ends.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from heldout_server.processes.installation import InstallationError

log = structlog.get_logger()

OPENS_WITHIN_SECONDS = 30.0
ENDS_WITHIN_SECONDS = 5.0
# Asks the kernel to kill the program when the server dies, however it does, and becomes it.
DIE_WITH_THE_SERVER = (
    "import ctypes, os, signal, sys; ctypes.CDLL(None).prctl(1, int(signal.SIGKILL)); "
    "os.execv(sys.argv[1], sys.argv[1:])"
)
LINES_KEPT = 5
LONGEST_LINE = 300
NONE_INSTALLED = (
    "--public needs a tunnel program, and none is installed: cloudflared, tailscale or ngrok. "
    "cloudflared needs no account: https://developers.cloudflare.com/tunnel/downloads/. Without "
    "--public, people in Colab drop their file on their page of the board."
)
ALREADY_PUBLIC = (
    "--public makes an address up, and HELDOUT_PUBLIC_URL={url} names one. Leave one of them away."
)


@dataclass(frozen=True)
class Program:
    """A tunnel program: its arguments after its name, and what its address looks like."""

    name: str
    arguments: tuple[str, ...]
    address: re.Pattern[str]
    hint: str

    def command(self, path: str, target: str) -> list[str]:
        """The command line that opens a tunnel to `target`."""
        return [path, *(argument.format(target=target) for argument in self.arguments)]

    def address_in(self, line: str) -> str | None:
        """The public address, where this line of its output says it."""
        found = self.address.search(line)
        return found[1].rstrip("/") if found else None


PROGRAMS = (
    Program(
        "cloudflared",
        ("tunnel", "--no-autoupdate", "--url", "{target}"),
        # Its own service's name appears where the tunnel could not be made.
        re.compile(r"(https://(?!api\.)[a-z0-9-]+\.trycloudflare\.com)\b"),
        "Is there a way to the internet?",
    ),
    Program(
        "tailscale",
        ("funnel", "{target}"),
        re.compile(r"(https://[a-z0-9-]+(?:\.[a-z0-9-]+)*\.ts\.net(?::\d+)?)\b"),
        "Run `tailscale up`, and allow Funnel for this machine.",
    ),
    Program(
        "ngrok",
        ("http", "{target}", "--log", "stdout", "--log-format", "logfmt"),
        re.compile(r"started tunnel.*\burl=(https://[^\s\"]+)"),
        "Run `ngrok config add-authtoken …` once.",
    ),
)


def target_of(host: str, port: int) -> str:
    """Where a program of this machine reaches a server bound to `host`."""
    return f"http://{'127.0.0.1' if host in {'0.0.0.0', 'localhost'} else host}:{port}"  # noqa: S104


def installed_program(search_path: str | None = None) -> tuple[Program, str]:
    """The first program that is there, and its path. Raises InstallationError."""
    for program in PROGRAMS:
        path = shutil.which(program.name, path=search_path)
        if path is not None:
            return program, path
    raise InstallationError(NONE_INSTALLED)


@contextmanager
def opened(
    program: Program, path: str, target: str, *, within_seconds: float = OPENS_WITHIN_SECONDS
) -> Iterator[str]:
    """The tunnel's address, for as long as the block runs. Raises InstallationError."""
    process = subprocess.Popen(  # noqa: S603 a program that the organizer has installed
        [*_guard(sys.platform), *program.command(path, target)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        # Ctrl+C ends the server, which ends the tunnel.
        start_new_session=True,
    )
    reader = _Reader(program, process)
    try:
        yield reader.address(within_seconds)
    finally:
        reader.is_wanted = False
        _end(process)
        reader.finish()


def _guard(platform: str) -> list[str]:
    """What goes before the program's command line; elsewhere it ends with an orderly end alone."""
    return [sys.executable, "-I", "-c", DIE_WITH_THE_SERVER] if platform == "linux" else []


class _Reader:
    """Reads all that the program prints, for as long as it prints: a full pipe would stop it."""

    def __init__(self, program: Program, process: subprocess.Popen[str]) -> None:
        self.is_wanted = True
        self._program = program
        self._process = process
        self._lines: deque[str] = deque(maxlen=LINES_KEPT)
        self._address: str | None = None
        self._settled = threading.Event()
        self._thread = threading.Thread(target=self._read, name="tunnel", daemon=True)
        self._thread.start()

    def address(self, within_seconds: float) -> str:
        """Wait for the address. Raises InstallationError with what the program said instead."""
        self._settled.wait(within_seconds)
        if self._address is not None:
            return self._address
        said = " / ".join(self._lines) or "nothing"
        raise InstallationError(
            f"{self._program.name} opened no tunnel within {within_seconds:.0f} s. "
            f"{self._program.hint} It said: {said}"
        )

    def finish(self) -> None:
        """The program has ended: so does what it printed, unless it left somebody behind."""
        self._thread.join(ENDS_WITHIN_SECONDS)

    def _read(self) -> None:
        output = self._process.stdout
        assert output is not None
        with output:
            while line := output.readline(LONGEST_LINE):
                self._hear(line.strip())
        self._settled.set()
        if self.is_wanted and self._address is not None:
            log.error("tunnel.ended", program=self._program.name, address=self._address)

    def _hear(self, line: str) -> None:
        if self._address is None and line:
            self._lines.append(line)
            self._address = self._program.address_in(line)
            if self._address is not None:
                self._settled.set()


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(ENDS_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
