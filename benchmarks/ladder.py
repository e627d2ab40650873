"""What a prober gains on the public part by asking, with the ladder and without.

The attack of A. Blum and M. Hardt (ICML 2015): send k random answers, keep those that score better
than chance, send their majority; and the climber, who changes a few answers of a good file at a
time and keeps what the board says is better. Gains are in points above what the file is truly
worth, which the private part tells. The rule is the server's own (`heldout_server.grading.ladder`).

    python benchmarks/ladder.py --runs 20                  # a minute on one core
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from heldout_server.grading.ladder import is_step_of_answers

Right = NDArray[np.bool_]
Shown = Callable[[Right, Right], bool]


def exact(new: Right, best: Right) -> bool:
    """Whether the board moves, on one that shows every score."""
    return int(new.sum()) > int(best.sum())


def ladder(new: Right, best: Right) -> bool:
    """The same on a ladder."""
    return is_step_of_answers(int((new & ~best).sum()), int((best & ~new).sum()), len(new))


def climb(rng: np.random.Generator, moves: Shown, examples: int, files: int, level: float) -> float:
    """Points that a climber's file gains on the public part, of `files` files.

    Each answers a twentieth of those it isn't sure of (a fifth of all) anew, right as often as the
    file is, so that nothing is truly gained.
    """
    best = rng.random(examples) < level
    begun = best.mean()
    unsure = rng.choice(examples, examples // 5, replace=False)
    for _ in range(files):
        new, some = best.copy(), rng.choice(unsure, len(unsure) // 20, replace=False)
        new[some] = rng.random(len(some)) < level
        if moves(new, best):
            best = new
    return 100 * float(best.mean() - begun)


def boost(rng: np.random.Generator, moves: Shown, examples: int, files: int) -> float:
    """Points above chance of the majority of random answers to yes and no that scored as better."""
    truth = rng.integers(0, 2, examples)
    votes, best = np.zeros(examples, np.int64), np.zeros(examples, np.bool_)
    first = rng.integers(0, 2, examples)
    best = first == truth
    for _ in range(files):
        said = rng.integers(0, 2, examples)
        if moves(said == truth, best):
            votes += 2 * said - 1
            # A ladder's board shows the new best from then on; the other one every score.
            best = best if moves is exact else said == truth
        elif moves is exact:
            votes -= 2 * said - 1
    found = np.where(votes == 0, first, votes > 0)
    return 100 * float((found == truth).mean() - 0.5)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--examples", type=int, default=10_000)
    given = parser.parse_args()
    print(f"{given.files} files, {given.examples} public examples, mean of {given.runs} runs")
    print(f"{'':34} every score    ladder")
    for what, attack in (
        ("random answers, majority of better", boost),
        ("climbing from 97 %", partial(climb, level=0.97)),
    ):
        gains = [
            np.mean(
                [
                    attack(np.random.default_rng(run), moves, given.examples, given.files)
                    for run in range(given.runs)
                ]
            )
            for moves in (exact, ladder)
        ]
        print(f"{what:34} {gains[0]:+10.2f}  {gains[1]:+8.2f}  points")


if __name__ == "__main__":
    main()
