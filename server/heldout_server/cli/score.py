"""`heldout-server score FILE...`: the server's own pipeline from a terminal."""

from __future__ import annotations

import json
import math
import stat
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from heldout_runner.variants import AUTO, PREPROCESSING
from heldout_server.contests.adding import preprocessing_of
from heldout_server.contests.check import examine
from heldout_server.contests.dataset import dataset_of
from heldout_server.contests.problems import Refused, refusing
from heldout_server.datasets.loaded import (
    DIGIT_NAMES,
    DIGITS,
    DatasetError,
    LoadedDataset,
    answers_as_stored,
)
from heldout_server.datasets.sources import load_dataset
from heldout_server.datasets.store import DatasetStore
from heldout_server.grading.grade import grade_part
from heldout_server.grading.handler import WHAT_IS_NEEDED
from heldout_server.grading.prediction_hints import hidden_prediction_hints
from heldout_server.kit.errors import Rejection
from heldout_server.kit.settings import Settings
from heldout_server.prediction.file_kinds import kind_of
from heldout_server.prediction.handlers import PERMISSION_SECONDS, hidden_examples
from heldout_server.prediction.model_formats import folder_rejection
from heldout_server.prediction.predictor import Examples, Predicted
from heldout_server.processes.installation import InstallationError
from heldout_server.processes.model_scoring import Scoring, make_scoring
from heldout_server.tasks import catalogue
from heldout_server.tasks.metric import Unsuitable
from heldout_server.tasks.predictions import Predictions

app = typer.Typer()


OUR_FAULT, REJECTED = 1, 3
IGNORED = "Ignored"
NO_MODELS = "This contest takes prediction files only."
EXIT_CODES = {"scored": 0, "rejected": REJECTED, "error": OUR_FAULT}


class NotAFile(Exception):
    """A device, a pipe or a socket."""


@dataclass(frozen=True, eq=False)
class ScoredContest:
    """What files are scored by: data with hidden answers, and metrics by their names as written.

    `preprocessing` is used where nobody names another.
    """

    dataset: LoadedDataset
    metric: str
    also: tuple[str, ...]
    preprocessing: str
    takes_models: bool

    def figures(self, predictions: Predictions) -> dict[str, float | None]:
        """Every metric's figure, as people read it and exact, on all hidden examples that count.

        None: a further one has no value here. Raises Unsuitable where the ranking one has none.
        """
        usage, task = self.dataset.usage, self.dataset.task
        counted = slice(None) if usage is None else usage != IGNORED
        truth = answers_as_stored(task, self.dataset.y_test)
        if not isinstance(counted, slice):
            truth, predictions = truth[counted], predictions.part(counted)
        known = {name: catalogue.metric(name) for name in (self.metric, *self.also)}
        also = [metric.name for metric in known.values()]
        grades = grade_part(task, truth, predictions, known[self.metric].name, also)
        return {name: _finite(grades.figures[metric.name]) for name, metric in known.items()}


def _finite(figure: float | None) -> float | None:
    """JSON knows no infinity."""
    return figure if figure is not None and math.isfinite(figure) else None


def known_variant(name: str | None) -> str | None:
    """The name of a kind of preprocessing. Raises typer.BadParameter for another."""
    if name is not None and name not in (*PREPROCESSING, AUTO):
        raise typer.BadParameter(f"choose one of {', '.join(PREPROCESSING)} or {AUTO}")
    return name


@app.command()
def score(
    files: Annotated[list[Path], typer.Argument(help="Models and prediction files.")],
    contest: Annotated[
        Path | None, typer.Option(help="A contest's folder or zip; without: MNIST.")
    ] = None,
    preprocessing: Annotated[
        str | None,
        typer.Option(callback=known_variant, help="A variant's name, or auto; else the contest's."),
    ] = None,
) -> None:
    """Score files without a server: one JSON receipt a line, on all hidden examples.

    One file: exit 0 scored, 3 rejected, 1 our fault. Several: 0 unless something is our fault.
    """
    settings = Settings()
    with tempfile.TemporaryDirectory() as folder:
        try:
            scored = mnist(settings) if contest is None else of_contest(contest, Path(folder))
            statuses = _score_all(settings, Path(folder), files, scored, preprocessing)
        except (DatasetError, InstallationError) as error:
            typer.echo(f"Can't score: {error}", err=True)
            raise typer.Exit(OUR_FAULT) from None
        except Refused as refused:
            for problem in refusing(refused.problems):
                line = "" if problem.line is None else f":{problem.line}"
                typer.echo(f"{problem.file}{line} [{problem.code}] {problem.what}", err=True)
            typer.echo("Can't score: the contest has problems.", err=True)
            raise typer.Exit(OUR_FAULT) from None
    raise typer.Exit(exit_code(statuses))


def exit_code(statuses: list[str]) -> int:
    """The command's exit code."""
    if len(statuses) == 1:
        return EXIT_CODES[statuses[0]]
    return OUR_FAULT if "error" in statuses else 0


