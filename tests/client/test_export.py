"""What may be submitted, and what is said about everything else."""

from __future__ import annotations

import io
import os
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import heldout
from heldout._arrays import npy_bytes
from heldout._export import exported
from heldout._kinds import file_kind


def sent(subject: Any) -> np.ndarray[Any, Any]:
    """The array that a server would read from a submitted array."""
    loaded: np.ndarray[Any, Any] = np.load(io.BytesIO(npy_bytes(subject)), allow_pickle=False)
    return loaded


def refused(subject: Any) -> str:
    """The text with which `submit` refuses an object."""
    with pytest.raises(heldout.CannotSubmit) as caught, exported(subject):
        pass
    return str(caught.value)


class FakeModel:
    """As much of a Keras model as the export looks at."""

    layers = ()
    built = True
    error: Exception | None = None

    def save(self, path: str) -> None:
        if self.error:
            raise self.error
        Path(path).write_bytes(b"PK\x03\x04 a model")

    def get_config(self) -> dict[str, Any]:
        return {}

    def predict(self) -> None: ...

    def count_params(self) -> int:
        return 0


class TestArrays:
    @pytest.mark.parametrize(
        "subject",
        [
            [1, 2, 3],
            (0.1, 0.9),
            range(3),
            np.eye(3, dtype=np.float16),
            np.asfortranarray(np.ones((4, 10))),
            np.arange(6).reshape(3, 2)[:, ::-1],
            np.array([True, False]),
        ],
    )
    def test_arrive_unchanged(self, subject: Any) -> None:
        np.testing.assert_array_equal(sent(subject), np.asarray(subject))
        assert sent(subject).dtype == np.asarray(subject).dtype

    def test_anything_with_an_array_inside_arrives(self) -> None:
        class Series:
            def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
                return np.array([3, 1])

        with exported(Series()) as payload:
            assert payload.kind == "predictions"
            assert payload.filename == "predictions.npy"

    def test_half_precision_of_other_libraries_becomes_float32(self) -> None:
        ml_dtypes = pytest.importorskip("ml_dtypes")
        assert sent(np.ones(3, dtype=ml_dtypes.bfloat16)).dtype == np.float32

    @pytest.mark.parametrize(
        ("subject", "code"),
        [
            (np.array([1, None]), "object_array"),
            (np.array([[1, 2], [3]], dtype=object), "object_array"),
            ([["one"], ["two"]], "value_type"),
            (np.array([1j]), "value_type"),
            (np.array(7), "shape"),
            ([[1, 2], [3]], "cannot_submit"),
        ],
    )
    def test_others_are_refused_with_a_hint(self, subject: Any, code: str) -> None:
        text = refused(subject)
        assert f"[{code}]" in text
        assert "one prediction for each row of client.data().x_test" in text

    def test_a_tensor_that_tracks_gradients_is_explained(self) -> None:
        class Tensor:
            def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
                raise RuntimeError("Can't call numpy() on Tensor that requires grad.")

        assert "tensor.detach().cpu().numpy()" in refused(Tensor())


class TestMistakes:
    def test_none(self) -> None:
        assert "nothing to submit" in refused(None)

    def test_a_history(self) -> None:
        history = type("History", (), {"history": {"loss": [1.0]}, "epoch": [0]})()
        assert "client.submit(model, history=history)" in refused(history)

    def test_a_class(self) -> None:
        assert "model = FakeModel(...)" in refused(FakeModel)

    @pytest.mark.parametrize(
        ("subject", "words"),
        [({"a": 1}, "dict"), (b"bytes", "Raw bytes"), (len, "function"), (7, "int"), ({1}, "set")],
    )
    def test_other_objects(self, subject: Any, words: str) -> None:
        assert words in refused(subject)
        assert "What to do:" in refused(subject)


