from __future__ import annotations

import math

import pytest

from heldout_server.kit.stored_json import StoredJson, dumps, loads, parsed


class TestDumps:
    @pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
    def test_refuses_numbers_that_are_not_finite(self, number: float) -> None:
        with pytest.raises(ValueError, match="JSON compliant"):
            dumps({"history": {"loss": [number]}})


class TestLoads:
    @pytest.mark.parametrize("text", ["", "{", "nonsense", b"\xff\xfe", "[" * 100_000])
    def test_gives_nothing_for_what_is_no_json(self, text: str | bytes) -> None:
        assert loads(text) is None

    def test_gives_nothing_in_the_place_of_numbers_that_are_not_finite(self) -> None:
        text = '{"a": [NaN, Infinity, -Infinity, 1e999, -1e999, 1, 0.5]}'
        assert loads(text) == {"a": [None, None, None, None, None, 1, 0.5]}

    def test_takes_bytes_as_postgresql_gives_them(self) -> None:
        assert loads("{“a”: 1}".replace("“", '"').replace("”", '"').encode()) == {"a": 1}


class TestParsed:
    def test_refuses_what_is_no_json(self) -> None:
        with pytest.raises(ValueError, match="Expecting"):
            parsed("{")


class TestStoredJson:
    @pytest.mark.parametrize("value", [None, 7, "x", []])
    def test_reads_another_shape_as_empty(self, value: object) -> None:
        assert StoredJson(dict, nullable=False).process_result_value(value, None) == {}  # type: ignore[arg-type]
        assert StoredJson(dict, nullable=True).process_result_value(value, None) is None  # type: ignore[arg-type]

    def test_reads_its_own_shape_as_it_is(self) -> None:
        assert StoredJson(list, nullable=False).process_result_value([1], None) == [1]  # type: ignore[arg-type]
