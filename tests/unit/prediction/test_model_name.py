"""A model that nobody named is called by its layers, whatever its config holds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heldout_server.prediction.model_name import model_name, short_count


def layer(kind: str, **config: Any) -> dict[str, Any]:
    return {"class_name": kind, "config": config}


def sequential(*layers: dict[str, Any]) -> dict[str, Any]:
    return layer("Sequential", layers=list(layers))


def dense(*units: int) -> list[dict[str, Any]]:
    return [layer("Dense", units=each) for each in units]


def conv(*filters: int) -> list[dict[str, Any]]:
    return [layer("Conv2D", filters=each) for each in filters]


class TestModelName:
    @pytest.mark.parametrize(
        ("tree", "name"),
        [
            (sequential(layer("Flatten"), *dense(2048, 512, 128, 10)), "Dense 2048-512-128"),
            (sequential(*dense(10)), "Dense 10"),
            (sequential(*conv(32, 64), *dense(128, 10)), "Conv 32-64, Dense 128"),
            (
                sequential(*dense(64), layer("Dropout", rate=0.5), *dense(10)),
                "Dense 64 + dropout",
            ),
            (
                sequential(
                    layer("RandomRotation"), *conv(8), layer("BatchNormalization"), *dense(10)
                ),
                "Conv 8 + batch norm + augmentation",
            ),
            (sequential(*conv(*[16] * 20), *dense(10)), "Conv ×20"),
            (sequential(sequential(*dense(32)), *dense(10)), "Dense 32"),
            (
                sequential(layer("Bidirectional", layer=layer("LSTM", units=64)), *dense(10)),
                "LSTM 64",
            ),
            (sequential(*[*conv(8), *dense(8)] * 3, *dense(10)), "6 layers"),
            (sequential(layer("Flatten"), layer("Softmax")), None),
        ],
    )
    def test_is_its_layers_but_the_last(self, tree: dict[str, Any], name: str | None) -> None:
        assert model_name(tree) == name

    def test_ends_with_its_size(self) -> None:
        assert model_name(sequential(*dense(64, 10)), 2_723_722) == "Dense 64 · 2.7 M"

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(
                    st.sampled_from(["config", "layers", "layer", "class_name", "units"]), inner
                )
            ),
        )
    )
    def test_is_found_or_not_for_any_tree(self, tree: Any) -> None:
        assert len(model_name(tree) or "") <= 120

    def test_holds_no_word_of_the_file(self) -> None:
        odd = layer("Dense<script>", units="<script>", name="<script>")
        assert model_name(sequential(odd, *dense(8), *dense(10))) == "Dense 8"


@pytest.mark.parametrize(
    ("number", "shown"),
    [(850, "850"), (7850, "7.8 k"), (101_770, "102 k"), (2_723_722, "2.7 M"), (999_600, "1.0 M")],
)
def test_short_count(number: int, shown: str) -> None:
    assert short_count(number) == shown
