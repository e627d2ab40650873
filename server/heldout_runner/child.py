"""The life of one runner: shut in, warmed up, one order, the end."""

from __future__ import annotations

import gc
import os
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

from heldout_runner import engine, probes, protocol, scoring
from heldout_runner.confinement import Confinement, confine
from heldout_runner.engine import Engine
from heldout_runner.protocol import Job, Probe, ZygoteOptions
from heldout_runner.telling import report, tell

_LONGEST_ORDER = 1 << 16


@dataclass(frozen=True)
class Birth:
    """What the zygote gives a runner: pipe ends, its confinement, and files to warm up with."""

    orders: int
    results: int
    confinement: Confinement
    options: ZygoteOptions
    fixtures: tuple[Job, ...]
    zygote: int


def live(birth: Birth) -> NoReturn:
    """Everything from the fork to the end; never returns to the zygote's code."""
    code = 1
    # It lives for one model, and collections in between would only cost that model time.
    gc.disable()
    try:
        _serve(birth)
        code = 0
    except BaseException as error:  # whatever it is, it must not unwind into the zygote's loop
        report(partial(write_all, birth.results), protocol.UNAVAILABLE, error)
    finally:
        # Whatever the model registered to run at exit is not given the chance.
        os._exit(code)


def _serve(birth: Birth) -> None:
    confine(birth.confinement, kept={birth.orders, birth.results}, parent=birth.zygote)
    begun = engine.begun(birth.options)
    for fixture in birth.fixtures:
        _warm_up(fixture, begun)
    write_all(birth.results, protocol.READY)
    line = _read_line(birth.orders)
    if not line:
        return
    order = protocol.order_from_line(line)
    if isinstance(order, Probe):
        write_all(birth.results, probes.attempt(order, birth.results, birth.options.engine).pack())
    else:
        tell(order, begun, partial(write_all, birth.results))


def _warm_up(fixture: Job, begun: Engine) -> None:
    header, _ = scoring.run(fixture, begun)
    if header.status != protocol.OK:
        raise RuntimeError(f"the fixture can't be scored: {header.detail}")


def _read_line(orders: int) -> bytes:
    taken = b""
    while not taken.endswith(b"\n") and len(taken) < _LONGEST_ORDER:
        chunk = os.read(orders, 4096)
        if not chunk:
            return b""
        taken += chunk
    return taken


def write_all(fd: int, content: bytes) -> None:
    """Write all of `content`; a pipe takes it in pieces."""
    left = memoryview(content)
    while left:
        left = left[os.write(fd, left) :]
