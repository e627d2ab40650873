"""The console's pure parts: forms, label files, words, where to go next."""

import base64
import io
from datetime import UTC, datetime

import numpy as np
import pytest

from heldout_server.acts import undo
from heldout_server.kit.errors import ProblemError
from heldout_server.web.pages.console import flash, label_files, words
from heldout_server.web.pages.console.forms import Form, local, storable
from heldout_server.web.pages.console.request import own_page


def form(**fields: str) -> Form:
    return Form({name: (value,) for name, value in fields.items()})


class TestForm:
    def test_reads_times_in_the_rooms_zone(self):
        moment = form(at="2026-11-25T20:00").moment("at", "America/Toronto", "It")
        assert moment == datetime(2026, 11, 26, 1, 0, tzinfo=UTC)
        assert local(moment, "America/Toronto") == "2026-11-25T20:00"

    @pytest.mark.parametrize(
        ("text", "zone", "said"),
        [
            ("2027-03-28T02:30", "Europe/Berlin", "skip"),
            ("tomorrow", "Europe/Berlin", "no time"),
            ("2026-11-25T20:00", "Mars/Base", "no such time zone"),
        ],
    )
    def test_refuses_times_that_there_are_not(self, text, zone, said):
        with pytest.raises(ProblemError, match=said):
            form(at=text).moment("at", zone, "It")

    def test_numbers(self):
        assert form(n=" 1,000 ").whole("n", "N") == 1000
        assert form(n="−5").whole("n", "N") == -5
        assert form(n="").whole("n", "N") is None
        assert form(n="98.5 %").share("n", "N") == 0.985
        for wrong in ("1.5", "many"):
            with pytest.raises(ProblemError, match="whole number") as caught:
                form(n=wrong).whole("n", "N")
            assert caught.value.extra["field"] == "n"

    def test_fills_in_again_what_was_typed_and_no_secret(self):
        assert form(csrf="c", key="k", name="Ada").typed == {"name": ("Ada",)}

    def test_keeps_what_a_database_can_store(self):
        assert storable("a\0b\ud800c é") == "abc é"


class TestLabelFiles:
    def test_corrections(self):
        found = label_files.corrections("0, 1\n\n 947 → 8 \n3;4")
        assert [(c["index"], c["label"]) for c in found] == [(0, 1), (947, 8), (3, 4)]

    @pytest.mark.parametrize("text", ["1", "a, 2", "1, 2, 3", "-1, 2"])
    def test_names_the_line_that_is_wrong(self, text):
        with pytest.raises(ProblemError, match="Line 2"):
            label_files.corrections(f"0, 1\n{text}")

    def test_whole_sets(self):
        buffer = io.BytesIO()
        np.save(buffer, np.array([3, 1, 4], np.uint8))
        assert label_files.whole_set(buffer.getvalue()) == [3, 1, 4]
        assert label_files.whole_set(b"label\r\n3\r\n1\r\n4\r\n") == [3, 1, 4]

    def test_refuses_what_holds_no_labels(self):
        pickled, matrix = io.BytesIO(), io.BytesIO()
        np.save(pickled, np.array([{}], object))
        np.save(matrix, np.zeros((2, 2), int))
        for content in (b"\xff\xfe", b"1\n2.5\n", pickled.getvalue(), matrix.getvalue()):
            with pytest.raises(ProblemError, match="can't be read"):
                label_files.whole_set(content)


class TestWords:
    def test_everything_that_can_be_undone_has_words(self):
        assert [name for name in undo._inverses if name not in words.ACTS] == []

    def test_time_that_is_left(self):
        shown = [words.seconds_words(s) for s in (40, 125, 7500, 90_000, -5)]
        assert shown == ["40 s", "2 min", "2 h 5 min", "1 day 1 h", "0 s"]

    def test_facts(self):
        facts = {"quota_per_day": 5, "title": "x" * 100, "kinds": ["model"], "note": None}
        shown = words.facts_words(facts)
        assert shown.startswith("quota per day: 5, title: xxx")
        assert "kinds: [model], note: –" in shown


class TestWhereToGo:
    @pytest.mark.parametrize("path", ["/organize", "/organize/c/mnist/people", "/organize/x?q=a"])
    def test_own_pages(self, path):
        assert own_page(path, "/") == path

    @pytest.mark.parametrize(
        "path", ["https://x.org", "//x.org", "/organizer", "/organize\\x", "/organize\n", ""]
    )
    def test_nothing_else(self, path):
        assert own_page(path, "/organize") == "/organize"


@pytest.mark.parametrize(
    "cookie", [None, "", "x", "!!!", *(base64.b64encode(b).decode() for b in (b"1", b"[1]", b"{}"))]
)
def test_a_flash_that_is_not_ours_says_nothing(cookie):
    assert flash.take(cookie) is None