def mnist(settings: Settings) -> ScoredContest:
    """What a server without a contest of its own opens: MNIST, by accuracy."""
    dataset = load_dataset(
        settings.mnist, download=settings.download, cache_dir=settings.data / "downloads"
    )
    return ScoredContest(dataset, "accuracy", (), AUTO, takes_models=True)


def of_contest(path: Path, work: Path) -> ScoredContest:
    """The contest of a folder or zip. Raises Refused with its problems."""
    examined = examine(path, work=work)
    if examined.contest is None:
        raise Refused(examined.problems)
    contest = examined.contest
    task = contest.file.task
    assert task.metric is not None
    return ScoredContest(
        dataset_of(contest),
        task.metric,
        task.also,
        preprocessing_of(contest),
        takes_models=contest.file.models is not None,
    )


def _score_all(
    settings: Settings,
    folder: Path,
    files: list[Path],
    contest: ScoredContest,
    preprocessing: str | None,
) -> list[str]:
    store = DatasetStore(folder / "datasets")
    info = store.add(contest.dataset)
    examples = hidden_examples(store, info.content_hash, catalogue.metric(contest.metric).name)
    scoring = make_scoring(settings, folder, secret=None)
    if any(kind_of(file) != "predictions" for file in files if file.is_file()):
        scoring.start()
    statuses = []
    try:
        for file in files:
            way = preprocessing or contest.preprocessing
            receipt = _score(scoring, file, examples, contest, way)
            typer.echo(json.dumps(receipt, ensure_ascii=False))
            statuses.append(str(receipt["status"]))
    finally:
        scoring.stop()
    return statuses


def _score(
    scoring: Scoring, file: Path, examples: Examples, contest: ScoredContest, preprocessing: str
) -> dict[str, Any]:
    try:
        check_is_file(file)
        predicted = _predicted(scoring, file, examples, contest, preprocessing)
        return scored_receipt(file, predicted, contest)
    except (FileNotFoundError, PermissionError, NotAFile) as error:
        return _receipt(file, "error", "error", _unreadable(error))
    except Rejection as rejection:
        return _receipt(file, "rejected", rejection.code, rejection.detail, hint=rejection.hint)
    except Unsuitable as error:
        return _receipt(file, "rejected", "unsuitable", str(error), hint=WHAT_IS_NEEDED)
    except Exception as error:
        return _receipt(file, "error", "error", f"{type(error).__name__}: {error}")


def scored_receipt(file: Path, predicted: Predicted, contest: ScoredContest) -> dict[str, Any]:
    """The receipt of a scored file, with the likely reason where it reads almost nothing."""
    figures = contest.figures(predicted.predictions)
    score = figures[contest.metric]
    receipt = _receipt(file, "scored", "scored", "Scored.", predicted, score=score)
    receipt |= {"direction": str(catalogue.metric(contest.metric).direction), "metrics": figures}
    # Models were judged on practice images while they ran.
    if kind_of(file) == "predictions" and contest.dataset.task == DIGITS:
        labels = contest.dataset.y_test.astype(np.int64)
        given = predicted.predictions.classes
        accuracy = float(np.mean(given == labels))
        hints = hidden_prediction_hints(accuracy, given, published=labels, classes=len(DIGIT_NAMES))
        receipt["warnings"] = [*receipt["warnings"], *hints]
    return receipt


def check_is_file(file: Path) -> None:
    """Only files are opened: a pipe or a terminal could keep the command waiting for ever.

    Raises NotAFile, FileNotFoundError, or Rejection for a folder.
    """
    mode = file.stat().st_mode
    if stat.S_ISDIR(mode):
        raise folder_rejection(file)
    if not stat.S_ISREG(mode):
        raise NotAFile


def _unreadable(error: OSError | NotAFile) -> str:
    if isinstance(error, FileNotFoundError):
        return "There is no such file."
    return "It is not a file." if isinstance(error, NotAFile) else "The file can't be read."


def _predicted(
    scoring: Scoring, file: Path, examples: Examples, contest: ScoredContest, preprocessing: str
) -> Predicted:
    if kind_of(file) == "predictions":
        return scoring.predictor.read(file, examples)
    if not contest.takes_models:
        raise Rejection("format_not_supported", NO_MODELS, "Send what model.predict gives.")
    scoring.containment.await_permission(PERMISSION_SECONDS)
    return scoring.predictor.run_until_decided(
        file, examples, preprocessing=preprocessing, cancelled=threading.Event()
    )


def _receipt(
    file: Path,
    status: str,
    code: str,
    detail: str,
    predicted: Predicted | None = None,
    *,
    hint: str = "",
    score: float | None = None,
) -> dict[str, Any]:
    measured = predicted.receipt if predicted else {}
    return {
        "file": str(file),
        "status": status,
        "code": code,
        "detail": detail,
        "hint": hint,
        "score": score,
        "direction": None,
        "metrics": {},
        "preprocessing": measured.get("preprocessing"),
        "preprocessing_reason": measured.get("preprocessing_reason"),
        "upgrades": measured.get("upgrades", []),
        "warnings": measured.get("warnings", []),
        "timings": measured.get("seconds", {}),
        "device": measured.get("device"),
        "engine": measured.get("engine"),
        "parameters": measured.get("parameters"),
        "output": measured.get("output"),
    }
