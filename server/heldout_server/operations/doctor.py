"""`heldout-server doctor`: what an installation needs, looked at one by one; changes nothing.

Each check answers with findings. A check that itself fails is a finding, never a traceback.
"""

from __future__ import annotations

import getpass
import os
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from packaging.requirements import Requirement
from sqlalchemy import text

from heldout_runner.protocol import ONNXRUNTIME, TENSORFLOW
from heldout_server.kit.db import Database, database_now
from heldout_server.kit.disk import COMFORTABLE_FREE_BYTES, LEAST_FREE_BYTES, free_bytes
from heldout_server.kit.settings import Settings
from heldout_server.operations.schema import newest_schema, schema_of
from heldout_server.prediction.two_engines import chosen, is_installed
from heldout_server.processes.installation import Folders, InstallationError

GOOD, WARNING, BROKEN = "ok", "warning", "broken"
OLDEST_PYTHON = (3, 11)
LARGEST_CLOCK_SECONDS = 5.0
DISTRIBUTION = "heldout-server"
# What is the same library by another name.
STAND_INS = {"onnxruntime": "onnxruntime-gpu"}
SLOW_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs"})


@dataclass(frozen=True)
class Finding:
    """One line of the examination; `fix` says what to do when it isn't `ok`."""

    subject: str
    state: str
    detail: str
    fix: str = ""


Check = Callable[[Settings], Iterator[Finding]]


def examine(settings: Settings, checks: tuple[Check, ...]) -> Iterator[Finding]:
    """Every finding of every check, in order."""
    for check in checks:
        try:
            yield from check(settings)
        except Exception as error:
            subject = check.__name__.replace("_", " ")
            reason = str(error.__cause__ or error).strip().splitlines() or [type(error).__name__]
            yield Finding(subject, BROKEN, reason[0], "Mend this first, then look again.")


def python(settings: Settings) -> Iterator[Finding]:
    """The interpreter is new enough."""
    version = ".".join(map(str, sys.version_info[:3]))
    fine = sys.version_info >= OLDEST_PYTHON
    yield Finding("Python", GOOD if fine else BROKEN, version, "" if fine else "Install 3.11.")


def packages(settings: Settings) -> Iterator[Finding]:
    """Everything the server needs is installed, in versions that it knows."""
    wrong = [problem for r in _requirements() if (problem := _problem_of(r))]
    fix = "pip install -e . (or pip install heldout-server) in the same environment"
    state = BROKEN if wrong else GOOD
    yield Finding("Packages", state, "; ".join(wrong) or "all there", fix if wrong else "")
    yield _tensorflow(settings)


def _tensorflow(settings: Settings) -> Finding:
    if settings.model_workers == 0:
        return Finding("TensorFlow", GOOD, "not needed: HELDOUT_MODEL_WORKERS=0")
    if is_installed(TENSORFLOW):
        return Finding("TensorFlow", GOOD, f"Keras {metadata.version('keras')}")
    has_lane = ONNXRUNTIME in chosen(settings.engine, settings.device, is_installed)
    refused = "models other than plain ones" if has_lane else "models, but not predictions,"
    return Finding(
        "TensorFlow", WARNING, f"not installed: {refused} are refused",
        "pip install 'heldout-server[tensorflow]', or HELDOUT_MODEL_WORKERS=0 if that is meant",
    )  # fmt: skip


def data_folder(settings: Settings) -> Iterator[Finding]:
    """The data folder can be written, by us alone, on a disk of this machine."""
    folder = settings.data.resolve()
    if not folder.is_dir():
        parent = next(p for p in folder.parents if p.exists())
        fine = os.access(parent, os.W_OK)
        fix = "" if fine else f"Create it: sudo install -d -o {_user()} -m 0700 {folder}"
        yield Finding("Data folder", GOOD if fine else BROKEN, f"{folder} will be made", fix)
        return
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        fix = f"sudo chown -R {_user()} {folder}"
        yield Finding("Data folder", BROKEN, f"{folder} can't be written by this user", fix)
        return
    yield Finding("Data folder", GOOD, str(folder))
    kind = _file_system(folder)
    if kind in SLOW_FILE_SYSTEMS and not settings.database_url:
        yield Finding(
            "File system", BROKEN, f"{kind}: SQLite loses data on a network file system",
            "Move HELDOUT_DATA to a local disk, or use PostgreSQL.",
        )  # fmt: skip


def disk_space(settings: Settings) -> Iterator[Finding]:
    """There is room for an evening's files."""
    free = free_bytes(settings.data.resolve())
    detail = f"{free / 1e9:.1f} GB free"
    if free < LEAST_FREE_BYTES:
        yield Finding("Disk space", BROKEN, detail, "Make room: uploads will be refused soon.")
    elif free < COMFORTABLE_FREE_BYTES:
        yield Finding("Disk space", WARNING, detail, "Enough for some hundred models; watch it.")
    else:
        yield Finding("Disk space", GOOD, detail)


