"""One server, one token: requests out, answers or errors of our own tree back."""

from __future__ import annotations

import io
import json as json_codec
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from heldout._constants import (
    API_PREFIX,
    CHUNK_BYTES,
    CONNECT_TIMEOUT_SECONDS,
    READ_TIMEOUT_SECONDS,
    WRITE_TIMEOUT_SECONDS,
)
from heldout._errors import (
    ConnectionFailed,
    HeldoutError,
    NotJoined,
    UnexpectedAnswer,
    refusal_class,
)
from heldout._render import plain
from heldout._retries import Retries
from heldout._version import __version__

if TYPE_CHECKING:
    import httpx

Answer = TypeVar("Answer")

HOW_TO_JOIN = 'call heldout.join("http://HOST:8000", code="...", name="...") once.'


class Connection:
    """Sends requests to the API at `url`; `http` is the open `httpx.Client`.

    `send` tries once; `request` and `download` try again as `retries` says.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        transport: httpx.BaseTransport | None = None,
        retries: Retries | None = None,
    ) -> None:
        # Imported here: httpx is nine tenths of the time that `import heldout` would take.
        import httpx

        self.url = url
        self.token = token
        self.retries = retries or Retries()
        self.sent: set[str] = set()  # digests of files: what is sent again may be known
        try:
            self.http = httpx.Client(
                base_url=url + API_PREFIX,
                transport=transport,
                timeout=httpx.Timeout(
                    READ_TIMEOUT_SECONDS,
                    connect=CONNECT_TIMEOUT_SECONDS,
                    write=WRITE_TIMEOUT_SECONDS,
                ),
                headers={"User-Agent": f"heldout/{__version__}", "Accept": "application/json"},
            )
        except httpx.InvalidURL as error:
            raise bad_address(url) from error

    def close(self) -> None:
        """Close the sockets."""
        self.http.close()

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """`send`, with retries. Only for requests that may safely arrive twice."""
        return self.retries.run(lambda: self.send(method, path, **more))

    def send(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        content: Iterable[bytes] | None = None,
        needs_token: bool = True,
    ) -> httpx.Response:
        """The answer to one request, sent once.

        Raises `ConnectionFailed` without an answer, `UnexpectedAnswer` when it is not ours, and
        the class of the server's error code for a refusal.
        """
        sent = self.http.build_request(
            method,
            path,
            json=json,
            params=params,
            headers={**self._authorization(needs_token), **(headers or {})},
            content=content,
        )
        answer = self._answer(lambda: self.http.send(sent))
        raise_for_answer(answer)
        return answer

    def download(self, path: str, moved: Callable[[int, int], None]) -> bytes:
        """The body at `path`, with retries; `moved(bytes_so_far, bytes_in_all)` after each part."""
        body = io.BytesIO()
        self.download_into(body, path, moved)
        return body.getvalue()

    def download_into(self, target: BinaryIO, path: str, moved: Callable[[int, int], None]) -> None:
        """The same, written into an open file from its beginning."""
        self.retries.run(lambda: self._answer(lambda: self._download(target, path, moved)))

    def _download(self, target: BinaryIO, path: str, moved: Callable[[int, int], None]) -> None:
        target.seek(0)
        target.truncate()
        headers = self._authorization(needs_token=False)
        with self.http.stream("GET", path, headers=headers) as answer:
            if not answer.is_success:
                answer.read()
                raise_for_answer(answer)
            expected = int(answer.headers.get("Content-Length") or 0)
            done = 0
            for part in answer.iter_bytes(CHUNK_BYTES):
                target.write(part)
                done += len(part)
                moved(done, max(expected, done))

    def _authorization(self, needs_token: bool) -> dict[str, str]:
        if self.token:
            return {"Authorization": f"Bearer {self.token}"}
        if needs_token:
            raise NotJoined(f"There is no saved login for {self.url}.", HOW_TO_JOIN)
        return {}

    def _answer(self, action: Callable[[], Answer]) -> Answer:
        """What `action` answers, with httpx's errors turned into ours."""
        import httpx

        try:
            return action()
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise bad_address(self.url) from error
        except httpx.LocalProtocolError as error:
            raise HeldoutError(
                f"The request could not be sent: {error}",
                "was the file changed while it was being uploaded? Submit it again.",
                code="request_invalid",
            ) from error
        except httpx.RequestError as error:
            reached = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
            raise _no_answer(self.url, error, reached) from error


def raise_for_answer(answer: httpx.Response) -> None:
    """Nothing for a success; else the error that the answer describes."""
    if answer.is_success:
        return
    problem = _problem(answer)
    if problem is None and answer.status_code not in (429, 502, 503, 504):
        raise _not_heldout(answer)
    problem = problem or {}
    code = problem.get("code")
    raise refusal_class(code, answer.status_code)(
        plain(problem.get("detail") or problem.get("title") or f"HTTP {answer.status_code}.", 2000),
        plain(problem.get("hint") or "", 2000),
        code=code,
        status=answer.status_code,
        retry_after_seconds=retry_after(answer),
        problem=problem,
        request_id=problem.get("request_id") or answer.headers.get("X-Request-ID"),
    )


def json_object(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object of a successful answer."""
    try:
        document = json_codec.loads(answer.content)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise _not_heldout(answer)
    return document


def retry_after(answer: httpx.Response) -> float | None:
    """The header `Retry-After` in seconds from now; it may be a number or a date."""
    text = answer.headers.get("Retry-After", "").strip()
    if not text:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        return _seconds_until(text)


def _seconds_until(date: str) -> float | None:
    # A rare form of the header, and an import that would double the time of `import heldout`.
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())


def _problem(answer: httpx.Response) -> dict[str, Any] | None:
    try:
        document = json_codec.loads(answer.content)
    except ValueError:
        return None
    if isinstance(document, dict) and isinstance(document.get("code"), str):
        return document
    return None


def _not_heldout(answer: httpx.Response) -> UnexpectedAnswer:
    status = answer.status_code
    hint = "check the address: it is the one on the board, such as http://192.168.1.20:8000"
    if answer.is_redirect:
        hint = f"the server points elsewhere; try {answer.headers.get('Location', '')!r}"
    return UnexpectedAnswer(
        f"{answer.request.url} answered {status}, but not in the way a Heldout server does.",
        hint,
        request_id=answer.headers.get("X-Request-ID"),
    )


def bad_address(url: str) -> ConnectionFailed:
    """The error for an address that cannot be one."""
    return ConnectionFailed(
        f"{url!r} is not an address that can be opened.",
        "use the address on the board, such as http://192.168.1.20:8000",
        reached=False,
    )


def _no_answer(url: str, error: Exception, reached: bool) -> ConnectionFailed:
    reason = str(error) or type(error).__name__
    return ConnectionFailed(
        f"No answer from {url} ({reason}).",
        "is the server running, are you on the same network, and is the address right? "
        "Sending the same thing again is safe.",
        reached=reached,
    )
