"""The few doors into the Linux kernel that Python's standard library doesn't open."""

from __future__ import annotations

import ctypes
import errno
import os
from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_KEEPCAPS = 8
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38

_MADV_DONTNEED = 4
_CLOSE_RANGE = 436  # the same number on every architecture
_CAPABILITY_VERSION_3 = 0x20080522
_LARGEST_FD = 2**31 - 1

_libc = ctypes.CDLL(None, use_errno=True)


def syscall(number: int, *arguments: int) -> int:
    """Make one system call; pointers are passed as addresses. Raises OSError on failure."""
    result: int = _libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) for a in arguments])
    return _checked(result)


def prctl(operation: int, argument: int = 0, second: int = 0) -> int:
    """`prctl(2)`. Raises OSError when the kernel refuses."""
    values = [ctypes.c_ulong(value) for value in (argument, second, 0, 0)]
    result: int = _libc.prctl(ctypes.c_int(operation), *values)
    return _checked(result)


def unshare(flags: int) -> None:
    """Leave the namespaces named by `flags`. Raises OSError when it isn't permitted."""
    _checked(_libc.unshare(ctypes.c_int(flags)))


def forget_pages(start: int, length: int) -> None:
    """`madvise(MADV_DONTNEED)`: only for pages that can be read again. Raises OSError."""
    _checked(_libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(length), _MADV_DONTNEED))


def drop_bounding_set() -> None:
    """Give up every capability that a later execve could regain.

    It takes CAP_SETPCAP; a process without that has nothing to lose here.
    """
    for capability in range(64):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError:
            return


def drop_capabilities() -> None:
    """Empty the effective, permitted and inheritable sets, and with them the ambient one."""
    _set_capabilities((ctypes.c_uint32 * 6)())


def keep_capabilities() -> None:
    """Let a change of the user id leave what is permitted; until it is dropped."""
    prctl(PR_SET_KEEPCAPS, 1)


def raise_capabilities() -> None:
    """Make all that is permitted effective again. Raises OSError."""
    sets = (ctypes.c_uint32 * 6)()
    _checked(_libc.capget(ctypes.byref(_capability_header()), ctypes.byref(sets)))
    effective, permitted, _ = range(3)
    for half in (0, 3):
        sets[half + effective] = sets[half + permitted]
    _set_capabilities(sets)


def set_file_user(user: int) -> None:
    """Open files as `user`, whoever else this thread is. Raises OSError when it isn't permitted."""
    _libc.setfsuid(ctypes.c_uint(user))
    if _libc.setfsuid(ctypes.c_int(-1)) != user:  # it reports no errors, only who it was
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


def _set_capabilities(sets: Any) -> None:
    _checked(_libc.capset(ctypes.byref(_capability_header()), ctypes.byref(sets)))


def _capability_header() -> Any:
    return (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)


def close_all_but(kept: set[int]) -> None:
    """Close every open file descriptor except `kept`."""
    lowest = 0
    for fd in sorted(kept):
        _close_range(lowest, fd - 1)
        lowest = fd + 1
    _close_range(lowest, _LARGEST_FD)


def _close_range(first: int, last: int) -> None:
    if first > last:
        return
    try:
        syscall(_CLOSE_RANGE, first, last, 0)
    except OSError:  # a kernel before 5.9
        os.closerange(first, min(last + 1, 65536))


def _checked(result: int) -> int:
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
