"""An issuer: asked as the protocol has it, believed as little as can be."""

from __future__ import annotations

import asyncio
import base64
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from heldout_server.kit.errors import ProblemError
from heldout_server.web.school.attempt import Attempt
from heldout_server.web.school.provider import Provider, is_safe

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
ISSUER = "https://login.uni.example/realm"
BACK = "https://board.example/sign-in/school"
ATTEMPT = Attempt.begun(NOW, slug="digits")


class Issuer:
    """Answers as an issuer does; what it says can be changed."""

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", auto_kid=True)
        self.claims = {"email": "Ada@Uni.example", "email_verified": True, "name": "Ada"}
        self.more: dict[str, object] | None = None
        self.metadata = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize?tenant=1",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
            "userinfo_endpoint": f"{ISSUER}/more",
        }
        self.asked: list[httpx.Request] = []
        self.answers: dict[str, httpx.Response] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        part = request.url.path.rpartition("/")[2]
        return self.answers.get(part) or httpx.Response(200, json=self._said(part))

    def _said(self, part: str) -> object:
        if part == "keys":
            return KeySet([self.key]).as_dict(private=False)
        if part == "token":
            return {"access_token": "access", "id_token": self._token()}
        return self.more if part == "more" else self.metadata

    def _token(self) -> str:
        seconds = int(NOW.timestamp())
        claims = {
            "iss": ISSUER, "aud": "heldout", "sub": "7", "nonce": ATTEMPT.nonce,
            "iat": seconds, "exp": seconds + 60, **self.claims,
        }  # fmt: skip
        header = {"alg": "ES256", "kid": self.key.kid}
        return jwt.encode(header, claims, self.key, algorithms=["ES256"])

    def times_asked(self, part: str) -> int:
        return sum(request.url.path.endswith(part) for request in self.asked)


class Watch:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def issuer():
    return Issuer()


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def provider(issuer, watch):
    return Provider(
        ISSUER, "heldout", "sword:fish%", BACK,
        transport=httpx.MockTransport(issuer), clock=watch, now=lambda: NOW,
    )  # fmt: skip


def person(provider: Provider):
    return asyncio.run(provider.person(ATTEMPT, "the-code"))


def refusal(provider: Provider) -> str:
    with pytest.raises(ProblemError) as refused:
        person(provider)
    return refused.value.code


class TestAddress:
    def test_asks_for_this_attempt_and_sends_back_here(self, provider):
        parts = urlsplit(asyncio.run(provider.address(ATTEMPT)))
        asked = {name: value for name, (value,) in parse_qs(parts.query).items()}
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{ISSUER}/authorize"
        assert asked.pop("code_challenge") not in {ATTEMPT.verifier, ""}
        assert asked == {
            "tenant": "1",
            "response_type": "code",
            "client_id": "heldout",
            "redirect_uri": BACK,
            "scope": "openid email profile",
            "state": ATTEMPT.state,
            "nonce": ATTEMPT.nonce,
            "code_challenge_method": "S256",
        }

    def test_looks_once_an_hour(self, provider, issuer, watch):
        for watch.seconds in (0, 3000, 3700):
            asyncio.run(provider.address(ATTEMPT))
        assert issuer.times_asked("openid-configuration") == 2

    @pytest.mark.parametrize(
        "changes",
        [
            {"issuer": ISSUER + "/"},
            {"token_endpoint": "http://login.uni.example/token"},
            {"jwks_uri": None},
            {"authorization_endpoint": "javascript:alert(1)"},
        ],
        ids=str,
    )
    def test_believes_no_issuer_that_says_strange_things(self, provider, issuer, changes):
        issuer.metadata |= changes
        with pytest.raises(ProblemError) as refused:
            asyncio.run(provider.address(ATTEMPT))
        assert refused.value.code == "school_unavailable"

    @pytest.mark.parametrize(
        "answer",
        [
            httpx.Response(500),
            httpx.Response(302, headers={"Location": "https://elsewhere.example"}),
            httpx.Response(200, content=b"<html>"),
            httpx.Response(200, content=b"[" + b"1," * 300_000 + b"1]"),
        ],
        ids=["500", "302", "html", "long"],
    )
    def test_says_when_the_issuer_is_ill(self, provider, issuer, answer):
        issuer.answers["openid-configuration"] = answer
        with pytest.raises(ProblemError) as refused:
            asyncio.run(provider.address(ATTEMPT))
        assert refused.value.code == "school_unavailable"
        assert refused.value.retry_after_seconds


