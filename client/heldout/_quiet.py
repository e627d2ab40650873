"""Keeps what a library prints from below Python off the screen."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

STDOUT, STDERR = 1, 2


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing that is written to the process's outputs is seen meanwhile.

    PyTorch's exporter prints a module's whole graph when it can't export it, from C++, where
    Python's own redirection doesn't reach.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
    kept = {fd: copy for fd in (STDOUT, STDERR) if (copy := _copied(fd)) is not None}
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        for fd in kept:
            os.dup2(nowhere, fd)
        yield
    finally:
        for fd, copy in kept.items():
            os.dup2(copy, fd)
            os.close(copy)
        os.close(nowhere)


def _copied(fd: int) -> int | None:
    """Another descriptor of the same output; None where the process has none."""
    try:
        return os.dup(fd)
    except OSError:
        return None
