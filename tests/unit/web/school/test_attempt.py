"""What a browser keeps of a sign-in under way."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie

import pytest
from fastapi import Request, Response

from heldout_server.web.school.attempt import MOST_AT_ONCE, Attempt, kept

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


def asked(cookies: dict[str, str]) -> Request:
    text = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return Request({"type": "http", "headers": [(b"cookie", text.encode())]})


def given(answer: Response) -> SimpleCookie:
    jar = SimpleCookie()
    for value in answer.headers.getlist("set-cookie"):
        jar.load(value)
    return jar


def begun(secure: bool = False, cookies: dict[str, str] | None = None):
    attempt, answer = Attempt.begun(NOW, slug="digits", name="Ada", room="WAT-2026"), Response()
    attempt.keep(asked(cookies or {}), answer, secure=secure)
    return attempt, given(answer)


def cookies_of(jar: SimpleCookie) -> dict[str, str]:
    return {name: morsel.value for name, morsel in jar.items() if morsel.value}


class TestAttempt:
    def test_comes_back_as_it_was(self):
        attempt, jar = begun()
        request = asked(cookies_of(jar))
        assert kept(request, attempt.state, NOW, secure=False) == attempt

    def test_says_nothing_of_one_value_by_another(self):
        attempt, _ = begun()
        values = {attempt.state, attempt.nonce, attempt.verifier, attempt.secret}
        assert len(values) == 4
        assert {len(value) for value in values} == {43}

    def test_no_script_reads_the_cookie_and_over_https_no_neighbour_plants_it(self):
        _, jar = begun(secure=True)
        ((name, morsel),) = jar.items()
        assert name.startswith("__Host-heldout_school_")
        assert (morsel["path"], morsel["secure"], morsel["httponly"]) == ("/", True, True)
        assert morsel["samesite"] == "lax"
        assert morsel["domain"] == ""

    def test_over_https_a_cookie_without_the_mark_is_nothing(self):
        attempt, jar = begun(secure=False)
        assert kept(asked(cookies_of(jar)), attempt.state, NOW, secure=True) is None

    def test_another_state_is_nobodys(self):
        attempt, jar = begun()
        request = asked(cookies_of(jar))
        for state in ("", attempt.state[:-1], attempt.state + "x", "é" * 43):
            assert kept(request, state, NOW, secure=False) is None

    def test_ends_after_ten_minutes(self):
        attempt, jar = begun()
        request = asked(cookies_of(jar))
        for minutes, lasts in ((9, True), (11, False), (-11, False)):
            found = kept(request, attempt.state, NOW + timedelta(minutes=minutes), secure=False)
            assert (found is not None) == lasts

    def test_two_tabs_do_not_disturb_each_other(self):
        (one, first), (two, second) = begun(), begun()
        request = asked(cookies_of(first) | cookies_of(second))
        assert kept(request, one.state, NOW, secure=False) == one
        assert kept(request, two.state, NOW, secure=False) == two

    def test_a_browser_keeps_only_so_many(self):
        many = {}
        for _ in range(MOST_AT_ONCE):
            many |= cookies_of(begun()[1])
        _, jar = begun(cookies=many)
        assert sum(not morsel.value for morsel in jar.values()) == MOST_AT_ONCE

    @pytest.mark.parametrize(
        "changes",
        [
            {"started_at": "1"},
            {"started_at": 10**400},
            {"secret": "short"},
            {"secret": "\ud800" * 43},
            {"me": "\0"},
            {"slug": None},
            {"name": ["Ada"]},
        ],
        ids=str,
    )
    def test_what_is_no_attempt_is_none(self, changes):
        attempt, jar = begun()
        ((name, value),) = cookies_of(jar).items()
        content = json.loads(base64.urlsafe_b64decode(value)) | changes
        wrong = base64.urlsafe_b64encode(json.dumps(content).encode()).decode()
        for cookie in (wrong, "é", "e30=", value[:-9], "A" * 4000):
            request = asked({name: cookie})
            assert kept(request, attempt.state, NOW, secure=False) is None
