"""What is believed of an issuer's token, and all that isn't."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import UTC, datetime

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from heldout_server.web.school.id_token import Expected, NotTrusted, verified

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
ISSUER = "https://login.uni.example"
KEY, OTHER = (ECKey.generate_key("P-256", auto_kid=True) for _ in range(2))
KEYS = KeySet([KEY])
CLAIMS = {
    "iss": ISSUER,
    "aud": "heldout",
    "sub": "248289761001",
    "nonce": "n-0S6",
    "iat": SECONDS - 5,
    "exp": SECONDS + 300,
}
EXPECTED = Expected(ISSUER, "heldout", "n-0S6", None, NOW)


def signed(key=KEY, alg="ES256", **changes) -> str:
    claims = {name: value for name, value in (CLAIMS | changes).items() if value is not None}
    header = {"alg": alg, "kid": key.kid}
    return jwt.encode(header, claims, key, algorithms=[alg])


def encoded(part: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


class TestVerified:
    def test_gives_the_claims(self):
        assert verified(signed(email="a@b.example"), KEYS, EXPECTED)["email"] == "a@b.example"

    def test_takes_several_audiences_if_it_was_made_for_us(self):
        token = signed(aud=["heldout", "another"], azp="heldout")
        assert verified(token, KEYS, EXPECTED)["sub"] == CLAIMS["sub"]

    @pytest.mark.parametrize(
        "changes",
        [
            {"iss": "https://login.elsewhere.example"},
            {"iss": ISSUER + "/"},
            {"iss": None},
            {"aud": "another"},
            {"aud": ["another"], "azp": "heldout"},
            {"aud": ["heldout", "another"], "azp": "another"},
            {"aud": None},
            {"exp": SECONDS - 61},
            {"exp": None},
            {"iat": None},
            {"nbf": SECONDS + 61},
            {"nonce": "another"},
            {"nonce": None},
            {"sub": ""},
            {"sub": None},
            {"sub": 7},
            {"sub": "x" * 256},
        ],
        ids=str,
    )
    def test_refuses_what_is_not_for_this_sign_in(self, changes):
        with pytest.raises(NotTrusted):
            verified(signed(**changes), KEYS, EXPECTED)

    def test_refuses_another_key_by_the_same_name(self):
        forged = ECKey.import_key({**OTHER.as_dict(private=True), "kid": KEY.kid})
        with pytest.raises(NotTrusted):
            verified(signed(forged), KEYS, EXPECTED)

    def test_refuses_what_nobody_signed(self):
        with pytest.raises(NotTrusted):
            verified(f"{encoded({'alg': 'none'})}.{encoded(CLAIMS)}.", KEYS, EXPECTED)

    def test_refuses_a_public_key_used_as_a_password(self):
        """The old trick: HS256 with what everybody can read."""
        text = ".".join(map(encoded, ({"alg": "HS256", "kid": KEY.kid}, CLAIMS)))
        digest = hmac.digest(KEY.as_pem(private=False), text.encode(), "sha256")
        token = f"{text}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"
        with pytest.raises(NotTrusted):
            verified(token, KEYS, EXPECTED)

    def test_refuses_an_access_token_of_another(self):
        expected = Expected(ISSUER, "heldout", "n-0S6", "the access token", NOW)
        with pytest.raises(NotTrusted):
            verified(signed(at_hash="bm90IHRoYXQgb25l"), KEYS, expected)

    @pytest.mark.parametrize("token", [None, 7, "", "a.b.c", "x" * 60_000, "é.é.é"])
    def test_refuses_what_is_no_token(self, token):
        with pytest.raises(NotTrusted):
            verified(token, KEYS, EXPECTED)

    def test_its_words_quote_nothing(self):
        with pytest.raises(NotTrusted) as refused:
            verified(signed(nonce="swordfish", email="ada@uni.example"), KEYS, EXPECTED)
        assert "swordfish" not in str(refused.value)
        assert "ada" not in str(refused.value)
