"""An OpenID Connect issuer: where people sign in, and what it says about them afterwards.

    address = await provider.address(attempt)         # the browser goes there …
    person = await provider.person(attempt, code)     # … and comes back with a code

Authlib checks the protocol, httpx carries it: Authlib's own client for httpx is being given up.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import structlog
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from heldout_server.kit.errors import ProblemError, printable
from heldout_server.people.school import SchoolPerson, tidy_address
from heldout_server.web.addresses import is_loopback
from heldout_server.web.school.attempt import Attempt
from heldout_server.web.school.id_token import Expected, NotTrusted, verified

log = structlog.get_logger()

WELL_KNOWN = "/.well-known/openid-configuration"
SCOPE = "openid email profile"
DEADLINE_SECONDS = 10.0
METADATA_SECONDS = 3600.0
# An unknown key may be a new one; whoever sends made-up tokens must not have us ask all the time.
NEW_KEYS_SECONDS = 30.0
MOST_BYTES = 512 * 1024
AT_ONCE = 16
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class Unreachable(Exception):
    """The issuer didn't answer, or answered what can't be."""


@dataclass
class Provider:
    """The issuer, and what it knows this server by. `transport` is the outside, for tests."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    trust_email: bool = False
    transport: httpx.AsyncBaseTransport | None = None
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _metadata: dict[str, Any] = field(default_factory=dict, repr=False)
    _metadata_at: float = float("-inf")
    _keys: KeySet | None = field(default=None, repr=False)
    _keys_at: float = float("-inf")
    _places: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(AT_ONCE), repr=False
    )

    async def address(self, attempt: Attempt) -> str:
        """Where the browser goes to sign in. Raises ProblemError `school_unavailable`."""
        try:
            metadata = await self._in_time(self._described())
        except Unreachable as error:
            raise self._down(error) from None
        return str(
            prepare_grant_uri(
                metadata["authorization_endpoint"],
                client_id=self.client_id,
                response_type="code",
                redirect_uri=self.redirect_uri,
                scope=SCOPE,
                state=attempt.state,
                nonce=attempt.nonce,
                code_challenge=create_s256_code_challenge(attempt.verifier),
                code_challenge_method="S256",
            )
        )

    async def person(self, attempt: Attempt, code: str) -> SchoolPerson:
        """Who signed in. Raises ProblemError `school_unavailable`, `school_refused`."""
        try:
            claims = await self._in_time(self._claims(attempt, code))
        except Unreachable as error:
            raise self._down(error) from None
        except NotTrusted as error:
            log.warning("school.refused", issuer=self.issuer, reason=str(error))
            raise ProblemError(
                "school_refused",
                "What the school's sign-in sent can't be trusted, so it was not used.",
                "Sign in again. If it stays so, your organizers find the reason in the server's "
                "log.",
            ) from None
        return SchoolPerson(
            self.issuer, claims["sub"], _name(claims), _vouched(claims, trust=self.trust_email)
        )

    async def _in_time(self, asked: Any) -> Any:
        try:
            async with asyncio.timeout(DEADLINE_SECONDS), self._places:
                return await asked
        except TimeoutError:
            asked.close()
            raise Unreachable("no answer in time") from None

    async def _claims(self, attempt: Attempt, code: str) -> dict[str, Any]:
        metadata = await self._described()
        tokens = await self._redeemed(metadata, attempt, code)
        access = tokens.get("access_token")
        expected = Expected(
            self.issuer,
            self.client_id,
            attempt.nonce,
            access if isinstance(access, str) else None,
            self.now(),
        )
        claims = await self._verified(tokens.get("id_token"), expected)
        if "email" in claims or "userinfo_endpoint" not in metadata or not expected.access_token:
            return claims
        return await self._with_more(metadata["userinfo_endpoint"], expected.access_token, claims)

    async def _described(self) -> dict[str, Any]:
        """What the issuer says of itself, an hour old at most."""
        if self.clock() - self._metadata_at > METADATA_SECONDS:
            found = await self._get(self.issuer.rstrip("/") + WELL_KNOWN)
            if found.get("issuer") != self.issuer:
                raise Unreachable(f"it calls itself {printable(str(found.get('issuer')))}")
            for name in NEEDED:
                if not is_safe(found.get(name)):
                    raise Unreachable(f"its {name} is no https address")
            self._metadata, self._metadata_at = found, self.clock()
        return self._metadata

    async def _redeemed(
        self, metadata: Mapping[str, Any], attempt: Attempt, code: str
    ) -> dict[str, Any]:
        data = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": attempt.verifier,
        }
        methods = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        auth = None
        if self.client_secret and "client_secret_basic" in methods:
            # As RFC 6749, 2.3.1 has it: each is quoted first.
            auth = httpx.BasicAuth(quote(self.client_id), quote(self.client_secret))
        else:
            data["client_id"] = self.client_id
            if self.client_secret:
                data["client_secret"] = self.client_secret
        return await self._json("POST", metadata["token_endpoint"], data=data, auth=auth)

    async def _verified(self, token: object, expected: Expected) -> dict[str, Any]:
        keys = self._keys or await self._new_keys()
        try:
            return verified(token, keys, expected)
        except NotTrusted:
            if self.clock() - self._keys_at < NEW_KEYS_SECONDS:
                raise
        return verified(token, await self._new_keys(), expected)

    async def _new_keys(self) -> KeySet:
        found = await self._get((await self._described())["jwks_uri"])
        try:
            self._keys = KeySet.import_key_set(found)  # type: ignore[arg-type] # it is looked at
        except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise Unreachable(f"its keys can't be read: {type(error).__name__}") from None
        self._keys_at = self.clock()
        return self._keys

    async def _with_more(self, url: object, access: str, claims: dict[str, Any]) -> dict[str, Any]:
        """The claims with those that the issuer tells only who asks again, of the same person."""
        if not is_safe(url):
            return claims
        found = await self._json("GET", str(url), headers={"Authorization": f"Bearer {access}"})
        return {**found, **claims} if found.get("sub") == claims["sub"] else claims

    async def _get(self, url: str) -> dict[str, Any]:
        return await self._json("GET", url)

    async def _json(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        async with httpx.AsyncClient(
            transport=self.transport, timeout=DEADLINE_SECONDS, verify=_certificates()
        ) as client:
            try:
                async with client.stream(method, url, **more) as answer:
                    content = await _bounded(answer)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise Unreachable(type(error).__name__) from None
        return _parsed(answer, content)

    def _down(self, error: Unreachable) -> ProblemError:
        log.warning("school.unavailable", issuer=self.issuer, reason=str(error))
        return ProblemError(
            "school_unavailable",
            "The school's sign-in doesn't answer as it should, so nobody can come in by it now.",
            "Try again in a minute; this board itself works, and so do codes that it takes.",
            retry_after_seconds=60,
        )


def is_safe(url: object) -> bool:
    """Whether this is an https address; on this machine, plain http will do."""
    parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
    here = parts.hostname == "localhost" or is_loopback(parts.hostname or "")
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and here))