class TestModels:
    def test_are_saved_and_the_file_is_deleted(self) -> None:
        with exported(FakeModel()) as payload:
            assert payload.path is not None
            assert (payload.kind, payload.filename) == ("model", "model.keras")
            assert b"".join(payload.parts()) == b"PK\x03\x04 a model"
        assert not payload.path.parent.exists()

    def test_the_file_is_deleted_when_sending_fails(self) -> None:
        paths: list[Path | None] = []

        def fail() -> None:
            with exported(FakeModel()) as payload:
                paths.append(payload.path)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        assert paths[0] is not None
        assert not paths[0].parent.exists()

    def test_without_weights_are_refused(self) -> None:
        model = FakeModel()
        model.built = False
        assert "model.build((None, 28, 28))" in refused(model)

    def test_that_cannot_be_saved_say_why(self) -> None:
        model = FakeModel()
        model.error = ValueError("Layer Mine\nneeds get_config")
        assert "Layer Mine needs get_config" in refused(model)


class TestPaths:
    def test_a_missing_file_gets_a_guess(self, tmp_path: Path) -> None:
        (tmp_path / "predictions.csv").touch()
        assert "did you mean" in refused(str(tmp_path / "prediction.csv"))
        assert "current folder" in refused(tmp_path / "elsewhere.keras")
        assert "current folder" in refused(tmp_path / "no" / "folder.keras")

    def test_a_missing_file_is_a_file_not_found_error(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError), exported(tmp_path / "no.keras"):
            pass

    def test_a_saved_model_folder_gets_the_right_hint(self, tmp_path: Path) -> None:
        assert "path of one file" in refused(tmp_path)
        (tmp_path / "saved_model.pb").touch()
        assert 'model.save("model.keras")' in refused(tmp_path)

    @pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
    def test_a_file_without_permission(self, tmp_path: Path) -> None:
        path = tmp_path / "model.keras"
        path.touch(mode=0)
        assert "permissions" in refused(path)


class TestFileKind:
    def write(self, folder: Path, name: str, content: bytes) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    def archive(self, folder: Path, name: str, member: str) -> Path:
        with zipfile.ZipFile(folder / name, "w") as archive:
            archive.writestr(member, "")
        return folder / name

    @pytest.mark.parametrize(
        ("name", "content", "kind"),
        [
            ("m.h5", b"\x89HDF\r\n\x1a\n", "model"),
            ("m.keras", b"\x89HDF\r\n\x1a\n", "model"),
            ("wrong.csv", b"\x93NUMPY\x01\x00", "predictions"),
            ("labels", b"1\n2\n", "predictions"),
            ("labels.txt", b"1\n2\n", "predictions"),
            ("m.onnx", b"\x08\x07\x12\x07\0", "model"),
            ("m.keras", b"", "model"),
            ("cut.npz", b"PK\x03\x04 cut", "predictions"),
            ("cut", b"PK\x03\x04 cut", "model"),
        ],
    )
    def test_follows_bytes_then_name(
        self, tmp_path: Path, name: str, content: bytes, kind: str
    ) -> None:
        assert file_kind(self.write(tmp_path, name, content)) == kind

    def test_looks_into_archives(self, tmp_path: Path) -> None:
        assert file_kind(self.archive(tmp_path, "a.keras", "config.json")) == "model"
        assert file_kind(self.archive(tmp_path, "b.zip", "arr_0.npy")) == "predictions"

    @pytest.mark.parametrize("name", ["m.pkl", "m.pt", "m.joblib"])
    def test_refuses_files_that_run_code(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(heldout.CannotSubmit, match="could run code"):
            file_kind(self.write(tmp_path, name, b"PK\x03\x04"))

    def test_refuses_what_it_cannot_tell(self, tmp_path: Path) -> None:
        with pytest.raises(heldout.CannotSubmit, match="right ending"):
            file_kind(self.write(tmp_path, "thing", b"\0\1\2"))


class Tensor:
    """As much of a PyTorch tensor as NumPy meets: it refuses gradients and bfloat16."""

    def __init__(self, values: Any, *, dtype: str = "torch.float32", grad: bool = False) -> None:
        self.values, self.dtype, self.grad = np.asarray(values), dtype, grad

    def detach(self) -> Tensor:
        return Tensor(self.values, dtype=self.dtype)

    def cpu(self) -> Tensor:
        return self

    def float(self) -> Tensor:
        return Tensor(self.values.astype(np.float32))

    def numpy(self) -> np.ndarray[Any, Any]:
        if self.grad:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        if self.dtype == "torch.bfloat16":
            raise TypeError("Got unsupported ScalarType BFloat16")
        return self.values

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
        return self.numpy()


class TestTensors:
    @pytest.mark.parametrize(
        "tensor",
        [
            Tensor([[0.25, 0.75]], grad=True),
            Tensor([[0.25, 0.75]], dtype="torch.bfloat16"),
            Tensor([[0.25, 0.75]], dtype="torch.bfloat16", grad=True),
        ],
    )
    def test_arrive_with_a_gradient_and_in_half_precision(self, tensor: Tensor) -> None:
        np.testing.assert_array_equal(sent(tensor), [[0.25, 0.75]])


class TestWithoutNumPy:
    @pytest.fixture(autouse=True)
    def no_numpy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "numpy", None)

    @pytest.mark.parametrize(
        ("subject", "text"),
        [([7, 2, 1], "7\n2\n1\n"), (range(2), "0\n1\n"), ([[0.1, 0.9], (1, 0)], "0.1,0.9\n1,0\n")],
    )
    def test_a_list_of_labels_goes_as_text(self, subject: Any, text: str) -> None:
        with exported(subject) as payload:
            assert (payload.kind, payload.filename) == ("predictions", "predictions.csv")
            assert b"".join(payload.parts()).decode() == text

    def test_anything_but_numbers_is_refused(self) -> None:
        assert "'seven' is not a number" in refused([["seven"]]).replace("[", "").replace("]", "")


