"""Drives the setting `place` of docs/a-new-setting.md; run in a copy of the tree that has it."""

import io
import re
import zipfile

from integration.console.test_acts import undo_of
from integration.console.test_pages import settings
from organizer import Organizer

PATH = "/competitions/digits"


def test_is_set_by_form_and_api_undone_cloned_and_exported(owner, api, organizer_token):
    organizer = Organizer(api, organizer_token)

    def place(slug="digits"):
        return organizer.get(f"/competitions/{slug}").json()["place"]

    saved = owner.post("settings/save", **settings(place="Room 2"))
    assert place() == "Room 2"
    assert re.search(r'name="place"[^>]*value="Room 2"', owner.get("settings").text)
    owner.post("undo", act=undo_of(saved.text))
    assert place() == ""
    assert organizer.patch(PATH, {"place": "x" * 121}).json()["code"] == "validation"
    assert organizer.patch(PATH, {"place": "The hall"}).json()["place"] == "The hall"
    entry = organizer.get("/audit", action="competition.edit").json()["entries"][0]
    assert (entry["before"], entry["after"]) == ({"place": ""}, {"place": "The hall"})
    made = organizer.post(f"{PATH}/clone", {"title": "Another evening"}).json()
    assert place(made["slug"]) == "The hall"
    with zipfile.ZipFile(io.BytesIO(organizer.get(f"{PATH}/export.zip").content)) as event:
        assert any(b"The hall" in event.read(name) for name in event.namelist())
