"""What a refused file is told, word for word: what happened, why, and the line to paste."""

from __future__ import annotations

import gzip
import importlib.util
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import pytest

from digit_files import MNIST_WORDS
from heldout_runner import protocol
from heldout_server.datasets.loaded import DIGITS
from heldout_server.kit.errors import Rejection
from heldout_server.prediction.endings import Inferred, Trace, conclude
from heldout_server.prediction.predictor import Examples, Limits, Predictor
from heldout_server.prediction.runner import RunnerResult, RunOrder, UseValues, unused
from heldout_server.prediction.runner_verdicts import rejection_for
from sandbox.cases.keras_files import archive, classifier, layer

CASES = Path(__file__).resolve().parents[1] / "sandbox" / "cases"
EXAMPLES = 10_000
TO_SEND = (
    " Or send what it predicts: client.submit(model.predict(x)), with x made from "
    "client.test_images() as in training."
)
PYTORCH = (
    "PyTorch models are not run here: predict where you trained it and send that: "
    "client.submit(model(x).argmax(1)), with x made from client.test_images() as in training."
)
SAVED_MODEL = (
    'Where you trained it, save it with model.save("model.keras"): a SavedModel folder holds a '
    "program and is not accepted. If you have only this folder: m = tf.saved_model.load(folder), "
    "predict client.test_images() with it, and client.submit(predictions)."
)
OWN_CLASS = (
    "Send what it predicts: client.submit(model.predict(x)), with x made from "
    "client.test_images() as in training; or rebuild it with keras.Model(inputs, outputs)."
)
AS_CSV = 'df.to_csv("predictions.csv", index=False), then submit that.'
Make = Callable[[Path], Path]


@dataclass
class RefusingRunner:
    """A runner whose process gives no values but a status and what it says of itself."""

    code: str
    said: str

    def warm(self) -> None:
        """Nothing to get ready."""

    def predict(
        self, order: RunOrder, cancelled: threading.Event, use: UseValues = unused
    ) -> RunnerResult:
        raise rejection_for(
            protocol.Header(protocol.CODE_STATUS[self.code], detail=self.said), order.signature
        )

    def close(self) -> None:
        """Nothing to end."""


def predictor(folder: Path, code: str = "crashed", said: str = "") -> Predictor:
    return Predictor(RefusingRunner(code, said), folder, Limits(50_000_000, 16_000_000, 10**7))


def examples(folder: Path) -> Examples:
    nothing = folder / "nothing.npy"
    return Examples(nothing, EXAMPLES, DIGITS, nothing, nothing, words=MNIST_WORDS)


def refused_model(file: Path, folder: Path, code: str = "crashed", said: str = "") -> Rejection:
    cancelled = threading.Event()
    with pytest.raises(Rejection) as refused:
        predictor(folder, code, said).run(
            file, examples(folder), preprocessing="0-1", cancelled=cancelled
        )
    return refused.value


def refused_predictions(file: Path, folder: Path) -> Rejection:
    with pytest.raises(Rejection) as refused:
        predictor(folder).read(file, examples(folder))
    return refused.value


