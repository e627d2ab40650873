"""A Codabench bundle, version 2: competition.yaml, pages, phases, tasks, leaderboards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.contests.folder import Folder, is_inside, opened
from heldout_server.contests.folder_writing import csv_bytes
from heldout_server.contests.foreign import (
    Foreign,
    Taken,
    file_like,
    metric_named,
    moment,
    text_of,
    whole,
)
from heldout_server.contests.making import CannotMake
from heldout_server.contests.problems import Found, Refused
from heldout_server.tasks import catalogue
from heldout_server.tasks.metric import Direction

NAMES = ("competition.yaml", "competition.yml")
LONGEST_BYTES = 1_000_000
MOST_QUOTA = 10_000
ARRAYS = (".npy", ".csv", ".txt", ".solution", ".data")
ID = "id"


def codabench(folder: Folder, taken: Taken, work: Path, stack: ExitStack) -> Foreign:
    """Texts, dates, limits and, where it is one array or table, the reference data. Its programs
    are never run. Folders and zips inside are opened below `work` as long as `stack` lasts.
    """
    bundle = _yaml(folder)
    found = Foreign(title=str(bundle.get("title") or "Imported contest").strip())
    taken.taken.append(f"title: {found.title}")
    _take_texts(found, folder, bundle, taken)
    phases = [one for one in _list(bundle.get("phases")) if isinstance(one, dict)]
    _take_phases(found, phases, taken)
    _take_columns(found, _list(bundle.get("leaderboards") or bundle.get("leaderboard")), taken)
    tasks = [one for one in _list(bundle.get("tasks")) if isinstance(one, dict)]
    _take_data(found, folder, phases, tasks, taken, _Place(work, stack))
    return found


class _Place:
    """Where folders and zips of the bundle are opened."""

    def __init__(self, work: Path, stack: ExitStack) -> None:
        self.work = work
        self._stack = stack

    def opened(self, folder: Folder, name: object) -> Folder | None:
        """What the bundle names, a folder or a zip. Raises Refused for an unsafe one."""
        if not isinstance(name, str) or not is_inside(name):
            return None
        path = folder.root / name.rstrip("/")
        if not path.exists() and path.with_suffix(".zip").exists():
            path = path.with_suffix(".zip")
        if not path.exists():
            return None
        found = Found()
        there = self._stack.enter_context(opened(path, found, work=self.work))
        if there is None or not found.is_fine:
            raise Refused(found.sorted())
        return there


def _yaml(folder: Folder) -> dict[str, Any]:
    import yaml

    name = next((one for one in NAMES if one in folder.names), None)
    if name is None:
        raise CannotMake("There is no competition.yaml in the bundle.")
    content = (folder.root / name).read_bytes()
    if len(content) > LONGEST_BYTES:
        raise CannotMake(f"{name} has more than {LONGEST_BYTES:,} bytes.")
    try:
        found = yaml.safe_load(content)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        where = getattr(error, "problem_mark", None)
        line = "" if where is None else f" in line {where.line + 1}"
        raise CannotMake(f"{name} is no YAML{line}.") from None
    if not isinstance(found, dict):
        raise CannotMake(f"{name} says nothing.")
    return found


def _list(given: object) -> list[Any]:
    if isinstance(given, Mapping):
        return list(given.values())
    return list(given) if isinstance(given, Sequence) and not isinstance(given, str) else []


def _take_texts(found: Foreign, folder: Folder, bundle: dict[str, Any], taken: Taken) -> None:
    parts = [str(bundle.get("description") or "").strip()]
    for page in _list(bundle.get("pages")):
        if isinstance(page, dict) and (text := text_of(folder, str(page.get("file") or ""))):
            title = str(page.get("title") or "").strip()
            parts.append(text if text.startswith("#") or not title else f"## {title}\n\n{text}")
    found.overview = "\n\n".join(part for part in parts if part)
    found.rules = text_of(folder, str(bundle.get("terms") or ""))
    taken.taken.append(f"{len([p for p in parts if p])} texts")
    if found.rules:
        taken.taken.append("rules, from its terms")


def _take_phases(found: Foreign, phases: list[dict[str, Any]], taken: Taken) -> None:
    """From the start of the first phase to the end of the last; the strictest daily limit."""
    starts = [at for at in (moment(one.get("start") or "") for one in phases) if at is not None]
    found.opens = min(starts, default=None)
    found.closes = moment(phases[-1].get("end") or "") if phases else None
    quotas = [whole(one.get("max_submissions_per_day"), MOST_QUOTA) for one in phases]
    found.quota_per_day = min((q for q in quotas if q is not None), default=None)
    for name in ("opens", "closes", "quota_per_day"):
        if getattr(found, name) is not None:
            taken.taken.append(f"{name}: {getattr(found, name)}")
    totals = [whole(one.get("max_submissions"), MOST_QUOTA) for one in phases]
    if any(total is not None for total in totals):
        taken.asked.append(f"{max(t for t in totals if t)} submissions in all were allowed there: "
                           "set it on the settings page.")  # fmt: skip
    if len(phases) > 1:
        taken.asked.append(f"{len(phases)} phases became one contest.")


def _take_columns(found: Foreign, boards: list[Any], taken: Taken) -> None:
    """Columns that have one of our metrics' names, in its direction: the primary one ranks."""
    board = next((one for one in boards if isinstance(one, dict)), {})
    columns = [one for one in _list(board.get("columns")) if isinstance(one, dict)]
    primary = board.get("primary_index", 0)
    columns.sort(key=lambda one: (one.get("index") != primary, str(one.get("index", ""))))
    named = []
    for column in columns:
        name = metric_named(str(column.get("key") or "")) or metric_named(
            str(column.get("title") or ""))  # fmt: skip
        if name is not None and _same_direction(name, column):
            named.append(name)
    if named:
        found.metric, found.also = named[0], tuple(named[1:])


