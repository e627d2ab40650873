"""An act is declared once: ten lines give an address, a form, a command, an audit row and undo."""

from __future__ import annotations

import json

import pytest
from pydantic import BaseModel, Field

from console import BASE
from heldout_server.acts.registry import COMPETITION, ActContext, act
from heldout_server.cli import admin_from_openapi
from heldout_server.cli.admin import parsed, run
from heldout_server.competitions.changes import change
from heldout_server.competitions.restore import restore
from heldout_server.models import Competition, Role
from heldout_server.web.api.admin import act_routes
from heldout_server.web.organizer_acts import ACTS
from heldout_server.web.pages.console import act_forms, board
from heldout_server.web.pages.console.act_fields import fields_of
from heldout_server.web.routes import Routes
from organizer import Organizer

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


class ShoutIn(BaseModel):
    times: int = Field(ge=1, le=3, title="How loud", description="Three is very loud.")


@act(
    "competition.shout", COMPETITION, ShoutIn, route="POST /shout", role=Role.OWNER,
    label="Shout", words="shouted the title", inverse=restore, done="It reads “{subject.title}”.",
)  # fmt: skip
def shout_title(context: ActContext, competition: Competition, given: ShoutIn) -> None:
    """Let the title be read at the back. Inverse: none."""
    change(context, {"title": competition.title.upper() + "!" * given.times})


@pytest.fixture
def api(api, monkeypatch):
    """What its declaration needs beside it: a line in the catalogue, in the API, on a page."""
    monkeypatch.setitem(ACTS._by_action, shout_title.action, shout_title)
    monkeypatch.setattr(ACTS, "acts", (*ACTS.acts, shout_title))
    calls, forms = Routes(prefix="/admin"), Routes(prefix="/organize/c/{slug}/board")
    act_routes.add(calls, shout_title)
    act_forms.add(forms, board.view, {"/shout": shout_title})
    table = Routes()
    table.include_router(calls, prefix="/api/v1")
    table.include_router(forms)
    api.app.router.routes.extend(table.routes)
    monkeypatch.setattr(admin_from_openapi, "router", calls)
    return api


@pytest.fixture
def organizer(api, organizer_token):
    return Organizer(api, organizer_token)


def title(owner):
    return owner.get("/competitions/digits").json()["title"]


class TestAMadeUpAct:
    def test_by_the_api(self, organizer):
        before = title(organizer)
        answer = organizer.post("/competitions/digits/shout", {"times": 2}, key="k" * 32)
        assert answer.status_code == 200, answer.text
        assert answer.json()["title"] == f"{before.upper()}!!"
        again = organizer.post("/competitions/digits/shout", {"times": 2}, key="k" * 32)
        assert again.json()["title"] == f"{before.upper()}!!", "done a second time"
        refused = organizer.post("/competitions/digits/shout", {"times": 9})
        assert (refused.status_code, refused.json()["code"]) == (422, "validation")

    def test_by_the_form(self, owner):
        page = owner.post("board/shout", times="1")
        assert "It reads “" in page.text
        [field] = fields_of(shout_title)
        assert (field.label, field.type, dict(field.bounds)) == (
            "How loud",
            "number",
            {"min": 1, "max": 3},
        )
        data = {"csrf": owner.csrf, "times": "nine"}
        asked = {"Accept": "application/json"}
        refused = owner.browser.post(f"{BASE}/board/shout", data=data, headers=asked)
        assert refused.status_code == 422
        assert refused.json()["detail"] == "How loud is a whole number."

    def test_by_the_command(self, api, organizer_token, capfdbinary):
        code = run(parsed(["shout-title", "digits", "--times", "1"]), api, organizer_token)
        assert code == 0
        assert json.loads(capfdbinary.readouterr().out)["title"].endswith("!")

    def test_is_written_down_and_undone(self, owner, organizer):
        before = title(organizer)
        organizer.post("/competitions/digits/shout", {"times": 1})
        entry = organizer.get("/audit", action="competition.shout").json()["entries"][0]
        assert (entry["before"]["title"], entry["after"]["title"]) == (
            before,
            f"{before.upper()}!",
        )
        assert "shouted the title" in owner.get().text
        assert organizer.post("/competitions/digits/undo").json()["action"] == "competition.shout"
        assert title(organizer) == before

    def test_is_for_owners(self, api, helper):
        answer = helper.post("board/shout", times="1")
        assert answer.status_code == 403
        assert BASE in answer.url.path
