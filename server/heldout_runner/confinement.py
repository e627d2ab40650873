"""Shut a freshly forked process in, in the order that works.

What the kernel permits is found out once, by a rehearsal in throw-away processes; what was found
is then required of every runner: a step that fails later ends the runner, never the protection.
"""

from __future__ import annotations

import os
import signal
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from heldout_runner import landlock, limits, seccomp, syscalls

_NEW_UTS, _NEW_IPC, _NEW_USER, _NEW_NET = 0x04000000, 0x08000000, 0x10000000, 0x40000000

# What a running TensorFlow reads of the system: libraries, locale and the processors.
SYSTEM_FOLDERS = (
    "/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64",
    "/sys/devices/system/cpu", "/sys/devices/system/node",
)  # fmt: skip
# TensorFlow aborts where it can't read its command line.
SYSTEM_FILES = (
    "/proc/self/cmdline", "/proc/cpuinfo", "/proc/meminfo", "/dev/urandom", "/dev/null",
    "/etc/localtime", "/etc/ld.so.cache",
)  # fmt: skip


@dataclass(frozen=True)
class Layers:
    """Which protections this machine gives to a runner.

    `landlock` is the version of the interface (0: none); `own_users` whether each slot can have
    a user id of its own; `own_count` whether the kernel counts a runner's tasks apart from all
    others, so that they can be limited; `notes` say in plain words what is missing and why.
    """

    landlock: int
    seccomp: bool
    namespaces: bool
    own_users: bool
    own_count: bool
    notes: tuple[str, ...] = ()

    def user(self, number: int) -> int | None:
        """The user id of a runner to whom `number` could be given; None: the server's."""
        counted_by_user = os.geteuid() == 0 and self.own_count
        return number if self.own_users or counted_by_user else None


@dataclass(frozen=True)
class Confinement:
    """Everything that `confine` needs to know of one runner."""

    layers: Layers
    access: landlock.Access
    limits: limits.Limits
    user: int | None
    gpu: bool = False


def confine(confinement: Confinement, *, kept: set[int], parent: int) -> None:
    """Give up all that a model has no business with; for a process with one thread.

    `kept` are the descriptors that stay open beside 0 to 2, which lead nowhere from here on;
    `parent` is the process that this one must not outlive. Raises OSError when a step fails.
    """
    _close_descriptors(kept)
    die_with(parent)
    os.setsid()
    # An ordinary user's non-dumpable process may not write its own files in /proc.
    syscalls.prctl(syscalls.PR_SET_DUMPABLE, 1)
    limits.prefer_for_oom_kill()
    layers = confinement.layers
    if layers.namespaces:
        _leave_namespaces()
    elif layers.own_count and confinement.user is None:
        syscalls.unshare(_NEW_USER)
    limits.apply(confinement.limits)
    syscalls.drop_bounding_set()
    if confinement.user is not None:
        (_become if layers.own_users else _count_as)(confinement.user)
    syscalls.drop_capabilities()
    syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
    syscalls.prctl(syscalls.PR_SET_DUMPABLE, 0)
    die_with(parent)  # changing the user has cleared it
    if layers.landlock:
        landlock.restrict(confinement.access)
    if layers.seccomp:
        seccomp.restrict(gpu=confinement.gpu)


def die_with(parent: int) -> None:
    """Have the kernel end this process when `parent` ends, even if that was just now."""
    syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def readable_paths(*, images_folder: str) -> landlock.Access:
    """What every runner may read: Python, its packages, the system's libraries, the images."""
    paths = sysconfig.get_paths()
    python = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    own = Path(__file__).parent
    library = sysconfig.get_config_var("LIBDIR")
    folders = {*SYSTEM_FOLDERS, *python, str(own), images_folder, *([library] if library else [])}
    present = tuple(sorted(folder for folder in folders if Path(folder).is_dir()))
    return landlock.Access(folders=present, files=SYSTEM_FILES)


def with_folder(access: landlock.Access, folder: str) -> landlock.Access:
    """`access`, and reading in `folder`."""
    return replace(access, folders=(*access.folders, folder))


def rehearse(access: landlock.Access, first_user: int, *, grouped: bool) -> Layers:
    """Find out what this machine permits. Forks: for a process with one thread.

    `grouped`: the server puts each runner into a control group that limits its tasks.
    """
    notes = []
    found = landlock.version()
    if not found:
        notes.append("The kernel has no Landlock: files aren't out of a model's reach.")
    filtered = seccomp.available()
    if not filtered:
        notes.append("The kernel or the processor has no usable system call filter.")
    namespaces = _succeeds(_leave_namespaces)
    if not namespaces:
        notes.append("Network namespaces aren't permitted: Landlock and seccomp do without.")
    is_root = os.geteuid() == 0
    own_users = is_root and _succeeds(lambda: _read_as(_become, first_user, access))
    if is_root and not own_users:
        notes.append(
            "Runners read files as the server's user, without its capabilities: another user "
            "can't read this Python or the pool's folder, or ids can't be changed here."
        )
    own_count = own_users or _succeeds(lambda: _be_counted(first_user, access))
    if not own_count and not grouped:
        notes.append(
            "Nothing limits a runner's threads: that takes root, user namespaces or a delegated "
            "control group. A model could start as many as the system has room for."
        )
    return Layers(found, filtered, namespaces, own_users, own_count, tuple(notes))


def _succeeds(attempt: Callable[[], None]) -> bool:
    process = os.fork()
    if process == 0:
        try:
            attempt()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitpid(process, 0)[1] == 0


def _leave_namespaces() -> None:
    flags = _NEW_NET | _NEW_IPC | _NEW_UTS
    syscalls.unshare(flags if os.geteuid() == 0 else flags | _NEW_USER)


def _read_as(change: Callable[[int], None], user: int, access: landlock.Access) -> None:
    change(user)
    for folder in access.folders:
        list(Path(folder).iterdir())


def _be_counted(user: int, access: landlock.Access) -> None:
    """Raise OSError unless the kernel counts this process's tasks, apart from all others."""
    if os.geteuid() == 0:
        _read_as(_count_as, user, access)
    else:
        syscalls.unshare(_NEW_USER)
    syscalls.drop_capabilities()  # they would lift the limit
    limits.limit_tasks(limits.MOST_TASKS)
    if not _succeeds(lambda: None):
        raise OSError("no room for a runner's threads")
    limits.limit_tasks(1)
    try:
        _succeeds(lambda: None)
    except BlockingIOError:
        return
    raise OSError("the limit isn't kept")


def _become(user: int) -> None:
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def _count_as(user: int) -> None:
    """Take this user id for all but files, which are still opened as the server's user.

    The kernel never limits the tasks of root, in a user namespace neither.
    """
    server = os.geteuid()
    syscalls.keep_capabilities()
    os.setresuid(user, user, user)
    syscalls.raise_capabilities()
    syscalls.set_file_user(server)


def _close_descriptors(kept: set[int]) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    syscalls.close_all_but({0, 1, 2, *kept})