class TestPerson:
    def test_is_who_the_token_says(self, provider, issuer):
        found = person(provider)
        assert (found.issuer, found.subject, found.name) == (ISSUER, "7", "Ada")
        assert found.email == "ada@uni.example"
        redeemed = next(one for one in issuer.asked if one.url.path.endswith("/token"))
        sent = parse_qs(redeemed.content.decode())
        assert sent["redirect_uri"] == [BACK]
        assert sent["code_verifier"] == [ATTEMPT.verifier]
        basic = base64.b64decode(redeemed.headers["Authorization"].removeprefix("Basic "))
        assert basic == b"heldout:sword%3Afish%25"

    def test_the_secret_goes_into_the_body_where_only_that_is_taken(self, provider, issuer):
        issuer.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
        person(provider)
        redeemed = next(one for one in issuer.asked if one.url.path.endswith("/token"))
        assert b"client_secret=sword%3Afish%25" in redeemed.content
        assert "Authorization" not in redeemed.headers

    def test_its_repr_shows_no_secret(self, provider):
        assert "sword" not in repr(provider)
        assert "ada" not in repr(person(provider)).lower()

    @pytest.mark.parametrize(
        ("said", "trust", "believed"),
        [
            (True, False, True),
            ("true", False, True),
            (False, True, False),
            ("false", True, False),
            (None, False, False),
            (None, True, True),
        ],
    )
    def test_an_address_counts_if_the_issuer_says_so(self, provider, issuer, said, trust, believed):
        issuer.claims["email_verified"] = said
        if said is None:
            del issuer.claims["email_verified"]
        provider.trust_email = trust
        assert bool(person(provider).email) == believed

    def test_asks_again_where_the_token_has_no_address(self, provider, issuer):
        issuer.claims = {}
        issuer.more = {"sub": "7", "email": "ada@uni.example", "email_verified": True}
        assert person(provider).email == "ada@uni.example"
        issuer.more["sub"] = "8"
        assert person(provider).email == ""

    def test_new_keys_are_fetched_and_not_too_often(self, provider, issuer, watch):
        person(provider)
        issuer.key = ECKey.generate_key("P-256", auto_kid=True)
        assert refusal(provider) == "school_refused"
        assert issuer.times_asked("/keys") == 1
        watch.seconds = 31
        assert person(provider).subject == "7"
        assert issuer.times_asked("/keys") == 2

    def test_a_used_code_is_a_refusal(self, provider, issuer):
        issuer.answers["token"] = httpx.Response(400, json={"error": "invalid_grant"})
        assert refusal(provider) == "school_refused"

    @pytest.mark.parametrize("part", ["token", "keys"])
    def test_says_when_the_issuer_is_ill(self, provider, issuer, part):
        issuer.answers[part] = httpx.Response(200, json={"keys": "none"})
        expected = {"token": "school_refused", "keys": "school_unavailable"}
        assert refusal(provider) == expected[part]

    def test_says_when_it_is_gone(self, provider):
        def gone(request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("refused")

        provider.transport = httpx.MockTransport(gone)
        assert refusal(provider) == "school_unavailable"


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://login.uni.example", True),
        ("http://localhost:8080/o", True),
        ("http://127.0.0.1:1", True),
        ("http://login.uni.example", False),
        ("http://localhost.uni.example", False),
        ("ftp://login.uni.example", False),
        ("https://", False),
        (None, False),
    ],
)
def test_an_address_is_safe_by_https_or_on_this_machine(url, safe):
    assert is_safe(url) == safe
