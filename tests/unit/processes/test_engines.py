"""Which pools a worker serves."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from heldout_server.jobs.pools import TENSORFLOW
from heldout_server.prediction.two_engines import TwoEngines
from heldout_server.processes.engines import served_pools
from heldout_server.processes.model_scoring import Scoring


def scoring(tensorflow: object, workers: int = 1) -> Scoring:
    nothing = SimpleNamespace()
    pool = TwoEngines(nothing, tensorflow)  # type: ignore[arg-type]
    return Scoring(pool, nothing, nothing, nothing, workers)  # type: ignore[arg-type]


class TestServedPools:
    @pytest.mark.parametrize("pools", [("cpu",), ("gpu", "grade")])
    def test_are_also_what_others_cannot_run(self, pools: tuple[str, ...]) -> None:
        assert served_pools(pools, scoring(tensorflow=object())) == (*pools, TENSORFLOW)

    @pytest.mark.parametrize(
        ("pools", "tensorflow", "workers"),
        [(("cpu",), None, 1), (("grade",), object(), 1), (("cpu",), object(), 0)],
    )
    def test_are_as_they_were_told_where_it_cannot_either(
        self, pools: tuple[str, ...], tensorflow: object, workers: int
    ) -> None:
        assert served_pools(pools, scoring(tensorflow, workers)) == pools
