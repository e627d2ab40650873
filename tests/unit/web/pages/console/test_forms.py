"""What is typed into the console's forms, and what they show again."""

from datetime import UTC, datetime

import pytest

from heldout_server.kit.errors import ProblemError
from heldout_server.web.pages.console.forms import Form, local, storable


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
