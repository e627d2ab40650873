"""The room's checks on this machine: one line each, and a way out of each."""

from __future__ import annotations

from pathlib import Path

from heldout_server.kit.settings import Settings
from heldout_server.operations.doctor import BROKEN, GOOD, WARNING, examine
from heldout_server.operations.room.checks import ROOM, address, fonts
from heldout_server.operations.store_checks import sandbox


class TestAddress:
    def test_of_this_machine_alone_is_broken(self) -> None:
        [found] = address(Settings(host="127.0.0.1"))
        assert found.state == BROKEN
        assert "HELDOUT_HOST" in found.fix

    def test_where_nothing_answers_yet(self) -> None:
        [found] = address(Settings(public_url="http://board.invalid:9"))
        assert found.state == WARNING
        assert "Start the server" in found.fix


class TestRoom:
    def test_is_a_line_a_thing_with_a_way_out(self, tmp_path: Path) -> None:
        checks = tuple(check for check in ROOM if check is not sandbox)
        settings = Settings(
            data=tmp_path, model_workers=0, host="127.0.0.1", public_url="http://board.invalid:9"
        )
        found = list(examine(settings, checks))
        assert len(found) == len(checks)
        assert [f.subject for f in found if f.state != GOOD and not f.fix] == []
        assert all("\n" not in f"{f.detail}{f.fix}" for f in found)

    def test_pages_and_pictures_have_latin_letters(self) -> None:
        [found] = fonts(Settings())
        assert "Latin," not in found.detail.partition(":")[0] or found.state == GOOD