@cache
def _certificates() -> ssl.SSLContext:
    return ssl.create_default_context()  # once: it takes tens of milliseconds


async def _bounded(answer: httpx.Response) -> bytes:
    content = b""
    async for piece in answer.aiter_bytes():
        content += piece
        if len(content) > MOST_BYTES:
            raise Unreachable("its answer is too long")
    return content


def _parsed(answer: httpx.Response, content: bytes) -> dict[str, Any]:
    try:
        found = httpx.Response(200, content=content).json()
    except ValueError:
        found = None
    if answer.status_code in {400, 401, 403} and isinstance(found, dict) and "error" in found:
        # A code that was used, or our secret is wrong: the issuer is there, and refuses.
        raise NotTrusted(f"the issuer said {printable(str(found['error']), 60)}")
    if answer.status_code != 200 or not isinstance(found, dict):
        raise Unreachable(f"it answered {answer.status_code}, or no JSON")
    return found


def _name(claims: Mapping[str, Any]) -> str:
    parts = [claims.get("given_name"), claims.get("family_name")]
    whole = " ".join(part for part in parts if isinstance(part, str))
    given = (claims.get("name"), whole, claims.get("preferred_username"))
    return next((one for one in given if isinstance(one, str) and one.strip()), "")


def _vouched(claims: Mapping[str, Any], *, trust: bool) -> str:
    """Their address, if the issuer says that it is theirs; said to be not is never believed."""
    address, said = claims.get("email"), claims.get("email_verified")
    is_theirs = said is True or said == "true" or (said is None and trust)
    return tidy_address(address) if is_theirs and isinstance(address, str) else ""
