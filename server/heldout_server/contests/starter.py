"""The starter notebook that a new folder has beside it. Pure."""

from __future__ import annotations

import json
from typing import Any

from heldout_server.tasks.kinds import Kind, Task

JOIN = """import heldout

client = heldout.join("http://HOST:8000", code="CODE", name="NAME")
data = client.data()"""
MODELS = {
    Kind.REGRESSION: ("sklearn.linear_model", "Ridge", "Ridge()"),
    Kind.MULTILABEL: ("sklearn.neighbors", "KNeighborsClassifier", "KNeighborsClassifier()"),
}
CLASSES = ("sklearn.linear_model", "LogisticRegression", "LogisticRegression(max_iter=1000)")


def starter_notebook(title: str, task: Task) -> str:
    """A notebook (nbformat 4.5) that joins, fits a linear model and submits it."""
    module, name, made = MODELS.get(task.kind, CLASSES)
    fit = "\n".join(
        [
            "from sklearn.pipeline import make_pipeline",
            "from sklearn.preprocessing import StandardScaler",
            f"from {module} import {name}",
            "",
            "def flat(inputs):",
            "    return inputs.reshape(len(inputs), -1)",
            "",
            f"model = make_pipeline(StandardScaler(), {made})",
            "model.fit(flat(data.x_train), data.y_train)",
            "model.score(flat(data.x_practice), data.y_practice)",
        ]
    )
    send = f"client.submit(model.{_predicts(task)}(flat(data.x_test)))"
    cells = [
        _markdown(f"# {title}\n\nFill in address, code and name, then run all cells."),
        _code("%pip install -q heldout scikit-learn"),
        _code(JOIN),
        _code(fit),
        _code(send),
        _code("client.leaderboard()"),
    ]
    return json.dumps(_notebook(cells), indent=1, ensure_ascii=False) + "\n"


def _predicts(task: Task) -> str:
    return "predict_proba" if task.has_classes else "predict"


def _notebook(cells: list[dict[str, Any]]) -> dict[str, Any]:
    numbered = [{"id": f"cell-{number}", **cell} for number, cell in enumerate(cells)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": numbered, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def _code(text: str) -> dict[str, Any]:
    return {
        "cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": text,
    }  # fmt: skip
