"""Prediction files: what is read, what it means, and that nothing else is ever raised."""

import os
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digit_files import parsed_digits
from heldout_server.kit.errors import PREDICTION_CODES, Rejection
from heldout_server.prediction.prediction_files import ParsedPredictions

CLASSES = 10
LABELS = np.array([7, 2, 1, 0, 4, 1, 4, 9, 5, 9, 0, 6])
EXAMPLES = len(LABELS)
SHARED = Path(
    os.environ.get("HELDOUT_SHARED_DATA", Path(__file__).resolve().parents[4] / "shared" / "data")
)


def parsed(content: bytes, folder: Path, examples: int = EXAMPLES) -> ParsedPredictions:
    path = folder / "upload"
    path.write_bytes(content)
    return parsed_digits(path, examples)


def saved(array: np.ndarray, folder: Path) -> bytes:
    np.save(folder / "a.npy", array)
    return (folder / "a.npy").read_bytes()


def refusal(content: bytes, folder: Path, examples: int = EXAMPLES) -> Rejection:
    with pytest.raises(Rejection) as refused:
        parsed(content, folder, examples)
    return refused.value


class TestArrays:
    @pytest.mark.parametrize("dtype", ["u1", "i1", "i8", "u8", ">i2", "f2", "f4", ">f8"])
    def test_labels_of_every_plain_type_are_the_same(self, tmp_path: Path, dtype: str) -> None:
        result = parsed(saved(LABELS.astype(dtype), tmp_path), tmp_path)
        assert result.labels.tolist() == LABELS.tolist()
        assert result.labels.dtype == np.int64
        assert result.values is None
        assert (result.output, result.format) == ("labels", "npy")

    @pytest.mark.parametrize(
        ("sent", "kept"), [("f2", "f4"), ("f4", "f4"), ("f8", "f8"), (">f8", "f8"), ("i8", "f4")]
    )
    def test_values_are_as_they_were_sent_and_labels_their_argmax(
        self, tmp_path: Path, sent: str, kept: str
    ) -> None:
        normal = np.random.default_rng(1).normal(size=(EXAMPLES, CLASSES))
        logits = (9 * normal).astype(sent)
        result = parsed(saved(np.asfortranarray(logits), tmp_path), tmp_path)
        assert result.values is not None
        assert result.values.dtype == np.dtype(kept)
        assert np.array_equal(result.values, logits)
        assert result.labels.tolist() == logits.argmax(axis=1).tolist()
        assert result.output == "logits"

    def test_a_softmax_a_hair_above_one_is_still_a_probability(self, tmp_path: Path) -> None:
        rows = np.eye(CLASSES, dtype=np.float32)[LABELS]
        rows[rows == 1] = np.nextafter(np.float32(1), np.float32(2))
        result = parsed(saved(rows, tmp_path), tmp_path)
        assert result.output == "probabilities"
        assert result.values is not None
        assert result.values.max() == 1.0

    def test_ties_are_told(self, tmp_path: Path) -> None:
        rows = np.full((EXAMPLES, CLASSES), 0.1)
        result = parsed(saved(rows, tmp_path), tmp_path)
        assert "12 rows" in result.warnings[0]
        assert set(result.labels) == {0}

    def test_every_cut_of_a_file_is_refused(self, tmp_path: Path) -> None:
        whole = saved(LABELS, tmp_path)
        codes = {refusal(whole[:end], tmp_path).code for end in range(1, len(whole))}
        assert codes <= {"truncated", "not_npy", "encoding"}

    def test_a_header_longer_than_numpy_writes_is_refused(self, tmp_path: Path) -> None:
        content = b"\x93NUMPY\x01\x00" + (60_000).to_bytes(2, "little") + b" " * 60_000
        assert refusal(content, tmp_path).code == "not_npy"

    def test_absurd_dimensions_are_refused_without_arithmetic_surprises(
        self, tmp_path: Path
    ) -> None:
        shape = ", ".join(["9" * 4000])
        header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({shape},)}}".encode()
        content = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
        assert refusal(content, tmp_path).code == "not_npy"


