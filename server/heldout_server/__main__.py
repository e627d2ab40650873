"""The `heldout-server` command, also as `python -m heldout_server`."""

import contextlib
import ctypes
import gc
import sys
from types import ModuleType
from typing import cast

# glibc's mallopt(3): each parameter's number, then its value.
M_ARENA_MAX, HEAPS = -8, 2
M_MMAP_THRESHOLD, LARGE_BYTES = -3, 1 << 20
M_TRIM_THRESHOLD, KEPT_BYTES = -1, 16 << 20


def main() -> None:
    """Run the command, with its memory looked after."""
    _tame_heaps()
    # What importing leaves stays: a million objects. Looking through them for garbage takes half a
    # second of the start, and then a third of a second out of the middle of a class.
    gc.disable()
    # httpx would bring its own command along, and with it two libraries that nothing here asks for.
    sys.modules["httpx._main"] = cast(ModuleType, None)
    from heldout_server.cli import app

    gc.freeze()
    gc.enable()
    app()


def _tame_heaps() -> None:
    """Let threads share heaps: each would have its own, where others can't use what it frees.

    And have what is large outside of them, from where it is given back when it is freed: glibc
    would move its limit up to 32 MB with the first such array, and keep the holes from then on.
    Before anything starts a thread; other C libraries have no such function.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(M_ARENA_MAX, HEAPS)
        libc.mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
        # Else 128 kB, and each file's buffers would be fetched from the kernel page by page.
        libc.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)


if __name__ == "__main__":
    main()
