"""The `heldout-server` command, also as `python -m heldout_server`."""

import contextlib
import ctypes
import gc

# glibc's mallopt(3): the parameter's number, then its value.
M_ARENA_MAX, HEAPS = -8, 2


def main() -> None:
    """Run the command, with its memory looked after."""
    _share_heaps()
    # What importing leaves stays: a million objects. Looking through them for garbage takes half a
    # second of the start, and then a third of a second out of the middle of a class.
    gc.disable()
    from heldout_server.cli import app

    gc.freeze()
    gc.enable()
    app()


def _share_heaps() -> None:
    """Let threads share heaps: each would have its own, where others can't use what it frees.

    Before anything starts a thread; other C libraries have no such function.
    """
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, HEAPS)


if __name__ == "__main__":
    main()
