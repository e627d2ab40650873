"""What a stranger says in `Host` reaches nobody else, and with a public URL not even them."""

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from heldout_server.processes.server import create_app, embedded
from participant import npy

EVIL = "evil.example"
PAGES = [
    "/", "/c/digits", "/c/digits/board", "/c/digits/join", "/c/digits/race", "/c/digits/tv",
    "/c/digits/board.json", "/c/digits/feed.atom", "/c/digits/embed", "/c/digits/experiments",
    "/api/v1/competitions", "/api/v1/competitions/digits",
    "/api/v1/competitions/digits/leaderboard",
]  # fmt: skip


@pytest.fixture
def public(installed, clock):
    """The API of a server that knows its public URL."""
    settings = installed.settings.model_copy(
        update={"public_url": "https://board.example/", "allowed_hosts": ("tunnel.example",)}
    )
    with TestClient(
        create_app(embedded(replace(installed, settings=settings), clock=clock))
    ) as api:
        yield api


def asked_as(api, host, path="/c/digits"):
    return api.get(path, headers={"Host": host})


class TestWithAPublicUrl:
    @pytest.mark.parametrize(
        "host",
        ["board.example", "BOARD.example:443", "tunnel.example", "localhost:8000", "127.0.0.1",
         "[::1]:8000"],
    )  # fmt: skip
    def test_ones_own_names_are_known(self, public, host):
        assert asked_as(public, host).status_code == 200

    @pytest.mark.parametrize("host", [EVIL, "board.example.evil.example", "10.9.8.7:8000"])
    def test_others_are_refused(self, public, host):
        answer = asked_as(public, host, "/api/v1/competitions")
        assert (answer.status_code, answer.json()["code"]) == (421, "wrong_host")
        assert "board.example" in answer.json()["detail"]

    @pytest.mark.parametrize("path", ["/health", "/ready"])
    def test_watchers_ask_by_any_name(self, public, path):
        assert asked_as(public, "web-1:8000", path).status_code == 200

    def test_links_lead_there(self, public):
        found = asked_as(public, "localhost", "/api/v1/competitions/digits").json()
        assert found["board_url"] == "https://board.example/c/digits"


class TestWithoutOne:
    @pytest.mark.parametrize("host", ["a b", "evil.example/path", "x@y", "<b>", "", "a:b:c"])
    def test_what_is_no_host_is_refused(self, api, host):
        answer = asked_as(api, host, "/api/v1/competitions")
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed")

    @pytest.mark.parametrize("path", PAGES)
    def test_a_strangers_host_never_reaches_anybody_elses_page(self, api, join, labels, path):
        join().submit(npy(labels))
        assert asked_as(api, EVIL, path).status_code == 200
        for _ in range(2):  # also read ahead, also from memory
            shown = asked_as(api, "192.168.1.20:8000", path)
            assert shown.status_code == 200
            assert EVIL not in shown.text


class TestHeaders:
    def test_no_page_may_stand_in_a_frame(self, api):
        assert api.get("/c/digits").headers["X-Frame-Options"] == "DENY"

    def test_but_where_sites_were_named(self, installed, clock):
        settings = installed.settings.model_copy(
            update={"embed_origins": ("https://course.example",)}
        )
        with TestClient(create_app(embedded(replace(installed, settings=settings)))) as api:
            shown = api.get("/c/digits/embed").headers
            assert "https://course.example" in shown["Content-Security-Policy"]
            assert "X-Frame-Options" not in shown
            assert api.get("/c/digits").headers["X-Frame-Options"] == "DENY"

    def test_https_is_kept_to_once_it_was_used(self, api, public):
        assert "Strict-Transport-Security" not in api.get("/c/digits").headers
        secure = TestClient(api.app, base_url="https://testserver")
        assert "max-age" in secure.get("/c/digits").headers["Strict-Transport-Security"]
        assert asked_as(public, "localhost").headers["Strict-Transport-Security"]


class TestSecurityTxt:
    PATH = "/.well-known/security.txt"

    def test_is_not_there_when_nobody_was_named(self, api):
        answer = api.get(self.PATH)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

    def test_names_whom_to_tell(self, installed, clock):
        settings = installed.settings.model_copy(
            update={"security_contact": "mailto:safe@board.example"}
        )
        app = create_app(embedded(replace(installed, settings=settings), clock=clock))
        with TestClient(app) as api:
            answer = api.get(self.PATH)
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert "Contact: mailto:safe@board.example\nExpires: 2027-11-21T" in answer.text


class TestAllow:
    def test_names_every_method_of_an_address(self, api):
        answer = api.request("PUT", "/api/v1/me")
        assert answer.status_code == 405
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "PATCH", "DELETE"}

    def test_of_one_method(self, api):
        assert api.delete("/api/v1/join").headers["Allow"] == "POST"
