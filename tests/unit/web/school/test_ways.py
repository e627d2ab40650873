"""Which sign-in the settings ask for, and settings that can't mean anything."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from heldout_server.kit.settings import Settings
from heldout_server.web.school.ways import WrongSettings, school_of

OIDC = {
    "oidc_issuer": "https://login.uni.example",
    "oidc_client_id": "heldout",
    "oidc_client_secret": "swordfish",
    "public_url": "https://board.example/",
}
PROXY = {"proxy_email_header": "X-Forwarded-Email", "trusted_proxies": "10.0.0.5"}


def school(**given):
    return school_of(Settings(**given))


class TestSchoolOf:
    def test_is_off_by_default(self):
        assert school() is None

    def test_an_issuer_sends_people_back_to_one_exact_address(self):
        found = school(**OIDC, school_name="Uni")
        assert found.name == "Uni"
        assert found.provider.redirect_uri == "https://board.example/sign-in/school"

    def test_a_proxys_headers_are_compared_in_small_letters(self):
        assert school(**PROXY).headers == ("x-forwarded-email",)

    @pytest.mark.parametrize(
        ("changes", "names"),
        [
            ({"public_url": ""}, "HELDOUT_PUBLIC_URL"),
            ({"oidc_client_id": ""}, "HELDOUT_OIDC_CLIENT_ID"),
            ({"oidc_issuer": "http://login.uni.example"}, "https"),
            (PROXY, "one of the two"),
        ],
        ids=str,
    )
    def test_what_is_missing_is_said(self, changes, names):
        with pytest.raises(WrongSettings, match=names):
            school(**OIDC | changes)

    @pytest.mark.parametrize("proxies", ["*", "none", "10.0.0.5, *"])
    def test_a_header_that_anybody_could_send_is_refused(self, proxies):
        with pytest.raises(WrongSettings, match="HELDOUT_TRUSTED_PROXIES"):
            school(**PROXY | {"trusted_proxies": proxies})

    def test_the_proxy_must_be_named_even_where_it_is_this_machine(self):
        with pytest.raises(WrongSettings, match="HELDOUT_TRUSTED_PROXIES"):
            school(proxy_email_header="X-Forwarded-Email")
        named = {"trusted_proxies": "127.0.0.1"}
        assert school(**PROXY | named).email_header == "x-forwarded-email"


class TestSettings:
    def test_domains_are_compared_in_small_letters_and_without_the_sign(self):
        found = Settings(school_domains="@Uni.example, students.uni.example").school_domains
        assert found == ("uni.example", "students.uni.example")

    @pytest.mark.parametrize("header", ["X_Forwarded_Email", "X Mail", "X-Mail:"])
    def test_a_header_has_no_underscores(self, header):
        with pytest.raises(ValidationError):
            Settings(proxy_email_header=header)

    def test_the_secret_is_in_no_repr(self):
        assert "swordfish" not in repr(Settings(oidc_client_secret="swordfish"))
