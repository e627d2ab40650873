from __future__ import annotations

import ctypes
import mmap
import sys
from pathlib import Path

import pytest

from heldout_runner import file_pages
from heldout_runner.file_pages import clean_mappings

SMAPS = """\
7f0000000000-7f0000004000 r-xp 00000000 08:01 11 /usr/lib/libclean.so
Size:                 16 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me
7f0000004000-7f0000008000 r--p 00004000 08:01 11 /usr/lib/libclean.so
Anonymous:             8 kB
7f0000008000-7f000000a000 rw-s 00000000 08:01 12 /dev/shm/shared
Anonymous:             0 kB
7f000000a000-7f000000c000 rw-p 00000000 00:00 0
Anonymous:             0 kB
7f000000c000-7f000000e000 rw-p 00000000 00:00 0          [heap]
Anonymous:             0 kB
7f000000e000-7f0000010000 rw-p 00006000 08:01 11 /usr/lib/lib with a space.so
Anonymous:             0 kB
"""


class TestCleanMappings:
    def test_are_private_mappings_of_files_without_a_changed_page(self) -> None:
        assert list(clean_mappings(SMAPS)) == [(0x7F0000000000, 0x4000), (0x7F000000E000, 0x2000)]


@pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
class TestRelease:
    def test_what_was_changed_stays_and_what_was_read_comes_back(self, tmp_path: Path) -> None:
        path = tmp_path / "pages"
        path.write_bytes(b"x" * 4 * mmap.PAGESIZE)
        with path.open("rb") as file:
            read = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            changed = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        with read, changed:
            changed[0] = ord("y")
            assert read[0] == ord("x")
            file_pages.release()
            assert (read[0], changed[0]) == (ord("x"), ord("y"))
            assert ctypes.string_at(b"still here") == b"still here"
