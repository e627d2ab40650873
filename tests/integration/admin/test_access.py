"""Every admin route refuses strangers and participants, and helpers where an owner is needed."""

import re

import pytest

METHODS = {"get", "post", "put", "delete", "patch"}
SIGN_IN = "/api/v1/admin/sign-in"


@pytest.fixture
def routes(api) -> dict[tuple[str, str], list[str]]:
    """Method and path of each admin route, with the roles that OpenAPI says it needs."""
    paths = api.get("/openapi.json").json()["paths"]
    found = {
        (method, path): operation
        for path, item in paths.items()
        for method, operation in item.items()
        if path.startswith("/api/v1/admin/") and path != SIGN_IN and method in METHODS
    }
    assert all(operation["tags"] == ["admin"] for operation in found.values())
    assert [r for r, o in found.items() if "organizer" not in o.get("security", [{}])[0]] == []
    return {route: o["security"][0]["organizer"] for route, o in found.items()}


def refusal(api, route, token=None) -> tuple[int, str]:
    method, path = route
    address = re.sub(r"\{[^}]+\}", "digits", path)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = api.request(method, address, headers=headers)
    assert answer.status_code >= 400, route
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("token", [None, "ho_wrong"])
def test_strangers_are_refused(api, routes, token):
    assert len(routes) >= 10
    assert {refusal(api, route, token) for route in routes} == {(401, "unauthorized")}


def test_participants_are_refused(api, routes, join):
    token = join().headers["Authorization"].removeprefix("Bearer ")
    assert {refusal(api, route, token) for route in routes} == {(403, "forbidden")}


def test_helpers_are_refused_where_an_owner_is_needed(api, routes, helper):
    owners_only = [route for route, roles in routes.items() if "owner" in roles]
    assert len(owners_only) >= 5
    assert {refusal(api, route, helper.token) for route in owners_only} == {(403, "forbidden")}


@pytest.mark.parametrize("path", ["/organizers", "/audit", "/me"])
def test_helpers_read_what_organizers_see(helper, path):
    assert helper.get(path).status_code == 200
