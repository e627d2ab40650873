"""Signing in with the school in a real browser: at a real provider, or by a proxy in front."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

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
        provider.person("grace", email="grace@uni.example", name="Grace")
        yield provider


def of_a_school(folder: Path, *, port: int, **settings: str) -> RunningServer:
    """A server of the school's own, where its account is what lets people in."""
    server = start_server(
        folder, port=port, HELDOUT_MNIST="", HELDOUT_MODEL_WORKERS="0",
        HELDOUT_SCHOOL_NAME="University of Example", HELDOUT_PUBLIC_URL=f"http://127.0.0.1:{port}",
        **settings,
    )  # fmt: skip
    with as_owner(server) as owner:
        chosen = owner.patch(f"competitions/{server.slug}", json={"joining": "school"})
        added = owner.post("organizers", json={"name": "Grace", "email": "grace@uni.example"})
    assert (chosen.status_code, added.status_code) == (200, 201)
    return server


def as_owner(server: RunningServer) -> httpx.Client:
    token = re.search(r"ho_[\w-]+", server.log.read_text()).group()
    return httpx.Client(
        base_url=f"{server.url}/api/v1/admin/", headers={"Authorization": f"Bearer {token}"}
    )


def at_a_provider(folder: Path, issuer: str, port: int) -> RunningServer:
    return of_a_school(
        folder, port=port, HELDOUT_SCHOOL_DOMAINS="uni.example", HELDOUT_OIDC_ISSUER=issuer,
        HELDOUT_OIDC_CLIENT_ID=CLIENT_ID, HELDOUT_OIDC_CLIENT_SECRET=CLIENT_SECRET,
    )  # fmt: skip


@pytest.fixture(scope="module")
def schools_server(school, tmp_path_factory) -> Iterator[RunningServer]:
    port = free_port()
    school.register(f"http://127.0.0.1:{port}/sign-in/school")
    server = at_a_provider(tmp_path_factory.mktemp("school") / "data", school.issuer, port)
    yield server
    server.stop()


@pytest.fixture
def server_alone(tmp_path) -> Iterator[RunningServer]:
    """One whose provider isn't there."""
    server = at_a_provider(tmp_path / "data", "http://127.0.0.1:9", free_port())
    yield server
    server.stop()


@pytest.fixture(scope="module")
def proxied_server(tmp_path_factory) -> Iterator[RunningServer]:
    """One that takes a browser of this machine for the school's proxy."""
    server = of_a_school(
        tmp_path_factory.mktemp("proxied") / "data", port=free_port(),
        HELDOUT_PROXY_EMAIL_HEADER="X-Forwarded-Email", HELDOUT_TRUSTED_PROXIES="127.0.0.1",
    )  # fmt: skip
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


def test_an_organizer_arrives_signed_in(schools_server, page):
    console = f"{schools_server.url}/organize/c/{schools_server.slug}/people"
    page.goto(console)  # which asks who it is, and remembers where one was going
    found = serious_by_day_and_night(page)
    sign_in(page, "grace")
    expect(page).to_have_url(console)
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    assert found + serious_by_day_and_night(page) == []


def test_by_a_proxy_one_is_in_at_once(proxied_server, page):
    page.set_extra_http_headers({"X-Forwarded-Email": "grace@uni.example"})
    page.goto(f"{proxied_server.url}/c/{proxied_server.slug}/join")
    page.get_by_role("button", name="Sign in with University of Example").click()
    expect(page.get_by_role("heading", name="You are in, grace")).to_be_visible()
    found = serious_by_day_and_night(page)
    page.goto(f"{proxied_server.url}/organize")
    page.get_by_role("button", name="Sign in with University of Example").click()
    expect(page.get_by_role("banner")).to_contain_text("Grace, helper")
    assert found + serious_by_day_and_night(page) == []


def test_a_proxy_that_names_nobody_is_said(proxied_server, page):
    page.goto(f"{proxied_server.url}/c/{proxied_server.slug}/join")
    page.get_by_role("button", name="Sign in with University of Example").click()
    expect(page.get_by_text("didn't say who you are")).to_be_visible()
    assert serious_by_day_and_night(page) == []


def test_a_provider_that_is_down_is_said(server_alone, page):
    join = f"{server_alone.url}/c/{server_alone.slug}/join"
    page.goto(join)
    page.get_by_role("button", name="Sign in with University of Example").click()
    expect(page.get_by_role("heading", name="The school's sign-in doesn't answer")).to_be_visible()
    found = serious_by_day_and_night(page)
    page.get_by_role("link", name="Back to joining").click()
    expect(page).to_have_url(join)
    page.goto(f"{server_alone.url}/organize")
    page.get_by_role("button", name="Sign in with University of Example").click()
    expect(page.get_by_text("Your token and your password")).to_be_visible()
    assert found + serious_by_day_and_night(page) == []