def _same_direction(name: str, column: dict[str, Any]) -> bool:
    sorting = str(column.get("sorting") or "desc").casefold()
    return (sorting == "asc") == (catalogue.metric(name).direction is Direction.LOWER)


def _take_data(
    found: Foreign,
    folder: Folder,
    phases: list[dict[str, Any]],
    tasks: list[dict[str, Any]],
    taken: Taken,
    place: _Place,
) -> None:
    """Tables by their names, in public data, input data and reference data of the last task."""
    last = _last_task(phases, tasks)
    reference = place.opened(folder, last.get("reference_data"))
    inputs = [
        place.opened(folder, one)
        for one in (*(p.get("public_data") for p in reversed(phases)), last.get("input_data"))
    ]
    for there in (one for one in inputs if one is not None):
        found.train = found.train or file_like(there, lambda n: n.startswith("train"))
        found.test = found.test or file_like(there, lambda n: n.startswith("test"))
    if reference is None:
        raise CannotMake("The bundle has no reference data, so there are no hidden answers.")
    found.labels = _answers(reference, found, taken, place.work)


def _last_task(phases: list[dict[str, Any]], tasks: list[dict[str, Any]]) -> dict[str, Any]:
    if not tasks:
        raise CannotMake("competition.yaml names no task.")
    wanted = _list(phases[-1].get("tasks"))[-1:] if phases else []
    found = next((one for one in tasks if [one.get("index")] == wanted), tasks[-1])
    if len(tasks) > 1 and not wanted:
        return tasks[-1]
    return found


def _answers(reference: Folder, found: Foreign, taken: Taken, work: Path) -> Path:
    """The one file with answers: a table with a header as it is, an array as a table."""
    files = [n for n in sorted(reference.names) if PurePosixPath(n).suffix.casefold() in ARRAYS]
    if len(files) != 1:
        count = f"{len(files)} files" if files else "no table and no array"
        raise CannotMake(f"The reference data have {count}; one with the answers is needed.")
    path = reference.root / files[0]
    taken.taken.append(f"reference data: {files[0]}")
    array = _array(path)
    if array is None:
        return path
    rows = array.reshape(len(array), -1)
    targets = found.targets or (
        ("target",) if rows.shape[1] == 1 else tuple(f"y{n}" for n in range(rows.shape[1]))
    )
    found.id, found.targets = ID, targets
    made = work / "answers.csv"
    made.write_bytes(csv_bytes([ID, *targets], ([n, *row] for n, row in enumerate(rows.tolist()))))
    _number_rows(found, work)
    taken.taken.append("rows have no ids there: they are numbered from 0")
    return made


def _array(path: Path) -> NDArray[Any] | None:
    """Answers without a header; None: a table with one."""
    if path.suffix.casefold() == ".npy":
        try:
            array: NDArray[Any] = np.load(path, allow_pickle=False)
        except (ValueError, OSError, EOFError):
            raise CannotMake(f"{path.name} can't be read as an array without pickles.") from None
        return array
    words = path.read_bytes()[:200_000_000].decode("utf-8", "replace").splitlines()
    rows = [line.replace(",", " ").split() for line in words if line.strip()]
    try:
        numbers = np.array(rows, np.float64)
    except ValueError:
        return None
    return numbers.astype(np.int64) if np.array_equal(numbers, np.round(numbers)) else numbers


def _number_rows(found: Foreign, work: Path) -> None:
    """Give test ids from 0, where answers are matched by order."""
    if found.test is None:
        return
    lines = found.test.read_bytes().decode("utf-8-sig", "replace").splitlines()
    if lines and ID in [one.strip('" ') for one in lines[0].split(",")]:
        return
    made = work / "test.csv"
    body = [f"{number},{line}" for number, line in enumerate(one for one in lines[1:] if one)]
    made.write_text("\n".join([f"{ID},{lines[0]}", *body]) + "\n", encoding="utf-8")
    found.test = made
