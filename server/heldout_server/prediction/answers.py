"""What a runner may say of its work, held against what it was asked. Pure.

Only the model's own code can make a runner lie: ours says nothing that isn't so, nobody else
holds the other end of its pipe, and pipes lose no bits. So a header that can't be true is their
file's doing, and final.
"""

from __future__ import annotations

from dataclasses import dataclass

from heldout_runner.protocol import AUTO, DEVICES, OK, PREPROCESSING, RAW, Header
from heldout_server.kit.errors import Rejection
from heldout_server.prediction.runner_verdicts import SAVE_AGAIN


@dataclass(frozen=True)
class Asked:
    """Of what shape the values must be, how images were to be prepared, how large a model may be.

    `preprocessing` is one of the runner's names, or `auto`.
    """

    rows: int
    columns: int
    preprocessing: str
    longest_parameters: int


def read(raw: bytes) -> Header:
    """The header in `raw`. Raises Rejection when it isn't one, or names what can't be."""
    try:
        return Header.unpack(raw)
    except ValueError:
        raise broken() from None


def read_result(raw: bytes, asked: Asked) -> Header:
    """The header that follows values. Raises Rejection when it isn't true of what was asked."""
    header = read(raw)
    if (
        (header.status, header.rows, header.columns) != (OK, asked.rows, asked.columns)
        or header.parameters > asked.longest_parameters
        or header.device not in DEVICES
        or not (header.keras_version and header.tensorflow_version)
        or header.preprocessing not in _usable(asked.preprocessing)
    ):
        raise broken()
    return header


def broken() -> Rejection:
    """What a participant hears whose model's process said what can't be."""
    return Rejection("crashed", "The model's process gave a broken result.", SAVE_AGAIN)


def _usable(preprocessing: str) -> tuple[str, ...]:
    return PREPROCESSING if preprocessing == AUTO else (preprocessing, RAW)
