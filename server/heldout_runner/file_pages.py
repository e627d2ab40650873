"""Let go of memory that only mirrors files: what importing TensorFlow has read of its libraries.

The zygote executes next to nothing after its imports, and a fork doesn't pass these pages on: a
runner fetches what it needs from the system's file cache, as it would have done anyway.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from heldout_runner import syscalls

_MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (r[-w][-x]p) \S+ \S+ \S+ +(/.*)")


def release(smaps: Path = Path("/proc/self/smaps")) -> None:
    """Drop this process's clean pages of mapped files; each comes back when it is touched."""
    for start, length in clean_mappings(smaps.read_text()):
        syscalls.forget_pages(start, length)


def clean_mappings(smaps: str) -> Iterator[tuple[int, int]]:
    """Address and length of each file's mapping that holds no changed page.

    Linkers write addresses into read-only mappings, too: those pages would be lost.
    """
    found: re.Match[str] | None = None
    for line in smaps.splitlines():
        mapping = _MAPPING.fullmatch(line)
        if mapping or "-" in line.partition(" ")[0]:
            found = mapping
        elif found and line.startswith("Anonymous:"):
            start, end = int(found[1], 16), int(found[2], 16)
            if int(line.split()[1]) == 0:
                yield start, end - start
