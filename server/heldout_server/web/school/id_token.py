"""What an issuer says about somebody, once its signature and every claim have been checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

# Only those that need the issuer's private key: with HS256 anybody could sign by a public one.
ALGORITHMS = [f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512)]
LEEWAY_SECONDS = 60
LONGEST_TOKEN = 50_000
LONGEST_SUBJECT = 255


class NotTrusted(Exception):
    """The token isn't the issuer's, isn't for us, isn't for this attempt, or isn't valid now."""


@dataclass(frozen=True)
class Expected:
    """What must stand in the token."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str | None
    now: datetime


def verified(token: object, keys: KeySet, expected: Expected) -> dict[str, Any]:
    """The claims. Raises NotTrusted, whose words quote nothing of the token."""
    if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
        raise NotTrusted("no token")
    registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    try:
        decoded = jwt.decode(token, keys, registry=registry)
        claims = CodeIDToken(
            decoded.claims, decoded.header, _options(expected), _parameters(expected)
        )
        claims.validate(now=int(expected.now.timestamp()), leeway=LEEWAY_SECONDS)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise NotTrusted(f"{type(error).__name__} {getattr(error, 'claim', '') or ''}") from error
    if not is_subject(claims["sub"]):
        raise NotTrusted("sub")
    return dict(claims)


def is_subject(given: object) -> bool:
    """Whether this can be who somebody is at the issuer."""
    return isinstance(given, str) and 0 < len(given) <= LONGEST_SUBJECT


def _options(expected: Expected) -> dict[str, Any]:
    return {
        "iss": {"essential": True, "value": expected.issuer},
        "aud": {"essential": True, "value": expected.client_id},
        "nonce": {"essential": True, "value": expected.nonce},
    }


def _parameters(expected: Expected) -> Mapping[str, object]:
    return {
        "client_id": expected.client_id,
        "nonce": expected.nonce,
        "access_token": expected.access_token,
    }
