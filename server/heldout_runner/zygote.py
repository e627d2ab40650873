"""`python -m heldout_runner.zygote CONTROL_FD OPTIONS`: import an engine once, then only fork.

It never runs a TensorFlow operation, builds a layer, loads a model or opens a session, since a
child forked after that hangs; it never runs anything that a participant wrote; and it knows no
secret, since it is started with a cleaned environment. It ends with the server.
"""

from __future__ import annotations

import gc
import importlib.abc
import json
import os
import socket
import sys
from collections.abc import Collection, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from heldout_runner import file_pages, syscalls
from heldout_runner.confinement import (
    Confinement,
    Layers,
    die_with,
    readable_paths,
    rehearse,
    with_folder,
)
from heldout_runner.gpu import is_used, with_devices
from heldout_runner.landlock import Access
from heldout_runner.limits import MOST_TASKS, Limits
from heldout_runner.protocol import ONNXRUNTIME, TENSORFLOW, Job, ZygoteOptions

if TYPE_CHECKING:
    from heldout_runner.child import Birth

# Keras and TensorFlow import these when they find them, and need none of them to score a model.
BLOCKED = frozenset({"pandas", "scipy", "sklearn", "pyarrow", "jax", "torch", "tf_keras"})
# What a runner of one engine has no business with.
OTHERS = {TENSORFLOW: {"onnxruntime"}, ONNXRUNTIME: {"tensorflow", "keras"}}
# As many as fill a batch, so that its memory is there already.
DENSE_IMAGES, CONVOLUTION_IMAGES = 2500, 256
WARM_UP_PARAMETERS = 1_000_000
_LONGEST_MESSAGE = 1 << 16


class BlockedImports(importlib.abc.MetaPathFinder):
    """Makes packages look as if they weren't installed."""

    def __init__(self, blocked: Collection[str]) -> None:
        self._blocked = blocked

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Nothing for other names; raises ModuleNotFoundError for the blocked ones."""
        if fullname.partition(".")[0] in self._blocked:
            raise ModuleNotFoundError(f"{fullname} is kept out of the runner", name=fullname)
        return None


class Zygote:
    """Forks runners on request and collects them when they have ended."""

    def __init__(self, control: socket.socket, options: ZygoteOptions) -> None:
        self._control = control
        self._options = options
        self._gpu = is_used(options.device)
        access = readable_paths(images_folder=options.images_folder)
        self._access: Access = with_devices(access) if self._gpu else access
        self._layers: Layers = rehearse(self._access, options.first_user, grouped=options.grouped)
        self._fixtures = _prepare_fixtures(options)

    def introduce(self) -> None:
        """Tell the server that runners can be had, and how they are protected."""
        from heldout_runner import probes

        layers = self._layers
        self._answer(
            {
                "ready": True,
                "landlock": layers.landlock,
                "seccomp": layers.seccomp,
                "namespaces": layers.namespaces,
                "own_users": layers.own_users,
                "limits_tasks": layers.own_count or self._options.grouped,
                "notes": list(layers.notes),
                "gpu": self._gpu,
                "probes": probes.table(self._options.engine),
            }
        )

    def serve(self) -> None:
        """Answer requests until the server is gone."""
        while True:
            message, fds, _, _ = socket.recv_fds(self._control, _LONGEST_MESSAGE, 2)
            if not message:
                return
            request = json.loads(message)
            try:
                self._handle(request, fds)
            except OSError as error:
                self._answer({"error": f"{type(error).__name__}: {error}"})
            finally:
                for fd in fds:
                    os.close(fd)

    def _handle(self, request: dict[str, Any], fds: list[int]) -> None:
        if request["do"] == "reap":
            _, status, usage = os.wait4(request["pid"], 0)
            self._answer(
                {
                    "status": status,
                    "peak_bytes": usage.ru_maxrss * 1024,
                    "cpu_seconds": usage.ru_utime + usage.ru_stime,
                }
            )
        else:
            self._fork(request, fds)

    def _fork(self, request: dict[str, Any], fds: list[int]) -> None:
        from heldout_runner.child import live

        threads = len(list(Path("/proc/self/task").iterdir()))
        if threads != 1:
            # A thread may hold a lock at the fork, and the child would wait for it for ever.
            raise OSError(f"the zygote has {threads} threads")
        birth = self._birth(request, fds)
        process = os.fork()
        if process == 0:
            live(birth)
        watched = os.pidfd_open(process)
        try:
            socket.send_fds(self._control, [json.dumps({"pid": process}).encode()], [watched])
        finally:
            os.close(watched)

    def _birth(self, request: dict[str, Any], fds: list[int]) -> Birth:
        from heldout_runner.child import Birth

        options, layers = self._options, self._layers
        own_user = layers.user(options.first_user + request["number"])
        confinement = Confinement(
            layers=layers,
            access=with_folder(self._access, request["folder"]),
            limits=Limits(
                memory_bytes=None if self._gpu else options.memory_bytes,
                cpu_seconds=options.cpu_seconds,
                # Elsewhere the count would include what others run under the same user id.
                tasks=MOST_TASKS if layers.own_count else None,
            ),
            user=own_user,
            gpu=self._gpu,
        )
        orders, results = fds
        fixtures = self._fixtures if request["warm"] else ()
        return Birth(orders, results, confinement, options, fixtures, os.getpid())

    def _answer(self, message: dict[str, Any]) -> None:
        self._control.send(json.dumps(message).encode())


def _prepare_fixtures(options: ZygoteOptions) -> tuple[Job, ...]:
    import numpy as np

    from heldout_runner import fixture

    folder = Path(options.fixture_folder)
    jobs = []
    for name, model, images in (
        ("dense", fixture.DENSE, DENSE_IMAGES),
        ("convolution", fixture.CONVOLUTION, CONVOLUTION_IMAGES),
    ):
        path, examples = folder / f"{name}.keras", folder / f"{name}.npy"
        labels, floats = folder / f"{name}-labels.npy", folder / f"{name}-prepared.npy"
        fixture.write(model, path)
        np.save(examples, np.zeros((images, 28, 28), np.uint8))
        np.save(labels, np.zeros(images, np.uint8))
        np.save(floats, np.zeros((images, 28, 28), np.float32))
        for made in (path, examples, labels, floats):
            made.chmod(0o644)
        jobs.append(
            Job(
                model_path=str(path),
                inputs_path=str(examples),
                widths=(10,),
                batch_size=0,
                longest_parameters=WARM_UP_PARAMETERS,
                practice_inputs_path=str(examples),
                practice_answers_path=str(labels),
                prepared_inputs_path=str(floats),
            )
        )
    return tuple(jobs)


def main() -> None:
    """Import, freeze, introduce, serve."""
    control = socket.socket(fileno=int(sys.argv[1]))
    options = ZygoteOptions.from_text(sys.argv[2])
    die_with(options.server)
    syscalls.prctl(syscalls.PR_SET_DUMPABLE, 0)
    sys.meta_path.insert(0, BlockedImports(BLOCKED | OTHERS[options.engine]))
    try:
        # Imported here so that a broken installation is reported instead of dying mute.
        from heldout_runner import child, engine  # noqa: F401

        engine.imported(options.engine)
        zygote = Zygote(control, options)
    except BaseException as error:
        control.send(json.dumps({"error": f"{type(error).__name__}: {error}"[:500]}).encode())
        raise
    # Frozen objects are not touched by collections, so their pages stay shared with children.
    gc.collect()
    gc.freeze()
    file_pages.release()
    zygote.introduce()
    zygote.serve()


if __name__ == "__main__":
    main()
