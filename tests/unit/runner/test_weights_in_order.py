"""Which arrays of an `.h5` file are whose, by their order alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np
import pytest

from heldout_runner.lane.graph import Unsupported
from heldout_runner.weights_in_order import paths

NUMBERS = range(6)


@pytest.fixture
def file() -> Iterator[h5py.File]:
    """Both ways of one LSTM: three arrays each, each of its number."""
    with h5py.File("both.h5", "w", driver="core", backing_store=False) as made:
        made.attrs["layer_names"] = [b"both"]
        group = made.create_group("both")
        group.attrs["weight_names"] = [str(number).encode() for number in NUMBERS]
        for number in NUMBERS:
            group[str(number)] = np.array(number, np.float32)
        yield made


def both_ways(forward: bool, backward: bool | None) -> dict[str, Any]:
    halves: dict[str, Any] = {"layer": {"class_name": "LSTM", "config": {"trainable": forward}}}
    if backward is not None:
        halves["backward_layer"] = {"class_name": "LSTM", "config": {"trainable": backward}}
    return {"config": {"layers": [{"class_name": "Bidirectional", "config": halves}]}}


class TestPaths:
    @pytest.mark.parametrize(("forward", "backward"), [(True, True), (False, False), (False, None)])
    def test_are_forward_first(self, file: h5py.File, forward: bool, backward: bool | None) -> None:
        found = paths(file, both_ways(forward, backward))
        ways = ("forward", "backward")
        wanted = [f"layers/bidirectional/{w}_layer/cell/vars/{n}" for w in ways for n in range(3)]
        assert [int(found[path][()]) for path in wanted] == list(NUMBERS)

    def test_are_left_to_keras_where_one_way_is_frozen(self, file: h5py.File) -> None:
        """Trained arrays are written first, so the frozen way's stand behind the other's."""
        with pytest.raises(Unsupported, match="frozen"):
            paths(file, both_ways(forward=False, backward=True))
