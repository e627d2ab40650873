"""`lying_zygote.py SAID -I -m heldout_runner.zygote CONTROL_FD OPTIONS`: stands for a zygote whose
runners were taken over by the model that they ran.

It speaks the protocol as the real one does. Its runners run nothing: they give values that are in
order, and then, as their header, the bytes in the file `SAID`.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

import numpy as np

from heldout_runner.protocol import LOADED, PREDICTED, READY, Job, width_bytes

NOTHING_KNOWN = {
    "ready": True, "landlock": 0, "seccomp": False, "namespaces": False, "own_users": False,
    "limits_tasks": False, "gpu": False, "notes": [], "probes": [],
}  # fmt: skip


def main(said: Path, control: socket.socket) -> None:
    control.send(json.dumps(NOTHING_KNOWN).encode())
    while True:
        message, fds, _, _ = socket.recv_fds(control, 1 << 16, 2)
        if not message:
            return
        request = json.loads(message)
        if request["do"] == "reap":
            control.send(json.dumps(reaped(request["pid"])).encode())
        else:
            fork(control, said, *fds)
        for fd in fds:
            os.close(fd)


def reaped(process: int) -> dict[str, Any]:
    _, status, usage = os.wait4(process, 0)
    used = usage.ru_utime + usage.ru_stime
    return {"status": status, "peak_bytes": usage.ru_maxrss * 1024, "cpu_seconds": used}


def fork(control: socket.socket, said: Path, orders: int, results: int) -> None:
    process = os.fork()
    if process == 0:
        control.close()
        run(said, orders, os.fdopen(results, "wb", buffering=0))
        os._exit(0)
    watched = os.pidfd_open(process)
    socket.send_fds(control, [json.dumps({"pid": process}).encode()], [watched])
    os.close(watched)


def run(said: Path, orders: int, results: Any) -> None:
    results.write(READY)
    line = os.fdopen(orders, "rb").readline()
    if not line:
        return
    job = Job.from_line(line)
    rows, width = len(np.load(job.inputs_path, mmap_mode="r")), job.widths[0]
    values = np.eye(width, dtype="<f4")[np.arange(rows) % width]
    results.write(LOADED)
    if not said.with_suffix(".early").exists():
        content = memoryview(PREDICTED + width_bytes(width) + values.tobytes())
        while content:
            content = content[results.write(content) :]
    results.write(said.read_bytes())


if __name__ == "__main__":
    main(Path(sys.argv[1]), socket.socket(fileno=int(sys.argv[5])))
