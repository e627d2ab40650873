"""Which line of a notebook's cell an error came from."""

from __future__ import annotations

import linecache
from collections.abc import Iterator
from types import FrameType, TracebackType

# In the names that IPython and Jupyter give the source of a cell.
CELLS = ("ipykernel", "ipython-input")


def cell_line(trace: TracebackType | None) -> str:
    """`In line 3: client.submit(modle)`: the last line of a notebook's cell that led here."""
    lines = (_source(trace.tb_frame, trace.tb_lineno) for trace in _entries(trace))
    return next((line for line in reversed(list(lines)) if line), "")


def _entries(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _source(frame: FrameType, number: int) -> str:
    # A cell's source is where Python looks for the lines of any file.
    file = frame.f_code.co_filename
    if not any(mark in file for mark in CELLS):
        return ""
    text = linecache.getline(file, number).strip()
    return f"In line {number}: {text}" if text else ""
