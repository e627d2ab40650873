"""What a process says of one model, as it comes to know it. Needs no Linux."""

from __future__ import annotations

from collections.abc import Callable

from heldout_runner import protocol, scoring
from heldout_runner.engine import Engine
from heldout_runner.protocol import Header, Job

Write = Callable[[bytes], None]


def tell(job: Job, begun: Engine, write: Write) -> None:
    """Score the model and write LOADED, PREDICTED with the values, and the header, in time."""
    try:
        header, _ = scoring.run(
            job,
            begun,
            scoring.Announcements(
                loaded=lambda: write(protocol.LOADED),
                predicted=lambda width, values: write(
                    protocol.PREDICTED + protocol.width_bytes(width) + values
                ),
            ),
        )
    except BaseException as error:
        report(write, protocol.CODE_STATUS["crashed"], error)
        return
    write(header.pack())


def report(write: Write, status: int, error: BaseException) -> None:
    """Write a header that says only what went wrong."""
    write(Header(status, detail=f"{type(error).__name__}: {error}").pack())
