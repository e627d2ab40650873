"""When each system says that it will sleep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from heldout_server.operations.doctor import GOOD, WARNING, Finding
from heldout_server.operations.room.sleep import POWER, sleep

TYPE = f"gsettings get {POWER} sleep-inactive-ac-type"
AFTER = f"gsettings get {POWER} sleep-inactive-ac-timeout"
WINDOWS = """  Power Setting GUID: 29f6c1db-86da-48c5-9fdb-f2b67b1f44da  (Sleep after)
    Maximum Possible Setting: 0xffffffff
    Possible Settings units: Seconds
    Current AC Power Setting Index: 0x%08x
    Current DC Power Setting Index: 0x00000384
"""


def looked(platform: str, said: Mapping[str, str]) -> Finding:
    def ask(command: Sequence[str]) -> str | None:
        return said.get(" ".join(command))

    return sleep(platform, ask)


CASES = [
    ("linux", {TYPE: "'nothing'\n"}, GOOD, "never"),
    ("linux", {TYPE: "'suspend'\n", AFTER: "1200\n"}, WARNING, "after 20 min"),
    ("linux", {"systemctl show -p LoadState --value sleep.target": "masked\n"}, GOOD, "never"),
    ("linux", {}, WARNING, "can't be read"),
    ("darwin", {"pmset -g": "Currently in use:\n standby 1\n sleep 1\n"}, WARNING, "after 1 min"),
    ("darwin", {"pmset -g": " sleep                0 (prevented by caffeinate)\n"}, GOOD, "never"),
    ("win32", {"powercfg /query SCHEME_CURRENT SUB_SLEEP STANDBYIDLE": WINDOWS % 0}, GOOD, "never"),
    ("win32", {"powercfg /query SCHEME_CURRENT SUB_SLEEP STANDBYIDLE": WINDOWS % 1800},
     WARNING, "after 30 min"),
    ("plan9", {}, WARNING, "can't be read"),
]  # fmt: skip


@pytest.mark.parametrize(("platform", "said", "state", "words"), CASES)
def test_sleep(platform: str, said: Mapping[str, str], state: str, words: str) -> None:
    found = looked(platform, said)
    assert found.state == state
    assert words in found.detail
    assert found.fix or state == GOOD
