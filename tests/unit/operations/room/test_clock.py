"""Whether the clock follows a time server, as far as that can be read."""

from __future__ import annotations

import pytest

from heldout_server.operations.doctor import GOOD, WARNING
from heldout_server.operations.room.clock import clock_kept

CASES = [
    ("linux", "yes\n", GOOD, "follows a time server"),
    ("linux", "no\n", WARNING, "follows no time server: deadlines go by"),
    ("linux", None, WARNING, "can't be read"),
    ("win32", "Source: time.windows.com\n", GOOD, "follows a time server"),
    ("win32", "Source: Local CMOS Clock\n", WARNING, "follows no time server"),
    ("darwin", None, WARNING, "can't be read"),
]


@pytest.mark.parametrize(("platform", "said", "state", "words"), CASES)
def test_clock_kept(platform: str, said: str | None, state: str, words: str) -> None:
    found = clock_kept(platform, lambda command: said)
    assert found.state == state
    assert words in found.detail
