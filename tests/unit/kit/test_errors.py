from __future__ import annotations

import pytest

from heldout_server.kit.errors import printable


class TestPrintable:
    @pytest.mark.parametrize(
        "text",
        [
            "\x1b[1mred\x1b[0m",
            "\x1b[38;5;196mred",
            "\x1b]0;title\x07red",
            "\x1bred",
            "red\x1b[",
            "\u202ered\n",
        ],
    )
    def test_leaves_nothing_of_an_escape_sequence(self, text: str) -> None:
        assert printable(text).strip("[").strip() == "red"

    def test_is_cut(self) -> None:
        assert printable("a" * 500, 10) == "aaaaaaaaa…"
