"""The form of settings reads each field of a shape by its type."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal

import pytest
from pydantic import AwareDatetime, BaseModel, Field

from heldout_server.kit.errors import ProblemError
from heldout_server.web.pages.console import settings_form
from heldout_server.web.pages.console.forms import Form

Count = Annotated[int, Field(ge=1)]


class Colour(StrEnum):
    RED = "red"


class Shape(BaseModel):
    title: Annotated[str, Field(max_length=9)] = ""
    colour: Colour = Colour.RED
    open: bool = False
    least: int = 0
    most: Count | None = Field(None, title="The most")
    at: AwareDatetime | None = None
    kinds: list[Literal["a", "b"]] = []


def read(**given: str | tuple[str, ...]) -> dict[str, object]:
    fields = {"least": "0", "timezone": "America/Toronto"} | given
    form = Form({n: v if isinstance(v, tuple) else (v,) for n, v in fields.items()})
    return settings_form.values(form, Shape, besides=())


class TestValues:
    def test_of_a_form_that_is_filled_in(self):
        found = read(
            title=" two\r\nlines ", colour="red", open="yes", least="3", most="1,000",
            at="2026-11-25T20:00", kinds=("a", "b"),
        )  # fmt: skip
        assert found == {
            "title": "two\nlines", "colour": "red", "open": True, "least": 3, "most": 1000,
            "at": datetime(2026, 11, 26, 1, tzinfo=UTC), "kinds": ["a", "b"],
        }  # fmt: skip

    def test_of_an_empty_form_are_nothing(self):
        assert read() == {
            "title": "", "colour": "", "open": False, "least": 0, "most": None, "at": None,
            "kinds": [],
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"most": "many"}, "The most is a whole number."),
            ({"least": ""}, "Least is missing."),
            ({"at": "soon"}, "At is no time."),
        ],
    )
    def test_are_refused_by_the_title_of_the_field(self, given, said):
        with pytest.raises(ProblemError) as refused:
            read(**given)
        assert (refused.value.detail, refused.value.extra["field"]) == (said, next(iter(given)))

    def test_leave_out_what_the_form_shows_otherwise(self):
        form = Form({"least": ("1",)})
        assert set(settings_form.values(form, Shape, besides={"least", "at"})) == {
            "title", "colour", "open", "most", "kinds",
        }  # fmt: skip
