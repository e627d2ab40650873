"""A series is thinned so that its shape stays."""

from __future__ import annotations

from heldout_server.runs.series import thin


class TestThin:
    def test_keeps_short_series_as_they_are(self) -> None:
        assert thin([1.0, None, 2.0]) == [(0, 1.0), (1, None), (2, 2.0)]

    def test_keeps_a_single_spike(self) -> None:
        values: list[float | None] = [0.0] * 10_000
        values[7_777] = 9.0
        assert (7_777, 9.0) in thin(values)

    def test_keeps_long_gaps(self) -> None:
        values: list[float | None] = [1.0] * 1000 + [None] * 1000 + [1.0] * 1000
        assert any(value is None for _, value in thin(values))

    def test_stays_in_order(self) -> None:
        indices = [index for index, _ in thin([float(index % 7) for index in range(5001)])]
        assert indices == sorted(indices)
