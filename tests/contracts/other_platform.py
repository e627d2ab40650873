"""A program for `test_platforms`: the server as Windows would have it, as far as Linux can play it.

It takes away what Windows hasn't, imports every module of the server, starts one in the folder that
is named, joins, sends a prediction file and a model, and prints what came of it. Libraries are
imported before: they know their platforms by themselves.
"""

from __future__ import annotations

import ast
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import sys
import types
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

SERVER = Path(__file__).parents[2] / "server"
NEVER_HERE = {"tensorflow", "keras", "h5py", "onnxruntime", "msvcrt", "fcntl", "resource"}
PLATFORM = "win32"
MODULES = ("fcntl", "resource", "termios", "pwd", "grp", "syslog")
# Some stay for the libraries, whose code for Windows isn't what runs here.
NAMES = (
    *((os, name) for name in ("chown", "fchmod", "geteuid", "getegid", "getuid", "getgid")),
    *((os, name) for name in ("setsid", "killpg", "wait4", "fork", "pidfd_open")),
    *((signal, name) for name in ("SIGKILL", "SIGHUP", "SIGBUS", "SIGSYS", "SIGXCPU", "SIGUSR1")),
    (signal, "pidfd_send_signal"), (socket, "send_fds"), (socket, "recv_fds"), (select, "poll"),
)  # fmt: skip


def libraries() -> Iterator[str]:
    """Everything that the server imports and that isn't the server."""
    for path in SERVER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and not node.level:
                yield str(node.module)
            elif isinstance(node, ast.Import):
                yield from (name.name for name in node.names)


def load_libraries() -> None:
    for name in sorted(set(libraries())):
        if name.partition(".")[0] not in {*NEVER_HERE, "heldout_server", "heldout_runner"}:
            try:
                importlib.import_module(name)
            except ImportError:
                continue  # an extra that isn't installed


class Blocker:
    """Finds nothing of what the platform hasn't."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name in MODULES:
            raise ModuleNotFoundError(f"{name}: not on this platform", name=name)


def become_windows() -> None:
    for name in MODULES:
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, Blocker())
    for module, name in NAMES:
        delattr(module, name)
    stand_in = types.ModuleType("msvcrt")
    vars(stand_in).update(LK_LOCK=1, LK_NBLCK=2, locking=lambda *_: None)
    sys.modules["msvcrt"] = stand_in
    sys.platform = PLATFORM


def import_everything() -> list[str]:
    import heldout_server

    names = [m.name for m in pkgutil.walk_packages(heldout_server.__path__, "heldout_server.")]
    for name in names:
        if not name.endswith("__main__") and ".migrations" not in name:
            importlib.import_module(name)
    return names


def evening(folder: Path) -> dict[str, object]:
    """What a board says of itself, and what became of a prediction file and of a plain model."""
    from fastapi.testclient import TestClient

    from heldout_server.cli.start_lines import model_lines
    from heldout_server.kit.settings import Settings
    from heldout_server.operations.doctor import examine
    from heldout_server.operations.store_checks import sandbox
    from heldout_server.prediction.runner import RunnerFailed
    from heldout_server.processes import installation
    from heldout_server.processes.server import create_app, embedded
    from onnx_files import honest
    from participant import Participant, npy

    settings = Settings(data=folder, download=False, join_code="WAT-2026", attempts_per_minute=100)
    with installation.lock(settings.data):
        installed = installation.open_installation(settings)
        installation.ensure_competition(installed, now=installation.utc_now())
        rows = len(installed.labels.labels(next(installed.folders.datasets.iterdir()).name))
        server = embedded(installed)
        with TestClient(create_app(server), base_url="http://localhost") as client:
            with suppress(RunnerFailed):
                server.scoring.containment.await_permission(60)
            ada = Participant.join(client, "Ada")
            predicted = ada.submit(npy(np.zeros(rows, dtype=int)))
            model = honest()
            refused = ada.open(model, kind="model", filename="model.onnx").json()
            return {
                "board": client.get("/c/digits").status_code,
                "health": client.get("/health").json()["models"]["detail"],
                "predictions": predicted["state"],
                "model": refused["code"],
                "start": model_lines(settings, sys.platform),
                "doctor": [finding.detail for finding in examine(settings, (sandbox,))],
            }


def main() -> None:
    load_libraries()
    become_windows()
    modules = import_everything()
    found = {"modules": len(modules), **evening(Path(sys.argv[1]))}
    sys.stdout.write(f"{json.dumps(found)}\n")
    sys.stdout.flush()
    os._exit(0)  # libraries' own threads may want back what was taken away


if __name__ == "__main__":
    main()
