"""Private scores: in no page of the console until the one switch is on, and off at each sign-in."""

import numpy as np
import pytest
from sqlmodel import select

from console import Console, one_id
from heldout_server.models import PRIVATE, Score
from heldout_server.web.formats import percent
from participant import npy

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def private(owner, join, labels, database) -> str:
    """Ada's private score as pages write it: by chance another than any public one."""
    wrong = labels.copy()
    wrong[:77] = (wrong[:77] + 1) % 10
    join("Ada").submit(npy(np.asarray(wrong)), name="mine")
    with database.read() as session:
        score = session.execute(select(Score).where(Score.split == PRIVATE)).scalars().one()
        return percent(score.score)


def pages_of(owner: Console) -> list[str]:
    person = one_id(owner.get("people").text, "people")
    submission = one_id(owner.get("submissions").text, "submissions")
    names = ("", "people", "submissions", "board", "baselines", "log", "rescores")
    return [*names, f"people/{person}", f"submissions/{submission}"]


SHOWING = ("submissions", "board")


def switch(owner: Console, show: str, back: str = "/organize/c/digits/board"):
    return owner.post("/organize/private-scores", show=show, back=back)


def test_are_in_no_page_until_they_are_switched_on(owner, private):
    for path in pages_of(owner):
        assert private not in owner.get(path).text, path


def test_are_shown_everywhere_by_one_switch(owner, private):
    assert switch(owner, "yes").url.path == "/organize/c/digits/board"
    for path in pages_of(owner):
        shows = path in SHOWING or "/" in path
        assert (private in owner.get(path).text) is shows, path
        assert "keep this screen off the wall" in owner.get(path).text, path
    switch(owner, "no")
    assert not any(private in owner.get(path).text for path in pages_of(owner))


def test_are_hidden_again_after_each_sign_in(owner, private, organizer_token):
    switch(owner, "yes")
    owner.browser.post("/organize/sign-in", data={"token": organizer_token})
    assert private not in owner.get("submissions").text


def test_the_switch_leads_to_no_other_site(owner, private):
    assert switch(owner, "yes", back="https://evil.example/").url.path.startswith("/organize")


def test_after_the_reveal_there_is_no_switch(owner, private):
    owner.post("pause"), owner.post("board/reveal")
    page = owner.get("submissions").text
    assert private in page
    assert "Show private scores" not in page
    assert "Hide private scores" not in page
