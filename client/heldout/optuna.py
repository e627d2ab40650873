"""`heldout.optuna.Submitter`: sends the models of an Optuna study to the board.

submitter = heldout.optuna.Submitter(client)

def objective(trial):
    model = ...
    model.fit(...)
    submitter.keep(trial, model)
    return validation_accuracy

study = optuna.create_study(direction=submitter.direction, study_name="widths")
study.optimize(objective, n_trials=20, callbacks=[submitter])

Importing this module imports nothing; Optuna is there already when it calls back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import quote

from heldout._client import Client
from heldout._delivery import DEFAULT_PREPROCESSING
from heldout._errors import HeldoutError, QuotaExceeded, RateLimited
from heldout._submission import Submission

__all__ = ["Submitter"]

NAMELESS = "no-name-"


class _Trial(Protocol):
    """What is used of Optuna's trials, running or finished."""

    number: int
    params: dict[str, Any]


class Submitter:
    """A callback for `study.optimize`; submits each completed trial's model, or only better ones.

    `only_improvements`: submit a trial only when it is the study's best so far, which spares the
    quota. `keep_for_last`: submissions of today's quota that are never used by this study. Runs
    are tagged with `study` and `trial`, so that the study has a page of its own (`url`). A search
    never ends because a submission fails: see `problems`.
    """

    def __init__(
        self,
        client: Client,
        *,
        only_improvements: bool = False,
        keep_for_last: int = 0,
        preprocessing: str = DEFAULT_PREPROCESSING,
        say: Callable[[str], None] = print,
    ) -> None:
        self.client = client
        self.only_improvements = only_improvements
        self.keep_for_last = keep_for_last
        self.preprocessing = preprocessing
        self.submissions: dict[int, Submission] = {}
        self.problems: dict[int, str] = {}
        self._kept: dict[int, tuple[Any, Any]] = {}
        self._is_over = False
        self._study = ""
        self._say = say

    def keep(self, trial: _Trial, model: Any, history: Any = None) -> None:
        """Call it at the end of the objective: the model (and history) of this trial.

        With a tracked model, or a `heldout.keras.Tracker()` in `fit`, no history is needed.
        """
        self._kept[trial.number] = (model, history)

    def __call__(self, study: Any, trial: Any) -> None:
        """Optuna calls this after each trial."""
        model, history = self._kept.pop(trial.number, (None, None))
        if model is None or trial.state.name != "COMPLETE" or self._is_over:
            return
        if self.only_improvements and not _is_best(study, trial):
            return
        self._study = _study_name(study)
        try:
            self._submit(trial, model, history)
        except (QuotaExceeded, RateLimited) as error:
            self._is_over = isinstance(error, QuotaExceeded)
            self._note(trial, error.detail)
        except HeldoutError as error:
            self._note(trial, error.detail)

    @property
    def direction(self) -> str:
        """For `optuna.create_study(direction=...)`, where the objective is the contest's metric.

        "maximize", or "minimize" where lower is better.
        """
        return "minimize" if self.client.data().direction == "lower" else "maximize"

    @property
    def url(self) -> str | None:
        """The study's page; None before the first submission."""
        if not self.submissions:
            return None
        me = self.client.me()
        place = f"/c/{me.competition.slug}/studies/{me.id}/{quote(self._study)}"
        return f"{self.client.url}{place}"

    def _submit(self, trial: Any, model: Any, history: Any) -> None:
        if not self._may_submit():
            self._is_over = True
            self._note(trial, "today's submissions are used up, but for those kept for last")
            return
        self.submissions[trial.number] = self.client.submit(
            model,
            name=f"{self._study} #{trial.number}",
            history=history,
            preprocessing=self.preprocessing,
            hyperparameters={**trial.params, **self._tags(trial)},
        )

    def _may_submit(self) -> bool:
        left = self.client.quota().left_today
        return left is None or left > self.keep_for_last

    def _tags(self, trial: Any) -> dict[str, Any]:
        return {"study": self._study, "trial": trial.number, "objective": trial.value}

    def _note(self, trial: Any, reason: str) -> None:
        self.problems[trial.number] = reason
        self._say(f"Trial {trial.number} was not submitted: {reason}")


def _is_best(study: Any, trial: Any) -> bool:
    """Whether no other trial is better; with several objectives, whether it is on the front."""
    return any(each.number == trial.number for each in study.best_trials)


def _study_name(study: Any) -> str:
    """The study's name; Optuna makes up long ones for those without."""
    name = str(study.study_name)
    if name.startswith(NAMELESS):
        return f"study {name[len(NAMELESS) :][:8]}"
    return name
