"""Who may use the console: signed in, with a form of ours, owners where it matters."""

import re

import pytest
from fastapi.testclient import TestClient

from console import BASE
from heldout_server.models import Role
from heldout_server.web.organizer_acts import ACTS
from heldout_server.web.pages import console
from integration.console.test_pages import settings

# What differs between the databases is tested where it is asked; here pages are.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

# What has a form of its own; the declared acts are asked below.
OWNERS_FORMS = (
    "/organize/new", "settings/save", "settings/clone", "settings/reset", "rescores/create",
    "rescores/r_1/discard", "rescores/r_1/revert", "webhooks/add", "exports/event",
    "submissions/s_1/purge",
)  # fmt: skip
TAKE_FILES_ALONE = {"/organize/new/file"}
WITHOUT_A_SESSION = {"/organize/sign-in", "/organize/sign-in/password"}


def posts() -> list[str]:
    """Every address of the console that acts."""
    with_names = {route.path for route in console.router.routes if "POST" in route.methods}
    assert len(with_names) > 50, "the routes were not found"
    filled = (re.sub(r"\{slug\}", "digits", path) for path in with_names)
    return sorted(re.sub(r"\{\w+\}", "x_1", path) for path in filled)


def owners_acts() -> list[str]:
    """The addresses of declared acts that only owners may do."""
    names = {act.name for act in ACTS.acts if act.role is Role.OWNER}
    found = [route.path for route in console.router.routes if route.name in names]
    assert len(found) >= 6, "the routes were not found"
    return [re.sub(r"\{\w+\}", "x_1", path.replace("{slug}", "digits")) for path in found]


class TestStrangers:
    def test_are_sent_to_the_form_and_then_where_they_were_going(self, api, organizer_token):
        answer = api.get(f"{BASE}/people", follow_redirects=False)
        assert answer.status_code == 303
        assert answer.headers["Location"] == f"/organize/sign-in?next={BASE}/people"
        page = api.post(
            "/organize/sign-in", data={"token": organizer_token, "next": f"{BASE}/people"}
        )
        assert page.url.path == f"{BASE}/people"

    def test_are_never_sent_to_another_place(self, api, organizer_token):
        for next in ("https://example.com", "//example.com", "/organize\\x", "/c/x", "/organizer"):
            data = {"token": organizer_token, "next": next}
            answer = api.post("/organize/sign-in", data=data, follow_redirects=False)
            assert answer.headers["Location"] == "/organize", next

    def test_nothing_acts_without_signing_in(self, api, organizer_token):
        for path in set(posts()) - WITHOUT_A_SESSION:
            answer = api.post(path, follow_redirects=False)
            assert answer.status_code == 303, path
            assert "/organize/sign-in" in answer.headers["Location"], path

    def test_are_told_that_nothing_was_done(self, api, organizer_token):
        assert "nothing was done" in api.post(f"{BASE}/pause").text


class TestForms:
    def test_every_act_needs_the_forms_token(self, api, owner):
        for path in set(posts()) - WITHOUT_A_SESSION:
            file = {"file": b"a,b"} if path in TAKE_FILES_ALONE else None
            answer = owner.browser.post(path, data={"csrf": "0"}, files=file)
            assert answer.status_code == 403, path

    def test_an_act_from_another_site_is_refused(self, owner):
        answer = owner.browser.post(
            f"{BASE}/pause", data={"csrf": owner.csrf}, headers={"Sec-Fetch-Site": "cross-site"}
        )
        assert answer.status_code == 403
        assert "Resume" not in owner.get().text

    def test_a_second_click_adds_nothing(self, owner):
        owner.post("settings/save", **settings(closes_at="2026-11-22T20:00"))
        first = owner.post("extend", minutes="10", key="k" * 32)
        second = owner.post("extend", minutes="10", key="k" * 32)
        assert "20:10" in first.text
        assert "20:10" in second.text


class TestHelpers:
    def test_cannot_do_what_owners_do(self, helper):
        for path in (*OWNERS_FORMS, *owners_acts()):
            answer = helper.post(path)
            assert answer.status_code == 403, path
            assert "you are a helper" in answer.text or '"forbidden"' in answer.text, path

    def test_run_the_evening(self, helper):
        assert "Resume" in helper.post("pause").text


class TestPasswords:
    def test_sign_in_by_name(self, api, owner):
        page = owner.post(
            "/organize/account/password", password="four plain words", again="four plain words"
        )
        assert "Your password is set" in page.text
        browser = TestClient(api.app)
        data = {"name": "Organizer", "password": "four plain words"}
        assert "WAT-2026" in browser.post("/organize/sign-in/password", data=data).text

    def test_that_differ_are_refused(self, owner):
        page = owner.post("/organize/account/password", password="a" * 12, again="b" * 12)
        assert page.status_code == 422
        assert "differ" in page.text

    def test_the_right_one_is_taken_among_many_wrong_ones(self, api, owner):
        words = "four plain words"
        owner.post("/organize/account/password", password=words, again=words)
        browser = TestClient(api.app)
        wrong = {"name": "Organizer", "password": "wrong"}
        answers = {
            browser.post("/organize/sign-in/password", data=wrong).status_code for _ in range(12)
        }
        assert answers == {401}
        right = {"name": "Organizer", "password": words}
        assert "WAT-2026" in browser.post("/organize/sign-in/password", data=right).text


def test_a_revoked_helper_is_out_at_once(owner, helper):
    page = owner.get("/organize/organizers").text
    theirs = page[page.index("Hopper") :]
    organizer = re.search(r'name="organizer_id" value="(o_[\w-]+)"', theirs)
    assert organizer is not None
    owner.post("/organize/organizers/revoke", organizer_id=organizer.group(1))
    assert "Organizer token" in helper.get().text
