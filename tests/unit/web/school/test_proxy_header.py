"""Who somebody is by a proxy's word: named proxies alone, one value alone."""

from __future__ import annotations

import asyncio

import pytest
from fastapi import Request
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from heldout_server.kit.errors import ProblemError
from heldout_server.web.addresses import Peers
from heldout_server.web.school.proxy_header import TrustedHeaders, person

PROXY = "10.0.0.5"
MAIL = (b"x-forwarded-email", b"Ada@uni.example")


def reaches(peer, *headers: tuple[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    """The headers that the application sees, behind both that look at proxies."""
    seen = []

    async def app(scope, receive, send) -> None:
        seen.extend(scope["headers"])

    inner = ProxyHeadersMiddleware(app, [PROXY])
    outer = TrustedHeaders(inner, Peers([PROXY]), ["x-forwarded-email", "x-forwarded-name"])
    scope = {"type": "http", "client": peer, "headers": list(headers), "scheme": "http"}
    asyncio.run(outer(scope, None, None))
    return seen


def who(*headers: tuple[bytes, bytes], name_header: str = "x-forwarded-name"):
    request = Request({"type": "http", "headers": list(headers)})
    return person(request, email_header="x-forwarded-email", name_header=name_header)


class TestTrustedHeaders:
    def test_a_named_proxy_says_who_it_is(self):
        assert MAIL in reaches((PROXY, 1), MAIL)

    @pytest.mark.parametrize("peer", [("10.0.0.6", 1), ("127.0.0.1", 1), None])
    def test_nobody_else_does(self, peer):
        assert reaches(peer, MAIL, (b"accept", b"*/*")) == [(b"accept", b"*/*")]

    def test_not_even_who_claims_to_come_from_it(self):
        claim = (b"x-forwarded-for", PROXY.encode())
        assert MAIL not in reaches(("10.0.0.6", 1), claim, MAIL)

    def test_capitals_make_no_difference(self):
        assert reaches(("10.0.0.6", 1), (b"X-Forwarded-EMAIL", b"eve@uni.example")) == []

    def test_another_callers_address_does_not_take_it_away(self):
        forwarded = (b"x-forwarded-for", b"203.0.113.9")
        assert MAIL in reaches((PROXY, 1), forwarded, MAIL)


class TestPerson:
    def test_is_known_by_the_address(self):
        found = who(MAIL, (b"x-forwarded-name", "Zoë".encode()))
        assert (found.subject, found.email) == ("ada@uni.example", "ada@uni.example")
        assert found.name == "Zoë"

    @pytest.mark.parametrize(
        "headers",
        [
            [],
            [MAIL, (b"x-forwarded-email", b"eve@uni.example")],
            [MAIL, MAIL],
            [(b"x-forwarded-email", b"ada@uni.example, eve@uni.example")],
            [(b"x-forwarded-email", b"ada")],
            [(b"x-forwarded-email", b"")],
            [(b"x_forwarded_email", b"eve@uni.example")],
        ],
        ids=str,
    )
    def test_is_nobody_where_it_is_not_one_clear_address(self, headers):
        with pytest.raises(ProblemError) as refused:
            who(*headers)
        assert refused.value.code == "school_refused"

    def test_a_name_needs_no_header(self):
        assert who(MAIL, name_header="").name_on_a_board == "ada"
