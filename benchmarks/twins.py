"""Are copied models found, and is an honest class left in peace?

A class of forty independently trained digit models of three kinds (those of `contamination.py`),
then the same class with one more model that was made from another person's: the same file, noise on
its weights, training that went on. And simulated classes, in which people err on the same hard
examples. The rule is the server's own (`grading.twins`).

    python benchmarks/twins.py --kept /tmp/digits
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from contamination import recipes
from numpy.typing import NDArray
from support.digit_models import Digits, Recipe, classes, fit, said, trained

from heldout_server.grading.twins import twins

PEOPLE = 40
SMALLER = (8, 15, 25)
DRAWN = 50
SIMULATED = 20
NOISE = (0.02, 0.05, 0.1, 0.2)
TRAINED_ON = ((1, 2e-4), (1, 1e-3), (3, 1e-3))
COPIED = 2
EXAMPLES = 10_000

Classes = NDArray[np.uint8]


@dataclass(frozen=True)
class Derived:
    """What a model that was made from another one says; `how` it was made."""

    how: str
    of: Recipe
    said: Classes


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kept", type=Path, help="Keep trained models here, and read them again.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        kept = given.kept or Path(folder)
        kept.mkdir(exist_ok=True)
        digits = Digits.read()
        people = {one: said(one, digits, kept).hidden for one in _people()}
        print_honest(people, digits)
        print_derived(people, list(_derived(people, digits, kept)), digits)
    print_simulated()


def _people() -> list[Recipe]:
    """Forty trainings with seeds of their own; what they were shown doesn't matter here."""
    return sorted(recipes(), key=lambda one: (one.share, one.seed, one.kind))[:PEOPLE]


def print_honest(people: dict[Recipe, Classes], digits: Digits) -> None:
    """False pairs in the whole class, and in smaller ones drawn from it."""
    shares = _shares(people, digits.y_hidden)
    print(f"honest pairs share {np.median(shares):.2f} of their wrong answers, at most ", end="")
    print(f"{shares.max():.2f}, of {len(shares)} pairs")
    dice = np.random.default_rng(1)
    every = list(people.values())
    print("| people | classes | false pairs |\n|---|---|---|")
    print(f"| {len(every)} | 1 | {len(twins(digits.y_hidden, every))} |")
    for count in SMALLER:
        drawn = (dice.permutation(len(every))[:count] for _ in range(DRAWN))
        found = sum(len(twins(digits.y_hidden, [every[one] for one in some])) for some in drawn)
        print(f"| {count} | {DRAWN} | {found} |")


def _shares(people: dict[Recipe, Classes], truth: Classes) -> NDArray[np.float64]:
    every = list(people.values())
    return np.array(
        [_share(one, other, truth) for at, one in enumerate(every) for other in every[:at]]
    )


def _share(one: Classes, other: Classes, truth: Classes) -> float:
    both = ((one == other) & (one != truth)).sum()
    return float(both / ((one != truth).sum() + (other != truth).sum() - both))


def _derived(people: dict[Recipe, Classes], digits: Digits, kept: Path) -> Iterator[Derived]:
    for recipe in (one for one in people if one.share == 0 and one.seed < COPIED):
        yield Derived("the same file", recipe, people[recipe])
        for how, change in _changes(digits, recipe.seed).items():
            path = kept / f"{recipe.name}-{how.replace(' ', '-')}.npy"
            if not path.is_file():
                model = trained(recipe, digits, kept)
                change(model)
                np.save(path, classes(model, digits.x_hidden))
            yield Derived(how, recipe, np.load(path))


def _changes(digits: Digits, seed: int) -> dict[str, Callable[[Any], None]]:
    changes: dict[str, Callable[[Any], None]] = {
        f"noise of {noise:.0%}": partial(_shake, noise=noise, seed=seed) for noise in NOISE
    }
    trained_on = {
        f"{epochs} more epoch{'s' * (epochs > 1)}, rate {rate:g}": partial(
            fit, images=digits.x_train, labels=digits.y_train, epochs=epochs, rate=rate
        )
        for epochs, rate in TRAINED_ON
    }
    return changes | trained_on


def _shake(model: Any, noise: float, seed: int) -> None:
    """Add normal noise to every weight, as a share of the deviation of its layer's."""
    dice = np.random.default_rng(seed)
    model.set_weights(
        [
            each + dice.normal(0, noise * each.std() + 1e-12, each.shape)
            for each in model.get_weights()
        ]
    )


def print_derived(people: dict[Recipe, Classes], derived: list[Derived], digits: Digits) -> None:
    """For each way to make a copy: how many were found, and what else was."""
    names = list(people)
    print(
        "| made from another's model by | models | found | false pairs | shared |\n"
        "|---|---|---|---|---|"
    )
    for how in dict.fromkeys(one.how for one in derived):
        some = [one for one in derived if one.how == how]
        found = others = 0
        for one in some:
            pairs = twins(digits.y_hidden, [*people.values(), one.said])
            wanted = (names.index(one.of), len(names))
            places = {(pair.first, pair.second) for pair in pairs}
            found += wanted in places
            others += len(places - {wanted})
        shares = [_share(people[one.of], one.said, digits.y_hidden) for one in some]
        print(
            f"| {how} | {len(some)} | {found} | {others} | {min(shares):.2f} … {max(shares):.2f} |"
        )


def print_simulated() -> None:
    """Classes of forty that err on the same hard examples and are tempted by the same answers."""
    found = [_false_pairs(seed) for seed in range(SIMULATED)]
    print(f"simulated: {sum(found)} false pairs in {SIMULATED} classes of {PEOPLE}")


def _false_pairs(seed: int) -> int:
    dice = np.random.default_rng(seed)
    truth = dice.integers(0, 10, EXAMPLES)
    tempting = (truth + dice.integers(1, 10, EXAMPLES)) % 10
    hard = dice.beta(0.05, 1.5, EXAMPLES)
    said = []
    for level in dice.uniform(0.4, 1.2, PEOPLE):
        answer = np.where(dice.random(EXAMPLES) < 0.7, tempting, (truth + 1) % 10)
        said.append(np.where(dice.random(EXAMPLES) < np.clip(hard * level, 0, 1), answer, truth))
    return len(twins(truth, said))


if __name__ == "__main__":
    main()
