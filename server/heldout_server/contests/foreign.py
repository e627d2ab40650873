"""What other platforms' folders have in common: found tables, matched, and written as ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import numpy as np

from heldout_server.contests import toml_writing
from heldout_server.contests.contest_file import FORMAT
from heldout_server.contests.csv_table import read_table
from heldout_server.contests.folder import Folder
from heldout_server.contests.folder_writing import csv_bytes
from heldout_server.contests.html_text import markdown_of
from heldout_server.contests.making import CannotMake, guess_kind
from heldout_server.contests.problems import CONTEST_FILE, Found, Refused
from heldout_server.contests.tables import MISSING, Table
from heldout_server.tasks import catalogue
from heldout_server.tasks.kinds import Kind
from heldout_server.tasks.metric import Metric

USAGE = "Usage"
IGNORED = "Ignored"
# By the names of scikit-learn's functions, which others use where we use its scorers'.
FUNCTIONS = {
    "accuracy_score": "accuracy", "balanced_accuracy_score": "balanced_accuracy",
    "f1_score": "f1", "roc_auc_score": "roc_auc", "average_precision_score": "average_precision",
    "log_loss": "neg_log_loss", "logloss": "neg_log_loss", "brier_score_loss": "neg_brier_score",
    "matthews_corrcoef": "matthews_corrcoef", "mcc": "matthews_corrcoef",
    "cohen_kappa_score": "cohen_kappa", "hamming_loss": "neg_hamming_loss",
    "mean_absolute_error": "neg_mean_absolute_error", "mae": "neg_mean_absolute_error",
    "root_mean_squared_error": "neg_root_mean_squared_error",
    "rmse": "neg_root_mean_squared_error",
    "mean_squared_log_error": "neg_mean_squared_log_error",
    "median_absolute_error": "neg_median_absolute_error",
    "mean_absolute_percentage_error": "neg_mean_absolute_percentage_error",
    "mape": "neg_mean_absolute_percentage_error", "r2_score": "r2", "auc": "roc_auc",
    "acc": "accuracy",
}  # fmt: skip


@dataclass
class Taken:
    """What was taken of a foreign folder, and what the organizer is asked; sentences."""

    taken: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@dataclass
class Foreign:
    """A foreign contest, as far as it is known. Names of columns are as written there."""

    title: str
    slug: str | None = None
    overview: str = ""
    rules: str = ""
    metric: str | None = None
    also: tuple[str, ...] = ()
    kind: str | None = None
    id: str | None = None
    targets: tuple[str, ...] = ()
    opens: datetime | None = None
    closes: datetime | None = None
    quota_per_day: int | None = None
    final_choices: int | None = None
    train: Path | None = None
    test: Path | None = None
    labels: Path | None = None
    usage: str | None = None
    """The column of labels that says which part a row is in."""
    renamed: dict[str, str] = field(default_factory=dict)
    """What the targets are called here, by their names there."""


def metric_named(name: str, kind: Kind | None = None) -> str | None:
    """Our name of a metric that others call so; None where there is none, or not of this kind."""
    wanted = name.strip().casefold().replace("-", "_").replace(" ", "_")
    try:
        found: Metric = catalogue.metric(FUNCTIONS.get(wanted, wanted))
    except catalogue.UnknownMetric:
        return None
    if kind is not None and kind not in found.kinds:
        several = {"roc_auc": "roc_auc_ovr", "f1": "f1_macro"}.get(found.name)
        return several if several and kind in catalogue.metric(several).kinds else None
    return found.name


def file_like(
    folder: Folder, wanted: Callable[[str], bool], endings: Sequence[str] = (".csv", ".parquet")
) -> Path | None:
    """The file with such a name (without folder, in small letters) that lies highest."""
    fitting = [
        name for name in folder.names
        if name.casefold().endswith(tuple(endings))
        and wanted(PurePosixPath(name).name.casefold())
    ]  # fmt: skip
    best = min(fitting, key=lambda name: (name.count("/"), len(name), name), default=None)
    return None if best is None else folder.root / best


def text_of(folder: Folder, name: str) -> str:
    """A Markdown or HTML page as Markdown; "" where there is none."""
    if name not in folder.names:
        return ""
    text = (folder.root / name).read_bytes()[:200_000].decode("utf-8", "replace")
    return markdown_of(text) if name.casefold().endswith((".html", ".htm")) else text.strip()


def write(foreign: Foreign, target: Path, taken: Taken) -> None:
    """Write it as a folder of ours to `target`, which is there and empty; `taken` grows.

    Raises CannotMake where there are no answers to be found, and Refused for broken tables.
    """
    if foreign.labels is None:
        raise CannotMake("There is no table with the hidden answers, so no contest can be made.")
    labels = _read(foreign.labels, all_words=True)
    train = None if foreign.train is None else _read(foreign.train, all_words=True)
    test = None if foreign.test is None else _read(foreign.test, all_words=True)
    _name_columns(foreign, labels, train, test)
    _align_target(foreign, train, test, taken)
    usage = _usage(foreign, labels)
    kind = _kind(foreign, train or labels)
    foreign.metric = _checked_metric(foreign, kind, taken)
    kept = _without_ignored(labels, usage, taken)
    (target / "labels.csv").write_bytes(_labels(foreign, labels, usage, kept))
    _write_inputs(foreign, target, labels, train, test, kept, taken)
    for name, text in (("overview.md", foreign.overview), ("rules.md", foreign.rules)):
        if text:
            (target / name).write_text(text + "\n", encoding="utf-8")
    (target / CONTEST_FILE).write_text(_toml(foreign, kind), encoding="utf-8")


def _read(path: Path, *, all_words: bool = False) -> Table:
    found = Found()
    table = read_table(path, path.name, found, all_words=all_words)
    if table is None or not found.is_fine:
        raise Refused(found.sorted())
    return table


def _name_columns(foreign: Foreign, labels: Table, train: Table | None, test: Table | None) -> None:
    """The id is the first column and the answers are the others, unless somebody said it."""
    names = list(labels.columns)
    foreign.usage = foreign.usage or next(
        (one for one in names if one.casefold() in ("usage", "split")), None
    )
    if foreign.id not in labels.columns:
        foreign.id = next((n for n in names if n.casefold() == "id"), names[0])
    if not foreign.targets or any(one not in labels.columns for one in foreign.targets):
        foreign.targets = tuple(n for n in names if n not in (foreign.id, foreign.usage))
    if not foreign.targets:
        raise CannotMake(f"{labels.file} has no column with answers beside its ids.")


_RENAMED = "“{old}” is called “{new}”, as in train."


def _align_target(foreign: Foreign, train: Table | None, test: Table | None, taken: Taken) -> None:
    """Where train calls the one answer otherwise, by that name."""
    foreign_names = {one: one for one in foreign.targets}
    if train is not None and len(foreign.targets) == 1:
        there = foreign.targets[0]
        known = set() if test is None else set(test.columns)
        only = [n for n in train.columns if n not in known and n != foreign.id]
        if there not in train.columns and len(only) == 1:
            foreign_names = {there: only[0]}
            taken.taken.append(_RENAMED.format(old=there, new=only[0]))
    foreign.renamed = foreign_names


def _usage(foreign: Foreign, labels: Table) -> list[str] | None:
    if foreign.usage is None:
        return None
    return [word.strip().capitalize() for word in labels.columns[foreign.usage].texts()]


def _kind(foreign: Foreign, table: Table) -> Kind | None:
    if foreign.kind is not None:
        if foreign.kind not in set(Kind):
            raise CannotMake(f"A kind is one of: {', '.join(Kind)}.")
        return Kind(foreign.kind)
    names = [foreign.renamed[one] for one in foreign.targets]
    columns = [table.columns[n if n in table.columns else o] for n, o in
               zip(names, foreign.targets, strict=True)
               if n in table.columns or o in table.columns]  # fmt: skip
    if not columns:
        return None
    words = [[w for w in column.words if w not in MISSING] for column in columns]
    if len(columns) == 1:
        return guess_kind(words[0], table.rows)
    is_labels = all(set(one) <= {"0", "1", "0.0", "1.0"} for one in words)
    return Kind.MULTILABEL if is_labels else Kind.REGRESSION


def _checked_metric(foreign: Foreign, kind: Kind | None, taken: Taken) -> str | None:
    name = None if foreign.metric is None else metric_named(foreign.metric, kind)
    usable = "" if kind is None else ", ".join(one.name for one in catalogue.for_kind(kind))
    if name is None:
        reason = f" (“{foreign.metric}” isn't one of ours)" if foreign.metric else ""
        taken.asked.append(f"metric{reason}: write one into contest.toml, of {usable or 'ours'}.")
        return None
    taken.taken.append(f"metric: {name}")
    foreign.also = tuple(
        one for one in dict.fromkeys(metric_named(a, kind) for a in foreign.also)
        if one is not None and one != name
    )  # fmt: skip
    return name


def _without_ignored(labels: Table, usage: list[str] | None, taken: Taken) -> list[int]:
    if usage is None:
        return list(range(labels.rows))
    kept = [row for row, word in enumerate(usage) if word != IGNORED]
    dropped = labels.rows - len(kept)
    public, private = usage.count("Public"), usage.count("Private")
    taken.taken.append(f"split: {public:,} public and {private:,} private rows")
    if dropped:
        taken.taken.append(f"{dropped:,} ignored rows are left out, of test as well")
    return kept


def _labels(foreign: Foreign, labels: Table, usage: list[str] | None, kept: Sequence[int]) -> bytes:
    assert foreign.id is not None
    texts = [labels.columns[name].texts() for name in (foreign.id, *foreign.targets)]
    header = [foreign.id, *(foreign.renamed[name] for name in foreign.targets)]
    if usage is not None:
        texts.append(usage)
        header.append(USAGE)
    return csv_bytes(header, [[column[row] for column in texts] for row in kept])


def _write_inputs(
    foreign: Foreign,
    target: Path,
    labels: Table,
    train: Table | None,
    test: Table | None,
    kept: Sequence[int],
    taken: Taken,
) -> None:
    assert foreign.id is not None
    if train is None:
        taken.asked.append("train.csv, which isn't here: what participants learn from.")
    else:
        (target / "train.csv").write_bytes(train.content)
        taken.taken.append(f"train.csv: {train.rows:,} rows")
    ids = labels.columns[foreign.id].texts()
    wanted = {ids[row] for row in kept}
    if test is None or foreign.id not in test.columns:
        taken.asked.append("test.csv, which isn't here: what participants predict for, with ids.")
        return
    there = test.columns[foreign.id].texts()
    rows = np.array([n for n, word in enumerate(there) if word in wanted], np.intp)
    part = test if len(rows) == test.rows else test.part(rows, test.file)
    (target / "test.csv").write_bytes(part.content)
    taken.taken.append(f"test.csv: {part.rows:,} rows")


def _toml(foreign: Foreign, kind: Kind | None) -> str:
    targets = [foreign.renamed[name] for name in foreign.targets]
    text = toml_writing.written(
        {
            "": {"format": FORMAT, "title": foreign.title[:120], "slug": foreign.slug},
            "task": {
                "kind": None if kind is None else str(kind),
                "metric": foreign.metric,
                "also": list(foreign.also) or None,
            },
            "data": {
                "train": "train.csv",
                "test": "test.csv",
                "labels": "labels.csv",
                "id": foreign.id,
                "target": targets[0] if len(targets) == 1 else targets,
                "labels_are": "secret",
            },
            "rules": {
                "quota_per_day": foreign.quota_per_day,
                "final_choices": foreign.final_choices,
                "opens": foreign.opens,
                "closes": foreign.closes,
            },
        }
    )
    if foreign.metric is None and kind is not None:
        usable = ", ".join(one.name for one in catalogue.for_kind(kind))
        text = text.replace("[task]\n", f"[task]\n# metric = one of: {usable}\n")
    return text


def moment(given: object) -> datetime | None:
    """A time that others write, in UTC unless they say otherwise; None: none can be read."""
    if isinstance(given, datetime):
        found = given
    else:
        try:
            found = datetime.fromisoformat(str(given).strip())
        except ValueError:
            return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def whole(given: object, most: int) -> int | None:
    """A whole number from 1 to `most` that others write; None: none can be read."""
    try:
        number = int(str(given))
    except ValueError:
        return None
    return min(number, most) if number >= 1 else None
