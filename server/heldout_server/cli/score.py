"""`heldout-server score FILE...`: the server's own pipeline from a terminal."""

from __future__ import annotations

import json
import stat
import tempfile
import threading
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from heldout_runner.protocol import AUTO, PREPROCESSING
from heldout_server.datasets.loaded import DatasetError
from heldout_server.datasets.sources import load_dataset
from heldout_server.datasets.store import DatasetStore
from heldout_server.grading.prediction_hints import hidden_prediction_hints
from heldout_server.kit.errors import Rejection
from heldout_server.kit.settings import Settings
from heldout_server.prediction.file_kinds import kind_of
from heldout_server.prediction.handlers import PERMISSION_SECONDS, hidden_examples
from heldout_server.prediction.model_formats import folder_rejection
from heldout_server.prediction.predictor import Examples, Predicted
from heldout_server.processes.installation import InstallationError
from heldout_server.processes.model_scoring import Scoring, make_scoring

app = typer.Typer()


OUR_FAULT, REJECTED = 1, 3
EXIT_CODES = {"scored": 0, "rejected": REJECTED, "error": OUR_FAULT}


class NotAFile(Exception):
    """A device, a pipe or a socket."""


def known_variant(name: str) -> str:
    """The name of a kind of preprocessing. Raises typer.BadParameter for another."""
    if name not in (*PREPROCESSING, AUTO):
        raise typer.BadParameter(f"choose one of {', '.join(PREPROCESSING)} or {AUTO}")
    return name


@app.command()
def score(
    files: Annotated[list[Path], typer.Argument(help="Models and prediction files.")],
    preprocessing: Annotated[
        str, typer.Option(callback=known_variant, help="A variant's name, or auto.")
    ] = AUTO,
) -> None:
    """Score files without a server: one JSON receipt a line, on all hidden examples.

    One file: exit 0 scored, 3 rejected, 1 our fault. Several: 0 unless something is our fault.
    """
    settings = Settings()
    with tempfile.TemporaryDirectory() as folder:
        try:
            statuses = _score_all(settings, Path(folder), files, preprocessing)
        except (DatasetError, InstallationError) as error:
            typer.echo(f"Can't score: {error}", err=True)
            raise typer.Exit(OUR_FAULT) from None
    raise typer.Exit(exit_code(statuses))


def exit_code(statuses: list[str]) -> int:
    """The command's exit code."""
    if len(statuses) == 1:
        return EXIT_CODES[statuses[0]]
    return OUR_FAULT if "error" in statuses else 0


def _score_all(
    settings: Settings, folder: Path, files: list[Path], preprocessing: str
) -> list[str]:
    dataset = load_dataset(
        settings.mnist, download=settings.download, cache_dir=settings.data / "downloads"
    )
    store = DatasetStore(folder / "datasets")
    examples = hidden_examples(store, store.add(dataset).content_hash)
    scoring = make_scoring(settings, folder, secret=None)
    scoring.start()
    statuses = []
    try:
        for file in files:
            receipt = _score(scoring, file, examples, dataset.test_labels, preprocessing)
            typer.echo(json.dumps(receipt, ensure_ascii=False))
            statuses.append(str(receipt["status"]))
    finally:
        scoring.stop()
    return statuses


def _score(
    scoring: Scoring,
    file: Path,
    examples: Examples,
    labels: NDArray[np.uint8],
    preprocessing: str,
) -> dict[str, Any]:
    try:
        check_is_file(file)
        predicted = _predicted(scoring, file, examples, preprocessing)
    except (FileNotFoundError, PermissionError, NotAFile) as error:
        return _receipt(file, "error", "error", _unreadable(error))
    except Rejection as rejection:
        return _receipt(file, "rejected", rejection.code, rejection.detail, hint=rejection.hint)
    except Exception as error:
        return _receipt(file, "error", "error", f"{type(error).__name__}: {error}")
    return scored_receipt(file, predicted, labels, examples.classes)


def scored_receipt(
    file: Path, predicted: Predicted, labels: NDArray[np.uint8], classes: int
) -> dict[str, Any]:
    """The receipt of a scored file, with the likely reason where it reads almost nothing."""
    given = predicted.predictions.labels
    score = float((given == labels).mean())
    receipt = _receipt(file, "scored", "scored", "Scored.", predicted, score=score)
    if kind_of(file) == "predictions":  # a model was judged on practice images while it ran
        hints = hidden_prediction_hints(score, given, published=labels, classes=classes)
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


def _predicted(scoring: Scoring, file: Path, examples: Examples, preprocessing: str) -> Predicted:
    if kind_of(file) == "predictions":
        return scoring.predictor.read(file, examples)
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
        "preprocessing": measured.get("preprocessing"),
        "preprocessing_reason": measured.get("preprocessing_reason"),
        "upgrades": measured.get("upgrades", []),
        "warnings": measured.get("warnings", []),
        "timings": measured.get("seconds", {}),
        "device": measured.get("device"),
        "parameters": measured.get("parameters"),
        "output": measured.get("output"),
    }
