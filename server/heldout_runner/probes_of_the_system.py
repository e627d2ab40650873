"""Probes that the kernel has to refuse: files, network, processes, privileges."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path

from heldout_runner.probes import KILLED, REFUSED, lists, probe
from heldout_runner.protocol import Probe
from heldout_runner.syscalls import syscall, unshare

_X86 = platform.machine() == "x86_64"
# By name on x86-64 and aarch64.
_NUMBERS = {
    "execveat": (322, 281), "ptrace": (101, 117), "process_vm_readv": (310, 270),
    "mount": (165, 40), "bpf": (321, 280), "io_uring_setup": (425, 425),
    "userfaultfd": (323, 282), "keyctl": (250, 219), "perf_event_open": (298, 241),
    "memfd_create": (319, 279), "pidfd_open": (434, 434), "open_by_handle_at": (304, 265),
    "rt_sigqueueinfo": (129, 138), "tgkill": (234, 131), "clone3": (435, 435),
}  # fmt: skip
# More than any limit of ours, and few enough to do no harm where none is kept.
_MOST_THREADS = 1_000
_SMALL_STACK_BYTES = 32_768
_MEMORY_STEP = 256 * 1024 * 1024
_MEMORY_AIM = 64 * 1024 * 1024 * 1024
_F_SETSIG = 10


def _call(name: str, *arguments: int) -> str:
    number = _NUMBERS[name][0 if _X86 else 1]
    return f"{name} gave {syscall(number, *arguments)}"


def _read(path: str) -> str:
    with Path(path).open("rb") as file:
        return f"read {len(file.read(64))} bytes"


def _write(path: str) -> str:
    with Path(path).open("wb") as file:
        return f"wrote {file.write(b'x')} bytes"


def _shared_images(order: Probe) -> Path:
    return next((Path(order.slot).parents[1] / "images").glob("*.npy"))


@probe()
def read_secret(order: Probe, results: int) -> str:
    """Read a file that the server can read, as it could the labels."""
    return _read(order.secret)


@probe()
def read_passwords(order: Probe, results: int) -> str:
    """Read /etc/passwd."""
    return _read("/etc/passwd")


@probe()
def list_root(order: Probe, results: int) -> str:
    """List /."""
    return lists("/")


@probe()
def list_temporary(order: Probe, results: int) -> str:
    """List /tmp."""
    return lists("/tmp")  # noqa: S108 the attempt has to be made where everyone may


@probe()
def list_other_slots(order: Probe, results: int) -> str:
    """List the folder that holds every runner's model."""
    return lists(str(Path(order.slot).parent))


@probe()
def write_slot(order: Probe, results: int) -> str:
    """Write a file beside the model."""
    return _write(f"{order.slot}/note")


@probe()
def write_temporary(order: Probe, results: int) -> str:
    """Write to /tmp."""
    return _write("/tmp/heldout-probe")  # noqa: S108


@probe()
def write_shared_memory(order: Probe, results: int) -> str:
    """Write to /dev/shm."""
    return _write("/dev/shm/heldout-probe")  # noqa: S108


@probe()
def remove_secret(order: Probe, results: int) -> str:
    """Remove a file of the server's."""
    Path(order.secret).unlink()
    return "removed it"


@probe()
def read_server_memory(order: Probe, results: int) -> str:
    """Open the memory of the server through /proc."""
    return _read(f"/proc/{order.server}/mem")


@probe()
def read_server_environment(order: Probe, results: int) -> str:
    """Read the server's environment through /proc."""
    return _read(f"/proc/{order.server}/environ")


@probe()
def read_zygote_memory(order: Probe, results: int) -> str:
    """Open the memory of the zygote through /proc."""
    return _read(f"/proc/{order.parent}/mem")


@probe()
def connect_tcp(order: Probe, results: int) -> str:
    """Connect to a TCP port where the server listens."""
    with socket.create_connection(("127.0.0.1", order.tcp_port), timeout=2):
        return "connected"


@probe()
def send_udp(order: Probe, results: int) -> str:
    """Send a UDP packet."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        return f"sent {sender.sendto(b'x', ('127.0.0.1', order.udp_port))} bytes"


@probe()
def connect_unix(order: Probe, results: int) -> str:
    """Connect to a unix socket where the server listens."""
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(order.socket_path)
        return "connected"


@probe(at_start=False)
def listen_tcp(order: Probe, results: int) -> str:
    """Listen on a TCP port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        return "listening"


