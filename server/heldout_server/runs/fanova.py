"""fANOVA by Optuna, in a process of its own.

In the server, importing what it needs would hold up boards and scores for seconds in the middle of
an evening, and stay there with 100 MB. Whoever runs this file gives a question as JSON on standard
input, and reads the shares on standard output.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

MOST_SECONDS = 300.0
NICENESS = 10
TREES, DEPTH, SEED = 32, 24, 7


class FanovaFailed(Exception):
    """No shares came of it; the text is for the log."""


class Parameter(NamedTuple):
    """A hyperparameter by name, and what each run had: numbers, or one of a few words."""

    name: str
    values: Sequence[Any]
    is_text: bool
    is_log: bool


def shares(parameters: Sequence[Parameter], scores: Sequence[float]) -> dict[str, float]:
    """How much of the scores' variance each parameter explains; the shares sum to 1.

    Hutter, Hoos and Leyton-Brown, An Efficient Approach for Assessing Hyperparameter Importance
    (2014). Raises FanovaFailed, with the process's last line where it has one.
    """
    try:
        ended = subprocess.run(  # noqa: S603 our own module
            [sys.executable, "-I", "-m", __name__],
            input=json.dumps([parameters, scores]),
            capture_output=True,
            text=True,
            check=True,
            timeout=MOST_SECONDS,
        )
    except subprocess.CalledProcessError as error:
        raise FanovaFailed(error.stderr.strip().rpartition("\n")[2] or str(error)) from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FanovaFailed(str(error)) from error
    found: dict[str, float] = json.loads(ended.stdout)
    return found


def evaluated(parameters: Sequence[Parameter], scores: Sequence[float]) -> dict[str, float]:
    """The same, in this process."""
    import optuna
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances
    from optuna.trial import create_trial

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    distributions = {one.name: _distribution(one) for one in parameters}
    study = optuna.create_study(direction="maximize")
    study.add_trials(
        [
            create_trial(
                params={one.name: one.values[run] for one in parameters},
                distributions=distributions,
                value=score,
            )
            for run, score in enumerate(scores)
        ]
    )
    evaluator = FanovaImportanceEvaluator(n_trees=TREES, max_depth=DEPTH, seed=SEED)
    found = get_param_importances(study, evaluator=evaluator)
    return {name: float(share) for name, share in found.items()}


def _distribution(parameter: Parameter) -> Any:
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    values = parameter.values
    if parameter.is_text:
        return CategoricalDistribution(sorted(set(values)))
    return FloatDistribution(min(values), max(values), log=parameter.is_log)


def main() -> None:
    """Answer the question on standard input, after whatever is more urgent on this machine."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    warnings.simplefilter("ignore")
    parameters, scores = json.load(sys.stdin)
    json.dump(evaluated([Parameter(*one) for one in parameters], scores), sys.stdout)


if __name__ == "__main__":
    main()
