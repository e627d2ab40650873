"""What participants do for themselves: name, final choice, team, data, leaving."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import heldout
from client.fake_server import CODE, URL, FakeServer
from heldout._login import login_file, saved_logins


@pytest.fixture
def bo(server: FakeServer, retries: heldout.Retries) -> heldout.Client:
    return heldout.join(URL, CODE, "Bo", transport=server.transport, retries=retries)


class TestWho:
    def test_repr_says_who_and_where(self, bo: heldout.Client) -> None:
        assert repr(bo) == f"<heldout.Client Bo in mnist at {URL}>"

    def test_renames_also_the_saved_login(self, bo: heldout.Client) -> None:
        assert bo.rename("Robert") == "Robert"
        assert "Robert" in repr(bo)
        assert saved_logins(login_file())[0].name == "Robert"

    def test_me_is_a_function_of_the_package_too(self, bo: heldout.Client) -> None:
        assert heldout.me().name == bo.me().name == "Bo"


class TestFinals:
    def test_are_the_best_score_by_themselves(self, bo: heldout.Client) -> None:
        assert "Your best public score counts; you may choose up to 2" in repr(bo.finals())

    def test_are_chosen_by_handle_or_id(self, bo: heldout.Client, server: FakeServer) -> None:
        first, second = bo.submit([1, 2]), bo.submit([2, 1])
        assert bo.finals(first, second.id).submissions == ("s1", "s2")
        assert bo.finals([second]).submissions == ("s2",)
        assert "s2" in str(heldout.finals())

    def test_are_taken_back_by_an_empty_list(self, bo: heldout.Client, server: FakeServer) -> None:
        bo.finals(bo.submit([1, 2]))
        assert bo.finals([]).submissions == ()

    def test_of_something_else_are_refused(self, bo: heldout.Client) -> None:
        with pytest.raises(heldout.WrongArguments, match="is no submission"):
            bo.finals(7)


class TestTeam:
    def test_is_made_shown_and_left(self, bo: heldout.Client) -> None:
        assert "client.team.create(name)" in repr(bo.team)
        assert bo.team.create("Owls").code == "TEAM-7"
        assert repr(bo.team) == "<Team Owls: Ada. Its code is TEAM-7>"
        bo.team.leave()
        assert bo.team.show() is None

    def test_is_joined_by_its_code(self, bo: heldout.Client, server: FakeServer) -> None:
        assert bo.team.join("team-7").name == "The Hedgehogs"
        assert json.loads(server.calls("POST /me/team/join")[0].content) == {"code": "team-7"}

    def test_is_shown_even_without_a_server(self, bo: heldout.Client, server: FakeServer) -> None:
        server.tokens.clear()
        assert "not known" in repr(bo.team)

    def test_a_misspelt_verb_is_named(self, bo: heldout.Client) -> None:
        with pytest.raises(heldout.UnknownAttribute, match=r"did you mean create\?"):
            bo.team.crate("Owls")


class TestLeaving:
    def test_data_comes_as_a_dict_and_as_a_file(self, bo: heldout.Client, tmp_path: Path) -> None:
        assert bo.my_data(tmp_path / "me.json") == {"participant": {"name": "Bo"}}
        assert json.loads((tmp_path / "me.json").read_text()) == {"participant": {"name": "Bo"}}

    def test_needs_the_name_and_forgets_the_login(self, bo: heldout.Client) -> None:
        with pytest.raises(heldout.ValidationFailed):
            bo.delete(confirm="Ada")
        assert saved_logins(login_file())
        bo.delete(confirm="Bo")
        assert saved_logins(login_file()) == []
