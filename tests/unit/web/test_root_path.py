"""RootPath: what is taken off requests, and put before what answers lead to."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from heldout_server.web.root_path import RootPath

# As JupyterHub spells a mail address; servers hand paths on decoded.
ROOT = "/user/ada%40uni.example/heldout"


def said(request: Request) -> Response:
    """The path that the board was asked for."""
    return Response(request.url.path)


def led(request: Request) -> Response:
    return RedirectResponse(request.query_params["to"])


def known(request: Request) -> Response:
    answer = Response()
    answer.set_cookie("everywhere", "1")
    answer.set_cookie("here", "1", path="/c/digits")
    answer.set_cookie("__Host-school", "1", secure=True)
    return answer


@pytest.fixture
def browser() -> TestClient:
    routes = [Route("/", said), Route("/said/", said), Route("/led", led), Route("/known", known)]
    return TestClient(RootPath(Starlette(routes=routes), ROOT), follow_redirects=False)


class TestRootPath:
    @pytest.mark.parametrize("path", ["/said/", f"{ROOT}/said/"])
    def test_is_taken_off_where_it_is_there(self, browser: TestClient, path: str) -> None:
        """A proxy may have done it, and a notebook beside the server doesn't come by the proxy."""
        assert browser.get(path).text == "/said/"

    @pytest.mark.parametrize("path", [ROOT, f"{ROOT}/"])
    def test_alone_is_the_first_page(self, browser: TestClient, path: str) -> None:
        assert browser.get(path).text == "/"

    def test_of_another_is_none_of_ours(self, browser: TestClient) -> None:
        assert browser.get(f"{ROOT}er/said/").status_code == 404

    @pytest.mark.parametrize(
        ("to", "found"),
        [
            ("/c/x?y=1#z", f"{ROOT}/c/x?y=1#z"),
            ("http://testserver/c/x", f"http://testserver{ROOT}/c/x"),
            ("https://school.example/sign-in", "https://school.example/sign-in"),
            ("?offset=50", "?offset=50"),
        ],
    )
    def test_answers_lead_below_it(self, browser: TestClient, to: str, found: str) -> None:
        assert browser.get("/led", params={"to": to}).headers["location"] == found

    def test_a_left_out_slash_stays_below(self, browser: TestClient) -> None:
        to = browser.get(f"{ROOT}/said").headers["location"]
        assert to == f"http://testserver{ROOT}/said/"

    def test_cookies_are_of_this_board(self, browser: TestClient) -> None:
        """But for those whose name promises browsers the whole site."""
        given = browser.get("/known").headers.get_list("set-cookie")
        paths = [cookie.lower().split("path=")[1].split(";")[0] for cookie in given]
        assert paths == [f"{ROOT}/".lower(), f"{ROOT}/c/digits".lower(), "/"]
