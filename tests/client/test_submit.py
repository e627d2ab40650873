"""`Client.submit` over a network that fails in every way that networks fail."""

from __future__ import annotations

import io
from pathlib import Path

import httpx
import numpy as np
import pytest

import heldout
from client.fake_server import (
    TOKEN,
    URL,
    FakeServer,
    Fault,
    lose,
    problem,
    refuse,
    rejected,
    scored,
    unreachable,
)

LABELS = np.arange(20) % 10
# Beyond what goes in one request a second time, and at all.
MIDDLING = np.zeros(1000, np.int64)
LARGE = np.zeros(2000, np.int64)
# Each request on the way of a small, a middling and a large file.
STEPS = [
    ("POST /submissions/at-once", LABELS),
    ("POST /submissions/at-once", MIDDLING),
    ("POST /submissions", LARGE),
    ("PUT /submissions", LARGE),
]


@pytest.fixture(autouse=True)
def sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is small, and what is large: a thousandth of the real sizes."""
    monkeypatch.setattr("heldout._delivery.SMALL_BYTES", 4 * 1024)
    monkeypatch.setattr("heldout._delivery.AT_ONCE_BYTES", 10 * 1024)


def keys(server: FakeServer) -> set[str]:
    """The idempotency keys that the server has seen."""
    return {request.headers["Idempotency-Key"] for request in server.calls("POST /submissions")}


class TestSubmitArray:
    def test_sends_the_array_and_answers_the_score(
        self, client: heldout.Client, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        submission = client.submit(LABELS, name="argmax", batch_size=128)
        assert (submission.status, submission.score, submission.rank) == ("scored", 0.9731, 3)
        sent = np.load(io.BytesIO(server.files["s1"]), allow_pickle=False)
        np.testing.assert_array_equal(sent, LABELS)
        opened = server.announcements[0]
        assert opened["kind"] == "predictions"
        assert opened["name"] == "argmax"
        assert opened["size_bytes"] == len(server.files["s1"])
        assert opened["run_card"]["hyperparameters"] == {"batch_size": 128}
        assert "Rank 3 of 12" in capsys.readouterr().out

    def test_announces_the_length_of_the_body(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        client.submit(LABELS)
        client.submit(LARGE)
        uploads = server.calls("POST /submissions/at-once") + server.calls("PUT /submissions")
        for upload in uploads:
            assert upload.headers["Content-Length"] == str(len(upload.content))
            assert "Transfer-Encoding" not in upload.headers
        assert len(uploads) == 2

    def test_hands_back_a_handle_without_waiting(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        submission = client.submit(LABELS, wait=False)
        assert submission.status == "queued"
        assert not server.calls("GET /submissions")
        assert submission.wait(timeout=60).score == 0.9731

    def test_uses_a_new_key_for_each_submission(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        client.submit(LABELS)
        client.submit(LABELS[::-1])
        assert len(keys(server)) == 2

    def test_merges_hyperparameters_given_both_ways(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        client.submit(LABELS, hyperparameters={"wait": 1, "seed": 1}, seed=2)
        card = server.announcements[0]["run_card"]
        assert card["hyperparameters"] == {"wait": 1, "seed": 2}

    def test_prints_nothing_when_told_to(
        self,
        server: FakeServer,
        retries: heldout.Retries,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        with heldout.Client(
            URL, TOKEN, transport=server.transport, retries=retries, progress=False
        ) as quiet:
            quiet.submit(LABELS)
        assert capsys.readouterr() == ("", "")


class TestSubmitFile:
    def test_streams_a_csv_file(
        self, client: heldout.Client, server: FakeServer, tmp_path: Path
    ) -> None:
        path = tmp_path / "predictions.csv"
        path.write_text("\n".join(str(label) for label in LABELS))
        client.submit(path)
        assert server.files["s1"] == path.read_bytes()
        assert server.submissions[0]["filename"] == "predictions.csv"

    def test_sends_a_large_file_whole(
        self,
        client: heldout.Client,
        server: FakeServer,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        path = tmp_path / "model.keras"
        path.write_bytes(b"PK\x03\x04" + bytes(range(256)) * 20_000)
        client.submit(str(path))
        assert server.files["s1"] == path.read_bytes()
        assert len(server.calls("PUT /submissions")) == 1
        assert "Uploading: 5.1 MB, done" in capsys.readouterr().err

    def test_leaves_an_empty_file_to_the_server(
        self, client: heldout.Client, server: FakeServer, tmp_path: Path
    ) -> None:
        (tmp_path / "model.keras").touch()
        server.before.append(("POST /submissions", refuse("file_empty", 422)))
        with pytest.raises(heldout.FileEmpty):
            client.submit(tmp_path / "model.keras")


class TestAgain:
    def test_what_was_sent_before_is_asked_about_first(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        server.knows_duplicates = True
        client.submit(MIDDLING)
        first = len(server.calls("POST /submissions"))
        client.submit(MIDDLING)
        asked = server.calls("POST /submissions")[first:]
        assert [request.url.path.rpartition("/")[2] for request in asked] == ["submissions"]
        assert server.calls("PUT /submissions") == []


class TestRetries:
    @pytest.mark.parametrize(("call", "predictions"), STEPS)
    @pytest.mark.parametrize(
        "fault",
        [
            lose,
            unreachable,
            refuse("unavailable", 503),
            refuse("rate_limited", 429),
            lambda request: httpx.Response(502, text="<h1>Bad gateway</h1>"),
            lambda request: httpx.Response(504, text="late"),
        ],
    )
    def test_tries_again_under_the_same_key(
        self,
        client: heldout.Client,
        server: FakeServer,
        call: str,
        predictions: np.ndarray,
        fault: Fault,
    ) -> None:
        server.before += [(call, fault), (call, fault)]
        assert client.submit(predictions).score == 0.9731
        assert len(server.submissions) == 1
        assert len(keys(server)) == 1

    @pytest.mark.parametrize(("call", "predictions"), STEPS)
    def test_a_lost_answer_never_submits_twice(
        self, client: heldout.Client, server: FakeServer, call: str, predictions: np.ndarray
    ) -> None:
        server.after.append((call, lose))
        assert client.submit(predictions).score == 0.9731
        assert len(server.submissions) == 1

    def test_does_not_upload_again_what_has_arrived(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        server.after.append(("PUT /submissions", lose))
        client.submit(LARGE)
        assert len(server.calls("PUT /submissions")) == 1
        assert len(server.calls("POST /submissions")) == 2

    def test_asks_first_when_much_was_sent_in_vain(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        server.before.append(("POST /submissions/at-once", unreachable))
        server.before.append(("PUT /submissions", unreachable))
        client.submit(MIDDLING)
        assert len(server.calls("POST /submissions/at-once")) == 1
        assert len(server.calls("PUT /submissions")) == 2

    @pytest.mark.parametrize(("code", "status"), [("not_found", 404), ("method_not_allowed", 405)])
    def test_a_server_of_before_takes_it_in_two_requests(
        self, client: heldout.Client, server: FakeServer, code: str, status: int
    ) -> None:
        server.before.append(("POST /submissions/at-once", refuse(code, status)))
        assert client.submit(LABELS).score == 0.9731
        assert len(server.calls("PUT /submissions")) == 1

    def test_opens_again_when_the_opening_expired(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        server.before.append(("PUT /submissions", refuse("not_found", 404)))
        assert client.submit(LARGE).score == 0.9731
        assert len(keys(server)) == 1

    def test_honours_retry_after(
        self, client: heldout.Client, server: FakeServer, pauses: list[float]
    ) -> None:
        server.before.append(("POST /submissions", refuse("rate_limited", 429, retry_after=7)))
        client.submit(LABELS)
        assert pauses == [7.0]

    def test_honours_retry_after_as_a_date_in_the_past(
        self, client: heldout.Client, server: FakeServer, pauses: list[float]
    ) -> None:
        past = "Wed, 21 Oct 2015 07:28:00 GMT"
        server.before.append(("POST /submissions", refuse("unavailable", 503, retry_after=past)))
        client.submit(LABELS)
        assert pauses == [0.0]

    def test_does_not_sit_through_an_hour(
        self, client: heldout.Client, server: FakeServer, pauses: list[float]
    ) -> None:
        server.before.append(("POST /submissions", refuse("rate_limited", 429, retry_after=3600)))
        with pytest.raises(heldout.RateLimited) as caught:
            client.submit(LABELS)
        assert caught.value.retry_after_seconds == 3600
        assert pauses == []

    def test_backs_off_and_gives_up(
        self, client: heldout.Client, server: FakeServer, pauses: list[float]
    ) -> None:
        server.before += [("POST /submissions", unreachable)] * 6
        with pytest.raises(heldout.ConnectionFailed, match="No answer from"):
            client.submit(LABELS)
        assert pauses == [0.25, 0.5, 1.0, 2.0, 4.0]

    @pytest.mark.parametrize(
        ("code", "status", "expected"),
        [
            ("quota_exceeded", 429, heldout.QuotaExceeded),
            ("conflict", 409, heldout.Conflict),
            ("competition_closed", 403, heldout.CompetitionClosed),
            ("internal", 500, heldout.ServerError),
        ],
    )
    def test_a_rule_is_final(
        self,
        client: heldout.Client,
        server: FakeServer,
        code: str,
        status: int,
        expected: type[heldout.RequestRefused],
    ) -> None:
        server.before.append(("POST /submissions", refuse(code, status, retry_after=1)))
        with pytest.raises(expected, match="What to do: Do it differently") as caught:
            client.submit(LABELS)
        assert caught.value.request_id == "req-1"
        assert caught.value.status == status
        assert len(server.requests) == 1


class TestWaiting:
    def test_a_timeout_says_that_it_is_safe_and_hands_back(
        self, client: heldout.Client, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        server.hang = True
        submission = client.submit(LABELS, timeout=0.02)
        assert submission.status == "queued"
        said = capsys.readouterr().out
        assert "safe" in said
        assert "heldout status s1" in said

    def test_the_handle_raises_the_same_text(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        server.hang = True
        submission = client.submit(LABELS, wait=False)
        with pytest.raises(heldout.WaitTimeout, match=r"safe.*\n.*client\.submission\('s1'\)"):
            submission.wait(timeout=0.02)

    def test_outlasts_a_restart_of_the_server(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        server.before += [("GET /submissions", unreachable)] * 20
        assert client.submit(LABELS).score == 0.9731

    def test_pauses_as_told_when_the_line_is_not_held(
        self, client: heldout.Client, server: FakeServer, pauses: list[float]
    ) -> None:
        document = {"id": "s1", "state": "queued", "queue_position": 2}
        early = httpx.Response(200, json=document, headers={"Retry-After": "3"})
        server.before.append(("GET /submissions", lambda request: early))
        client.submit(LABELS)
        assert pauses == [3.0]

    def test_does_not_pause_after_news(self, client: heldout.Client, pauses: list[float]) -> None:
        client.submit(LABELS)
        assert pauses == []

    def test_an_interrupted_wait_says_that_it_is_safe(
        self, client: heldout.Client, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def interrupt(request: httpx.Request) -> httpx.Response:
            raise KeyboardInterrupt

        server.before.append(("GET /submissions", interrupt))
        with pytest.raises(KeyboardInterrupt):
            client.submit(LABELS)
        assert "submission is safe" in capsys.readouterr().out

    def test_a_withdrawn_token_is_not_waited_for(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        server.before.append(("GET /submissions", refuse("unauthorized", 401)))
        with pytest.raises(heldout.Unauthorized):
            client.submit(LABELS)


class TestVerdicts:
    def test_a_rejected_file_does_not_raise(
        self, client: heldout.Client, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        server.verdict = rejected("row_count")
        submission = client.submit(LABELS)
        assert isinstance(submission.error, heldout.PredictionsRejected)
        assert submission.error.code == "row_count"
        assert submission.error.submission_id == "s1"
        assert "What to do: Use Rescaling." in capsys.readouterr().out

    def test_raise_for_status_raises_the_error(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        server.verdict = rejected("row_count")
        with pytest.raises(heldout.SubmissionRejected, match="Lambda"):
            client.submit(LABELS).raise_for_status()

    def test_our_failure_is_a_different_class(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        server.verdict = rejected("error", state="error")
        error = client.submit(LABELS).error
        assert isinstance(error, heldout.SubmissionFailed)
        assert not isinstance(error, heldout.SubmissionRejected)

    def test_a_score_has_no_error(self, client: heldout.Client) -> None:
        submission = client.submit(LABELS)
        assert submission.error is None
        assert submission.raise_for_status() is submission

    def test_tells_warnings_and_notices(
        self, client: heldout.Client, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        warned = {"code": "scored", "detail": "", "hint": None, "warnings": ["Looks like chance."]}
        server.verdict = scored(verdict=warned, notice="You sent the same file before.")
        assert client.submit(LABELS).warnings == ["Looks like chance."]
        said = capsys.readouterr().out
        assert "Note: Looks like chance." in said
        assert "Note: You sent the same file before." in said


class TestStrangeAnswers:
    @pytest.mark.parametrize(
        "answer",
        [
            httpx.Response(404, text="<h1>nginx</h1>"),
            httpx.Response(200, text="<h1>Welcome to the wireless</h1>"),
            httpx.Response(200, json=["a", "list"]),
            httpx.Response(302, headers={"Location": "https://login.wifi"}),
        ],
    )
    def test_says_that_it_is_not_heldout(
        self, client: heldout.Client, server: FakeServer, answer: httpx.Response
    ) -> None:
        server.before.append(("POST /submissions", lambda request: answer))
        with pytest.raises(heldout.UnexpectedAnswer, match="not in the way a Heldout server does"):
            client.submit(LABELS)

    def test_keeps_a_code_of_a_newer_server(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        answer = problem("team_full", 409, "The team is full.")
        server.before.append(("POST /submissions", lambda request: answer))
        with pytest.raises(heldout.RequestRefused, match="The team is full") as caught:
            client.submit(LABELS)
        assert caught.value.code == "team_full"