@probe(at_start=False)
def open_routing_socket(order: Probe, results: int) -> str:
    """Open the kernel's routing socket."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW):
        return "opened"


@probe(KILLED)
def execute(order: Probe, results: int) -> str:
    """Replace the process by another program."""
    os.execv("/bin/true", ["true"])  # noqa: S606
    return "still here"


@probe(KILLED, at_start=False)
def execute_descriptor(order: Probe, results: int) -> str:
    """Replace the process by an opened program."""
    return _call("execveat", -100, 0, 0, 0, 0)


@probe(REFUSED)
def run_shell(order: Probe, results: int) -> str:
    """Run a command in a shell."""
    status = os.system("true")  # noqa: S605,S607
    if status < 0 or status >> 8 in (126, 127):
        raise PermissionError(1, "no process was started")
    return f"it ended with {status}"


@probe(at_start=False)
def start_program(order: Probe, results: int) -> str:
    """Start a program as a child process."""
    return f"it ended with {subprocess.call([sys.executable, '-c', ''])}"


@probe()
def fork(order: Probe, results: int) -> str:
    """Fork, as a fork bomb begins."""
    if os.fork() == 0:
        os._exit(0)
    return "forked"


@probe()
def bomb_threads(order: Probe, results: int) -> str:
    """Start threads without end, so small that no limit of memory ends it."""
    import _thread

    _thread.stack_size(_SMALL_STACK_BYTES)
    held = _thread.allocate_lock()
    held.acquire()  # so that every thread stays: they wait for it
    for number in range(_MOST_THREADS):
        try:
            _thread.start_new_thread(held.acquire, ())
        except RuntimeError:
            raise PermissionError(1, f"none after {number} threads") from None
    return f"{_MOST_THREADS} threads"


@probe()
def lock_images(order: Probe, results: int) -> str:
    """Lock the images that all runners read."""
    import fcntl

    with _shared_images(order).open("rb") as images:
        fcntl.flock(images, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return "locked"


@probe(at_start=False)
def lock_part_of_images(order: Probe, results: int) -> str:
    """Lock a range of the images that all runners read."""
    import fcntl

    with _shared_images(order).open("rb") as images:
        fcntl.lockf(images, fcntl.LOCK_SH | fcntl.LOCK_NB, 1)
        return "locked"


@probe(at_start=False)
def lease_images(order: Probe, results: int) -> str:
    """Ask to be told when another opens the images."""
    import fcntl

    with _shared_images(order).open("rb") as images:
        fcntl.fcntl(images, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        return "leased"


@probe()
def reopen_results(order: Probe, results: int) -> str:
    """Open the other end of the pipe for results, through /proc."""
    os.close(os.open(f"/proc/self/fd/{results}", os.O_RDONLY | os.O_NONBLOCK))
    return "opened"


@probe()
def claim_memory(order: Probe, results: int) -> str:
    """Claim memory without end."""
    import numpy as np

    return f"{len(np.empty(_MEMORY_AIM, np.uint8)) >> 30} GiB"


@probe(at_start=False)
def bomb_memory(order: Probe, results: int) -> str:
    """Take memory without end, written to so that it is really there."""
    import numpy as np

    taken: list[object] = []
    while len(taken) * _MEMORY_STEP < _MEMORY_AIM:
        taken.append(np.ones(_MEMORY_STEP, np.uint8))
    return f"{len(taken) * _MEMORY_STEP >> 30} GiB"


@probe()
def memory_file(order: Probe, results: int) -> str:
    """Make a file in memory, which no memory limit of the process would count."""
    return _call("memfd_create", ctypes.addressof(ctypes.create_string_buffer(b"x")), 0)


@probe(KILLED)
def trace_zygote(order: Probe, results: int) -> str:
    """Attach to the zygote as a debugger does."""
    attach = 16
    return _call("ptrace", attach, order.parent, 0, 0)


@probe(KILLED, at_start=False)
def read_zygote_directly(order: Probe, results: int) -> str:
    """Copy memory out of the zygote."""
    return _call("process_vm_readv", order.parent, 0, 0, 0, 0, 0)


@probe()
def signal_server(order: Probe, results: int) -> str:
    """Send the server a signal (one that does nothing)."""
    os.kill(order.server, 0)
    return "sent"


@probe(at_start=False)
def signal_zygote_thread(order: Probe, results: int) -> str:
    """Kill the zygote through its thread."""
    return _call("tgkill", order.parent, order.parent, 0)


@probe(at_start=False)
def signal_everyone(order: Probe, results: int) -> str:
    """Send every process a signal (one that does nothing)."""
    os.kill(-1, 0)
    return "sent"


@probe(at_start=False)
def queue_signal(order: Probe, results: int) -> str:
    """Queue a signal with a value for the server."""
    return _call("rt_sigqueueinfo", order.server, 0, 0)


@probe()
def signal_by_pipe(order: Probe, results: int) -> str:
    """Have a pipe send the server a signal of our choice."""
    import fcntl

    reader, _ = os.pipe()
    fcntl.fcntl(reader, fcntl.F_SETOWN, order.server)
    fcntl.fcntl(reader, _F_SETSIG, signal.SIGCONT)
    return "armed"


@probe(at_start=False)
def open_process(order: Probe, results: int) -> str:
    """Open a handle on the server's process."""
    return _call("pidfd_open", order.server, 0)


