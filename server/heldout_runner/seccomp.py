"""A system call filter, assembled by hand: what TensorFlow needs on the CPU, and nothing else.

Starting programs, or reaching into other processes, kills the process; all else that isn't
listed fails with EPERM, so that a library which merely asks can go on without.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from dataclasses import dataclass

from heldout_runner.syscall_numbers import AARCH64, X86_64
from heldout_runner.syscalls import PR_SET_SECCOMP, prctl

# Of the shape (code, jump if true, jump if false, operand).
Instruction = tuple[int, int, int, int]

ALLOW = 0x7FFF0000
REFUSE = 0x00050000 | errno.EPERM
# glibc falls back to clone, whose flags can be judged: those of clone3 lie in memory.
ABSENT = 0x00050000 | errno.ENOSYS
KILL = 0x80000000

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_X32_BIT = 0x40000000
_FILTER_MODE = 2
_CLONE_THREAD = 0x00010000
_CLONE_NEW_NAMESPACES = 0x7E020080

KILLED = ("execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev")
ALLOWED = (
    "read", "write", "close", "fstat", "stat", "lstat", "poll", "lseek", "mmap", "mprotect",
    "munmap", "brk", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "pread64", "pwrite64",
    "readv", "writev", "access", "select", "sched_yield", "mremap", "madvise", "dup",
    "nanosleep", "getpid", "exit", "uname", "getcwd", "readlink", "gettimeofday",
    "getrlimit", "getrusage", "sysinfo", "times", "getuid", "getgid", "geteuid", "getegid",
    "getppid", "sigaltstack", "sched_getparam", "sched_getscheduler", "sched_get_priority_max",
    "sched_get_priority_min", "gettid", "time", "futex", "sched_getaffinity", "getdents64",
    "set_tid_address", "restart_syscall", "fadvise64", "clock_gettime", "clock_getres",
    "clock_nanosleep", "exit_group", "openat", "open", "newfstatat", "readlinkat", "faccessat",
    "faccessat2", "pselect6", "ppoll", "set_robust_list", "get_robust_list", "pipe", "pipe2",
    "eventfd2", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "getcpu",
    "getrandom", "membarrier", "statx", "rseq", "preadv", "pwritev", "futex_waitv", "statfs",
    "fstatfs", "get_mempolicy", "mbind", "getpriority",
)  # fmt: skip
# Duplicating and flags. F_SETOWN and F_SETSIG are left out: they send signals to others; locks,
# as flock is: they would stop or signal whoever else opens the images.
FCNTL_COMMANDS = (0, 1, 2, 3, 4, 1030, 1032)
# TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX. FIOSETOWN is left out as above.
IOCTL_COMMANDS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
# A driver has ioctl numbers of its own, so on a GPU only those that send signals are refused.
SIGNAL_IOCTLS = (0x8901, 0x8902, 0x5452)


@dataclass(frozen=True)
class Architecture:
    """What the kernel calls a processor, and its system call numbers."""

    audit: int
    numbers: dict[str, int]


ARCHITECTURES = {
    "x86_64": Architecture(0xC000003E, X86_64),
    "aarch64": Architecture(0xC00000B7, AARCH64),
}


def available() -> bool:
    """Whether this kernel filters system calls, and the processor is one we have numbers for."""
    if platform.machine() not in ARCHITECTURES:
        return False
    try:
        prctl(PR_SET_SECCOMP, _FILTER_MODE, 0)
    except OSError as error:
        # No filter at all is a bad address to a kernel that would take one.
        return error.errno == errno.EFAULT
    return False


def restrict(*, gpu: bool = False) -> None:
    """Filter the calls of this thread and of all that it starts; needs no_new_privs.

    Raises OSError when the kernel refuses, KeyError on a processor without a table.
    """
    program = assemble(ARCHITECTURES[platform.machine()], process_id=os.getpid(), gpu=gpu)
    packed = b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
    filters = ctypes.create_string_buffer(packed, len(packed))
    header = struct.pack("@HxxxxxxP", len(program), ctypes.addressof(filters))
    buffer = ctypes.create_string_buffer(header, len(header))
    prctl(PR_SET_SECCOMP, _FILTER_MODE, ctypes.addressof(buffer))


def assemble(
    architecture: Architecture, *, process_id: int, gpu: bool = False
) -> list[Instruction]:
    """The filter as classic BPF. `process_id` is the only process that may be signalled."""
    numbers = architecture.numbers
    program = _checked_architecture(architecture)
    for name in KILLED:
        program += _when(numbers[name], [_return(KILL)])
    program += _when(numbers["clone3"], [_return(ABSENT)])
    program += _when(numbers["clone"], _threads_only())
    program += _when(numbers["prlimit64"], _reading_limits())
    program += _when(numbers["tgkill"], _one_of(0, (process_id,)))
    program += _when(numbers["fcntl"], _one_of(1, FCNTL_COMMANDS))
    ioctl = _none_of(1, SIGNAL_IOCTLS) if gpu else _one_of(1, IOCTL_COMMANDS)
    program += _when(numbers["ioctl"], ioctl)
    for name in ALLOWED:
        if name in numbers:
            program += _when(numbers[name], [_return(ALLOW)])
    return [*program, _return(REFUSE)]


def _checked_architecture(architecture: Architecture) -> list[Instruction]:
    program = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, architecture.audit),
        _return(KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if architecture.numbers is X86_64:
        program += [(_AT_LEAST, 0, 1, _X32_BIT), _return(KILL)]
    return program


def _when(number: int, body: list[Instruction]) -> list[Instruction]:
    """`body`, which always returns, for one call; skipped whole with the number still loaded."""
    return [(_EQUAL, 0, len(body), number), *body]


def _return(verdict: int) -> Instruction:
    return (_RETURN, 0, 0, verdict)


def _argument(index: int, *, high: bool = False) -> Instruction:
    return (_LOAD, 0, 0, _ARGUMENTS + 8 * index + 4 * high)


def _threads_only() -> list[Instruction]:
    return [
        _argument(0),
        (_ANY_BIT, 2, 0, _CLONE_NEW_NAMESPACES),
        (_ANY_BIT, 0, 1, _CLONE_THREAD),
        _return(ALLOW),
        _return(REFUSE),
    ]


def _reading_limits() -> list[Instruction]:
    """prlimit64 with a null pointer for the new limit."""
    return [
        _argument(2),
        (_EQUAL, 0, 3, 0),
        _argument(2, high=True),
        (_EQUAL, 0, 1, 0),
        _return(ALLOW),
        _return(REFUSE),
    ]


def _one_of(argument: int, values: tuple[int, ...]) -> list[Instruction]:
    return [*_compared(argument, values), _return(REFUSE), _return(ALLOW)]


def _none_of(argument: int, values: tuple[int, ...]) -> list[Instruction]:
    return [*_compared(argument, values), _return(ALLOW), _return(REFUSE)]


def _compared(argument: int, values: tuple[int, ...]) -> list[Instruction]:
    """Jump over the next instruction when the argument's low word is one of `values`."""
    last = len(values) - 1
    return [
        _argument(argument),
        *((_EQUAL, last - i + 1, 0, value) for i, value in enumerate(values)),
    ]
