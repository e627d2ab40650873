"""Every refusal of every route has the one shape; every route has an example."""

import re

import pytest
from fastapi.testclient import TestClient

from heldout_server.kit import errors

FIELDS = {"type", "title", "status", "code", "detail", "hint", "request_id"}
METHODS = {"get", "post", "put", "delete", "patch"}


def operations(api: TestClient) -> list[tuple[str, str]]:
    paths = api.get("/openapi.json").json()["paths"]
    return [(m, path) for path, item in paths.items() for m in item if m in METHODS]


def assert_problem(answer) -> None:
    assert answer.headers["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert document.keys() >= FIELDS
    assert document["status"] == answer.status_code
    assert document["code"] in errors.RULE_STATUS
    assert document["request_id"] == answer.headers["X-Request-ID"]
    assert "Traceback" not in answer.text


class TestErrorShape:
    def test_of_every_route_with_nonsense(self, api):
        checked = 0
        for method, path in operations(api):
            nonsense = re.sub(r"\{[^}]+\}", "no-such-thing", path)
            answer = api.request(
                method, nonsense, headers={"Authorization": "Bearer hp_no", "Accept": "*/*"}
            )
            if answer.status_code >= 400:
                assert_problem(answer)
                checked += 1
        assert checked >= 10

    @pytest.mark.parametrize(
        ("method", "path"), [("GET", "/api/v1/none"), ("DELETE", "/api/v1/join"), ("PUT", "/docs")]
    )
    def test_of_what_is_no_route(self, api, method, path):
        answer = api.request(method, path)
        assert answer.status_code in {404, 405}
        assert_problem(answer)

    def test_of_a_body_that_is_no_json(self, api):
        answer = api.post(
            "/api/v1/join", content=b"{", headers={"Content-Type": "application/json"}
        )
        assert_problem(answer)

    def test_of_a_body_that_is_far_too_long(self, api):
        answer = api.post("/api/v1/join", json={"code": "x" * 3_000_000, "name": "Ada"})
        assert answer.status_code == 413
        assert_problem(answer)

    def test_of_a_body_that_never_said_how_long_it_is(self, api):
        parts = (b'{"code": "' + b"x" * 100_000 for _ in range(30))
        headers = {"Content-Type": "application/json"}
        answer = api.post("/api/v1/join", content=parts, headers=headers)
        assert answer.status_code == 413
        assert_problem(answer)

    def test_never_repeats_what_was_sent(self, api):
        answer = api.post("/api/v1/join", json={"code": {"secret": "hp_token"}, "name": "Ada"})
        assert_problem(answer)
        assert "hp_token" not in answer.text

    def test_of_an_unforeseen_failure(self, installed, clock):
        from heldout_server.processes.server import create_app, embedded

        app = create_app(embedded(installed, clock=clock))

        @app.get("/api/v1/broken")
        def broken() -> None:
            raise RuntimeError("the password is swordfish")

        with TestClient(app) as api:
            answer = api.get("/api/v1/broken")
        assert answer.status_code == 500
        assert_problem(answer)
        assert answer.json()["code"] == "internal"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "swordfish" not in answer.text


class TestCommit:
    def test_a_failing_commit_is_never_answered_with_2xx(self, installed, clock):
        """FastAPI's default would commit after the answer has been sent."""
        from sqlalchemy import event
        from sqlalchemy.exc import OperationalError
        from sqlmodel import Session

        from heldout_server.processes.server import create_app, embedded

        def fail(session: Session) -> None:
            raise OperationalError("commit", {}, Exception("disk full"))

        with TestClient(create_app(embedded(installed, clock=clock))) as api:
            event.listen(Session, "before_commit", fail)
            try:
                answer = api.post("/api/v1/join", json={"code": "WAT-2026", "name": "Ada"})
            finally:
                event.remove(Session, "before_commit", fail)
            assert answer.status_code == 503
            assert answer.json()["code"] == "unavailable"
            again = api.post("/api/v1/join", json={"code": "WAT-2026", "name": "Ada"})
            assert again.status_code == 201


class TestHeaders:
    @pytest.mark.parametrize(
        "path", ["/c/digits", "/api/v1/competitions", "/docs", "/static/app.css"]
    )
    def test_are_safe_everywhere(self, api, path):
        headers = api.get(path).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "script-src 'self';" in headers["Content-Security-Policy"]

    def test_a_request_id_is_taken_over(self, api):
        assert (
            api.get("/health", headers={"X-Request-ID": "abc12345"}).headers["X-Request-ID"]
            == "abc12345"
        )

    def test_a_strange_request_id_is_not(self, api):
        given = "x" * 300
        assert api.get("/health", headers={"X-Request-ID": given}).headers["X-Request-ID"] != given


class TestOpenApi:
    def test_every_route_has_a_summary_and_a_tag(self, api):
        paths = api.get("/openapi.json").json()["paths"]
        for path, item in paths.items():
            for method, operation in item.items():
                assert operation.get("description"), (method, path)
                assert operation.get("tags"), (method, path)

    def test_every_refusal_has_its_content_type(self, api):
        paths = api.get("/openapi.json").json()["paths"]
        named = 0
        for item in paths.values():
            for operation in item.values():
                for answer in operation["responses"].values():
                    content = answer.get("content", {})
                    assert "ProblemOut" not in str(content.get("application/json"))
                    named += "application/problem+json" in content
        assert named >= 90

    def test_every_body_has_an_example(self, api):
        schemas = api.get("/openapi.json").json()["components"]["schemas"]
        for name in ("JoinIn", "SubmissionIn"):
            text = str(schemas[name])
            assert "example" in text, name

    def test_the_docs_need_no_internet(self, api):
        page = api.get("/docs").text
        assert "http://" not in page
        assert "https://" not in page
        for address in re.findall(r'(?:src|href)="([^"]+)"', page):
            assert api.get(address).status_code == 200
