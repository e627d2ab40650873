"""The process in which Optuna's fANOVA runs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from heldout_server.runs.fanova import FanovaFailed, Parameter, shares

RUNS = 12
ASKED = """
import sys
from heldout_server.runs import fanova
found = fanova.shares([
    fanova.Parameter("width", [2**n for n in range(12)], False, True),
    fanova.Parameter("optimizer", ["adam", "sgd"] * 6, True, False),
], [n / 12 for n in range(12)])
print(max(found, key=found.get), sorted({"optuna", "sklearn", "pandas"} & sys.modules.keys()))
"""


def test_its_libraries_stay_out_of_who_asks() -> None:
    said = subprocess.run([sys.executable, "-c", ASKED], check=True, capture_output=True, text=True)
    assert said.stdout == "width []\n"


def test_a_process_that_fails_says_why() -> None:
    unlike = [Parameter("optimizer", ["adam", 3] * (RUNS // 2), is_text=True, is_log=False)]
    with pytest.raises(FanovaFailed, match="TypeError: "):
        shares(unlike, [0.5] * RUNS)
