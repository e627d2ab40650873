"""What crosses between the server and the process that runs a stranger's model.

In: one line of JSON from the server, which is trusted. Out: raw float32 values, as many for one
example as the process says and the server allows, and a fixed binary header: of lengths that the
server knows before it reads, since the process that writes them is not trusted. Standard library
only.
"""

from __future__ import annotations

import json
import re
import struct
from dataclasses import asdict, dataclass, field
from typing import Any

from heldout_runner.judgement import LENGTH, Judgement
from heldout_runner.variants import PREPROCESSING

DEVICES = ("cpu", "gpu")
TENSORFLOW, ONNXRUNTIME = "tensorflow", "onnxruntime"
# As releases are called: 3.15.1, 2.21.0-rc1, 2.22.0.dev20270101.
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+-]*")

# What a runner says, in order: READY; then for a model LOADED, PREDICTED with the values, and the
# header, or the header alone as soon as it fails. The values go first, so that they are used
# while the runner still looks at practice examples; before them, how many there are of one example.
READY = b"R"
LOADED = b"L"
PREDICTED = b"P"
MAGIC = b"HLD6"
_WIDTH = struct.Struct("<H")
WIDTH_BYTES = _WIDTH.size
# magic, status, rows, columns, parameters, device, Keras version, TensorFlow version, ONNX Runtime
# version, detail, judgement. No seconds: the server has a clock of its own.
HEADER = struct.Struct(f"<4sHIIQ16s16s16s16s200s{LENGTH}s")
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
# No verdict: this engine doesn't know how to compute the model, another one may.
UNSUPPORTED = 20
CODE_STATUS = {code: status for status, code in STATUS_CODES.items()}
# A containment probe was refused by the kernel, or failed for some other reason; `OK` means that
# it succeeded, which it must not.
PROBE_REFUSED = 100
PROBE_UNCLEAR = 101


@dataclass(frozen=True)
class Job:
    """One model to run over all test inputs. Paths are the server's own, never a participant's.

    `inputs_path` is an `.npy` of (n, …), pixels (uint8) or numbers. `widths` are the numbers of
    values that a model may give for one example, `kind` one of the server's kinds of task.
    `preprocessing` is one of the variants that suit the inputs, or `auto`: then the practice
    examples choose. Without practice examples nothing is judged, and `auto` means the first
    variant. `prepared_inputs_path` may name the inputs as float32, prepared with the first
    variant; `scaling_path` an `.npz` with the mean and the deviation of `standardize`.
    """

    model_path: str
    inputs_path: str
    widths: tuple[int, ...]
    batch_size: int
    longest_parameters: int
    preprocessing: str = PREPROCESSING[0]
    practice_inputs_path: str = ""
    practice_answers_path: str = ""
    prepared_inputs_path: str = ""
    scaling_path: str = ""
    kind: str = "multiclass"

    def to_line(self) -> bytes:
        """The job as one line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Job:
        """The job that the server wrote."""
        return _job(json.loads(line))


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
    return Probe(**fields) if "probe" in fields else _job(fields)


def _job(fields: dict[str, Any]) -> Job:
    return Job(**{**fields, "widths": tuple(fields["widths"])})


def width_bytes(width: int) -> bytes:
    """How many values there are of one example, as it goes before them."""
    return _WIDTH.pack(width)


def width_of(raw: bytes) -> int:
    """What `width_bytes` wrote: to be held against the widths that were allowed."""
    width: int = _WIDTH.unpack(raw)[0]
    return width


@dataclass(frozen=True)
class ZygoteOptions:
    """How a zygote prepares itself and its runners.

    `images_folder` is what all runners may read; `first_user` the user id that a runner may get
    (with its slot's number added) when the zygote runs as root; `grouped` says that the server
    puts each runner into a control group of its own.
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
    grouped: bool = False
    engine: str = TENSORFLOW

    def to_text(self) -> str:
        """The options as JSON, for the command line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> ZygoteOptions:
        """The options that the server wrote."""
        return cls(**json.loads(text))


@dataclass(frozen=True)
class Header:
    """What the runner says of its work, after the values."""

    status: int
    rows: int = 0
    columns: int = 0
    parameters: int = 0
    device: str = ""
    keras_version: str = ""
    tensorflow_version: str = ""
    onnxruntime_version: str = ""
    detail: str = ""
    judgement: Judgement = field(default_factory=Judgement)

    @property
    def preprocessing(self) -> str:
        """The variant that was used."""
        return self.judgement.preprocessing

    @property
    def engine(self) -> str:
        """What the model was run by."""
        return ONNXRUNTIME if self.onnxruntime_version else TENSORFLOW

    def pack(self) -> bytes:
        """The fixed-length header; texts are cut to their fields."""
        return HEADER.pack(
            MAGIC, self.status, self.rows, self.columns, self.parameters,
            _field(self.device, 16), _field(self.keras_version, 16),
            _field(self.tensorflow_version, 16), _field(self.onnxruntime_version, 16),
            _field(self.detail, 200), self.judgement.pack(),
        )  # fmt: skip

    @classmethod
    def unpack(cls, raw: bytes) -> Header:
        """Read a header. Raises ValueError when it isn't one, or names what can't be.

        `detail` is the only free text, and a stranger's: to be made printable where it is used.
        """
        if len(raw) != HEADER.size or raw[: len(MAGIC)] != MAGIC:
            raise ValueError("not a result header")
        _, status, rows, columns, parameters, *texts, judgement = HEADER.unpack(raw)
        device, keras, tensorflow, onnxruntime, detail = (text.rstrip(b"\0") for text in texts)
        return cls(
            status, rows, columns, parameters, _device(device), _version(keras),
            _version(tensorflow), _version(onnxruntime), detail.decode("utf-8", "replace"),
            Judgement.unpack(judgement),
        )  # fmt: skip


def _device(raw: bytes) -> str:
    """One of `DEVICES`; empty from a runner that gives no values."""
    if raw and raw not in [device.encode() for device in DEVICES]:
        raise ValueError("not a device")
    return raw.decode()


def _version(raw: bytes) -> str:
    """A release's name; empty from a runner that gives no values."""
    text = raw.decode("ascii")
    if text and not _VERSION.fullmatch(text):
        raise ValueError("not a version")
    return text


def _field(text: str, length: int) -> bytes:
    return text.encode("utf-8", "replace")[:length].decode("utf-8", "ignore").encode()
