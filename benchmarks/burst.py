"""Sixty people send a model each, all at once, and all different: how long until all are scored.

    python benchmarks/burst.py [--models 60] [--json]

A third each are small dense networks, CNNs and starters (33 MB with what Adam keeps). The floor,
in the same run: two warm TensorFlow processes without a sandbox that share the same files and are
used again and again. Half of the floor is measured before the burst and half after it, so that a
machine that is busy for a while is busy for both.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import tempfile
import threading
import time
from pathlib import Path

from support.floor import KINDS, make, together_seconds, two_workers_seconds
from support.mnist_server import await_health, join, made_up_mnist, scored_seconds, server

LIMIT = "≤ 0.7"
# Long enough for both runners to be warm again.
PAUSE_SECONDS = 3.0


def burst(url: str, models: list[Path]) -> dict[str, float]:
    """A person for each model, all at the same moment: seconds until the last one has a score."""
    clients = [join(url, f"Person {number}") for number in range(len(models))]
    waited: list[float] = []

    def send(number: int) -> None:
        waited.append(scored_seconds(clients[number], models[number])[0])

    threads = [threading.Thread(target=send, args=(number,)) for number in range(len(models))]
    seconds = together_seconds(threads)
    if len(waited) < len(models):
        raise SystemExit(f"{len(models) - len(waited)} models were not scored")
    p95 = statistics.quantiles(waited, n=20)[-1]
    return {"seconds": seconds, "p50_seconds": statistics.median(waited), "p95_seconds": p95}


def measure(number: int) -> dict[str, float]:
    """Seconds of the burst, those of the floor, and their ratio."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        images = folder / "images.npy"
        mnist = made_up_mnist(folder)
        make(folder, number // len(KINDS) + 1, *KINDS)
        # They come mixed, as people do.
        of_kinds = [[folder / f"{kind}-{n}.keras" for kind in KINDS] for n in range(number)]
        models = list(itertools.chain(*of_kinds))[:number]
        first = folder / f"mlp-{number // len(KINDS)}.keras"
        with server(folder, mnist) as (url, _):
            await_health(url)
            scored_seconds(join(url, "First"), first)
            time.sleep(PAUSE_SECONDS)
            before = two_workers_seconds(images, models[::2])
            figures = burst(url, models)
            after = two_workers_seconds(images, models[1::2])
    return {"burst_models": figures["seconds"] / (before + after), **figures,
            "floor_seconds": before + after}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = measure(max(len(KINDS), arguments.models))
    if arguments.json:
        print(json.dumps({name: round(value, 4) for name, value in figures.items()}))
        return
    for name, value in figures.items():
        print(f"{name:16} {value:8.2f}   {LIMIT if name == 'burst_models' else ''}")


if __name__ == "__main__":
    main()
