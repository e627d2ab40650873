"""What a runner may say of its work, held against what it was asked. Pure.

Only the model's own code can make a runner lie: ours says nothing that isn't so, nobody else
holds the other end of its pipe, and pipes lose no bits. So a header that can't be true is their
file's doing, and final.
"""

from __future__ import annotations

from dataclasses import dataclass

from heldout_runner.protocol import DEVICES, OK, TENSORFLOW, Header, width_of
from heldout_runner.variants import AUTO, canonical, untouched
from heldout_server.kit.errors import Rejection
from heldout_server.prediction.runner_verdicts import SAVE_AGAIN
from heldout_server.prediction.signature import Signature


@dataclass(frozen=True)
class Asked:
    """How many rows of values there must be, and of which widths and from which inputs; how
    inputs were to be prepared, how large a model may be.

    `preprocessing` is one of the names that suit the inputs, `none` or `auto`; `engine` what the
    runner was made for.
    """

    rows: int
    signature: Signature
    preprocessing: str
    longest_parameters: int
    engine: str = TENSORFLOW


def read_width(raw: bytes, asked: Asked) -> int:
    """How many values there are of one example. Raises Rejection for a width nobody asked for."""
    width = width_of(raw)
    if width not in asked.signature.widths:
        raise broken()
    return width


def read(raw: bytes) -> Header:
    """The header in `raw`. Raises Rejection when it isn't one, or names what can't be."""
    try:
        return Header.unpack(raw)
    except ValueError:
        raise broken() from None


def read_result(raw: bytes, asked: Asked, width: int) -> Header:
    """The header that follows values, `width` of each example.

    Raises Rejection when it isn't true of what was asked.
    """
    header = read(raw)
    if (
        (header.status, header.rows, header.columns) != (OK, asked.rows, width)
        or header.parameters > asked.longest_parameters
        or header.device not in DEVICES
        or not _names_its_engine(header, asked.engine)
        or header.preprocessing not in _usable(asked)
    ):
        raise broken()
    return header


def broken() -> Rejection:
    """What a participant hears whose model's process said what can't be."""
    return Rejection("crashed", "The model's process gave a broken result.", SAVE_AGAIN)


def _names_its_engine(header: Header, engine: str) -> bool:
    of_tensorflow = bool(header.keras_version), bool(header.tensorflow_version)
    is_tensorflow = engine == TENSORFLOW
    return header.engine == engine and of_tensorflow == (is_tensorflow, is_tensorflow)


def _usable(asked: Asked) -> tuple[str, ...]:
    if asked.preprocessing == AUTO:
        return asked.signature.variants
    kind = asked.signature.input_type
    return canonical(asked.preprocessing, kind), untouched(kind)
