"""A contest of this server as a folder again: whoever adds it elsewhere has the same contest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_runner.variants import AUTO
from heldout_server.contests import hidden_rows, toml_writing
from heldout_server.contests.adding import Stores
from heldout_server.contests.beside import BASELINE, LOGO
from heldout_server.contests.check import OVERVIEW, RULES
from heldout_server.contests.contest_file import FORMAT
from heldout_server.contests.csv_table import read_csv
from heldout_server.contests.folder_writing import csv_bytes, new_folder
from heldout_server.contests.problems import CONTEST_FILE, Found
from heldout_server.contests.tables import Table
from heldout_server.datasets.store import DatasetInfo
from heldout_server.grading.splits import Split
from heldout_server.models import MODEL, Competition
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.predictions import Truth

LABELS, ARRAYS = "labels.csv", "data.npz"
GROUP = "group"
Columns = dict[str, str | None]


def export(stores: Stores, competition: Competition, target: Path) -> None:
    """Write the contest to the folder `target`, hidden answers and split included.

    People and submissions belong to an event's export. Raises NotEmpty, LabelStoreError and
    DatasetError; then nothing is written.
    """
    info = stores.datasets.info(competition.dataset_hash)
    labels = stores.labels
    truth = labels.labels(info.content_hash, competition.labels_version)
    groups = labels.groups(info.content_hash)
    fraction = competition.public_fraction
    split = labels.split(competition.slug, info.content_hash, info.task, public_fraction=fraction)
    with new_folder(target) as folder:
        if info.tables:
            names = _write_tables(stores, info, groups, folder)
        else:
            names = _write_arrays(stores, info, groups, folder)
        ids = stores.datasets.ids(info.content_hash)
        content = _labels(info.task, truth, split, ids, groups, names)
        (folder / LABELS).write_bytes(content)
        for name, text in ((OVERVIEW, competition.description), (RULES, competition.rules)):
            if text:
                (folder / name).write_text(text, encoding="utf-8")
        beside = {LOGO: competition.logo_sha256, BASELINE: competition.baseline_sha256}
        for name, digest in beside.items():
            if digest is not None:
                (folder / name).write_bytes(stores.blobs.read(digest))
        (folder / CONTEST_FILE).write_text(contest_toml(competition, info, names), encoding="utf-8")


def _write_tables(
    stores: Stores, info: DatasetInfo, groups: NDArray[Any] | None, folder: Path
) -> Columns:
    for name in info.tables:
        content = stores.datasets.table_path(info.content_hash, name).read_bytes()
        (folder / name).write_bytes(content)
    test = read_csv((folder / "test.csv").read_bytes(), "test.csv", Found(), all_words=True)
    ids = stores.datasets.ids(info.content_hash)
    return {"id": _id_name(test, ids), "group": _group_name(test, groups)}


def _id_name(test: Table | None, ids: NDArray[np.str_] | None) -> str | None:
    """The column of test that has the ids."""
    if test is None or ids is None:
        return None
    wanted = ids.tolist()
    return next((n for n, column in test.columns.items() if column.texts() == wanted), None)


def _group_name(test: Table | None, groups: NDArray[Any] | None) -> str | None:
    """The column of test that divides it into the same groups; else one of our own."""
    if groups is None:
        return None
    numbers = np.unique(groups, return_inverse=True)[1].reshape(-1)
    for name, column in test.columns.items() if test is not None else ():
        codes = np.unique(hidden_rows.group_numbers(column), return_inverse=True)[1].reshape(-1)
        pairs = np.unique(np.stack([codes, numbers]), axis=1).shape[1]
        if pairs == len(np.unique(codes)) == len(np.unique(numbers)):
            return name
    return GROUP


def _write_arrays(
    stores: Stores, info: DatasetInfo, groups: NDArray[Any] | None, folder: Path
) -> Columns:
    path = stores.datasets.training_data_path(info.content_hash)
    ids = stores.datasets.ids(info.content_hash)
    with np.load(path, allow_pickle=False) as data:
        arrays = {name: data[name] for name in data.files}
    arrays["x_test"] = np.asarray(stores.datasets.test_inputs(info.content_hash))
    if ids is not None:
        arrays["id_test"] = ids
    np.savez_compressed(folder / ARRAYS, **arrays)
    return {"id": hidden_rows.ID, "group": None if groups is None else GROUP}


def _labels(
    task: Task,
    truth: Truth,
    split: Split,
    ids: NDArray[np.str_] | None,
    groups: NDArray[Any] | None,
    names: Columns,
) -> bytes:
    """labels.csv: id, answers as exact as they are, Usage, and the group where there is one."""
    usage = np.where(split.public, "Public", np.where(split.private, "Private", "Ignored"))
    shown = [str(n) for n in range(len(truth))] if ids is None else ids.tolist()
    columns: dict[str, list[object]] = {}
    if names["id"] is not None:
        columns[names["id"]] = list(shown)
    columns |= _answers(task, truth)
    columns[hidden_rows.USAGE] = list(usage.tolist())
    if names["group"] is not None and groups is not None:
        columns[names["group"]] = [f"g{number}" for number in groups.tolist()]
    return csv_bytes(list(columns), zip(*columns.values(), strict=True))


def _answers(task: Task, truth: Truth) -> dict[str, list[object]]:
    if task.has_classes:
        name = task.targets[0] if task.targets else "target"
        return {name: [task.classes[number] for number in truth.tolist()]}
    return {
        name: [repr(value) if task.kind is Kind.REGRESSION else value for value in column]
        for name, column in zip(task.targets, truth.T.tolist(), strict=True)
    }


def contest_toml(competition: Competition, info: DatasetInfo, names: Columns) -> str:
    """contest.toml of this contest; `names` are the columns of ids and groups in labels.csv."""
    task = info.task
    return toml_writing.written(
        {
            "": {"format": FORMAT, "title": competition.title, "slug": competition.slug},
            "task": {
                "kind": str(task.kind),
                "metric": competition.metric,
                "also": list(competition.also) or None,
                "classes": list(task.classes) or None,
                "positive": task.classes[task.positive] if task.kind is Kind.BINARY else None,
            },
            "data": _data(info, names),
            **_models(competition, info),
            "rules": {
                "public_fraction": competition.public_fraction,
                "quota_per_day": competition.quota_per_day,
                "final_choices": competition.final_choices,
                "opens": competition.opens_at,
                "closes": competition.closes_at,
            },
            **_drawings(competition, info),
        }
    )


def _drawings(competition: Competition, info: DatasetInfo) -> toml_writing.Tables:
    if not info.is_images:
        return {}
    return {"drawings": {"box": competition.drawing_box, "centre": competition.drawing_centre}}


def _data(info: DatasetInfo, names: Columns) -> dict[str, toml_writing.Value]:
    sources: dict[str, toml_writing.Value] = {"file": ARRAYS}
    if info.tables:
        sources = {name.removesuffix(".csv"): name for name in info.tables}
    target = list(info.task.targets)
    return {
        **sources,
        "labels": LABELS,
        "id": names["id"],
        "target": target[0] if len(target) == 1 else target or None,
        "group": names["group"],
        "labels_are": info.labels_are,
    }


def _models(competition: Competition, info: DatasetInfo) -> toml_writing.Tables:
    if MODEL not in competition.kinds:
        return {}
    columns = list(dict.fromkeys(feature.column for feature in info.features))
    way = competition.preprocessing
    return {"models": {"columns": columns or None, "preprocessing": None if way == AUTO else way}}
