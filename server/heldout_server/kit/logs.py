"""The log: one line an event on standard error, with the ids of what was being done.

Every line of a request carries its `request_id`, every line of a worker its `worker`,
`submission`, `step` and `attempt`. Secrets are struck out of every line, whoever wrote it:
tokens by their shape, fields by their name, passwords in addresses.
"""

from __future__ import annotations

import io
import logging
import re
import sys
import threading
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast

import structlog

STRUCK_OUT = "[secret]"
SECRET_NAMES = re.compile(
    r"token|password|secret|authorization|cookie|join_code|personal_code|csrf", re.I
)
SECRETS = re.compile(
    r"\bh[po]_[A-Za-z0-9_-]{16,}"  # participants' and organizers' tokens
    r"|(?<=://)[^/@\s:]*:[^/@\s]+(?=@)"  # user:password@ in an address
    r"|(?i:(?<=bearer )\S+)"
    # Join codes and the keys of own pages, in the access log's addresses.
    r"|(?<=[?&](?:code|view)=)[^&\s\"']+"
    r"|(?<=\s/j/)[^?\s\"']+"
    r"|heldout_school_[\w-]+=[^;\s\"']+"
    r"|(?:(?<=heldout_organizer=)|(?<=heldout_me=)|(?<=heldout_code=)|(?<=heldout_known=))[^;\s\"']+"
)

KEY_ORDER = ["timestamp", "level", "event", "request_id", "worker", "submission", "step", "attempt"]


def configure(log_format: str = "logfmt") -> None:
    """Set up the log of this process, for our own lines and for every library's.

    `log_format` is logfmt or json.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        strike_out,
    ]
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if log_format == "logfmt":
        renderer = structlog.processors.LogfmtRenderer(key_order=KEY_ORDER, drop_missing=True)
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", Lossy(sys.stderr))),
    )
    _route_libraries(shared, renderer)


class Lossy(io.TextIOBase):
    """A stream whose faults are nobody's: on a full disk lines are lost, and no request is."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """All of it, or nothing where the stream fails."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """What can be; also when the interpreter ends, and this module's names are gone."""
        try:  # noqa: SIM105
            self._stream.flush()
        except OSError:
            pass


@contextmanager
def working_on(submission_id: int, step: str, attempt: int) -> Iterator[None]:
    """Put these ids, and this thread's name as the worker, on every line of the block."""
    with structlog.contextvars.bound_contextvars(
        worker=threading.current_thread().name,
        submission=submission_id,
        step=str(step),
        attempt=attempt,
    ):
        yield


def strike_out(
    logger: Any, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace what is secret in this line; a processor of structlog's."""
    for name, value in event.items():
        if SECRET_NAMES.search(name):
            event[name] = STRUCK_OUT
        elif isinstance(value, str):
            event[name] = SECRETS.sub(STRUCK_OUT, value)
        elif not isinstance(value, (int, float, bool, type(None))):
            event[name] = SECRETS.sub(STRUCK_OUT, str(value))
    return event


def _route_libraries(shared: list[Any], renderer: Any) -> None:
    """Uvicorn, Alembic and warnings write through `logging`: the same shape, struck out too."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("uvicorn.access").setLevel(logging.INFO)
    logging.captureWarnings(True)
