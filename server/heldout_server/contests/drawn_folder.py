"""What a class drew in its final, as a contest folder for the next class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from heldout_server.contests.folder_export import ARRAYS, GROUP, LABELS, contest_toml
from heldout_server.contests.folder_writing import csv_bytes, new_folder
from heldout_server.contests.hidden_rows import ID
from heldout_server.contests.problems import CONTEST_FILE
from heldout_server.datasets.store import DatasetStore
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition, Drawing

FEWEST = 20
TITLE, SLUG = "{}, in our hands", "{}-hands"


def write_drawn(
    datasets: DatasetStore, competition: Competition, drawings: Sequence[Drawing], target: Path
) -> int:
    """Write the drawings whose writers consent to the folder `target`; how many.

    Training and practice data are the contest's own, the hidden examples are what was drawn, in
    an order by chance, and whose they are is a number by chance: all of one hand fall into one
    part. No name, no stroke and no time goes along. Raises NotEmpty; ProblemError `conflict` with
    fewer than twenty.
    """
    given = [one for one in drawings if one.consents]
    if len(given) < FEWEST:
        raise ProblemError(
            "conflict",
            f"Only {len(given)} drawings may be given on: a contest needs {FEWEST}.",
            "Writers say so themselves, by the tick below what they draw.",
        )
    order = np.random.default_rng().permutation(len(given))
    mixed = [given[at] for at in order]
    info = datasets.info(competition.dataset_hash)
    with new_folder(target) as folder:
        _write_arrays(datasets, competition, _images(mixed, info.input_shape), folder)
        labels = (info.task.classes[one.prompt] for one in mixed)
        rows = zip(range(len(mixed)), labels, _hands(mixed), strict=True)
        (folder / LABELS).write_bytes(csv_bytes([ID, "target", GROUP], rows))
        kept = replace(info, labels_are="secret", task=replace(info.task, targets=("target",)))
        toml = contest_toml(_next(competition), kept, {"id": ID, "group": GROUP})
        (folder / CONTEST_FILE).write_text(toml, encoding="utf-8")
    return len(given)


def _next(competition: Competition) -> Competition:
    """The contest as the next class has it: without this evening's times."""
    changes = {
        "title": TITLE.format(competition.title),
        "slug": SLUG.format(competition.slug)[:60],
        "opens_at": None,
        "closes_at": None,
    }
    return Competition(**{**competition.model_dump(), **changes})


def _images(drawings: Sequence[Drawing], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """(n, *shape), uint8; where there are three channels, the ink is in each."""
    size = shape[0]
    grey = np.stack([np.frombuffer(one.image, np.uint8).reshape(size, size) for one in drawings])
    return np.repeat(grey[..., None], shape[2], axis=-1) if len(shape) > 2 else grey


def _hands(drawings: Sequence[Drawing]) -> list[str]:
    """Whose each is, by numbers that say nothing."""
    writers = np.unique([one.participant_id for one in drawings], return_inverse=True)[1]
    numbers = np.random.default_rng().permutation(writers.max() + 1)
    return [f"hand{numbers[writer]}" for writer in writers.reshape(-1)]


def _write_arrays(
    datasets: DatasetStore, competition: Competition, images: NDArray[np.uint8], folder: Path
) -> None:
    path = datasets.training_data_path(competition.dataset_hash)
    with np.load(path, allow_pickle=False) as data:
        arrays = {name: data[name] for name in data.files}
    np.savez_compressed(folder / ARRAYS, **arrays, x_test=images)
