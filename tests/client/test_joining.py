"""Joining, the saved login, and which login is used."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

import heldout
from client.fake_server import (
    CODE,
    PERSONAL,
    TOKEN,
    URL,
    FakeServer,
    lose,
    refuse,
    unreachable,
)
from heldout._login import Login, find_login, login_file, save_login, saved_logins, server_address


class TestJoin:
    def test_saves_a_login_that_only_its_owner_can_read(
        self, server: FakeServer, login_path: Path
    ) -> None:
        heldout.join(URL, code=CODE, name="Bo", transport=server.transport)
        assert stat.S_IMODE(login_path.stat().st_mode) == 0o600
        assert json.loads(login_path.read_text())["logins"][0]["token"] == "hp_bo"

    def test_again_under_the_same_name_continues(self, server: FakeServer) -> None:
        first = heldout.join(URL, code=CODE, name="Bo", transport=server.transport)
        again = heldout.join(f"{URL}/", code=CODE, name=" bo ", transport=server.transport)
        assert again.token == first.token
        assert len(server.calls("POST /join")) == 1
        assert len(server.calls("GET /me")) == 1

    def test_joins_anew_when_the_server_forgot_the_token(self, server: FakeServer) -> None:
        heldout.join(URL, code=CODE, name="Bo", transport=server.transport)
        server.tokens.clear()
        heldout.join(URL, code=CODE, name="Bo", transport=server.transport)
        assert server.tokens == {"hp_bo": "Bo"}
        assert len(server.calls("POST /join")) == 2

    def test_a_name_of_somebody_else_is_refused(self, server: FakeServer) -> None:
        with pytest.raises(heldout.DuplicateName, match="taken"):
            heldout.join(URL, code=CODE, name="Ada", transport=server.transport)

    def test_a_wrong_code_is_refused(self, server: FakeServer, login_path: Path) -> None:
        with pytest.raises(heldout.Forbidden):
            heldout.join(URL, code="nope", name="Bo", transport=server.transport)
        assert not login_path.exists()

    def test_is_not_repeated_when_its_answer_was_lost(
        self, server: FakeServer, retries: heldout.Retries
    ) -> None:
        server.after.append(("POST /join", lose))
        with pytest.raises(heldout.ConnectionFailed):
            heldout.join(URL, code=CODE, name="Bo", transport=server.transport, retries=retries)
        assert len(server.calls("POST /join")) == 1

    def test_is_repeated_when_it_never_arrived(
        self, server: FakeServer, retries: heldout.Retries
    ) -> None:
        server.before += [("POST /join", unreachable), ("POST /join", refuse("unavailable", 503))]
        heldout.join(URL, code=CODE, name="Bo", transport=server.transport, retries=retries)
        assert len(server.calls("POST /join")) == 3

    def test_gives_up_soon_on_a_wrong_address(
        self, server: FakeServer, retries: heldout.Retries, pauses: list[float]
    ) -> None:
        server.before += [("POST /join", unreachable)] * 3
        with pytest.raises(heldout.ConnectionFailed, match="on the same network"):
            heldout.join(URL, code=CODE, name="Bo", transport=server.transport, retries=retries)
        assert sum(pauses) < 1

    def test_works_where_nothing_can_be_saved(
        self,
        server: FakeServer,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        (tmp_path / "file").touch()
        monkeypatch.setenv("HELDOUT_CONFIG", str(tmp_path / "file" / "login.json"))
        client = heldout.join(URL, code=CODE, name="Bo", transport=server.transport)
        assert client.token == "hp_bo"
        assert "could not be saved" in capsys.readouterr().err

    @pytest.mark.parametrize("address", ["http://", "ftp://board.test", "http://[::1"])
    def test_says_that_an_address_is_not_one(self, address: str) -> None:
        with pytest.raises(heldout.ConnectionFailed, match="use the address on the board"):
            heldout.join(address, code=CODE, name="Bo")


class TestPersonalCode:
    @pytest.fixture
    def bo(self, server: FakeServer) -> heldout.Client:
        return heldout.join(URL, CODE, "Bo", transport=server.transport)

    def test_joins_by_position(self, bo: heldout.Client) -> None:
        assert bo.me().name == "Bo"

    def test_is_told_once_with_who_one_is(
        self, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        bo = heldout.join(URL, CODE, "Bo", transport=server.transport)
        said = capsys.readouterr().out
        assert "You are Bo in mnist" in said
        assert f"Your personal code is {PERSONAL}" in said
        assert bo.code == PERSONAL

    def test_is_known_to_a_client_of_the_saved_login(
        self, bo: heldout.Client, server: FakeServer
    ) -> None:
        assert heldout.Client(transport=server.transport).code == bo.code

    def test_makes_another_machine_the_same_person(
        self, bo: heldout.Client, server: FakeServer, login_path: Path
    ) -> None:
        login_path.unlink()
        again = heldout.join(URL, PERSONAL, transport=server.transport)
        assert (again.me().name, again.token == bo.token) == ("Bo", False)
        assert again.code == PERSONAL

    @pytest.mark.parametrize("code", [PERSONAL, "rkd 47w nx9", CODE])
    def test_again_on_the_same_machine_just_continues(
        self, bo: heldout.Client, server: FakeServer, code: str
    ) -> None:
        again = heldout.join(URL, code, transport=server.transport)
        assert again.token == bo.token
        assert len(server.calls("POST /join")) == 1

    def test_of_somebody_else_is_not_the_saved_one(
        self, bo: heldout.Client, server: FakeServer
    ) -> None:
        server.personal_codes["EEE-EEE-EEE"] = "Grace"
        assert heldout.join(URL, "EEE-EEE-EEE", transport=server.transport).me().name == "Grace"
        assert [login.name for login in saved_logins(login_file())] == ["Grace", "Bo"]

    def test_of_an_older_server_is_simply_unknown(self, server: FakeServer) -> None:
        old = Login(URL, TOKEN, "Ada", CODE, "mnist")
        save_login(old, login_file())
        assert heldout.join(URL, CODE, "Ada", transport=server.transport).code is None

    def test_is_made_anew(self, bo: heldout.Client, server: FakeServer) -> None:
        assert bo.new_code(sign_out_others=True) == bo.code == "NEW-COD-E34"
        sent = json.loads(server.calls("POST /me/code")[0].content)
        assert sent == {"sign_out_others": True}
        assert heldout.Client(transport=server.transport).code == "NEW-COD-E34"

    def test_nothing_is_said_where_nothing_should_be(
        self, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        heldout.join(URL, CODE, "Bo", transport=server.transport, progress=False)
        assert capsys.readouterr().out == ""


class TestAnotherContest:
    @pytest.fixture
    def bo(self, server: FakeServer) -> heldout.Client:
        return heldout.join(URL, CODE, "Bo", transport=server.transport)

    def sent(self, server: FakeServer) -> dict[str, str]:
        body: dict[str, str] = json.loads(server.calls("POST /join")[-1].content)
        return body

    def test_is_joined_as_the_same_person(self, bo: heldout.Client, server: FakeServer) -> None:
        assert [each.slug for each in bo.contests()] == ["mnist"]
        told = {"code": PERSONAL, "name": "", "competition": "tea", "room_code": "TEA-2026"}
        assert bo.join("tea", "TEA-2026").code == PERSONAL
        assert self.sent(server) == told
        heldout.join(f"{URL}/c/wine", transport=server.transport)
        assert self.sent(server) == {**told, "competition": "wine", "room_code": ""}
        # One that is joined already is just continued.
        before = len(server.calls("POST /join"))
        assert bo.join("mnist").token is not None
        assert len(server.calls("POST /join")) == before

    def test_needs_a_code_that_this_machine_was_told(self, server: FakeServer) -> None:
        with pytest.raises(heldout.NotJoined, match="No personal code"):
            heldout.join(URL, competition="tea", transport=server.transport)

    def test_a_client_takes_the_login_of_its_contest(self, tmp_path: Path) -> None:
        path = tmp_path / "login.json"
        save_login(Login("http://a", "t-a", "Ada", "C", "mnist"), path)
        save_login(Login("http://a", "t-b", "Ada", "C", "tea"), path)
        tokens = {
            slug: find_login(None, None, slug, environ={}, path=path).token
            for slug in ("mnist", "tea", "wine", None)
        }
        assert tokens == {"mnist": "t-a", "tea": "t-b", "wine": "", None: "t-b"}


class TestModuleFunctions:
    def test_use_the_client_that_joined_last(self, server: FakeServer) -> None:
        heldout.join(URL, code=CODE, name="Bo", transport=server.transport)
        assert heldout.submit([1, 2, 3]).score == 0.9731
        assert len(heldout.submissions()) == 1
        assert heldout.submission("s1").id == "s1"
        assert heldout.quota().left_today == 97
        assert heldout.leaderboard()[0].participant == "Grace"
        assert heldout.test_images().shape == (20, 28, 28)
        assert heldout.training_data()[1][1].shape == (10,)

    def test_say_how_to_join(self) -> None:
        with pytest.raises(heldout.NotJoined, match=r"heldout\.join\("):
            heldout.quota()

    def test_without_a_token_say_how_to_join(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HELDOUT_URL", URL)
        with pytest.raises(heldout.NotJoined, match="no saved login"):
            heldout.quota()


class TestFindLogin:
    SAVED = Login("http://a", "t-a", "Ada", "C", "mnist")

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        save_login(Login("http://b", "t-b"), tmp_path / "login.json")
        save_login(self.SAVED, tmp_path / "login.json")
        return tmp_path / "login.json"

    def test_takes_the_newest_saved(self, path: Path) -> None:
        assert find_login(None, None, environ={}, path=path) == self.SAVED

    def test_takes_the_saved_one_of_the_address(self, path: Path) -> None:
        assert find_login("b/", None, environ={}, path=path).token == "t-b"

    def test_given_values_win(self, path: Path) -> None:
        environ = {"HELDOUT_URL": "http://e", "HELDOUT_TOKEN": "t-e"}
        found = find_login("http://g", "t-g", environ=environ, path=path)
        assert (found.url, found.token) == ("http://g", "t-g")

    def test_the_environment_wins_over_the_file(self, path: Path) -> None:
        environ = {"HELDOUT_URL": "http://a", "HELDOUT_TOKEN": "t-e"}
        assert find_login(None, None, environ=environ, path=path).token == "t-e"

    def test_a_token_never_goes_to_another_address(self, path: Path) -> None:
        environ = {"HELDOUT_URL": "http://e", "HELDOUT_TOKEN": "t-e"}
        assert find_login("http://g", None, environ=environ, path=path).token == ""

    def test_a_token_alone_finds_its_saved_address(self, path: Path) -> None:
        assert find_login(None, "t-b", environ={}, path=path).url == "http://b"

    @pytest.mark.parametrize("damage", ["", "{", "[]", '{"logins": [1]}', '{"logins": [{}]}'])
    def test_a_damaged_file_is_as_none(self, path: Path, damage: str) -> None:
        path.write_text(damage)
        with pytest.raises(heldout.NotJoined):
            find_login(None, None, environ={}, path=path)

    def test_saving_keeps_other_logins_and_replaces_the_same(self, path: Path) -> None:
        save_login(Login("http://a", "t-new", "ada", "C", "mnist"), path)
        assert [login.token for login in saved_logins(path)] == ["t-new", "t-b"]
        assert [each.name for each in path.parent.iterdir()] == ["login.json"]


class TestServerAddress:
    @pytest.mark.parametrize(
        "copied",
        [
            "http://board:8000",
            "board:8000/",
            " http://board:8000/c/mnist ",
            "http://board:8000/c/mnist/join",
            "http://board:8000/docs",
            "http://board:8000/api/v1",
        ],
    )
    def test_is_found_in_what_people_copy(self, copied: str) -> None:
        assert server_address(copied) == "http://board:8000"

    def test_keeps_a_path_in_front(self) -> None:
        assert server_address("https://uni.test/heldout/c/mnist") == "https://uni.test/heldout"


class TestLoginFile:
    def test_follows_the_variable(self) -> None:
        assert login_file({"HELDOUT_CONFIG": "/x"}) == Path("/x/login.json")
        assert login_file({"HELDOUT_CONFIG": "/x/me.json"}) == Path("/x/me.json")

    def test_follows_the_platform(self) -> None:
        home = Path.home()
        assert login_file({}, "linux") == home / ".config/heldout/login.json"
        assert login_file({"XDG_CONFIG_HOME": "/c"}, "linux") == Path("/c/heldout/login.json")
        assert login_file({"APPDATA": "/a"}, "win32") == Path("/a/heldout/login.json")
        assert "Application Support" in str(login_file({}, "darwin"))


class TestClient:
    def test_never_shows_its_token(self, client: heldout.Client) -> None:
        assert TOKEN not in repr(client)
        assert repr(heldout.Client(URL, TOKEN, competition="mnist")).endswith(f"in mnist at {URL}>")
        assert "not joined" in repr(heldout.Client(URL))

    def test_reads_the_board_without_a_token(self, server: FakeServer) -> None:
        with heldout.Client(URL, transport=server.transport) as guest:
            assert len(guest.leaderboard()) == 2
            assert guest.test_images().shape == (20, 28, 28)
        assert all("Authorization" not in request.headers for request in server.requests)

    def test_downloads_only_once(self, client: heldout.Client, server: FakeServer) -> None:
        (x_train, y_train), (x_practice, y_practice) = client.training_data()
        client.training_data()
        assert (x_train.shape, y_train.shape) == ((30, 28, 28), (30,))
        assert (x_practice.shape, y_practice.dtype) == ((10, 28, 28), "uint8")
        assert len(server.calls("GET /competitions/mnist/training-data")) == 1

    def test_tries_a_broken_download_again(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        server.before.append(("GET /competitions/mnist/test-images", lose))
        server.before.append(("GET /competitions/mnist/test-images", refuse("unavailable", 503)))
        assert client.test_images().shape == (20, 28, 28)

    def test_tells_competition_and_me(self, client: heldout.Client) -> None:
        assert client.competition().closes_at is not None
        assert client.competition().is_open
        me = client.me()
        assert me.best is not None
        assert (me.name, me.best.rank, me.quota.per_day) == ("Ada", 3, 100)
