"""What crosses between the server and the process that runs a stranger's model.

In: one line of JSON from the server, which is trusted. Out: a fixed binary header and raw
float32 values, of a length that the server knows before it reads, since the process that writes
them is not trusted. Standard library only.
"""

from __future__ import annotations

import json
import math
import re
import struct
from dataclasses import asdict, dataclass, field

# The named ways to prepare images; their order is also the order in which a result has them.
PREPROCESSING = ("0-1", "0-255", "-0.5-0.5", "-1-1", "standardize", "l2-rows")
AUTO = "auto"
# Declared for pixels, which a model that takes whole numbers gets whatever was declared.
RAW = "0-255"
# What may have to be added to a model's labels; no shift first, since it wins among equals.
SHIFTS = (0, -1, 1)
# More than a runner ever looks at: what claims more is no judgement.
MOST_JUDGED = 10_000
DEVICES = ("cpu", "gpu")
# As releases are called: 3.15.1, 2.21.0-rc1, 2.22.0.dev20270101.
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+-]*")

# What a runner says, in order: READY; then for a model LOADED, PREDICTED with the values, and the
# header, or the header alone as soon as it fails. The values go first, so that they are used
# while the runner still looks at practice images.
READY = b"R"
LOADED = b"L"
PREDICTED = b"P"
MAGIC = b"HLD4"
# number of the variant used, practice images judged, accuracy for each variant, label shift, its
# accuracy
_JUDGEMENT = struct.Struct("<BI6fbf")
# magic, status, rows, columns, parameters, device, Keras version, TensorFlow version, detail,
# judgement. No seconds: the server has a clock of its own.
HEADER = struct.Struct(f"<4sHIIQ16s16s16s200s{_JUDGEMENT.size}s")
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
    """One model to run over all test images. Paths are the server's own, never a participant's.

    `preprocessing` is one of `PREPROCESSING`, or `auto`: then the practice images choose. Without
    practice images nothing is judged, and `auto` means the first variant. `prepared_images_path`
    may name the images as float32, prepared with the first variant.
    """

    model_path: str
    images_path: str
    classes: int
    batch_size: int
    longest_parameters: int
    preprocessing: str = PREPROCESSING[0]
    practice_images_path: str = ""
    practice_labels_path: str = ""
    prepared_images_path: str = ""

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

    def to_text(self) -> str:
        """The options as JSON, for the command line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> ZygoteOptions:
        """The options that the server wrote."""
        return cls(**json.loads(text))


@dataclass(frozen=True)
class Judgement:
    """How a model read practice images, whose labels are public.

    `preprocessing` is the variant used for all images; `examples` how many practice images were
    judged (0: none); `accuracies` a share of them for each of `PREPROCESSING`, NaN where it wasn't
    judged; `label_shift` is what, added to the labels that the used variant gives, makes most of
    them right, and `shifted_accuracy` how many.
    """

    preprocessing: str = PREPROCESSING[0]
    examples: int = 0
    accuracies: tuple[float, ...] = (math.nan,) * len(PREPROCESSING)
    label_shift: int = 0
    shifted_accuracy: float = math.nan

    def pack(self) -> bytes:
        """The judgement in its fixed length."""
        number = PREPROCESSING.index(self.preprocessing)
        return _JUDGEMENT.pack(
            number, self.examples, *self.accuracies, self.label_shift, self.shifted_accuracy
        )

    @classmethod
    def unpack(cls, raw: bytes) -> Judgement:
        """Read a judgement; shares outside 0 to 1 become NaN. Raises ValueError for nonsense."""
        number, examples, *shares, shift, shifted = _JUDGEMENT.unpack(raw)
        if number >= len(PREPROCESSING) or shift not in SHIFTS or examples > MOST_JUDGED:
            raise ValueError("not a judgement")
        accuracies = tuple(_share(value) for value in shares)
        return cls(PREPROCESSING[number], examples, accuracies, shift, _share(shifted))


def _share(value: float) -> float:
    return value if 0 <= value <= 1 else math.nan


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
    detail: str = ""
    judgement: Judgement = field(default_factory=Judgement)

    @property
    def preprocessing(self) -> str:
        """The variant that was used."""
        return self.judgement.preprocessing

    def pack(self) -> bytes:
        """The fixed-length header; texts are cut to their fields."""
        return HEADER.pack(
            MAGIC, self.status, self.rows, self.columns, self.parameters,
            _field(self.device, 16), _field(self.keras_version, 16),
            _field(self.tensorflow_version, 16), _field(self.detail, 200),
            self.judgement.pack(),
        )  # fmt: skip

    @classmethod
    def unpack(cls, raw: bytes) -> Header:
        """Read a header. Raises ValueError when it isn't one, or names what can't be.

        `detail` is the only free text, and a stranger's: to be made printable where it is used.
        """
        if len(raw) != HEADER.size or raw[: len(MAGIC)] != MAGIC:
            raise ValueError("not a result header")
        _, status, rows, columns, parameters, *texts, judgement = HEADER.unpack(raw)
        device, keras, tensorflow, detail = (text.rstrip(b"\0") for text in texts)
        return cls(
            status, rows, columns, parameters, _device(device), _version(keras),
            _version(tensorflow), detail.decode("utf-8", "replace"), Judgement.unpack(judgement),
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
