"""Every address of organizers, by every method: strangers and participants get nothing from it."""

from __future__ import annotations

import re

import pytest
from fastapi.routing import iter_route_contexts

API, CONSOLE = "/api/v1/admin", "/organize"
FOR_STRANGERS = {
    "/api/v1/admin/sign-in",
    "/organize",
    "/organize/sign-in",
    "/organize/sign-out",
    # Leads to the school, where there is one: test_school_sign_in.py looks.
    "/organize/sign-in/school",
    # Leads strangers to the public page, without the code: test_addresses.py looks.
    "/organize/c/{slug}/projector/screen",
}
SIGN_IN = re.compile(r"/organize(/sign-in)?(\?.*)?")


def addresses(app) -> list[tuple[str, str]]:
    found = {
        (method, re.sub(r"{slug}", "digits", route.path))
        for route in iter_route_contexts(app.routes)
        if route.path.startswith((API, CONSOLE)) and route.path not in FOR_STRANGERS
        for method in (route.methods or set()) - {"HEAD"}
    }
    return sorted((method, re.sub(r"{\w+(:\w+)?}", "1", path)) for method, path in found)


def is_refused(answer) -> bool:
    to_sign_in = answer.status_code == 303 and SIGN_IN.fullmatch(answer.headers["location"])
    # The reveal's page asks without knowing who looks at it; nothing is an answer without an error.
    is_nothing = answer.status_code == 204 and answer.request.method == "GET" and not answer.content
    return answer.status_code in {401, 403} or bool(to_sign_in) or is_nothing


@pytest.mark.parametrize("who", ["a stranger", "a participant"])
def test_nobody_else_is_let_in(api, join, who):
    headers = join().headers if who == "a participant" else {}
    found = addresses(api.app)
    assert len(found) > 100
    let_in = [
        (method, path, answer.status_code)
        for method, path in found
        if not is_refused(
            answer := api.request(method, path, headers=headers, follow_redirects=False)
        )
    ]
    assert let_in == []
