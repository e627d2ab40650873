"""Real processes of a board for benchmarks: everything in one on SQLite, or roles on PostgreSQL.

Each role has a data folder of its own; scorers and web see the files and images of the grader's
by links, and no labels.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import MappingProxyType
from uuid import uuid4

import httpx
import psycopg

from support.ports import free_port

CODE = "WAT-2026"
POSTGRES = os.environ.get("HELDOUT_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
COMMAND = str(Path(sys.executable).parent / "heldout-server")
START_SECONDS = 120


@dataclass
class Role:
    """One process that can be started again after it was killed."""

    name: str
    arguments: list[str]
    data: Path
    port: int | None = None
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


@dataclass
class Cluster:
    """A board in several processes. `settings` are environment variables for all of them."""

    folder: Path
    settings: dict[str, str]
    database_url: str = ""
    roles: dict[str, Role] = field(default_factory=dict)

    @property
    def webs(self) -> list[Role]:
        return [role for role in self.roles.values() if role.port is not None]

    @property
    def labels_home(self) -> Path:
        """The data folder with the labels."""
        return self.folder / "grader"

    def add(self, name: str, *arguments: str, data: str, serves: bool = False) -> Role:
        port = free_port() if serves else None
        given = [*arguments, *(["--port", str(port)] if serves else [])]
        role = self.roles[name] = Role(name, given, self.folder / data, port)
        return role

    def start(self, role: Role) -> None:
        role.starts += 1
        with (self.folder / f"{role.name}.log").open("ab") as log:
            role.process = subprocess.Popen(
                [COMMAND, *role.arguments], env=self.environment(role.data), stdout=log, stderr=log
            )

    def start_all(self) -> None:
        for role in self.roles.values():
            self.start(role)
        for role in self.webs:
            self.await_web(role)
        self.await_workers()

    def await_web(self, role: Role) -> None:
        address = f"http://127.0.0.1:{role.port}/api/v1/competitions"
        wait_until(lambda: _answers(address), f"{role.name} answers", self.tail(role))

    def await_workers(self) -> None:
        for role in self.roles.values():
            if role.arguments[0] == "worker":
                log = self.folder / f"{role.name}.log"
                started = f"Working on {role.arguments[2]}."
                wait_until(partial(_says, log, started), role.name, self.tail(role))

    def tail(self, role: Role) -> Callable[[], str]:
        return lambda: (self.folder / f"{role.name}.log").read_text()[-2000:]

    def run(self, *arguments: str, data: str) -> str:
        done = subprocess.run(
            [COMMAND, *arguments], env=self.environment(self.folder / data),
            capture_output=True, text=True, timeout=START_SECONDS,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def environment(self, data: Path) -> dict[str, str]:
        outside = {k: v for k, v in os.environ.items() if not k.startswith("HELDOUT_")}
        return {
            **outside,
            "HELDOUT_DATA": str(data),
            "HELDOUT_DATABASE_URL": self.database_url,
            "HELDOUT_JOIN_CODE": CODE,
            "HELDOUT_DOWNLOAD": "false",
            "HELDOUT_HOST": "127.0.0.1",
            "HELDOUT_ATTEMPTS_PER_MINUTE": "1000000",
            "HELDOUT_QUOTA_PER_DAY": "0",
            "PYTHONUNBUFFERED": "1",
            **self.settings,
        }

    def stop(self) -> None:
        """End every process, and drop the database."""
        for role in self.roles.values():
            if role.alive:
                os.kill(role.pid, signal.SIGCONT)
                os.kill(role.pid, signal.SIGTERM)
        for role in self.roles.values():
            if role.process is not None:
                try:
                    role.process.wait(10)
                except subprocess.TimeoutExpired:
                    role.process.kill()
        if self.database_url:
            drop_database(self.database_url)


def single(folder: Path, **settings: str) -> Cluster:
    """`heldout-server serve` on SQLite."""
    cluster = Cluster(folder, settings)
    cluster.add("server", "serve", data="grader", serves=True)
    return cluster


def _says(log: Path, words: str) -> bool:
    return words in log.read_text()


def scaled(
    folder: Path,
    settings: Mapping[str, str] = MappingProxyType({}),
    *,
    webs: int,
    graders: int,
    scorers: int,
    reconcilers: int = 0,
) -> Cluster:
    """Roles on a PostgreSQL database of their own."""
    cluster = Cluster(folder, dict(settings), database_url=make_database())
    cluster.run("init", data="grader")
    for kind, number in (("web", webs), ("scorer", scorers), ("reconciler", reconcilers)):
        for index in range(number):
            _link(folder / f"{kind}-{index}", folder / "grader")
    for index in range(webs):
        cluster.add(f"web-{index}", "web", data=f"web-{index}", serves=True)
    for index in range(graders):
        cluster.add(f"grader-{index}", "worker", "--pools", "grade", data="grader")
    for index in range(scorers):
        cluster.add(f"scorer-{index}", "worker", "--pools", "cpu", data=f"scorer-{index}")
    for index in range(reconcilers):
        cluster.add(f"reconciler-{index}", "reconcile", data=f"reconciler-{index}")
    return cluster


def make_database() -> str:
    name = f"heldout_bench_{uuid4().hex[:10]}"
    with psycopg.connect(POSTGRES, autocommit=True) as admin:
        admin.execute(f'create database "{name}"')
    return POSTGRES.rsplit("/", 1)[0] + f"/{name}"


def drop_database(url: str) -> None:
    with psycopg.connect(POSTGRES, autocommit=True) as admin:
        admin.execute(f'drop database if exists "{url.rsplit("/", 1)[1]}" with (force)')


def children(pid: int) -> list[tuple[int, str]]:
    """Living children of a process with their command lines."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if parent == pid:
                found.append((int(entry.name), (entry / "cmdline").read_text()))
        except (OSError, IndexError):
            continue
    return found


def wait_until(
    true: Callable[[], bool],
    what: str,
    why: Callable[[], str] = str,
    seconds: float = START_SECONDS,
    pause: float = 0.1,
) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds} s\n{why()}")
        time.sleep(pause)


def slug_of(cluster: Cluster) -> str:
    shown = httpx.get(f"http://127.0.0.1:{cluster.webs[0].port}/api/v1/competitions").text
    found = re.search(r'"slug":"(\w+)"', shown)
    assert found is not None, shown
    return found[1]


def _link(home: Path, grader: Path) -> None:
    home.mkdir(parents=True)
    for name in ("blobs", "datasets"):
        (home / name).symlink_to(grader / name)


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
