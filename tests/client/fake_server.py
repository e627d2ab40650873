"""A small Heldout server in memory, spoken to over `httpx.MockTransport`.

It keeps the API's promises (idempotency keys, states, problem documents) and can be told to go
wrong: `before` runs instead of acting, `after` runs once the server has acted and its answer is
lost on the way.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import io
import json
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np

from client.fake_data import FakeData

URL = "http://board.test:8000"
API = "/api/v1"
TOKEN = "hp_ada"
CODE = "WAT-2026"
PERSONAL = "RKD-47W-NX9"

Fault = Callable[[httpx.Request], httpx.Response]

COMPETITION: dict[str, Any] = {
    "slug": "mnist",
    "title": "MNIST",
    "description": "Digits.",
    "task": "multiclass",
    "metric": "accuracy",
    "state": "open",
    "opens_at": None,
    "closes_at": "2026-12-01T18:00:00+00:00",
    "timezone": "UTC",
    "kinds": ["model", "predictions"],
    "quota_per_day": 100,
    "limits": {"model_bytes": 52_428_800, "predictions_bytes": 16_777_216},
    "dataset": {"name": "mnist", "classes": 10, "image_shape": [28, 28], "test_examples": 20},
    "public_fraction": 0.5,
    "board_url": f"{URL}/c/mnist",
    "a_field_of_next_year": 1,
}


CHECKED: dict[str, Any] = {
    "state": "checked",
    "verdict": {"code": "checked", "detail": "", "hint": None, "warnings": []},
    "score": 0.97,
    "metrics": {"examples": 10_000},
    "receipt": {"preprocessing": "0-1"},
}


def problem(code: str, status: int, detail: str = "No.", **more: Any) -> httpx.Response:
    """A refusal as the server sends it; `retry_after` becomes the header."""
    headers = {"X-Request-ID": "req-1", "Content-Type": "application/problem+json"}
    if "retry_after" in more:
        headers["Retry-After"] = str(more.pop("retry_after"))
    document = {
        "type": "about:blank",
        "title": "Refused",
        "status": status,
        "code": code,
        "detail": detail,
        "hint": "Do it differently.",
        "request_id": "req-1",
        **more,
    }
    return httpx.Response(status, headers=headers, content=json.dumps(document))


def refuse(code: str, status: int, **more: Any) -> Fault:
    """A fault that answers with a problem document."""
    return lambda request: problem(code, status, **more)


def lose(request: httpx.Request) -> httpx.Response:
    """A fault that breaks the connection without an answer."""
    raise httpx.ReadError("connection reset", request=request)


def unreachable(request: httpx.Request) -> httpx.Response:
    """A fault: nobody listens."""
    raise httpx.ConnectError("connection refused", request=request)


class FakeServer:
    """State, faults and a log of requests."""

    def __init__(self) -> None:
        self.tokens: dict[str, str] = {}
        self.personal_codes: dict[str, str] = {}
        self.finals: list[str] = []
        self.team: dict[str, Any] | None = None
        self.submissions: list[dict[str, Any]] = []
        self.announcements: list[dict[str, Any]] = []
        self.keys: dict[str, dict[str, Any]] = {}
        self.files: dict[str, bytes] = {}
        self.requests: list[httpx.Request] = []
        self.before: list[tuple[str, Fault]] = []
        self.after: list[tuple[str, Fault]] = []
        self.verdict: dict[str, Any] = scored()
        self.verdict_on_models: dict[str, Any] | None = None
        self.hang = False
        self.knows_duplicates = False
        self.data: FakeData | None = None
        self.transport = httpx.MockTransport(self.handle)

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one request, faults first."""
        request.read()
        self.requests.append(request)
        call = f"{request.method} {request.url.path.removeprefix(API)}"
        fault = self._fault(self.before, call)
        if fault is not None:
            return fault(request)
        answer = self._route(request, call)
        fault = self._fault(self.after, call)
        return answer if fault is None else fault(request)

    def calls(self, start: str) -> list[httpx.Request]:
        """The requests whose method and path begin like this."""
        return [
            request
            for request in self.requests
            if f"{request.method} {request.url.path.removeprefix(API)}".startswith(start)
        ]

    @staticmethod
    def _fault(faults: list[tuple[str, Fault]], call: str) -> Fault | None:
        for number, (start, fault) in enumerate(faults):
            if call.startswith(start):
                del faults[number]
                return fault
        return None

    def _route(self, request: httpx.Request, call: str) -> httpx.Response:
        public: dict[str, Callable[[httpx.Request], httpx.Response]] = {
            "POST /join": self._join,
            "GET /competitions": lambda _: as_json({"competitions": [COMPETITION]}),
            "GET /competitions/mnist": lambda _: as_json(COMPETITION),
            "GET /competitions/mnist/leaderboard": self._leaderboard,
            "GET /competitions/mnist/test-images": lambda _: test_images(),
            "GET /competitions/mnist/training-data": lambda _: training_data(),
        }
        if call in public:
            return public[call](request)
        data = "GET /competitions/mnist/data"
        if self.data is not None and call.startswith(data):
            found = self.data.answer(call.removeprefix(data))
            return found or problem("not_found", 404)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            return problem("unauthorized", 401, "The token is not known.")
        return self._private(request, call, self.tokens[token])

    def _private(self, request: httpx.Request, call: str, name: str) -> httpx.Response:
        if call == "GET /me":
            return as_json(me(name))
        account = self._account(request, call, name)
        if account is not None:
            return account
        if call == "GET /me/quota":
            return as_json(me(name)["quota"])
        if call == "GET /me/submissions":
            return self._mine(request)
        if call == "POST /checks":
            return as_json(CHECKED)
        if call == "POST /submissions":
            return self._open(request, json.loads(request.content))
        if call == "POST /submissions/at-once":
            return self._at_once(request)
        return self._one(request, call)

    def _join(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        if body["code"] in self.personal_codes:
            name = self.personal_codes[body["code"]]
            token = f"hp_{name.lower()}_{len(self.tokens)}"
            self.tokens[token] = name
            return as_json(self._joined(token, name, body["code"]))
        if body["code"] != CODE:
            return problem("forbidden", 403, "The join code is wrong.")
        if body["name"] in self.tokens.values():
            return problem("duplicate_name", 409, "That name is taken.")
        token = f"hp_{body['name'].lower()}"
        self.tokens[token] = body["name"]
        self.personal_codes[PERSONAL] = body["name"]
        return as_json(self._joined(token, body["name"], PERSONAL), 201)

    def _joined(self, token: str, name: str, code: str) -> dict[str, Any]:
        more = {"token": token, "personal_code": code, "board_url": f"{URL}/c/mnist"}
        return {**me(name), **more}

    def _account(self, request: httpx.Request, call: str, name: str) -> httpx.Response | None:
        if "/me" not in call:
            return None
        body = json.loads(request.content) if request.content else {}
        if call == "PATCH /me":
            return as_json({"id": f"p_{name}", "name": body["name"]})
        if call == "DELETE /me":
            wrong = body["confirm"] != name
            return problem("validation", 422) if wrong else httpx.Response(204)
        if call == "POST /me/code":
            return as_json({"personal_code": "NEW-COD-E34"})
        if call == "GET /me/data":
            return as_json({"participant": {"name": name}})
        if call.endswith("/me/final"):
            self.finals = body.get("submissions", self.finals)
            return as_json({"submissions": self.finals, "at_most": 2})
        return self._team_answer(call, body) if "/me/team" in call else None

    def _team_answer(self, call: str, body: dict[str, Any]) -> httpx.Response:
        if call.startswith("DELETE"):
            self.team = None
            return httpx.Response(204)
        if call.startswith("POST"):
            named = body.get("name", "The Hedgehogs")
            members = [{"id": "p_Ada", "name": "Ada"}]
            self.team = {"id": "t1", "name": named, "join_code": "TEAM-7", "members": members}
        return httpx.Response(200, content=json.dumps(self.team))

    def _at_once(self, request: httpx.Request) -> httpx.Response:
        announcement, file = form_parts(request)
        opened = self._open(request, json.loads(announcement))
        submission = self.keys[request.headers["Idempotency-Key"]]
        return opened if submission["state"] != "received" else self._upload(file, submission)

    def _open(self, request: httpx.Request, body: dict[str, Any]) -> httpx.Response:
        key = request.headers["Idempotency-Key"]
        if key in self.keys:
            return as_json(self.keys[key])
        self.announcements.append(body)
        twin = next((each for each in self.submissions if each["sha256"] == body["sha256"]), None)
        if self.knows_duplicates and twin is not None:
            self.keys[key] = twin
            notice = "You have sent exactly these predictions before."
            return as_json({**twin, "duplicate_of": twin["id"], "notice": notice})
        number = len(self.submissions) + 1
        submission = {
            "id": f"s{number}",
            "state": "received",
            "url": f"{URL}/submissions/s{number}",
            "created_at": "2026-11-22T12:00:00+00:00",
            **body,
        }
        self.submissions.append(submission)
        self.keys[key] = submission
        return as_json(submission, 201)

    def _one(self, request: httpx.Request, call: str) -> httpx.Response:
        parts = call.split("/")
        found = [each for each in self.submissions if len(parts) > 2 and each["id"] == parts[2]]
        if not found:
            return problem("not_found", 404, "There is no such submission.")
        submission = found[0]
        if call.endswith("/run-card"):
            submission["run_card"] = json.loads(request.content)
            return as_json(submission)
        if call.startswith("PUT"):
            return self._upload(request.content, submission)
        if call.endswith("/withdraw"):
            submission["moderation"] = "withdrawn"
        elif "wait" in request.url.params and not self.hang:
            self._advance(submission)
        return as_json(submission, headers={"Retry-After": "1"})

    def _upload(self, file: bytes, submission: dict[str, Any]) -> httpx.Response:
        if hashlib.sha256(file).hexdigest() != submission["sha256"]:
            return problem("validation", 422, "The bytes differ from what was announced.")
        self.files[submission["id"]] = file
        submission.update(state="queued", queue_position=2)
        return as_json(submission, 202)

    def _advance(self, submission: dict[str, Any]) -> None:
        if submission["state"] == "queued":
            submission.update(state="running", step="predict", queue_position=None)
        elif submission["state"] == "running":
            is_model = submission["kind"] == "model"
            found = self.verdict_on_models if is_model and self.verdict_on_models else self.verdict
            submission.update(found, step=None)

    def _mine(self, request: httpx.Request) -> httpx.Response:
        newest = list(reversed(self.submissions))
        before = request.url.params.get("before")
        if before:
            start = [each["id"] for each in newest].index(before) + 1
            newest = newest[start:]
        page = newest[: int(request.url.params["limit"])]
        more = len(newest) > len(page)
        return as_json({"submissions": page, "next": page[-1]["id"] if more else None})

    def _leaderboard(self, request: httpx.Request) -> httpx.Response:
        rows = [row(1, "Grace", 0.99), row(2, "Ada", 0.9731)]
        start, count = (int(request.url.params[name]) for name in ("offset", "limit"))
        return as_json(
            {
                "competition": "mnist",
                "split": "public",
                "metric": "accuracy",
                "total": 2,
                "updated_at": "2026-11-22T12:00:00Z",
                "rows": rows[start : start + count],
            }
        )


def form_parts(request: httpx.Request) -> list[bytes]:
    """The contents of a multipart body, read by the standard library."""
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    message = email.message_from_bytes(head + request.content, policy=email.policy.HTTP)
    parts = [part.get_payload(decode=True) for part in message.iter_parts()]
    assert all(isinstance(part, bytes) for part in parts)
    return parts


def row(rank: int, name: str, score: float, **more: Any) -> dict[str, Any]:
    """One row of the board."""
    return {
        "rank": rank,
        "participant": {"id": f"p_{name}", "name": name},
        "submission_id": f"s{rank}",
        "submission_name": "2 conv",
        "score": score,
        "entries": 3,
        "reached_at": "2026-11-22T12:00:00+00:00",
        "url": f"{URL}/submissions/s{rank}",
        **more,
    }


def me(name: str) -> dict[str, Any]:
    """The answer of `GET /me`."""
    return {
        "participant": {"id": f"p_{name}", "name": name},
        "competition": COMPETITION,
        "best": {"submission_id": "s1", "score": 0.9731, "rank": 3, "participants": 12},
        "quota": {
            "per_day": 100,
            "used_today": 3,
            "left_today": 97,
            "resets_at": "2026-11-23T00:00:00+00:00",
            "timezone": "UTC",
        },
    }


def scored(**more: Any) -> dict[str, Any]:
    """The fields of a submission that was scored."""
    return {
        "state": "scored",
        "verdict": {"code": "scored", "detail": "Scored.", "hint": None, "warnings": []},
        "score": 0.9731,
        "rank": 3,
        "participants": 12,
        "best": {"previous_score": 0.97, "change": 0.0031, "is_new_best": True},
        "metrics": {"split": "public", "examples": 5000, "accuracy": 0.9731, "error_count": 135},
        "practice_metrics": {"split": "practice", "examples": 10_000, "error_count": 201},
        "receipt": {"device": "cpu", "seconds": {"predict": 0.4}},
        "interval": {"low": 0.9683, "high": 0.9773},
        "comparison": {
            "above": {"rank": 2, "name": "Grace", "score": 0.9742, "is_close": True},
            "below": {"rank": 4, "name": "Zoe", "score": 0.91, "is_close": False},
            "against": {"id": "s0", "name": "starter", "score": 0.97},
            "is_close": False,
            "changes": [{"name": "dropout", "before": None, "now": 0.5}],
        },
        "quota": me("Ada")["quota"],
        **more,
    }


def diagnosed(**more: Any) -> dict[str, Any]:
    """The same, with a curve that overfits."""
    curves = {"loss": [0.4, 0.1, 0.05, 0.01], "val_loss": [0.3, 0.2, 0.25, 0.4]}
    diagnosis = {
        "kind": "overfitting",
        "meaning": "High variance: the model fits noise of the training set.",
        "rule": "Validation loss rises.",
        "evidence": "Validation loss was lowest in epoch 2.",
        "remedies": ["Stop earlier.", "Dropout, or a smaller model."],
        "epoch": 3,
    }
    return scored(run_card={"history": curves}, diagnosis=diagnosis, **more)


def rejected(code: str, state: str = "rejected", **more: Any) -> dict[str, Any]:
    """The fields of a submission that could not be scored."""
    verdict = {"code": code, "detail": "It has a Lambda layer.", "hint": "Use Rescaling."}
    return {"state": state, "verdict": {**verdict, "warnings": [], **more}}


def as_json(
    document: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None
) -> httpx.Response:
    """A successful answer."""
    return httpx.Response(
        status, json=document, headers={"X-Request-ID": "req-1", **(headers or {})}
    )


def test_images() -> httpx.Response:
    """Twenty black images."""
    file = io.BytesIO()
    np.save(file, np.zeros((20, 28, 28), dtype=np.uint8))
    return httpx.Response(200, content=file.getvalue())


def training_data() -> httpx.Response:
    """Thirty training and ten practice images."""
    file = io.BytesIO()
    np.savez_compressed(
        file,
        x_train=np.zeros((30, 28, 28), dtype=np.uint8),
        y_train=np.arange(30, dtype=np.uint8) % 10,
        x_practice=np.zeros((10, 28, 28), dtype=np.uint8),
        y_practice=np.arange(10, dtype=np.uint8),
    )
    return httpx.Response(200, content=file.getvalue())
