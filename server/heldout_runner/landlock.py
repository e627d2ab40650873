"""Landlock: a process takes file, TCP and signal rights from itself, for good.

Whatever isn't listed is denied. The rules follow the directory tree below a listed folder; they
bind the calling thread and all that it starts later, so they go on while it is the only one.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from heldout_runner.syscalls import syscall

# The same numbers on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_QUESTION = 1
_RULE_PATH_BENEATH = 1

WRITE_FILE = 1 << 1
READ_FILE = 1 << 2
READ_DIR = 1 << 3
IOCTL_DEV = 1 << 15
# How many of the file rights each version of the interface knows, from version 1 on.
_FILE_RIGHTS = (13, 14, 15, 15, 16)
_TCP_RIGHTS = 0b11  # bind and connect, from version 4
_SCOPES = 0b11  # abstract unix sockets and signals to the outside, from version 6
_TCP_VERSION, _SCOPES_VERSION = 4, 6


@dataclass(frozen=True)
class Access:
    """What stays open. Paths that don't exist are left out.

    `folders` may be listed and read with all below them, `files` read; `devices` are opened for
    reading and writing and take ioctl calls; `written_folders` hold existing files to write.
    """

    folders: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    written_folders: tuple[str, ...] = ()

    def rules(self) -> Iterable[tuple[str, int]]:
        """Each path with its rights."""
        yield from ((path, READ_FILE | READ_DIR) for path in self.folders)
        yield from ((path, READ_FILE) for path in self.files)
        yield from ((path, READ_FILE | WRITE_FILE | IOCTL_DEV) for path in self.devices)
        yield from ((path, READ_FILE | READ_DIR | WRITE_FILE) for path in self.written_folders)


def version() -> int:
    """The version of the kernel's Landlock interface; 0 where there is none."""
    try:
        return syscall(_CREATE_RULESET, 0, 0, _VERSION_QUESTION)
    except OSError:
        return 0


def ruleset_attributes(landlock_version: int) -> bytes:
    """`struct landlock_ruleset_attr` that handles every right of `landlock_version`."""
    words = [file_rights(landlock_version)]
    if landlock_version >= _TCP_VERSION:
        words.append(_TCP_RIGHTS)
    if landlock_version >= _SCOPES_VERSION:
        words.append(_SCOPES)
    return struct.pack(f"={len(words)}Q", *words)


def file_rights(landlock_version: int) -> int:
    """All file rights that `landlock_version` knows, as a mask."""
    newest = len(_FILE_RIGHTS)
    return (1 << _FILE_RIGHTS[min(landlock_version, newest) - 1]) - 1


def restrict(access: Access) -> int:
    """Deny this thread everything but `access`; needs no_new_privs. Returns the version.

    Raises OSError where the kernel has no Landlock or refuses.
    """
    found = version()
    if found < 1:
        raise OSError(errno.EOPNOTSUPP, "this kernel has no Landlock")
    attributes = ruleset_attributes(found)
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    ruleset = syscall(_CREATE_RULESET, ctypes.addressof(buffer), len(attributes), 0)
    try:
        for path, rights in access.rules():
            _allow(ruleset, path, rights & file_rights(found))
        syscall(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return found


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError):
        return
    try:
        packed = struct.pack("=Qi", rights, fd)
        rule = ctypes.create_string_buffer(packed, len(packed))
        syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.addressof(rule), 0)
    finally:
        os.close(fd)