class Frame:
    """As much of a pandas DataFrame as the export looks at."""

    def __init__(self, *columns: Any) -> None:
        self.columns = columns

    def to_csv(self, *, index: bool) -> str:
        assert not index
        return ",".join(map(str, self.columns)) + "\n0,7\n1,2\n"

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
        return np.array([[0, 7], [1, 2]])


class TestNames:
    @pytest.mark.parametrize(
        "subject", [["a", 'b, "c"'], np.array(["a", 'b, "c"']), np.array(["a", 'b, "c"'], object)]
    )
    def test_of_classes_go_as_they_are_written(self, subject: Any) -> None:
        with exported(subject) as payload:
            assert payload.filename == "predictions.csv"
            assert b"".join(payload.parts()).decode() == 'label\na\n"b, ""c"""\n'


class TestFrames:
    def test_with_ids_keep_their_columns_names(self) -> None:
        with exported(Frame("id", "label")) as payload:
            assert b"".join(payload.parts()) == b"id,label\n0,7\n1,2\n"

    @pytest.mark.parametrize("columns", [("label",), range(2), [f"p{n}" for n in range(10)]])
    def test_of_values_alone_go_as_an_array(self, columns: Any) -> None:
        with exported(Frame(*columns)) as payload:
            assert payload.filename == "predictions.npy"


class TestRealFrames:
    """Those of pandas, and of polars where it is installed."""

    @pytest.fixture
    def pandas(self) -> Any:
        return pytest.importorskip("pandas")

    def sent(self, subject: Any) -> str:
        with exported(subject) as payload:
            assert payload.kind == "predictions"
            return b"".join(payload.parts()).decode() if ".csv" in payload.filename else "array"

    def test_with_ids_as_a_column_leave_the_index_out(self, pandas: Any) -> None:
        frame = pandas.DataFrame({"PassengerId": [7, 5], "Survived": [1, 0]}, index=[9, 4])
        assert self.sent(frame) == "PassengerId,Survived\n7,1\n5,0\n"

    def test_with_ids_as_the_index_take_it_along(self, pandas: Any) -> None:
        index = pandas.Index(["007", "005"], name="penguin_id")
        frame = pandas.DataFrame({"mass": [1.5, 2.25]}, index=index)
        assert self.sent(frame) == "penguin_id,mass\n007,1.5\n005,2.25\n"
        assert self.sent(frame["mass"]) == "penguin_id,mass\n007,1.5\n005,2.25\n"

    def test_that_were_shuffled_say_which_row_is_which(self, pandas: Any) -> None:
        series = pandas.Series([3, 1], index=[1, 0])
        assert self.sent(series) == "id,label\n1,3\n0,1\n"

    def test_whose_columns_are_called_like_classes_keep_the_names(self, pandas: Any) -> None:
        frame = pandas.DataFrame({"Gentoo": [0.25, 0.5], "Adelie": [0.75, 0.5]})
        assert self.sent(frame) == "Gentoo,Adelie\n0.25,0.75\n0.5,0.5\n"

    def test_of_words_go_as_words(self, pandas: Any) -> None:
        for words in (pandas.Series(["yes", "no"]), pandas.Series(["yes", "no"], dtype="category")):
            assert self.sent(words) == "label\nyes\nno\n"

    def test_of_numbers_alone_go_as_an_array(self, pandas: Any) -> None:
        assert self.sent(pandas.Series([3, 1])) == "array"
        assert self.sent(pandas.DataFrame(np.eye(3))) == "array"
        assert self.sent(pandas.DataFrame({"grid": [3, 1]})) == "array"

    def test_of_polars(self) -> None:
        polars = pytest.importorskip("polars")
        frame = polars.DataFrame({"id": ["007", "005"], "label": [1, 0]})
        assert self.sent(frame) == "id,label\n007,1\n005,0\n"
        assert self.sent(polars.Series("kind", ["a", "b"])) == "kind\na\nb\n"
        assert self.sent(polars.Series([1, 0])) == "array"


