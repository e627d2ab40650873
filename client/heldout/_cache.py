"""Downloads that stay: in the user's cache folder, each known by the digest of its bytes."""

from __future__ import annotations

import hashlib
import os
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from heldout._constants import CACHE_VARIABLE, CHUNK_BYTES
from heldout._errors import UnexpectedAnswer

# Names come from the server: none may lead out of the folder.
PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}")
Download = Callable[[BinaryIO], None]


def cache_folder(environment: Mapping[str, str] | None = None, platform: str = "") -> Path:
    """Where downloads go: `HELDOUT_CACHE`, or where this system keeps such things."""
    variables = os.environ if environment is None else environment
    given = variables.get(CACHE_VARIABLE, "").strip()
    if given:
        return Path(given).expanduser()
    system = platform or sys.platform
    if system == "darwin":
        return Path.home() / "Library" / "Caches" / "heldout"
    if system == "win32":
        local = variables.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "heldout" / "cache"
    base = variables.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "heldout"


def cached(file: Mapping[str, Any], dataset: str, download: Download) -> Path:
    """The path of a file that the server described: as it is here, else downloaded.

    A file whose bytes aren't those of its digest is fetched anew. What is being written has another
    name until it is whole. Raises `UnexpectedAnswer` when the download isn't what was described.
    """
    name, digest = str(file["name"]), str(file["sha256"])
    if not (PLAIN_NAME.fullmatch(name) and re.fullmatch(r"[0-9a-f]{8,64}", dataset)):
        raise UnexpectedAnswer(f"The server named a file {name!r:.60}.", "is the address right?")
    path = _writable(dataset[:32]) / name
    if path.is_file() and path.stat().st_size == file["bytes"] and _sha256(path) == digest:
        return path
    handle, partial = tempfile.mkstemp(prefix=".part-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as target:
            download(target)
        if _sha256(Path(partial)) != digest:
            raise UnexpectedAnswer(
                f"{name} arrived damaged.", "try again; if it stays so, tell the organizers"
            )
        Path(partial).replace(path)
    finally:
        Path(partial).unlink(missing_ok=True)
    return path


def _writable(dataset: str) -> Path:
    """The data set's folder; one for this session where the user's can't be written."""
    try:
        folder = cache_folder() / dataset
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        folder = _of_this_session() / dataset
        folder.mkdir(parents=True, exist_ok=True)
    return folder


@lru_cache(1)
def _of_this_session() -> Path:
    return Path(tempfile.mkdtemp(prefix="heldout-"))


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