def case(name: str) -> Make:
    def make(folder: Path) -> Path:
        spec = importlib.util.spec_from_file_location(name, CASES / name / "make.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        made: Path = module.make(folder)
        return made

    return make


def content(data: bytes) -> Make:
    def make(folder: Path) -> Path:
        path = folder / "upload"
        path.write_bytes(data)
        return path

    return make


def subclassed(folder: Path) -> Path:
    own = {**layer("CNN_mnist", "cnn"), "module": None, "registered_name": "CNN_mnist"}
    return archive(folder / "model.keras", classifier(own))


def hdf5_of_predictions(folder: Path) -> Path:
    with h5py.File(folder / "predictions.h5", "w") as file:
        file["predictions"] = np.zeros((EXAMPLES, 10))
    return folder / "predictions.h5"


MODELS: dict[str, tuple[Make, str, str]] = {
    "PyTorch": (
        case("model_torch_zip64"),
        "This is a PyTorch file, not a Keras model file.",
        PYTORCH,
    ),
    "older PyTorch": (
        case("model_torch_old"),
        "This is a PyTorch file, not a Keras model file.",
        PYTORCH,
    ),
    "SavedModel": (
        case("model_saved_model_zipped"),
        "This is a zipped SavedModel folder, not a Keras model file.",
        SAVED_MODEL,
    ),
    "subclassed model": (
        subclassed,
        "'CNN_mnist' (layer 'cnn') is your own class; its code is on your machine only.",
        OWN_CLASS,
    ),
    "class of a library": (
        case("model_class_of_another_library"),
        "'QDense' (layer 'q') comes from 'qkeras'; its code is on your machine only.",
        OWN_CLASS,
    ),
    "quantized": (
        case("model_quantized_to_4_bits"),
        "The model uses 'Int4DTypePolicy' (layer 'q'), which is not accepted here.",
        "Save the model before you call quantize()." + TO_SEND,
    ),
    "Parquet": (
        case("model_parquet"),
        "This is a Parquet file, not a Keras model file.",
        AS_CSV,
    ),
    "HDF5 of predictions": (
        hdf5_of_predictions,
        "This HDF5 file holds arrays only, no Keras model.",
        'If they are predictions: np.save("predictions.npy", f["predictions"][:]), then submit '
        "that.",
    ),
    "gzip": (
        content(gzip.compress(b"7\n" * EXAMPLES)),
        "This is a gzip archive, not a Keras model file.",
        "Unpack it and submit the file inside.",
    ),
    "empty": (content(b""), "The file is empty.", "Save again; the file has 0 bytes."),
    "Keras 1 weights": (
        case("model_h5_weights_keras_1"),
        "The file holds weights without the model they belong to.",
        'Save the whole model instead of its weights: model.save("model.keras").',
    ),
}
OUTPUTS = {
    "(1, 10)": "Add keras.layers.Flatten() at the end." + TO_SEND,
    "(14,)": "If its first 10 outputs are the digits 0-9, send "
    "client.submit(model.predict(x)[:, :10]), with x made from client.test_images() as in "
    "training.",
    "(7,)": "End it with keras.layers.Dense(10): one number a digit." + TO_SEND,
}
INPUTS = {
    "(None, 32, 32, 3)": "Put in front: inputs = keras.Input((28, 28, 1)); "
    "x = Resizing(32, 32)(inputs); x = Concatenate()([x, x, x]); "
    "model = keras.Model(inputs, old(x)). No new training needed.",
    "(None, 32, 32, 1)": "Put in front: inputs = keras.Input((28, 28, 1)); "
    "x = Resizing(32, 32)(inputs); model = keras.Model(inputs, old(x)). No new training needed.",
    "(None, 32, 32)": "Put in front: inputs = keras.Input((28, 28, 1)); "
    "x = Resizing(32, 32)(inputs); x = Reshape((32, 32))(x); model = keras.Model(inputs, old(x)). "
    "No new training needed.",
    "(None, 1024)": "Put in front: inputs = keras.Input((28, 28, 1)); "
    "x = Resizing(32, 32)(inputs); x = Flatten()(x); model = keras.Model(inputs, old(x)). "
    "No new training needed.",
    "(None, 5, None)": "Give it an input of (28, 28), (28, 28, 1) or (784,).",
}
FILES: dict[str, tuple[Make, str, str]] = {
    "Parquet": (
        case("predictions_parquet"),
        "This is a Parquet file, not a prediction file.",
        AS_CSV,
    ),
    "Feather": (
        case("predictions_feather"),
        "This is a Feather file, not a prediction file.",
        AS_CSV,
    ),
    "PyTorch": (
        case("predictions_torch_zip64"),
        "This is a PyTorch file, not a prediction file.",
        PYTORCH,
    ),
    "Excel": (
        case("predictions_excel_workbook"),
        "This is an Excel workbook, not a prediction file.",
        "Open it and choose File, Save As, CSV (comma separated), then submit that file.",
    ),
    "gzip": (
        case("predictions_gzip"),
        "This is a gzip archive, not a prediction file.",
        "Unpack it and submit the file inside.",
    ),
    "HDF5": (
        hdf5_of_predictions,
        "This is an HDF5 file, not a prediction file.",
        'A model: client.submit("model.h5"). Predictions: np.save("predictions.npy", '
        'f["predictions"][:]), then submit that.',
    ),
    "empty": (content(b""), "The file is empty.", "Save again; the file has 0 bytes."),
}


def saved(array: np.ndarray) -> Make:
    def make(folder: Path) -> Path:
        np.save(folder / "p.npy", array)
        return folder / "p.npy"

    return make


def lines(*head: str, row: str) -> Make:
    """`head`, then ten thousand times `row` with its number and a label in it."""
    rows = (row.format(i=i, label=i % 10) for i in range(EXAMPLES))
    return content("\n".join([*head, *rows]).encode())


TABLES: dict[str, tuple[Make, str, str]] = {
    "four columns": (
        case("predictions_csv_predicted_and_true"),
        "The table has 4 columns.",
        'Keep two: df[["id", "predicted_label"]].to_csv(path, index=False).',
    ),
    "confidence": (
        lines("id,pred,confidence", row="{i},{label},0.9"),
        "The table has 3 columns.",
        'Keep two: df[["id", "pred"]].to_csv(path, index=False).',
    ),
    "no ids": (
        lines("truth,Prediction,confidence", row="7,{label},0.9"),
        "The table has 3 columns.",
        'Keep one: df[["Prediction"]].to_csv(path, index=False).',
    ),
    "file names": (
        case("predictions_csv_file_names"),
        "Column 1 holds names, such as 'test_00000.png'.",
        "Leave it away, with the rows in the order of client.test_images().",
    ),
    "uneven header": (
        lines("label", row="{i},{label}"),
        "The header has 1 column and the first row has 2.",
        "Give every column a name, or leave the header away.",
    ),
    "tensors": (
        case("predictions_csv_tensors"),
        "Line 2, column 2, is 'tensor(1)', which is not a number.",
        "Write int(label): labels.tolist() before the table.",
    ),
    "lists": (
        lines("id,label", row="{i},[{label}]"),
        "Line 2, column 2, is '[0]', which is not a number.",
        "Write int(label): labels.tolist() before the table.",
    ),
    "thousands or decimals": (
        case("predictions_csv_thousands_among_scores"),
        "1,000 has a comma.",
        "Write 1000, or 1.000 if that is meant.",
    ),
    "lists in quotes": (
        case("predictions_csv_lists_in_quotes"),
        "Line 1 holds a list in quotes.",
        "Give each of its numbers a column of its own: "
        'pd.DataFrame(predictions).to_csv("predictions.csv", index=False).',
    ),
    "first value empty": (
        case("predictions_csv_first_line_empty"),
        "Line 1 is empty: one prediction is missing.",
        "Give one prediction for each of the 10,000 test images, in their order.",
    ),
    "values empty among others": (
        content(b"7\n" * 4_000 + b"\n7\n\n" + b"7\n" * 5_997),
        "Line 4,001 is empty: 2 predictions are missing.",
        "Give one prediction for each of the 10,000 test images, in their order.",
    ),
    "batches": (
        case("predictions_npy_batches"),
        "The array has shape (100, 100, 10); it has to be (10000,) or (10000, 10).",
        "These are batches: np.concatenate(batches) or predictions.reshape(-1, 10).",
    ),
    "batches of labels": (
        saved(np.zeros((100, 100), np.int64)),
        "The array has shape (100, 100); it has to be (10000,) or (10000, 10).",
        "These are batches: np.concatenate(batches) or predictions.reshape(-1).",
    ),
}


class TestModels:
    @pytest.mark.parametrize("name", MODELS)
    def test_hears_what_it_is_and_what_to_paste(self, name: str, tmp_path: Path) -> None:
        make, detail, hint = MODELS[name]
        refused = refused_model(make(tmp_path), tmp_path)
        assert (refused.detail, refused.hint) == (detail, hint)

    @pytest.mark.parametrize("shape", OUTPUTS)
    def test_another_output_hears_how_to_fit(self, shape: str, tmp_path: Path) -> None:
        said = f"The model gives {shape} for an image."
        model = archive(tmp_path / "m.keras", classifier())
        refused = refused_model(model, tmp_path, "output_shape", said)
        assert refused.detail == f"The model doesn't give ten numbers for an image. ({said})"
        assert refused.hint == OUTPUTS[shape]

    @pytest.mark.parametrize("shape", INPUTS)
    def test_another_input_hears_how_to_fit(self, shape: str, tmp_path: Path) -> None:
        said = f"The model's input is {shape}."
        model = archive(tmp_path / "m.keras", classifier())
        refused = refused_model(model, tmp_path, "input_shape", said)
        assert refused.hint == INPUTS[shape] + TO_SEND

    @pytest.mark.parametrize("code", ["load_failed", "out_of_memory", "model_too_large", "crashed"])
    def test_whatever_runs_at_home_may_send_predictions(self, code: str, tmp_path: Path) -> None:
        refused = refused_model(archive(tmp_path / "m.keras", classifier()), tmp_path, code)
        assert refused.hint.endswith(TO_SEND)

    def test_whatever_ends_alike_twice_may_send_predictions(self) -> None:
        crash = Trace("SIGSEGV", full=False)
        inferred = conclude([crash], crash, most_attempts=3)
        assert isinstance(inferred, Inferred)
        assert inferred.hint.endswith(TO_SEND)

    def test_broken_weights_have_no_predictions_to_send(self, tmp_path: Path) -> None:
        model = archive(tmp_path / "m.keras", classifier())
        refused = refused_model(model, tmp_path, "non_finite")
        assert "client.submit" not in refused.hint


class TestPredictionFiles:
    @pytest.mark.parametrize("name", FILES)
    def test_hears_what_it_is_and_what_to_paste(self, name: str, tmp_path: Path) -> None:
        make, detail, hint = FILES[name]
        refused = refused_predictions(make(tmp_path), tmp_path)
        assert (refused.detail, refused.hint) == (detail, hint)

    @pytest.mark.parametrize("name", TABLES)
    def test_hears_where_its_table_is_wrong(self, name: str, tmp_path: Path) -> None:
        make, detail, hint = TABLES[name]
        refused = refused_predictions(make(tmp_path), tmp_path)
        assert (refused.detail, refused.hint) == (detail, hint)


class TestRealFiles:
    @pytest.mark.parametrize(
        ("number", "code", "hint"),
        [("2-118", "format_not_supported", PYTORCH), ("2-129", "weights_only", None)],
    )
    def test_are_recognised(
        self, shared_data: Path, tmp_path: Path, number: str, code: str, hint: str | None
    ) -> None:
        refused = refused_model(next((shared_data / "models").glob(f"{number}_*")), tmp_path)
        assert refused.code == code
        assert hint is None or refused.hint == hint