def database(settings: Settings) -> Iterator[Finding]:
    """The database answers, is sound, and has this version's schema."""
    if not settings.database_url and not (settings.data / "heldout.db").exists():
        yield Finding("Database", GOOD, "new: the first start makes it")
        return
    found = Database(settings.resolved_database_url)
    try:
        yield _schema(found)
        if found.is_sqlite:
            yield _soundness(found)
        else:
            yield _clock(found)
    finally:
        found.dispose()


def port(settings: Settings) -> Iterator[Finding]:
    """The port is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            yield Finding(
                "Port", WARNING, f"{settings.port} on {settings.host}: {error.strerror}",
                "Fine if this server runs there now; else set HELDOUT_PORT to another.",
            )  # fmt: skip
            return
    yield Finding("Port", GOOD, f"{settings.port} on {settings.host} is free")


def clock(settings: Settings) -> Iterator[Finding]:
    """The room's time zone exists, and this machine's year is plausible."""
    try:
        here = datetime.now(ZoneInfo(settings.timezone))
    except (ZoneInfoNotFoundError, ValueError):
        yield Finding(
            "Time zone", BROKEN, f"there is no zone “{settings.timezone[:60]}”",
            "Set HELDOUT_TIMEZONE to a name such as Europe/Berlin.",
        )  # fmt: skip
        return
    newest = max(_modified(path) for path in Path(__file__).parent.glob("*.py"))
    if here.timestamp() < newest:
        yield Finding(
            "Clock", BROKEN, f"{here:%Y-%m-%d %H:%M %Z} is before this version was installed",
            "Set the clock: timedatectl set-ntp true",
        )  # fmt: skip
        return
    yield Finding("Clock", GOOD, f"{here:%Y-%m-%d %H:%M:%S %Z}")


def _schema(found: Database) -> Finding:
    has, wants = schema_of(found), newest_schema()
    name = "Database"
    if has == wants:
        return Finding(name, GOOD, "answers, and has this version's schema")
    if not has:
        return Finding(name, GOOD, "answers, and is empty: the first start fills it")
    fix = "heldout-server migrate (heldout-server serve does it by itself)"
    return Finding(name, WARNING, f"has schema {', '.join(has)}, not {', '.join(wants)}", fix)


def _soundness(found: Database) -> Finding:
    with found.read() as session:
        said = session.execute(text("pragma quick_check")).scalar_one()
    if said == "ok":
        return Finding("Database file", GOOD, "sound")
    fix = "Restore the newest backup: heldout-server restore"
    return Finding("Database file", BROKEN, str(said)[:200], fix)


def _clock(found: Database) -> Finding:
    with found.read() as session:
        apart = abs((database_now(session) - datetime.now(UTC)).total_seconds())
    detail = f"{apart:.1f} s from this machine's"
    if apart <= LARGEST_CLOCK_SECONDS:
        return Finding("Database clock", GOOD, detail)
    return Finding("Database clock", WARNING, detail, "Set both by NTP: deadlines depend on it.")


def _requirements() -> list[Requirement]:
    try:
        stated = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        raise InstallationError("heldout-server itself is not installed here") from None
    found = [Requirement(line) for line in stated]
    return [r for r in found if r.marker is None or r.marker.evaluate({"extra": ""})]


def _version(name: str) -> str | None:
    try:
        return metadata.version(name) if name else None
    except metadata.PackageNotFoundError:
        return None


def _problem_of(requirement: Requirement) -> str | None:
    version = _version(requirement.name) or _version(STAND_INS.get(requirement.name, ""))
    if version is None:
        return f"{requirement.name} is missing"
    if requirement.specifier.contains(version, prereleases=True):
        return None
    return f"{requirement.name} {version} is not {requirement.specifier}"


def _file_system(folder: Path) -> str:
    """The kind of file system that holds `folder`, as Linux names it; "" elsewhere."""
    best, kind = "", ""
    try:
        mounts = Path("/proc/mounts").read_text().splitlines()
    except OSError:
        return ""
    for line in mounts:
        _, where, name = line.split()[:3]
        if folder.is_relative_to(where) and len(where) >= len(best):
            best, kind = where, name
    return kind


def _user() -> str:
    return getpass.getuser()


def _modified(path: Path) -> float:
    return path.stat().st_mtime


HERE: tuple[Check, ...] = (python, packages, data_folder, disk_space, clock, port, database)
"""What can be looked at without opening the installation."""


def folders_of(settings: Settings) -> Folders:
    """Where the installation is, or would be."""
    return Folders(settings.data.resolve())
