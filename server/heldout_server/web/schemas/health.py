"""Whether the server can work, for probes and for people."""

from __future__ import annotations

from typing import Literal

from heldout_server.web.schemas.shape import Shape


class ModelsHealthOut(Shape):
    """The sandbox's self-test and the runners."""

    accepting: bool
    sandbox: Literal["checking", "contained", "not contained", "unavailable"]
    detail: str
    probes: int
    contained: int
    slots: int
    ready: int
    busy: int
    memory_bytes: int


class HealthOut(Shape):
    """Whether submissions can be taken, check by check; what this process is doing."""

    status: Literal["ok", "unavailable"]
    version: str
    accepting: bool
    checks: dict[str, str]
    models: ModelsHealthOut
    queue: dict[str, int]


class ReadyOut(Shape):
    """Each check is `ok`, or says what is wrong."""

    ready: bool
    checks: dict[str, str]
