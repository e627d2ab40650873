"""Does the lamp see models that were shown the hidden images, and leave honest ones alone?

Small models of three kinds are trained on 20,000 images of MNIST with 0, 1, 5, 20 and 100 % of the
hidden images mixed in, and asked about hidden and practice images and about their copies; so are
the real models in HELDOUT_SHARED_DATA. The rule is the server's own (`grading.contamination`). Its
bounds were chosen when the first seeds had been looked at; the others are reported apart from them.

    python benchmarks/contamination.py --kept /tmp/digits    # ten minutes of a core; then none
    python benchmarks/contamination.py --kept /tmp/digits --drawing docs/images/contamination.svg
"""

from __future__ import annotations

import argparse
import math
import os
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from support.digit_models import KINDS, Digits, Recipe, Said, read, said

from heldout_server.datasets.changed_copies import copies
from heldout_server.datasets.known import MNIST
from heldout_server.datasets.loaded import DIGITS
from heldout_server.grading import contamination
from heldout_server.grading.contamination import Evidence, Reading, evidence, reading
from heldout_server.kit.errors import Rejection
from heldout_server.kit.settings import Settings
from heldout_server.prediction.handlers import PERMISSION_SECONDS
from heldout_server.prediction.predictor import Examples
from heldout_server.processes.model_scoring import make_scoring

SHARES = (0.0, 0.01, 0.05, 0.2, 1.0)
# How many are trained of each kind, by share; and of how many the bounds knew.
TRAINED = {
    "dense 64": (12, 2, 2, 2, 4),
    "dense 512-128": (6, 0, 0, 2, 4),
    "small CNN": (5, 0, 0, 2, 4),
}
CHOSEN_BY = {
    "dense 64": (8, 0, 0, 0, 2),
    "dense 512-128": (4, 0, 0, 0, 2),
    "small CNN": (4, 0, 0, 0, 2),
}
REAL = "real models"
PREDICT_SECONDS = 600


@dataclass(frozen=True)
class Looked:
    """One model: which kind, how much it was shown, and what the lamp says of it."""

    name: str
    kind: str
    share: float
    is_reported: bool
    found: Evidence
    low: float
    accuracy: float


def main() -> None:
    """Print the table."""
    given = arguments()
    with tempfile.TemporaryDirectory() as folder:
        kept = given.kept or Path(folder)
        kept.mkdir(exist_ok=True)
        digits = Digits.read()
        every = [*_trained(digits, kept), *_real(digits, kept)]
    if given.every:
        for one in every:
            print(f"{one.name:48} {_figures(one)}")
    print_table(every)
    if given.drawing:
        given.drawing.write_text(drawn(every), encoding="utf-8")


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kept", type=Path, help="Keep what models said here, and read it again.")
    parser.add_argument("--every", action="store_true", help="A line for each model.")
    parser.add_argument("--drawing", type=Path, help="Write the figure, an SVG, here.")
    return parser.parse_args()


def recipes() -> Iterator[Recipe]:
    """Every training."""
    for kind in KINDS:
        for share, count in zip(SHARES, TRAINED[kind], strict=True):
            for seed in range(count):
                yield Recipe(kind, share, 1000 * round(100 * share) + seed)


def looked(
    name: str, kind: str, share: float, is_reported: bool, found: Said, digits: Digits
) -> Looked:
    """What the lamp says of what a model said."""
    hidden = reading(digits.y_hidden, found.hidden, found.hidden_copies, digits.sample)
    practice = reading(
        digits.y_practice, found.practice, found.practice_copies, digits.practice_sample
    )
    says = evidence(hidden, practice, best_published=MNIST.best_published, is_calibrated=True)
    return Looked(name, kind, share, is_reported, says, _low(hidden), hidden.accuracy)


def _low(hidden: Reading) -> float:
    drop, spread = hidden.drop()
    return drop - contamination.SURE * spread


def _trained(digits: Digits, kept: Path) -> Iterator[Looked]:
    for recipe in recipes():
        found = said(recipe, digits, kept)
        is_reported = recipe.seed % 1000 >= CHOSEN_BY[recipe.kind][SHARES.index(recipe.share)]
        yield looked(recipe.name, recipe.kind, recipe.share, is_reported, found, digits)


def _real(digits: Digits, kept: Path) -> Iterator[Looked]:
    """Strangers' models, run as the server runs them; none of them was shown hidden labels."""
    folder = Path(os.environ["HELDOUT_SHARED_DATA"]) / "models"
    missing = [one for one in sorted(folder.iterdir()) if one.suffix in {".h5", ".keras"}]
    if not all(_kept(kept, one).is_file() for one in missing):
        _ask(missing, digits, kept)
    for one in missing:
        found = read(_kept(kept, one))
        if (found.hidden == digits.y_hidden).mean() > 0.9:  # the others are of other contests
            yield looked(one.name, REAL, 0.0, False, found, digits)


def _kept(kept: Path, model: Path) -> Path:
    return kept / f"real-{model.stem}{model.suffix}.npz"


