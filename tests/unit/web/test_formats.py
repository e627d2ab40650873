"""Numbers, times and sizes as people read them."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest

from heldout_server.web import formats

MOMENT = datetime(2026, 11, 24, 23, 5, tzinfo=UTC)


class TestPercent:
    @pytest.mark.parametrize(
        ("share", "text"),
        [
            (0.9731, "97.31%"),
            (1.0, "100.00%"),
            (0.0, "0.00%"),
            (0.99999, "99.99%"),
            (0.000001, "0.01%"),
            (None, "–"),
            (math.nan, "–"),
        ],
    )
    def test_never_rounds_to_perfect_or_to_nothing(self, share: float | None, text: str) -> None:
        assert formats.percent(share) == text


class TestPoints:
    @pytest.mark.parametrize(
        ("change", "text"),
        [(0.0031, "+0.31"), (-0.87, "−87.00"), (0.0, "±0.00"), (1e-9, "±0.00"), (None, "–")],
    )
    def test_is_signed(self, change: float | None, text: str) -> None:
        assert formats.points(change) == text


class TestCounted:
    def test_agrees_in_number(self) -> None:
        assert formats.counted(1, "error") == "1 error"
        assert formats.counted(0, "try", "tries") == "0 tries"
        assert formats.counted(1234, "error") == "1,234 errors"


class TestSeconds:
    @pytest.mark.parametrize(
        ("duration", "text"),
        [(0.0123, "12 ms"), (3.44, "3.4 s"), (125, "2 min 5 s"), (120, "2 min"), (None, "–")],
    )
    def test_picks_its_unit(self, duration: float | None, text: str) -> None:
        assert formats.seconds(duration) == text

    def test_impossible_durations_are_left_out(self) -> None:
        assert formats.seconds(-1) == formats.seconds(math.inf) == "–"


class TestAbout:
    def test_is_coarse(self) -> None:
        assert formats.about(3.2) == "about 4 s"
        assert formats.about(0.0) == "about 1 s"
        assert formats.about(100) == "about 2 min"
        assert formats.about(None) == ""


class TestSize:
    @pytest.mark.parametrize(
        ("count", "text"),
        [
            (0, "0 bytes"),
            (1, "1 byte"),
            (1_482_113, "1.48 MB"),
            (52_428_800, "52.4 MB"),
            (999_999, "1 MB"),
            (5_000_000_000_000, "5,000 GB"),
            (None, "–"),
        ],
    )
    def test_is_decimal(self, count: int | None, text: str) -> None:
        assert formats.size(count) == text


class TestTimes:
    def test_shows_the_rooms_zone_with_its_offset(self) -> None:
        shown = formats.day_and_clock(MOMENT, "America/Toronto")
        assert shown == "Tue 24 Nov 2026, 18:05 (UTC−05:00)"
        assert formats.day_and_clock(MOMENT, "Asia/Kolkata").endswith("04:35 (UTC+05:30)")

    def test_utc_has_no_offset_to_show(self) -> None:
        assert formats.day_and_clock(MOMENT) == "Tue 24 Nov 2026, 23:05 (UTC)"

    @pytest.mark.parametrize("zone", ["Nowhere/Atlantis", "", "../../etc/passwd"])
    def test_an_unknown_zone_falls_back_to_utc(self, zone: str) -> None:
        assert formats.clock(MOMENT, zone) == "23:05"

    def test_iso_is_utc(self) -> None:
        assert formats.iso(MOMENT) == "2026-11-24T23:05:00+00:00"


class TestOrdinal:
    @pytest.mark.parametrize(
        ("number", "text"),
        [
            (1, "1st"),
            (2, "2nd"),
            (3, "3rd"),
            (4, "4th"),
            (11, "11th"),
            (112, "112th"),
            (21, "21st"),
        ],
    )
    def test_is_english(self, number: int, text: str) -> None:
        assert formats.ordinal(number) == text


class TestDecimal:
    def test_keeps_four_figures(self) -> None:
        assert formats.decimal(0.081234) == "0.08123"
        assert formats.decimal(-1.5) == "−1.5"
        assert formats.decimal(math.nan) == "–"


class TestShape:
    def test_reads_as_dimensions(self) -> None:
        assert formats.shape((None, 28, 28)) == "? × 28 × 28"
        assert formats.shape(()) == "–"