class TestText:
    @pytest.mark.parametrize("separator", [",", ";", "\t", " ", "  ", ", "])
    def test_dialects_give_the_same_labels(self, tmp_path: Path, separator: str) -> None:
        text = "\n".join(f"{i}{separator}{v}" for i, v in enumerate(LABELS))
        assert parsed(text.encode(), tmp_path).labels.tolist() == LABELS.tolist()

    def test_numbers_are_those_of_numpy(self, tmp_path: Path) -> None:
        rows = np.random.default_rng(2).normal(size=(EXAMPLES, CLASSES)) * 1e-30
        np.savetxt(tmp_path / "a.csv", rows, delimiter=",")
        result = parsed((tmp_path / "a.csv").read_bytes(), tmp_path)
        assert result.values is not None
        assert np.array_equal(result.values, rows)

    def test_the_wrong_line_is_named(self, tmp_path: Path) -> None:
        lines = ["id,label", *(f"{i},{v}" for i, v in enumerate(LABELS))]
        lines[4] = "3,zero"
        refused = refusal("\n".join(lines).encode(), tmp_path)
        assert refused.code == "value_type"
        assert refused.detail.startswith("Line 5, column 2, is 'zero'")

    def test_orjson_is_only_faster(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        rows = np.random.default_rng(3).normal(size=(EXAMPLES, CLASSES))
        np.savetxt(tmp_path / "a.csv", rows, delimiter=",")
        content = (tmp_path / "a.csv").read_bytes()
        fast = parsed(content, tmp_path).values
        monkeypatch.setattr("heldout_server.prediction.csv_rows.orjson", None)
        slow = parsed(content, tmp_path).values
        assert fast is not None
        assert slow is not None
        assert np.array_equal(fast, slow)


class TestNothingElseIsRaised:
    @settings(
        max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(content=st.binary(max_size=400))
    def test_for_random_bytes(self, tmp_path: Path, content: bytes) -> None:
        assert refusal(content, tmp_path).code in PREDICTION_CODES

    @settings(
        max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(text=st.text(alphabet='0123456789,;\t .-+eEnaif"\r\n_x#', max_size=200))
    def test_for_text_that_is_nearly_a_table(self, tmp_path: Path, text: str) -> None:
        with suppress(Rejection):
            parsed(text.encode(), tmp_path, examples=3)

    @settings(
        max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(data=st.data(), archive=st.booleans())
    def test_for_a_damaged_array(self, tmp_path: Path, data: st.DataObject, archive: bool) -> None:
        path = tmp_path / ("a.npz" if archive else "a.npy")
        if archive:
            np.savez_compressed(path, LABELS)
        else:
            np.save(path, LABELS)
        content = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 4))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        with suppress(Rejection):
            parsed(bytes(content), tmp_path)

    @settings(
        max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        header=st.text(
            alphabet="{}()[]'\":,<>=|fiuOSUV0123456789 deshcrpantor_TrueFals-", max_size=80
        )
    )
    def test_for_any_array_header(self, tmp_path: Path, header: str) -> None:
        raw = header.encode()
        content = b"\x93NUMPY\x01\x00" + len(raw).to_bytes(2, "little") + raw + bytes(8)
        assert refusal(content, tmp_path).code in PREDICTION_CODES


@pytest.mark.skipif(not (SHARED / "predictions").is_dir(), reason="real files are not at hand")
class TestRealFiles:
    def test_digit_recognizer_is_recognised(self, tmp_path: Path) -> None:
        for path in sorted((SHARED / "predictions").glob("*.csv")):
            with pytest.raises(Rejection) as refused:
                parsed_digits(path, 10_000)
            assert refused.value.code == "row_count"
            assert "Digit Recognizer" in refused.value.hint
            assert len(parsed_digits(path, 28_000).labels) == 28_000
