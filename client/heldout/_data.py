"""`client.data()`: everything that a contest gives to learn from, whatever its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from heldout._calls import Suggesting, public
from heldout._data_card import data_html, data_text
from heldout._frames import PARTS, Frames, Tables, frames_of, id_column
from heldout._measure import Measure
from heldout._preparing import Preparing, preparing

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

TRAINING, TEST = "training_data.npz", "test_inputs.npy"
IDS, SCALING = "ids.npy", "scaling.npz"


class Data(Suggesting):
    """A contest's data as NumPy arrays; each is downloaded when it is first looked at.

    `x_train`, `y_train`: to learn from. `x_practice`, `y_practice`: to try on; everyone has these
    answers. `x_test` (n, …): to predict; its answers stay on the server. Answers by `kind`:
    "binary" and "multiclass": class numbers (n,), whose names are `classes`; "multilabel": 0 or 1
    (n, k), one column for each of `targets`; "regression": numbers (n,), or (n, k) for several
    `targets`. Downloads are kept in the user's cache folder and checked by their digest.

    `raw` is the server's JSON as it came.
    """

    def __init__(self, document: Mapping[str, Any], fetch: Callable[[Mapping[str, Any]], Path]):
        self.raw = dict(document)
        self._files = {str(file["name"]): file for file in document["files"]}
        self._fetch = fetch
        self._paths: dict[str, Path] = {}

    @property
    def kind(self) -> str:
        """ "binary", "multiclass", "multilabel" or "regression"."""
        return str(self.raw["kind"])

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes in the order of their numbers; empty where there are none."""
        return tuple(self.raw.get("classes") or ())

    @property
    def targets(self) -> tuple[str, ...]:
        """The names of what is predicted, where somebody named it."""
        return tuple(self.raw.get("targets") or ())

    @property
    def positive(self) -> str | None:
        """The class that a single probability is of; None but for binary contests."""
        number = self.raw.get("positive")
        return None if number is None or not self.classes else self.classes[number]

    @property
    def metric(self) -> str:
        """What ranks, by the name of scikit-learn's scorer."""
        return str(self.raw["metric"])

    @property
    def metric_label(self) -> str:
        """What people call it: "RMSE"."""
        return str(self.raw.get("metric_label") or self.metric)

    @property
    def direction(self) -> str:
        """ "higher" or "lower": which figure is better."""
        return str(self.raw.get("direction") or "higher")

    @property
    def also(self) -> tuple[str, ...]:
        """Further metrics, which are shown and not ranked."""
        return tuple(str(each["name"]) for each in self.raw.get("also") or ())

    @property
    def feature_names(self) -> tuple[str, ...]:
        """What the columns of a table's inputs are called; numbered where nobody named them."""
        named = tuple(str(each["name"]) for each in self.raw.get("features") or ())
        shape = self.raw["input"]["shape"]
        return named or tuple(f"x{n}" for n in range(shape[0] if len(shape) == 1 else 0))

    @property
    def measure(self) -> Measure:
        """How figures of the metric read."""
        return Measure.from_json(self.raw.get("measure"))

    @cached_property
    def x_train(self) -> Array:
        """Inputs to learn from (n, …)."""
        return self._training("x_train")

    @cached_property
    def y_train(self) -> Array:
        """Their answers (n,) or (n, k)."""
        return self._training("y_train")

    @cached_property
    def x_practice(self) -> Array:
        """Inputs to try on (n, …)."""
        return self._training("x_practice")

    @cached_property
    def y_practice(self) -> Array:
        """Their answers (n,) or (n, k), which everyone has."""
        return self._training("y_practice")

    @cached_property
    def x_test(self) -> Array:
        """Inputs to predict (n, …), in the order in which predictions are sent."""
        import numpy as np

        inputs: Array = np.load(self._path(TEST), allow_pickle=False)
        return inputs

    @cached_property
    def ids(self) -> Array:
        """What the test examples are called (n,): text, or numbers from 0 without names."""
        import numpy as np

        if IDS not in self._files:
            return np.arange(int(self.raw["examples"]["test"]))
        ids: Array = np.load(self._path(IDS), allow_pickle=False)
        return ids

    @public
    def standardize(self, x: Any) -> Array:
        """Inputs (n, …) less the training examples' mean, divided by their deviation: float32.

        The same values as those that the server gives to a model that is submitted with
        `preprocessing="standardize"`.
        """
        return self.preparing.standardized(x)

    @public
    def frames(self, library: str = "pandas") -> Frames:
        """The tables `train`, `practice` and `test` as frames of "pandas" or "polars".

        They are as the organizer gave them, with names and empty cells. In pandas the ids are the
        index, so that `pd.Series(predicted, index=frames.test.index)` can be submitted as it is.
        Raises `HeldoutError` where the library isn't installed, `WrongArguments` for inputs that
        are no table.
        """
        return frames_of(self, library)

    @property
    def has_pixels(self) -> bool:
        """Whether inputs are bytes from 0 to 255, as images are."""
        return bool(self.raw["input"]["type"] == "uint8")

    @cached_property
    def preparing(self) -> Preparing:
        """The ways of preparing inputs that the contest knows."""
        scaling = self.raw["scaling"]
        named = scaling.get("file")
        arrays = self._arrays(str(named)) if named else {}
        return preparing(scaling, arrays, self.has_pixels)

    def tables(self) -> Tables | None:
        """The organizer's tables on this disk; None where the contest has none."""
        names = {part: f"{part}.csv" for part in PARTS}
        if not set(names.values()) <= set(self._files):
            return None
        paths = {part: self._path(name) for part, name in names.items()}
        first = str(self.ids[0]) if IDS in self._files and len(self.ids) else None
        return Tables(paths, id_column(paths["test"], first))

    def downloaded(self) -> dict[str, Path]:
        """Every file by its name, on this disk."""
        return {name: self._path(name) for name in self._files}

    def _training(self, name: str) -> Array:
        # One at a time, as they are asked for: an `.npz` is unpacked member by member.
        array: Array = self._arrays(TRAINING, name)[name]
        return array

    def _arrays(self, file: str, *names: str) -> dict[str, Array]:
        import numpy as np

        with np.load(self._path(file), allow_pickle=False) as arrays:
            return {name: arrays[name] for name in names or arrays.files}

    def _path(self, name: str) -> Path:
        if name not in self._paths or not self._paths[name].is_file():
            self._paths[name] = self._fetch(self._files[name])
        return self._paths[name]

    def __repr__(self) -> str:
        return data_text(self)

    def _repr_html_(self) -> str:
        return data_html(self)