@probe()
def raise_limits(order: Probe, results: int) -> str:
    """Lift the memory limit."""
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    try:
        resource.setrlimit(resource.RLIMIT_AS, unlimited)
    except ValueError as error:  # what Python makes of EPERM here
        raise PermissionError(1, str(error)) from None
    return "lifted"


@probe()
def lower_server_limits(order: Probe, results: int) -> str:
    """Take the server's processor seconds away."""
    soft_hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.prlimit(order.server, resource.RLIMIT_CPU, soft_hard)
    return "set"


@probe(at_start=False)
def pin_server(order: Probe, results: int) -> str:
    """Move the server to a single core."""
    os.sched_setaffinity(order.server, {0})
    return "moved"


@probe()
def new_user_namespace(order: Probe, results: int) -> str:
    """Enter a user namespace, where one would be root."""
    unshare(0x10000000)
    return "entered"


@probe(at_start=False)
def become_root(order: Probe, results: int) -> str:
    """Change the user id."""
    os.setresuid(0, 0, 0)
    return "changed"


@probe(at_start=False)
def mount(order: Probe, results: int) -> str:
    """Mount a file system."""
    return _call("mount", 0, 0, 0, 0, 0)


@probe(at_start=False)
def change_root(order: Probe, results: int) -> str:
    """Change the root folder."""
    os.chroot(order.slot)
    return "changed"


@probe(at_start=False)
def load_kernel_code(order: Probe, results: int) -> str:
    """Load a program into the kernel (bpf)."""
    return _call("bpf", 0, 0, 0)


@probe(at_start=False)
def kernel_rings(order: Probe, results: int) -> str:
    """Set up io_uring, which files could be read through."""
    return _call("io_uring_setup", 1, 0)


@probe(at_start=False)
def catch_page_faults(order: Probe, results: int) -> str:
    """Handle page faults (userfaultfd), a helper of kernel exploits."""
    return _call("userfaultfd", 0)


@probe(at_start=False)
def read_keys(order: Probe, results: int) -> str:
    """Ask for the kernel's key ring."""
    return _call("keyctl", 0, -3, 0, 0, 0)


@probe(at_start=False)
def watch_performance(order: Probe, results: int) -> str:
    """Open performance counters."""
    return _call("perf_event_open", 0, 0, -1, -1, 0)


@probe(at_start=False)
def open_by_handle(order: Probe, results: int) -> str:
    """Open a file by its handle, past the folders above it."""
    return _call("open_by_handle_at", -100, 0, 0)


@probe()
def inherited_descriptors(order: Probe, results: int) -> str:
    """Look for open files that came with the process."""
    found = []
    for fd in range(3, 1024):
        with contextlib.suppress(OSError):
            os.fstat(fd)
            found.append(fd)
    if len(found) == 2 and results in found:  # orders and results
        raise PermissionError(1, "nothing but the two pipes")
    return f"descriptors {found}"
