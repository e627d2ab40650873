"""Signing in with the school in a real browser, at a real provider: there, and back in; or not."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect
from support.ports import free_port

from acceptance.conftest import RunningServer, start_server
from browser.barriers import serious_by_day_and_night
from school_provider import CLIENT_ID, CLIENT_SECRET, PASSWORD, SchoolProvider, running

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def school() -> Iterator[SchoolProvider]:
    with running() as provider:
        provider.person("ada", email="ada@uni.example", name="Ada Lovelace")
        provider.person("guest", email="guest@elsewhere.example", name="Guest")
        yield provider


@pytest.fixture(scope="module")
def schools_server(school, tmp_path_factory) -> Iterator[RunningServer]:
    """A server of the school's own, where its account is what lets people in."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    school.register(f"{address}/sign-in/school")
    server = start_server(
        tmp_path_factory.mktemp("school") / "data", port=port,
        HELDOUT_MNIST="", HELDOUT_MODEL_WORKERS="0", HELDOUT_PUBLIC_URL=address,
        HELDOUT_SCHOOL_NAME="University of Example", HELDOUT_SCHOOL_DOMAINS="uni.example",
        HELDOUT_OIDC_ISSUER=school.issuer, HELDOUT_OIDC_CLIENT_ID=CLIENT_ID,
        HELDOUT_OIDC_CLIENT_SECRET=CLIENT_SECRET,
    )  # fmt: skip
    token = re.search(r"ho_[\w-]+", server.log.read_text()).group()
    chosen = httpx.patch(
        f"{address}/api/v1/admin/competitions/{server.slug}", json={"joining": "school"},
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip
    assert chosen.status_code == 200
    yield server
    server.stop()


def sign_in(page: Page, username: str) -> None:
    """From the join page by its button to the provider's form, and back."""
    page.get_by_role("button", name="Sign in with University of Example").click()
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_who_is_of_the_school_is_in_and_nobody_else(schools_server, page):
    join = f"{schools_server.url}/c/{schools_server.slug}/join"
    page.goto(join)
    sign_in(page, "guest")
    expect(page.get_by_role("heading", name="The sign-in was not accepted")).to_be_visible()
    expect(page.get_by_text("takes @uni.example only")).to_be_visible()
    found = serious_by_day_and_night(page)
    page.get_by_role("link", name="Back to joining").click()
    expect(page).to_have_url(join)
    page.context.clear_cookies(domain="127.0.0.1", name="sessionid")  # at the school, signed out
    sign_in(page, "ada")
    expect(page.get_by_role("heading", name="You are in, Ada Lovelace")).to_be_visible()
    expect(page.locator("#own-code")).to_be_visible()
    assert found + serious_by_day_and_night(page) == []
