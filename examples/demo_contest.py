"""`make demo CONTEST=diabetes`: a board of any other contest, from a template or a folder.

Writes the template, starts a server that opens it, and sends what four people come to with models
of scikit-learn at several settings: fitted here, on what everybody is given.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import heldout


@dataclass(frozen=True)
class Attempt:
    """One idea of somebody's: a model that isn't fitted yet."""

    participant: str
    name: str
    model: Any
    settings: dict[str, Any] = field(default_factory=dict)


def folder_of(contest: str, data: Path) -> Path:
    """The folder that `contest` names, or the template of that name written below `data`."""
    if (Path(contest) / "contest.toml").is_file() or contest.endswith(".zip"):
        return Path(contest)
    target = data / contest
    command = [str(Path(sys.executable).parent / "heldout-server"), "contest", "templates"]
    subprocess.run([*command, contest, str(target)], check=True)
    return target


def take_part(url: str, code: str) -> list[heldout.Submission]:
    """Four people join, fit their models and send them, one after the other."""
    clients: dict[str, heldout.Client] = {}
    sent = []
    data = heldout.join(url, code=code, name="Ada").data()
    for attempt in attempts(data.kind):
        name = attempt.participant
        if name not in clients:
            clients[name] = heldout.join(url, code=code, name=name)
        model = attempt.model.fit(_flat(data.x_train), data.y_train)
        predicted = _predicted(model, _flat(data.x_test), data.kind)
        print(f"{name}: {attempt.name}", flush=True)
        sent.append(
            clients[name].submit(predicted, name=attempt.name, hyperparameters=attempt.settings)
        )
    return sent


def _flat(inputs: Any) -> Any:
    return inputs.reshape(len(inputs), -1)


def _predicted(model: Any, inputs: Any, kind: str) -> Any:
    """Numbers, or probabilities where the model has some: every metric can be computed of them."""
    if kind == "regression":
        return model.predict(inputs)
    found = model.predict_proba(inputs)
    if isinstance(found, list):  # of several labels, a pair of columns for each
        import numpy as np

        return np.column_stack([pair[:, 1] for pair in found])
    return found


def attempts(kind: str) -> Iterator[Attempt]:
    """Who tries what: for numbers or for classes and labels."""
    return _of_numbers() if kind == "regression" else _of_classes()


def _of_numbers() -> Iterator[Attempt]:
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.linear_model import Ridge
    from sklearn.neighbors import KNeighborsRegressor
    from sklearn.tree import DecisionTreeRegressor

    for depth in (None, 6, 3):
        model = DecisionTreeRegressor(max_depth=depth, random_state=0)
        yield Attempt("Ada", f"a tree of depth {depth or 'any'}", model, {"max_depth": depth or 0})
    for neighbours in (1, 5, 25):
        model = _scaled(KNeighborsRegressor(neighbours))
        yield Attempt("Grace", f"{neighbours} neighbours", model, {"n_neighbors": neighbours})
    for alpha in (100.0, 1.0):
        yield Attempt("Alan", f"ridge, α = {alpha:g}", _scaled(Ridge(alpha)), {"alpha": alpha})
    for trees in (10, 200):
        forest = RandomForestRegressor(trees, min_samples_leaf=3, random_state=0)
        yield Attempt("Katherine", f"{trees} trees", forest, {"n_estimators": trees})


def _of_classes() -> Iterator[Attempt]:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.tree import DecisionTreeClassifier

    for depth in (None, 6, 3):
        model = DecisionTreeClassifier(max_depth=depth, random_state=0)
        yield Attempt("Ada", f"a tree of depth {depth or 'any'}", model, {"max_depth": depth or 0})
    for neighbours in (1, 5, 25):
        model = _scaled(KNeighborsClassifier(neighbours))
        yield Attempt("Grace", f"{neighbours} neighbours", model, {"n_neighbors": neighbours})
    for leaf in (20, 3):
        forest = RandomForestClassifier(50, min_samples_leaf=leaf, random_state=0)
        yield Attempt("Alan", f"50 trees, leaves of {leaf}", forest, {"min_samples_leaf": leaf})
    for trees in (10, 200):
        forest = RandomForestClassifier(trees, random_state=0)
        yield Attempt("Katherine", f"{trees} trees", forest, {"n_estimators": trees})


def _scaled(model: Any) -> Any:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), model)
