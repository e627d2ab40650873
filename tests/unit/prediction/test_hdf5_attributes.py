"""Attributes read in pure Python are those that the HDF5 library wrote; nothing else is raised."""

import io
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heldout_server.prediction.hdf5_attributes import UnreadableHdf5, text_attributes

h5py = pytest.importorskip("h5py")
np = pytest.importorskip("numpy")
WANTED = frozenset({"model_config", "keras_version"})


def hdf5(**attributes: object) -> bytes:
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file.create_group("model_weights")["kernel"] = np.zeros(10)
        for name, value in attributes.items():
            file.attrs[name] = value
    return content.getvalue()


def read(content: bytes) -> dict[str, str]:
    return text_attributes(io.BytesIO(content), WANTED)


class TestTextAttributes:
    @pytest.mark.parametrize("length", [1, 7, 8, 2_000, 300_000])
    def test_variable_text_of_any_length_is_read(self, length: int) -> None:
        text = "é" + "x" * length
        assert read(hdf5(model_config=text)) == {"model_config": text}

    def test_fixed_text_is_read(self) -> None:
        content = hdf5(keras_version=np.bytes_(b"2.0.8"), model_config=b"{}")
        assert read(content) == {"keras_version": "2.0.8", "model_config": "{}"}

    def test_others_are_passed_over(self) -> None:
        many = {f"other_{number}": "x" * 100 for number in range(6)}
        assert read(hdf5(**many, keras_version="3.1.1", numbers=[1, 2])) == {
            "keras_version": "3.1.1"
        }

    def test_a_number_under_a_known_name_is_refused(self) -> None:
        with pytest.raises(UnreadableHdf5):
            read(hdf5(model_config=7))

    def test_the_newest_file_layout_is_not_read(self) -> None:
        content = io.BytesIO()
        with h5py.File(content, "w", libver="latest") as file:
            file.attrs["model_config"] = "{}"
        with pytest.raises(UnreadableHdf5):
            read(content.getvalue())

    @settings(max_examples=100, deadline=None)
    @given(data=st.data())
    def test_nothing_else_is_raised_for_a_damaged_file(self, data: st.DataObject) -> None:
        content = bytearray(hdf5(model_config="{}" * 100, keras_version="2.3.0"))
        for _ in range(data.draw(st.integers(1, 6))):
            content[data.draw(st.integers(0, min(2_000, len(content) - 1)))] = data.draw(
                st.integers(0, 255)
            )
        with suppress(UnreadableHdf5):
            read(bytes(content[: data.draw(st.integers(1, len(content)))]))
