"""The Optuna callback, with real studies and a client that only notes what it is given."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

optuna = pytest.importorskip("optuna")

import heldout  # noqa: E402 - Optuna is optional, and must be looked for first
from heldout._models import Quota  # noqa: E402
from heldout.optuna import Submitter  # noqa: E402

optuna.logging.set_verbosity(optuna.logging.ERROR)
VALUES = (0.5, 0.9, 0.7, 0.95)


class NotingClient:
    """Stands where a `Client` does: answers quotas and notes submissions."""

    url = "http://board"
    direction = "higher"

    def __init__(self, left: int | None = None, error: Exception | None = None) -> None:
        self.left = left
        self.error = error
        self.sent: list[dict[str, Any]] = []

    def quota(self) -> Quota:
        return Quota.from_json({"per_day": 10, "used_today": 0, "left_today": self.left})

    def data(self) -> Any:
        return SimpleNamespace(direction=self.direction)

    def submit(self, model: Any, **more: Any) -> Any:
        if self.error is not None:
            raise self.error
        if self.left is not None:
            self.left -= 1
        self.sent.append({"model": model, **more})
        return object()


def search(
    submitter: Submitter, *, direction: str = "maximize", name: str | None = "widths"
) -> Any:
    study = optuna.create_study(direction=direction, study_name=name)

    def objective(trial: Any) -> float:
        trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True)
        submitter.keep(trial, f"model {trial.number}")
        return VALUES[trial.number]

    study.optimize(objective, n_trials=len(VALUES), callbacks=[submitter])
    return study


def numbers(client: NotingClient) -> list[int]:
    return [each["hyperparameters"]["trial"] for each in client.sent]


class TestSubmitter:
    def test_submits_every_completed_trial_with_its_tags(self) -> None:
        client = NotingClient()
        study = search(Submitter(client))  # type: ignore[arg-type]
        assert numbers(client) == [0, 1, 2, 3]
        sent = client.sent[1]
        assert sent["name"] == "widths #1"
        assert sent["hyperparameters"] == {
            **study.trials[1].params, "study": "widths", "trial": 1, "objective": 0.9,
        }  # fmt: skip

    def test_tells_the_direction_of_the_contest_s_metric(self) -> None:
        client = NotingClient()
        submitter = Submitter(client)  # type: ignore[arg-type]
        assert submitter.direction == "maximize"
        client.direction = "lower"
        assert submitter.direction == "minimize"

    def test_only_improvements_follow_the_direction(self) -> None:
        client = NotingClient()
        search(Submitter(client, only_improvements=True))  # type: ignore[arg-type]
        assert numbers(client) == [0, 1, 3]
        client = NotingClient()
        search(Submitter(client, only_improvements=True), direction="minimize")  # type: ignore[arg-type]
        assert numbers(client) == [0]

    def test_leaves_what_is_kept_for_last(self) -> None:
        client, said = NotingClient(left=4), []
        submitter = Submitter(client, keep_for_last=2, say=said.append)  # type: ignore[arg-type]
        search(submitter)
        assert numbers(client) == [0, 1]
        assert client.left == 2
        assert len(said) == 1
        assert "used up" in submitter.problems[2]

    def test_a_refusal_never_ends_the_search(self) -> None:
        client = NotingClient(error=heldout.ConnectionFailed("No answer.", "Try again."))
        submitter = Submitter(client, say=lambda _: None)  # type: ignore[arg-type]
        assert len(search(submitter).trials) == len(VALUES)
        assert list(submitter.problems) == [0, 1, 2, 3]

    def test_failed_and_pruned_trials_are_not_submitted(self) -> None:
        client = NotingClient()
        submitter = Submitter(client)  # type: ignore[arg-type]
        study = optuna.create_study(study_name="s")

        def objective(trial: Any) -> float:
            submitter.keep(trial, "model")
            if trial.number == 0:
                raise optuna.TrialPruned
            if trial.number == 1:
                raise ValueError("no")
            return 1.0

        study.optimize(objective, n_trials=3, callbacks=[submitter], catch=(ValueError,))
        assert numbers(client) == [2]

    def test_a_nameless_study_gets_a_short_name(self) -> None:
        client = NotingClient()
        search(Submitter(client), name=None)  # type: ignore[arg-type]
        assert client.sent[0]["name"].startswith("study ")
        assert len(client.sent[0]["name"]) < 20


def test_importing_it_brings_neither_optuna_nor_keras() -> None:
    program = (
        "import heldout, sys; heldout.optuna, heldout.keras; "
        "print([n for n in ('optuna', 'keras', 'tensorflow') if n in sys.modules])"
    )
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert printed.stdout.strip() == "[]", printed.stderr
