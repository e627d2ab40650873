"""A contest's folder, or a zip of one: which files it has, and that none leads out of it."""

from __future__ import annotations

import difflib
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from heldout_server.contests.problems import CONTEST_FILE, Found, short
from heldout_server.prediction.zip_members import MalformedZip, OversizedZip, ZipMembers

MOST_BYTES = 1_000_000_000
MOST_FILES = 1_000
LONGEST_NAME = 200
_IGNORED = re.compile(r"(.*/)?(\.[^/]*|__MACOSX|Thumbs\.db|desktop\.ini)(/.*)?")


@dataclass(frozen=True)
class Folder:
    """The regular files below `root`, by their names with slashes."""

    root: Path
    names: frozenset[str]

    def path(self, name: str, found: Found, line: int | None = None) -> Path | None:
        """The file that contest.toml names; None, and noted, where it can't be had."""
        if not is_inside(name):
            found.add(
                "path_outside", CONTEST_FILE, line,
                f"“{short(name)}” leads out of the folder.",
                "Put the file into the folder, and write its name alone.",
            )  # fmt: skip
            return None
        plain = str(PurePosixPath(name))
        if plain in self.names:
            return self.root / plain
        self._note_missing(plain, found, line)
        return None

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return name in self.names

    def _note_missing(self, name: str, found: Found, line: int | None) -> None:
        if (self.root / name).is_symlink():
            return  # noted as a link already
        if (self.root / name).is_dir():
            found.add("not_a_file", CONTEST_FILE, line, f"“{short(name)}” is a folder, no file.")
        if (self.root / name).exists():
            return  # noted as a pipe or a device already
        near = difflib.get_close_matches(name.casefold(), sorted(self.names), 1, 0.6)
        same = [other for other in self.names if other.casefold() == name.casefold()]
        cure = f"Did you mean “{short((same or near)[0])}”?" if same or near else ""
        found.add(
            "file_missing", CONTEST_FILE, line, f"There is no file “{short(name)}” in the folder.",
            cure or "Put it there, or take the line out.",
        )  # fmt: skip


def is_inside(name: str) -> bool:
    """Whether a name stays below the folder, whatever system reads it."""
    parts = PurePosixPath(name).parts
    strange = "\\" in name or ":" in name or any(ord(letter) < 32 for letter in name)
    return bool(parts) and not strange and not name.startswith("/") and ".." not in parts


@contextmanager
def opened(path: Path, found: Found, *, work: Path | None = None) -> Iterator[Folder | None]:
    """The folder at `path`, or what a zip there unpacks to, below `work`, while the block lasts.

    What is wrong with names, links and sizes is noted; None where nothing can be read.
    """
    if path.is_dir():
        yield _listed(path, found)
    elif path.is_file():
        with tempfile.TemporaryDirectory(prefix="contest-", dir=work) as folder:
            yield _unpacked(path, Path(folder), found)
    else:
        found.add(
            "folder_missing", ".", None, f"There is no folder or zip “{short(path.name)}”.",
            "Name the folder that has contest.toml in it.",
        )  # fmt: skip
        yield None


def _listed(root: Path, found: Found) -> Folder:
    names, size = set(), 0
    for parent, folders, files in os.walk(root):
        folders[:] = sorted(f for f in folders if not _IGNORED.fullmatch(f))
        _note_links(root, Path(parent), folders, found)
        for name in sorted(files):
            path = Path(parent) / name
            relative = path.relative_to(root).as_posix()
            if _IGNORED.fullmatch(relative) or not _is_plain(path, relative, found):
                continue
            names.add(relative)
            size += path.stat().st_size
        if len(names) > MOST_FILES:
            break
    _check_sizes(len(names), size, found)
    return Folder(root, frozenset(names))


def _note_links(root: Path, parent: Path, folders: list[str], found: Found) -> None:
    for name in list(folders):
        if (parent / name).is_symlink():
            _is_plain(parent / name, (parent / name).relative_to(root).as_posix(), found)
            folders.remove(name)


def _is_plain(path: Path, name: str, found: Found) -> bool:
    mode = path.lstat().st_mode
    if stat.S_ISREG(mode):
        return True
    if stat.S_ISLNK(mode):
        found.add(
            "symlink", short(name), None, "This is a symbolic link, which may lead anywhere.",
            "Put the file itself there.",
        )  # fmt: skip
    else:
        found.add("not_a_file", short(name), None, "This is no file.", "Remove it.")
    return False


def _check_sizes(files: int, size: int, found: Found) -> bool:
    if files > MOST_FILES:
        found.add(
            "too_many_files", ".", None, f"There are more than {MOST_FILES:,} files.",
            "Keep contest.toml, its tables or arrays, and its texts.",
        )  # fmt: skip
    if size > MOST_BYTES:
        found.add(
            "too_large", ".", None, f"The files have {size:,} bytes; {MOST_BYTES:,} are the limit.",
            "Give fewer rows, or smaller types: uint8 for images, float32 for numbers.",
        )  # fmt: skip
    return files <= MOST_FILES and size <= MOST_BYTES


def _unpacked(path: Path, target: Path, found: Found) -> Folder | None:
    try:
        with path.open("rb") as file, ZipMembers(file, most_entries=2 * MOST_FILES) as members:
            if not _are_safe(members, found):
                return None
            for info in members.infos:
                if not info.is_dir() and not _IGNORED.fullmatch(info.filename):
                    _unpack(members, info.filename, target)
    except MalformedZip as error:
        found.add(
            "zip_damaged", ".", None, f"The file is no folder and no plain zip: {error}.",
            "Zip the folder again, without a password.",
        )  # fmt: skip
        return None
    except OversizedZip:
        _check_sizes(MOST_FILES + 1, 0, found)
        return None
    return _listed(_top(target), found)


def _unpack(members: ZipMembers, name: str, target: Path) -> None:
    place = target / name
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("wb") as file:
        members.copy(name, file)


def _top(target: Path) -> Path:
    """The folder that was zipped: all of the zip, or the only thing in it."""
    inside = list(target.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else target


def _are_safe(members: ZipMembers, found: Found) -> bool:
    """Looks at every name and size before anything is unpacked."""
    before = len(found.problems)
    seen: set[str] = set()
    for info in members.infos:
        name = info.filename.rstrip("/")
        if not is_inside(name) or len(name) > LONGEST_NAME:
            found.add(
                "path_outside", short(name), None, "This name leads out of the zip's folder.",
                "Zip the folder itself, with plain names.",
            )  # fmt: skip
        if stat.S_ISLNK(info.external_attr >> 16):
            found.add(
                "symlink", short(name), None, "This is a symbolic link, which may lead anywhere.",
                "Put the file itself there.",
            )  # fmt: skip
        if name.casefold() in seen:
            found.add("zip_name_twice", short(name), None, "The zip has this name twice.")
        seen.add(name.casefold())
    # Unpacked sizes as announced: unpacking stops there, and a lie is a wrong checksum.
    _check_sizes(len(members.infos), sum(info.file_size for info in members.infos), found)
    return len(found.problems) == before
