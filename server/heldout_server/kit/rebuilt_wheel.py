"""An installed distribution of pure Python as a wheel again, made from its own files.

Byte for byte the same from the same files: members in order, one date, no trace of who installed
them or where.
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

# The oldest that a zip can say.
DATE = (1980, 1, 1, 0, 0, 0)
READABLE = 0o100644 << 16
# What a wheel says of itself; installers add notes of their own beside it.
STATED = ("METADATA", "WHEEL", "entry_points.txt")
LICENSES = "licenses"


@dataclass(frozen=True)
class Wheel:
    """A wheel's file name and bytes."""

    name: str
    content: bytes


def rebuilt(name: str) -> Wheel:
    """The wheel of the distribution whose one package has the same name.

    It holds what is installed: of an editable installation, the checkout as it is now. Raises
    FileNotFoundError where there is no such distribution.
    """
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        raise FileNotFoundError(
            f"{name} is not installed beside this server: run make install in a checkout, or "
            "pip install heldout-server."
        ) from None
    info = f"{name}-{version}.dist-info"
    members = {**_package(name), **_statements(name, info)}
    members[f"{info}/RECORD"] = _record(members, f"{info}/RECORD")
    return Wheel(f"{name}-{version}-py3-none-any.whl", _zipped(members))


def _package(name: str) -> dict[str, bytes]:
    """The package's files by their path in the wheel; finds it, and imports nothing."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"the package {name} is gone")
    folder = Path(spec.submodule_search_locations[0])
    return {
        f"{name}/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in _files(folder)
        if "__pycache__" not in path.parts
    }


def _statements(name: str, info: str) -> dict[str, bytes]:
    folder = Path(str(metadata.distribution(name).locate_file(info)))
    named = [folder / stated for stated in STATED if (folder / stated).is_file()]
    return {
        f"{info}/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in [*named, *_files(folder / LICENSES)]
    }


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _record(members: Mapping[str, bytes], own_name: str) -> bytes:
    lines = [
        f"{path},sha256={_digest(content)},{len(content)}" for path, content in members.items()
    ]
    return "".join(f"{line}\n" for line in [*lines, f"{own_name},,"]).encode()


def _digest(content: bytes) -> str:
    digest = hashlib.sha256(content).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _zipped(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as wheel:
        for path, content in members.items():
            member = zipfile.ZipInfo(path, DATE)
            member.external_attr = READABLE
            # Or the platform that it is made on would be noted.
            member.create_system = 3
            wheel.writestr(member, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