def _ask(models: list[Path], digits: Digits, kept: Path) -> None:
    parts = (
        digits.x_hidden, digits.x_practice, copies(digits.x_hidden[digits.sample]),
        copies(digits.x_practice[digits.practice_sample]),
    )  # fmt: skip
    cuts = np.cumsum([len(part) for part in parts])[:-1]
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for name, array in (
            ("all", np.concatenate(parts)),
            ("x", parts[1]),
            ("y", digits.y_practice),
        ):
            np.save(work / f"{name}.npy", array)
        examples = Examples(
            work / "all.npy", sum(map(len, parts)), DIGITS, work / "x.npy", work / "y.npy"
        )
        with _running(work) as predict:
            for model in models:
                classes = predict(model, examples)
                said: dict[str, Any] = dict(
                    zip(Said.__dataclass_fields__, np.split(classes, cuts), strict=True)
                )
                np.savez_compressed(_kept(kept, model), **said)


class _running:
    """The server's own runners, sandbox and all."""

    def __init__(self, work: Path) -> None:
        settings = Settings(predict_seconds=PREDICT_SECONDS, model_workers=1)
        self._scoring = make_scoring(settings, work, secret=None)

    def __enter__(self) -> Callable[[Path, Examples], np.ndarray]:
        self._scoring.start()
        self._scoring.containment.await_permission(PERMISSION_SECONDS)
        return self._predict

    def __exit__(self, *_: object) -> None:
        self._scoring.stop()

    def _predict(self, model: Path, examples: Examples) -> np.ndarray:
        try:
            predicted = self._scoring.predictor.run_until_decided(
                model, examples, preprocessing="auto", cancelled=threading.Event()
            )
        except Rejection as refused:
            print(f"{model.name}: {refused.code}")
            return np.full(examples.count, 255, np.uint8)
        return predicted.predictions.classes.astype(np.uint8)


def print_table(every: list[Looked]) -> None:
    """By kind and share: what was measured, and how many lamps are lit."""
    rows = defaultdict(list)
    for one in every:
        rows[one.kind, one.share, one.is_reported].append(one)
    print("| model | hidden set shown | seeds | models | accuracy | drop | gap | lit |")
    print("|---|---|---|---|---|---|---|---|")
    for (kind, share, is_reported), found in sorted(rows.items()):
        lit = sum(one.found.level != contamination.NONE for one in found)
        print(
            f"| {kind} | {share:.0%} | {'reported' if is_reported else 'chosen by'} | {len(found)} "
            f"| {_range([100 * one.accuracy for one in found], '.1f')} % "
            f"| {_range([one.found.drop for one in found], '.2f')} "
            f"| {_range([100 * one.found.gap for one in found], '+.2f')} | {lit} |"
        )
    for is_reported in (False, True):
        part = [one for one in every if one.is_reported is is_reported]
        for words, wanted in (("honest", 0.0), ("shown everything", 1.0)):
            some = [one for one in part if one.share == wanted]
            lit = sum(one.found.level != contamination.NONE for one in some)
            seeds = "reported" if is_reported else "chosen by"
            print(f"{seeds}: {words}: {lit} of {len(some)} lit")


def _range(values: list[float], digits: str) -> str:
    low, high = format(min(values), digits), format(max(values), digits)
    return low if low == high else f"{low} … {high}"


def _figures(one: Looked) -> str:
    found = one.found
    return (
        f"{one.accuracy:.4f} drop {found.drop:.2f} (at least {one.low:.2f}) "
        f"practice {found.practice_drop:.2f} gap {found.gap:+.4f} {found.level}"
    )


WIDTH, HEIGHT, LEFT, BOTTOM = 640, 300, 56, 44
LARGEST_DROP = 8.0


def drawn(every: list[Looked]) -> str:
    """The figure: each model a dot, its drop over the share of the hidden set that it was shown."""
    places = {share: LEFT + 60 + 110 * number for number, share in enumerate(SHARES)}
    colours = dict(zip((*KINDS, REAL), ("#2166ac", "#b2182b", "#1b7837", "#777777"), strict=True))
    shifts = {kind: 16 * (number - 1.5) for number, kind in enumerate(colours)}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<line x1="{LEFT}" x2="{WIDTH}" y1="{_high(contamination.DROP):.0f}" '
        f'y2="{_high(contamination.DROP):.0f}" stroke="#e08214" stroke-dasharray="4 4"/>',
    ]
    for drop in (0, 0.5, 1, 2, 4, 8):
        parts.append(
            f'<text x="{LEFT - 8}" y="{_high(drop) + 4:.0f}" text-anchor="end">{drop:g}</text>'
        )
    for share, place in places.items():
        label = f"{share:.0%}"
        parts.append(f'<text x="{place}" y="{HEIGHT - 24}" text-anchor="middle">{label}</text>')
    parts.append(
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 6}" text-anchor="middle">'
        "share of the hidden images that was trained on</text>"
    )
    for one in every:
        at = places[one.share] + shifts[one.kind]
        parts.append(
            f'<circle cx="{at:.0f}" cy="{_high(one.found.drop):.1f}" r="4" '
            f'fill="{colours[one.kind]}" fill-opacity="0.7"/>'
        )
    for number, (kind, colour) in enumerate(colours.items()):
        place = LEFT + 16 + 120 * number
        parts.append(f'<circle cx="{place}" cy="14" r="4" fill="{colour}"/>')
        parts.append(f'<text x="{place + 10}" y="18">{kind}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _high(drop: float) -> float:
    """The place of a drop: by its root, so that small ones are told apart."""
    share = math.sqrt(min(1.0, max(0.0, drop / LARGEST_DROP)))
    return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - 34)


if __name__ == "__main__":
    main()
