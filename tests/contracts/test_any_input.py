"""Whatever is sent to any address of the API: no 5xx, and every refusal of the one shape.

Schemathesis makes requests from the server's own OpenAPI, right and wrong ones.
"""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from heldout_server.kit.errors import RULE_STATUS

EXAMPLES_OF_EACH = 2
# Streams have no end, a wait takes its time, and signing out would end the walk.
LEFT_OUT = ("/events", "/sign-out", "/me/password")
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
REAL = {"slug": "digits", "document": "leaderboard", "format": "csv"}


@pytest.fixture
def database(request, tmp_path, sqlite_template):
    """One kind is enough: what SQL does with strange text is tested on both elsewhere."""
    import shutil

    from heldout_server.kit.db import Database

    path = tmp_path / "heldout.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.dispose()


def operations(api) -> list[Any]:
    document = api.get("/openapi.json").json()
    found = [
        result.ok() for result in schemathesis.openapi.from_dict(document).get_all_operations()
    ]
    return [o for o in found if not o.path.endswith(LEFT_OUT)]


def headers_for(path: str, organizer: str, participant: str) -> dict[str, str]:
    token = organizer if "/admin/" in path else participant
    return {"Authorization": f"Bearer {token}"}


def check(answer, said: str) -> None:
    assert answer.status_code < 500, (said, answer.text)
    if answer.status_code >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json", said
        assert RULE_STATUS[answer.json()["code"]] == answer.status_code, said


def test_no_address_breaks_or_answers_in_another_shape(api, organizer_token, join):
    participant = join("Ada").headers["Authorization"].removeprefix("Bearer ")
    walked = 0
    for operation in operations(api):
        for mode in MODES:
            _walk(api, operation, mode, organizer_token, participant)
            walked += 1
    assert walked > 150


def _walk(api, operation, mode, organizer: str, participant: str) -> None:
    try:
        strategy = operation.as_strategy(generation_mode=mode)
    except schemathesis.errors.SchemathesisError:
        return

    @settings(
        max_examples=EXAMPLES_OF_EACH,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def send(case) -> None:
        for name in set(REAL) & set(case.path_parameters or ()):
            case.path_parameters[name] = REAL[name]
        if "wait" in (case.query or {}):
            case.query["wait"] = 0
        request = case.as_transport_kwargs(base_url="http://testserver")
        request["headers"] = {
            **{k: v for k, v in dict(request.get("headers") or {}).items() if v.isascii()},
            **headers_for(case.path, organizer, participant),
        }
        request.pop("cookies", None)
        if isinstance(request.get("data"), bytes | str):
            request["content"] = request.pop("data")
        check(
            api.request(**request, follow_redirects=False), f"{request['method']} {request['url']}"
        )

    # An address that takes nothing can't be sent anything wrong.
    with contextlib.suppress(Unsatisfiable):
        send()
