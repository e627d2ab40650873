"""What crosses between the server and the process that runs a stranger's model.

In: one line of JSON from the server, which is trusted. Out: a fixed binary header and raw
float32 values, of a length that the server knows before it reads, since the process that writes
them is not trusted. Standard library only.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass

READY = b"R"
LOADED = b"L"
MAGIC = b"HLD1"
# magic, status, rows, columns, seconds to load, seconds to predict, parameters,
# device, Keras version, TensorFlow version, detail
HEADER = struct.Struct("<4sHIIddQ16s16s16s200s")
FLOAT_BYTES = 4

OK = 0
# A runner that can't even start is our fault; every other status is about the file.
UNAVAILABLE = 1
STATUS_CODES = {
    2: "load_failed",
    3: "input_shape",
    4: "output_shape",
    5: "non_finite",
    6: "out_of_memory",
    7: "crashed",
    8: "model_too_large",
    9: "weights_unsafe",
    10: "weights_invalid",
}
CODE_STATUS = {code: status for status, code in STATUS_CODES.items()}
# A containment probe was refused by the kernel, or failed for some other reason; `OK` means that
# it succeeded, which it must not.
PROBE_REFUSED = 100
PROBE_UNCLEAR = 101


@dataclass(frozen=True)
class Job:
    """One model to run over all test images. Paths are the server's own, never a participant's."""

    model_path: str
    images_path: str
    classes: int
    batch_size: int
    longest_parameters: int

    def to_line(self) -> bytes:
        """The job as one line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Job:
        """The job that the server wrote."""
        return cls(**json.loads(line))


@dataclass(frozen=True)
class Probe:
    """One containment probe for a runner to attempt, and what it may try itself on.

    `parent` is the zygote's process id, `server` the server's; `secret` a file that the server
    can read; ports and `socket_path` lead to listeners of the server's.
    """

    probe: str
    secret: str
    slot: str
    parent: int
    server: int
    tcp_port: int
    udp_port: int
    socket_path: str

    def to_line(self) -> bytes:
        """The probe as one line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"


def order_from_line(line: bytes) -> Job | Probe:
    """What the server wants of a runner."""
    fields = json.loads(line)
    return Probe(**fields) if "probe" in fields else Job(**fields)


@dataclass(frozen=True)
class ZygoteOptions:
    """How a zygote prepares itself and its runners.

    `images_folder` is what all runners may read; `first_user` the user id that a runner may get
    (with its slot's number added) when the zygote runs as root.
    """

    server: int
    device: str
    threads: int
    images_folder: str
    fixture_folder: str
    first_user: int
    memory_bytes: int
    cpu_seconds: int
    gpu_memory_bytes: int = 0

    def to_text(self) -> str:
        """The options as JSON, for the command line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> ZygoteOptions:
        """The options that the server wrote."""
        return cls(**json.loads(text))


@dataclass(frozen=True)
class Header:
    """What the runner measured, before the values."""

    status: int
    rows: int = 0
    columns: int = 0
    load_seconds: float = 0.0
    predict_seconds: float = 0.0
    parameters: int = 0
    device: str = ""
    keras_version: str = ""
    tensorflow_version: str = ""
    detail: str = ""

    def pack(self) -> bytes:
        """The fixed-length header; texts are cut to their fields."""
        return HEADER.pack(
            MAGIC, self.status, self.rows, self.columns, self.load_seconds,
            self.predict_seconds, self.parameters, _field(self.device, 16),
            _field(self.keras_version, 16), _field(self.tensorflow_version, 16),
            _field(self.detail, 200),
        )  # fmt: skip

    @classmethod
    def unpack(cls, raw: bytes) -> Header:
        """Read a header. Raises ValueError when it isn't one."""
        if len(raw) != HEADER.size or raw[: len(MAGIC)] != MAGIC:
            raise ValueError("not a result header")
        _, status, rows, columns, load, predict, parameters, *texts = HEADER.unpack(raw)
        device, keras, tensorflow, detail = (
            t.rstrip(b"\0").decode("utf-8", "replace") for t in texts
        )
        return cls(
            status, rows, columns, load, predict, parameters, device, keras, tensorflow, detail
        )


def _field(text: str, length: int) -> bytes:
    return text.encode("utf-8", "replace")[:length].decode("utf-8", "ignore").encode()
