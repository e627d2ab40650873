"""Runs estimators with scikit-learn's interface, and boosters, where they were trained."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from heldout import _home_outputs as outputs
from heldout._errors import CannotSubmit, HeldoutError
from heldout._frames import frame_of, library_named
from heldout._frameworks import model_name
from heldout._preparing import AS_THEY_ARE, OF_NUMBERS, OF_PIXELS

if TYPE_CHECKING:
    from heldout._data import Data

CALIBRATE = (
    "from sklearn.calibration import CalibratedClassifierCV; "
    "model = CalibratedClassifierCV(model).fit(data.x_train, data.y_train)"
)


class Estimator:
    """One fitted estimator; `predict(part, how)` answers for "test" or "practice".

    `sent` is then what it answered: "probabilities", "scores", "labels" or "numbers".
    """

    def __init__(self, model: Any, data: Data, root: str) -> None:
        self.model, self.data, self.root = model, data, root
        self.name = model_name(model)
        self.sent = "numbers" if data.kind == "regression" else "labels"
        names = _feature_names(model)
        self.columns = names if names and _are_in_tables(data, names) else None

    def ways(self) -> Sequence[str]:
        """The ways of preparing inputs that may be tried; a table is given as it is."""
        if self.columns is not None:
            return (AS_THEY_ARE,)
        return OF_PIXELS if self.data.has_pixels else OF_NUMBERS

    def predict(self, part: str, how: str, most: int | None = None) -> Any:
        """Predictions (n,) or (n, k) for the part's inputs, or its first `most` rows.

        Raises `CannotSubmit` where it can't be run.
        """
        inputs = self._inputs(part, how, most)
        try:
            answered = self._answer(inputs)
        except HeldoutError:
            raise
        except Exception as error:
            raise self._failed(error, inputs) from error
        outputs.check_rows(answered, len(inputs), self.name)
        return answered

    def _inputs(self, part: str, how: str, most: int | None) -> Any:
        if self.columns is not None:
            frame = frame_of(self.data, "pandas", part)
            return frame[list(self.columns)][:most]
        x = self.data.preparing.prepared(getattr(self.data, f"x_{part}")[:most], how)
        flat = x.reshape(len(x), -1) if x.ndim != 2 else x
        wanted = getattr(self.model, "n_features_in_", None)
        if isinstance(wanted, int) and wanted != flat.shape[1]:
            raise CannotSubmit(
                f"{self.name} expects {wanted:,} columns, and this contest gives "
                f"{math.prod(x.shape[1:]):,}.",
                "train it on client.data().x_train; where you made the inputs yourself, make "
                "those of client.data().x_test in the same way: client.submit(model.predict(x))",
            )
        return self._named(flat)

    def _named(self, flat: Any) -> Any:
        """With the contest's names of columns, for a model that learned from a frame of them."""
        names = _feature_names(self.model)
        if not names or len(names) != flat.shape[1] or not self.data.feature_names:
            return flat
        return library_named("pandas").DataFrame(flat, columns=list(self.data.feature_names))[
            list(names)
        ]

    def _answer(self, inputs: Any) -> Any:
        if hasattr(self.model, "inplace_predict"):
            return self._booster(self.model.inplace_predict(inputs))
        if not hasattr(self.model, "predict_proba") and not hasattr(self.model, "get_params"):
            return self._booster(self.model.predict(inputs))
        if self.data.kind == "regression":
            return outputs.labels(self.data, self.model.predict(inputs), False)
        return self._of_classes(inputs)

    def _of_classes(self, inputs: Any) -> Any:
        needs = (self.data.raw.get("measure") or {}).get("needs", "labels")
        seen, on_frame = getattr(self.model, "classes_", None), self.columns is not None
        if hasattr(self.model, "predict_proba"):
            raw = self.model.predict_proba(inputs)
            found = outputs.probabilities(self.data, raw, seen, on_frame)
            if needs == "labels" and self.data.kind != "multilabel":
                named = outputs.labels(self.data, self.model.predict(inputs), on_frame)
                if _says_else(self.data, found, named):
                    self.sent = "labels"
                    return named
            self.sent = "probabilities"
            return found
        if needs == "scores" and hasattr(self.model, "decision_function"):
            self.sent = "scores"
            return outputs.scores(self.data, self.model.decision_function(inputs), seen, on_frame)
        if needs in ("probabilities", "scores"):
            raise CannotSubmit(
                f"{self.name} gives no probabilities, and {self.data.metric_label} is computed "
                "with them.",
                f"have it give some: {CALIBRATE}",
            )
        return outputs.labels(self.data, self.model.predict(inputs), on_frame)

    def _booster(self, raw: Any) -> Any:
        import numpy as np

        values = np.asarray(raw)
        if self.data.kind == "regression":
            return values
        is_labels = values.ndim == 1 and self.data.kind == "multiclass"
        self.sent = "labels" if is_labels else "probabilities"
        if is_labels:
            return values.astype(np.int64)
        return outputs.probabilities(self.data, values, None, False)

    def _failed(self, error: Exception, inputs: Any) -> CannotSubmit:
        if type(error).__name__ == "NotFittedError":
            return CannotSubmit(
                f"{self.name} has not been fitted yet.",
                "data = client.data(); model.fit(data.x_train, data.y_train); client.submit(model)",
            )
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        return CannotSubmit(
            f"{self.name} could not be run on inputs of shape {tuple(inputs.shape)}: {reason}",
            "predict as you do in training, and send what comes out: "
            "client.submit(model.predict(client.data().x_test))",
        )


def _feature_names(model: Any) -> tuple[str, ...]:
    try:
        names = getattr(model, "feature_names_in_", None)
    except Exception:  # a property of others, which may fail in any way before fit
        return ()
    return () if names is None else tuple(str(name) for name in names)


def _are_in_tables(data: Data, names: Sequence[str]) -> bool:
    """Whether the organizer's test table has all these columns."""
    tables = data.tables()
    if tables is None:
        return False
    with tables.paths["test"].open(encoding="utf-8-sig") as file:
        header = next(csv.reader(file), [])
    return set(names) <= set(header)


def _says_else(data: Data, found: Any, named: Any) -> bool:
    """Whether `predict` chooses other classes than its probabilities would; a draw is neither."""
    import numpy as np

    if np.asarray(named).dtype.kind not in "iu":
        return False
    if data.kind == "binary":
        positive = data.raw["positive"]
        chosen, is_clear = np.where(found >= 0.5, positive, 1 - positive), found != 0.5
    else:
        two = np.sort(found, axis=1)[:, -2:]
        chosen, is_clear = found.argmax(axis=1), two[:, 0] != two[:, -1]
    return bool((chosen != named)[is_clear].any())
