"""A contest's tables as data frames, of pandas or polars where these are installed."""

from __future__ import annotations

import csv
import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from heldout._errors import HeldoutError, WrongArguments

if TYPE_CHECKING:
    from heldout._data import Data

LIBRARIES = ("pandas", "polars")
PARTS = ("train", "practice", "test")


class Frames(NamedTuple):
    """`train` and `practice` with their answers, `test` without.

    In pandas the ids are the index; in polars they are a column.
    """

    train: Any
    practice: Any
    test: Any


@dataclass(frozen=True)
class Tables:
    """Where the tables lie, and which column holds the ids (None: no column does)."""

    paths: Mapping[str, Path]
    id_column: str | None


def library_named(name: str) -> Any:
    """pandas or polars. Raises `WrongArguments` for another name, `HeldoutError` where it isn't."""
    if name not in LIBRARIES:
        raise WrongArguments(
            f"There are no frames of {name!r:.40}.", 'write frames() or frames("polars")'
        )
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise HeldoutError(
            f"frames() needs {name}, which is not installed here.",
            f"%pip install {name} (in a terminal: pip install {name}), or use data.x_train, "
            "data.y_train and data.x_test, which need neither",
            code="library_missing",
        ) from error


def frames_of(data: Data, library: str) -> Frames:
    """The three tables as the organizer gave them; made of the arrays where there are none."""
    return Frames(*(frame_of(data, library, part) for part in PARTS))


def frame_of(data: Data, library: str, part: str) -> Any:
    """One of them: "train", "practice" or "test"."""
    module, tables = library_named(library), data.tables()
    if tables is None:
        return _made(module, library, data, part)
    read = _read_pandas if library == "pandas" else _read_polars
    return read(module, tables.paths[part], tables.id_column)


def id_column(test: Path, first_id: str | None) -> str | None:
    """The column of the test table in whose first row the first id stands."""
    if first_id is None:
        return None
    with test.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.reader(file)
        header, first = next(rows, []), next(rows, [])
    fitting = [name for name, cell in zip(header, first, strict=False) if cell == first_id]
    # A number may be the first id by chance; a column that is called so is it.
    return min(fitting, key=lambda name: "id" not in name.casefold(), default=None)


def _read_pandas(pandas: Any, path: Path, ids: str | None) -> Any:
    # As text: an id of "007" is another one than 7.
    frame = pandas.read_csv(path, dtype={ids: str} if ids else None)
    return frame.set_index(ids) if ids else frame


def _read_polars(polars: Any, path: Path, ids: str | None) -> Any:
    return polars.read_csv(path, schema_overrides={ids: polars.String} if ids else None)


def _made(module: Any, library: str, data: Data, part: str) -> Any:
    columns = _columns(data, part)
    if library == "polars":
        return module.DataFrame(columns)
    ids = columns.pop("id", None)
    return module.DataFrame(columns, index=None if ids is None else module.Index(ids, name="id"))


def _columns(data: Data, part: str) -> dict[str, Any]:
    inputs = getattr(data, f"x_{part}")
    if inputs.ndim != 2:
        raise WrongArguments(
            f"Inputs of shape {inputs.shape[1:]} are no table.",
            "use data.x_train, data.y_train, data.x_practice, data.y_practice and data.x_test",
        )
    columns = {"id": data.ids} if part == "test" else {}
    columns.update(zip(data.feature_names, inputs.T, strict=True))
    return {**columns, **({} if part == "test" else _answers(data, getattr(data, f"y_{part}")))}


def _answers(data: Data, answers: Any) -> dict[str, Any]:
    if data.classes:
        named: Callable[[Any], str] = lambda number: data.classes[int(number)]  # noqa: E731
        return {_targets(data)[0]: [named(number) for number in answers]}
    by_output = answers.reshape(len(answers), -1).T
    return dict(zip(_targets(data), by_output, strict=True))


def _targets(data: Data) -> Sequence[str]:
    return data.targets or ("target",)
