"""What may lie beside a contest's data: a picture for its pages, predictions to compare with."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from heldout_server.contests.folder import Folder
from heldout_server.contests.parts import Parts, positive_last
from heldout_server.contests.problems import Found
from heldout_server.datasets.loaded import is_images
from heldout_server.kit.errors import Rejection
from heldout_server.prediction.prediction_files import parse_content
from heldout_server.prediction.task_words import words
from heldout_server.prediction.wanted import Wanted
from heldout_server.tasks import catalogue
from heldout_server.tasks.predictions import Predictions

LOGO, BASELINE = "logo.png", "baseline.csv"
MOST_LOGO_BYTES = 256 * 1024
MOST_SIDE = 4096
SHOWN_SIDE = 256
"""Pixels of the longer side as it is kept: twice what pages show, for sharp screens."""
MOST_BASELINE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Beside:
    """The files as they lay there; None: there was none that can be used.

    `predictions` are what the baseline says, as they are stored.
    """

    logo: bytes | None = None
    baseline: bytes | None = None
    predictions: bytes | None = None


def read(folder: Folder, found: Found) -> Beside:
    """What there is. A logo is drawn anew, so that nothing else of the file is kept; one that
    can't be is noted as a warning.
    """
    logo = None
    if folder.has(LOGO):
        try:
            logo = drawn_anew(_start_of(folder.root / LOGO, MOST_LOGO_BYTES))
        except ValueError as error:
            found.add("logo_unusable", LOGO, None, str(error), "Save a smaller one as PNG.")
    baseline = None
    if folder.has(BASELINE):
        baseline = _start_of(folder.root / BASELINE, MOST_BASELINE_BYTES)
    return Beside(logo, baseline)


def drawn_anew(content: bytes) -> bytes:
    """A PNG of the same picture, at most `SHOWN_SIDE` pixels wide and high.

    Raises ValueError, in words, for what is too large or no PNG.
    """
    if len(content) > MOST_LOGO_BYTES:
        raise ValueError(f"It has more than {MOST_LOGO_BYTES // 1024} kB.")
    try:
        # Only the head is read until the size is known, so that no bomb goes off.
        with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
            if max(picture.size) > MOST_SIDE:
                raise ValueError(f"It is more than {MOST_SIDE} pixels wide or high.")
            shown = picture.convert("RGBA")
    except (OSError, SyntaxError, Image.DecompressionBombError, Warning) as error:
        raise ValueError("It is no PNG, or is damaged.") from error
    shown.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    kept = io.BytesIO()
    shown.save(kept, "PNG")
    return kept.getvalue()


def with_baseline_read(beside: Beside, parts: Parts, metric: str, found: Found) -> Beside:
    """The same with what its baseline predicts; notes as a warning why that can't be scored."""
    if beside.baseline is None:
        return beside
    try:
        said = _baseline(beside.baseline, parts, metric)
        return replace(beside, predictions=said.to_bytes())
    except Rejection as refused:
        found.add("baseline_unusable", BASELINE, None, refused.detail, refused.hint)
        return replace(beside, baseline=None)


def _baseline(content: bytes, parts: Parts, metric: str) -> Predictions:
    """The predictions in baseline.csv for the hidden inputs, by the rules that hold for
    participants. Raises Rejection.
    """
    ranking, task, hidden = catalogue.metric(metric), positive_last(parts.task), parts.x_test
    wanted = Wanted.of(
        task,
        len(hidden),
        needs=ranking.needs,
        ids=parts.ids,
        said=words(
            task,
            hidden.shape[1:],
            is_images=is_images(hidden.shape[1:], hidden.dtype),
            metric=ranking.label,
        ),
    )
    return parse_content(content, wanted, MOST_BASELINE_BYTES)


def _start_of(path: Path, most: int) -> bytes:
    """The file, or one byte more than it may have."""
    with path.open("rb") as file:
        return file.read(most + 1)
