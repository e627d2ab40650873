"""How long `import heldout` takes in a fresh interpreter, against two floors of the same run.

The floors are an interpreter that imports nothing and one that imports httpx, which the client
needs only at its first request. Runs are interleaved, so that a busy machine is busy for all.

    python benchmarks/client_import.py [--runs 15] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMIT_SECONDS = 0.3
CLIENT = Path(__file__).resolve().parents[1] / "client"
PROGRAMS = {"pass": "pass", "httpx": "import httpx", "heldout": "import heldout"}


def environment(bytecode: str) -> dict[str, str]:
    """This environment, with bytecode kept in a folder of its own, as an installed package has."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(CLIENT), "PYTHONPYCACHEPREFIX": bytecode}


def seconds(program: str, environment: dict[str, str]) -> float:
    """The wall time of one fresh interpreter that runs `program`."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)
    return time.perf_counter() - started


def measure(runs: int) -> dict[str, float]:
    """The median seconds of each program over `runs` interleaved runs."""
    times: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    with tempfile.TemporaryDirectory() as bytecode:
        # One unmeasured round writes the bytecode and warms the disk cache.
        for program in PROGRAMS.values():
            seconds(program, environment(bytecode))
        for _ in range(runs):
            for name, program in PROGRAMS.items():
                times[name].append(seconds(program, environment(bytecode)))
    return {name: statistics.median(each) for name, each in times.items()}


def report(medians: dict[str, float], runs: int) -> dict[str, object]:
    """The numbers with their ratios; `import_seconds` is beyond the bare interpreter."""
    import_seconds = medians["heldout"] - medians["pass"]
    return {
        "benchmark": "client_import",
        "runs": runs,
        "seconds": {name: round(value, 4) for name, value in medians.items()},
        "import_seconds": round(import_seconds, 4),
        "ratio_to_pass": round(medians["heldout"] / medians["pass"], 2),
        "ratio_to_httpx": round(medians["heldout"] / medians["httpx"], 2),
        "limit_seconds": LIMIT_SECONDS,
        "within_limit": import_seconds <= LIMIT_SECONDS,
    }


def print_table(medians: dict[str, float]) -> None:
    """A row for each program: its median, and its ratio to the two floors."""
    print(f"{'program':<16}{'median ms':>10}{'÷ pass':>9}{'÷ httpx':>9}")
    for name, value in medians.items():
        to_pass, to_httpx = value / medians["pass"], value / medians["httpx"]
        print(f"{PROGRAMS[name]:<16}{value * 1000:>10.1f}{to_pass:>9.2f}{to_httpx:>9.2f}")


def main() -> int:
    """Measure, print, and exit with 1 when the import takes longer than the limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    options = parser.parse_args()
    runs = max(10, options.runs)
    medians = measure(runs)
    numbers = report(medians, runs)
    print_table(medians)
    print(f"import heldout: {numbers['import_seconds']} s (limit {LIMIT_SECONDS} s)")
    if options.json:
        print(json.dumps(numbers))
    return 0 if numbers["within_limit"] else 1


if __name__ == "__main__":
    sys.exit(main())
