from __future__ import annotations

import struct

import pytest

from heldout_runner.landlock import (
    IOCTL_DEV,
    READ_DIR,
    READ_FILE,
    WRITE_FILE,
    Access,
    file_rights,
    ruleset_attributes,
)


class TestRulesetAttributes:
    @pytest.mark.parametrize(
        ("version", "words"),
        [
            (1, (2**13 - 1,)),
            (3, (2**15 - 1,)),
            (4, (2**15 - 1, 3)),
            (5, (2**16 - 1, 3)),
            (6, (2**16 - 1, 3, 3)),
            (9, (2**16 - 1, 3, 3)),
        ],
    )
    def test_handle_every_right_that_the_kernel_knows(
        self, version: int, words: tuple[int, ...]
    ) -> None:
        attributes = ruleset_attributes(version)
        assert struct.unpack(f"={len(words)}Q", attributes) == words


class TestAccess:
    def test_reads_and_never_writes_or_executes_unless_told(self) -> None:
        rules = dict(Access(folders=("/usr/lib",), files=("/proc/cpuinfo",)).rules())
        assert rules == {"/usr/lib": READ_FILE | READ_DIR, "/proc/cpuinfo": READ_FILE}

    def test_opens_devices_for_ioctl_where_the_kernel_judges_it(self) -> None:
        ((_, rights),) = Access(devices=("/dev/nvidia0",)).rules()
        assert rights == READ_FILE | WRITE_FILE | IOCTL_DEV
        assert not rights & file_rights(4) & IOCTL_DEV
        assert rights & file_rights(5) & IOCTL_DEV