def workbook(path: Path, rows: str, texts: str = "") -> Path:
    """An Excel workbook of one sheet, as Excel lays it out."""
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("[Content_Types].xml", "<Types/>")
        file.writestr("xl/workbook.xml", f"<workbook {space}/>")
        if texts:
            file.writestr("xl/sharedStrings.xml", f"<sst {space}>{texts}</sst>")
        sheet = f"<worksheet {space}><sheetData>{rows}</sheetData></worksheet>"
        file.writestr("xl/worksheets/sheet1.xml", sheet)
    return path


class TestWorkbooks:
    def test_are_read_as_predictions(self, tmp_path: Path) -> None:
        rows = (
            '<row><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
            '<row><c r="A2"><v>0</v></c><c r="B2"><v>7</v></c></row>'
            '<row><c r="B3" t="inlineStr"><is><t>a, b</t></is></c></row><row/>'
        )
        texts = "<si><t>id</t></si><si><r><t>la</t></r><r><t>bel</t></r></si>"
        with exported(workbook(tmp_path / "mine.xlsx", rows, texts)) as payload:
            assert (payload.kind, payload.filename) == ("predictions", "mine.csv")
            assert b"".join(payload.parts()).decode() == 'id,label\n0,7\n,"a, b"\n'

    @pytest.mark.parametrize("rows", ["<row>", '<row><c t="s"><v>5</v></c></row>'])
    def test_that_are_broken_are_refused(self, tmp_path: Path, rows: str) -> None:
        assert "save it as CSV" in refused(workbook(tmp_path / "mine.xlsx", rows))


class TestOtherFiles:
    @pytest.mark.parametrize(
        ("name", "content", "what", "line"),
        [
            ("p.parquet", b"PAR1\0\0", "a Parquet file", 'df.to_csv("predictions.csv"'),
            ("p.feather", b"ARROW1\0\0", "a Feather file", "pd.read_feather"),
            ("p.mat", b"MATLAB 5.0 MAT-file\0", "a MATLAB file", "loadmat(path)"),
            ("m.tflite", b"\x1c\0\0\0TFL3\0", "a TensorFlow Lite model", "client.submit("),
            ("p.csv.gz", b"\x1f\x8b\x08\0", "a gzip archive", "unpack it"),
            ("nameless", b"PAR1\0\0", "a Parquet file", "read_parquet"),
        ],
    )
    def test_are_named_as_what_they_are(
        self, tmp_path: Path, name: str, content: bytes, what: str, line: str
    ) -> None:
        (tmp_path / name).write_bytes(content)
        text = refused(tmp_path / name)
        assert f"{name} is {what}." in text
        assert line in text
        assert "right ending" not in text


class TestKerasOnPyTorch:
    def test_a_layer_is_not_called_a_pytorch_model(self) -> None:
        names = ("state_dict", "forward", "parameters", "get_config", "add_weight", "__call__")
        layer = type("Dense", (), dict.fromkeys(names, lambda *_: None))()
        text = refused(layer)
        assert "PyTorch" not in text
        assert "keras.Sequential" in text
