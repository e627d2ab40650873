"""The organizers' first page: sign-in, cookie, sign-out."""

import re

import pytest

from heldout_server.acts import audit_log
from heldout_server.people import organizers
from participant import npy


@pytest.fixture
def signed_in(api, organizer_token):
    answer = api.post("/organize/sign-in", data={"token": organizer_token})
    assert answer.status_code == 200
    return answer


class TestSignIn:
    def test_shows_the_dashboard(self, signed_in):
        assert "WAT-2026" in signed_in.text

    def test_sets_a_cookie_that_scripts_cannot_read(self, api, organizer_token):
        answer = api.post(
            "/organize/sign-in", data={"token": organizer_token}, follow_redirects=False
        )
        cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert organizer_token not in cookie

    @pytest.mark.parametrize("token", ["", "ho_wrong", "x" * 150])
    def test_refuses_a_wrong_token(self, api, organizer_token, token):
        answer = api.post("/organize/sign-in", data={"token": token})
        assert answer.status_code == 401
        assert "WAT-2026" not in answer.text

    def test_refuses_a_participants_token(self, api, organizer_token, join):
        token = join().headers["Authorization"].removeprefix("Bearer ")
        assert api.post("/organize/sign-in", data={"token": token}).status_code == 401

    def test_takes_the_right_token_among_many_wrong_ones(self, api, organizer_token):
        answers = [
            api.post("/organize/sign-in", data={"token": f"ho_{n}"}).status_code for n in range(31)
        ]
        assert set(answers) == {401}
        signed_in = api.post(
            "/organize/sign-in", data={"token": organizer_token}, follow_redirects=False
        )
        assert signed_in.status_code == 303

    def test_is_not_slowed_down_by_wrong_join_codes(self, api, organizer_token):
        for number in range(31):
            api.post("/api/v1/join", json={"code": f"guess{number}", "name": "Eve"})
        guesses = api.app.state.services.guesses
        assert guesses.join_codes is not guesses.organizer_tokens
        signed_in = api.post(
            "/organize/sign-in", data={"token": organizer_token}, follow_redirects=False
        )
        assert signed_in.status_code == 303

    def test_refuses_a_form_of_another_site(self, api, organizer_token):
        answer = api.post(
            "/organize/sign-in",
            data={"token": organizer_token},
            headers={"Sec-Fetch-Site": "cross-site"},
        )
        assert answer.status_code == 403


class TestDashboard:
    def test_needs_signing_in(self, api, organizer_token):
        page = api.get("/organize").text
        assert "WAT-2026" not in page
        assert 'name="token"' in page

    def test_lists_the_latest_submissions(self, api, signed_in, join, labels):
        join("Grace").submit(npy(labels), name="my entry")
        page = api.get("/organize")
        assert "Grace" in page.text
        assert "my entry" in page.text
        assert page.headers["Cache-Control"] == "no-store"

    def test_expires(self, api, signed_in, clock):
        clock.advance(hours=13)
        assert "WAT-2026" not in api.get("/organize").text

    def test_ends_when_tokens_are_revoked(self, api, signed_in, installed, clock):
        with installed.database.write() as session:
            organizers.revoke_all(session, audit_log.AT_THE_TERMINAL, now=clock())
        assert "WAT-2026" not in api.get("/organize").text


class TestSignOut:
    def test_ends_the_session(self, api, signed_in):
        csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', signed_in.text).group(1)
        api.post("/organize/sign-out", data={"csrf": csrf})
        assert "WAT-2026" not in api.get("/organize").text

    def test_needs_the_forms_token(self, api, signed_in):
        assert api.post("/organize/sign-out", data={"csrf": "0"}).status_code == 403
        assert "WAT-2026" in api.get("/organize").text
