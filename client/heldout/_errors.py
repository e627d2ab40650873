"""Everything that `heldout` raises.

    HeldoutError                    .code .detail .hint .request_id
    ├── NotJoined                   no server or no token is known yet: heldout.join(...)
    ├── WrongArguments              a keyword that isn't one, or a value that can't be (a TypeError)
    ├── UnknownAttribute            no such method or attribute (also an AttributeError)
    ├── CannotSubmit                this object cannot be sent as it is (also a TypeError)
    │   ├── FileUnreadable          no such file, or a folder (also a FileNotFoundError)
    │   └── ExportFailed            model.save() itself failed
    ├── ConnectionFailed            no answer, after every retry (also a ConnectionError)
    ├── UnexpectedAnswer            an answer, but not from a Heldout server
    ├── WaitTimeout                 not scored yet; the submission is safe (also a TimeoutError)
    ├── RequestRefused              the server said no                .status .retry_after_seconds
    │   ├── Malformed               400  malformed
    │   ├── Unauthorized            401  unauthorized
    │   ├── Forbidden               403  forbidden
    │   ├── CompetitionClosed       403  competition_closed
    │   ├── CompetitionPaused       403  competition_paused
    │   ├── NotOpenYet              403  not_open_yet
    │   ├── NotFound                404  not_found
    │   ├── MethodNotAllowed        405  method_not_allowed
    │   ├── TooSlow                 408  too_slow
    │   ├── Conflict                409  conflict
    │   │   └── DuplicateName       409  duplicate_name
    │   ├── FileTooLarge            413  file_too_large
    │   ├── KindNotAccepted         415  kind_not_accepted
    │   ├── WrongHost               421  wrong_host
    │   ├── FileEmpty               422  file_empty
    │   ├── BadGradebook            422  bad_gradebook
    │   ├── SchoolExpired           400  school_expired
    │   ├── SchoolRefused           403  school_refused
    │   ├── SchoolUnavailable       503  school_unavailable
    │   ├── ValidationFailed        422  validation
    │   ├── QuotaExceeded           429  quota_exceeded
    │   ├── RateLimited             429  rate_limited
    │   ├── HeadersTooLarge         431  headers_too_large
    │   ├── ServerError             500  internal
    │   ├── Unavailable             503  unavailable (and 502, 504 from a proxy)
    │   └── StorageFull             507  storage_full
    └── SubmissionError             it arrived, but has no score       .submission_id
        ├── SubmissionRejected      something about the file; final, costs no quota
        │   ├── ModelRejected       a model file
        │   └── PredictionsRejected a prediction file
        └── SubmissionFailed        our machinery; the organizers can run it again

The text of every one says what is wrong and, on the next line, what to do. A notebook shows that
text and the line of the cell that led to it, and no traceback.
"""

from __future__ import annotations

from typing import Any

from heldout._cell_lines import cell_line


class HeldoutError(Exception):
    """Base of all errors: `code` is stable, `detail` says what is wrong, `hint` what to do."""

    code = "heldout"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # As people write it and as a traceback should name it: heldout.QuotaExceeded.
        if cls.__module__ == __name__:
            cls.__module__ = "heldout"

    def __init__(
        self,
        detail: str,
        hint: str = "",
        *,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(detail, hint)
        self.detail = detail
        self.hint = hint
        self.request_id = request_id
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        lines = [f"{self.detail} [{self.code}]"]
        if self.hint:
            lines.append(f"What to do: {self.hint}")
        if self.request_id:
            lines.append(f"Request id, if you ask an organizer: {self.request_id}")
        return "\n".join(lines)

    def _render_traceback_(self) -> list[str]:
        """What IPython and Jupyter show in the place of a traceback."""
        lines = str(self).splitlines()
        where = cell_line(self.__traceback__)
        return [f"{type(self).__name__}: {lines[0]}", *lines[1:], *([where] if where else [])]


class NotJoined(HeldoutError):
    """No server address or no token is known, neither given nor saved."""

    code = "not_joined"


class WrongArguments(HeldoutError, TypeError):
    """A keyword that the call doesn't have, or a value that it can't take."""

    code = "wrong_arguments"


class UnknownAttribute(HeldoutError, AttributeError):
    """There is no such method or attribute; the hint names the one that was probably meant."""

    code = "unknown_attribute"


class CannotSubmit(HeldoutError, TypeError):
    """The object given to `submit` is not a model, an array or a file that can be sent."""

    code = "cannot_submit"


class FileUnreadable(CannotSubmit, FileNotFoundError):
    """The path given to `submit` is not a readable file."""

    code = "file_unreadable"


class ExportFailed(CannotSubmit):
    """The model could not be saved as a `.keras` file."""

    code = "export_failed"


class ConnectionFailed(HeldoutError, ConnectionError):
    """No answer came back, after every retry.

    `reached` is False when the server certainly never saw the request.
    """

    code = "connection_failed"

    def __init__(self, detail: str, hint: str = "", *, reached: bool = True, **more: Any) -> None:
        super().__init__(detail, hint, **more)
        self.reached = reached


class UnexpectedAnswer(HeldoutError):
    """Something answered, but not in the way that a Heldout server does."""

    code = "unexpected_answer"


class WaitTimeout(HeldoutError, TimeoutError):
    """The score is not there yet. Nothing is lost: the submission is on the server."""

    code = "wait_timeout"


class RequestRefused(HeldoutError):
    """The server refused the request and said why.

    `status` is the HTTP status; `retry_after_seconds` is set when the server named a time;
    `problem` is the whole problem document.
    """

    code = "refused"
    status: int = 400

    def __init__(
        self,
        detail: str,
        hint: str = "",
        *,
        status: int | None = None,
        retry_after_seconds: float | None = None,
        problem: dict[str, Any] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail, hint, **more)
        self.retry_after_seconds = retry_after_seconds
        self.problem = problem or {}
        if status is not None:
            self.status = status


class Unauthorized(RequestRefused):
    """The token is missing, unknown or was withdrawn."""

    code = "unauthorized"
    status = 401


class Forbidden(RequestRefused):
    """Not allowed, for example a wrong join code."""

    code = "forbidden"
    status = 403


class CompetitionClosed(RequestRefused):
    """The deadline has passed."""

    code = "competition_closed"
    status = 403


class CompetitionPaused(RequestRefused):
    """The organizers take nothing for the moment; submit again when they go on."""

    code = "competition_paused"
    status = 403


class NotOpenYet(RequestRefused):
    """The competition has not opened yet."""

    code = "not_open_yet"
    status = 403


class NotFound(RequestRefused):
    """There is nothing under this address or id."""

    code = "not_found"
    status = 404


class MethodNotAllowed(RequestRefused):
    """The server does not offer this call; usually client and server differ in version."""

    code = "method_not_allowed"
    status = 405


class Conflict(RequestRefused):
    """The request does not fit what the server already has."""

    code = "conflict"
    status = 409


class DuplicateName(Conflict):
    """Somebody, perhaps you on another machine, already joined under this name."""

    code = "duplicate_name"


class FileTooLarge(RequestRefused):
    """The file is larger than the competition accepts."""

    code = "file_too_large"
    status = 413


class KindNotAccepted(RequestRefused):
    """This competition does not take this kind of submission (model or predictions)."""

    code = "kind_not_accepted"
    status = 415


class Malformed(RequestRefused):
    """What arrived was no HTTP request."""

    code = "malformed"
    status = 400


class TooSlow(RequestRefused):
    """The request didn't arrive in time."""

    code = "too_slow"
    status = 408


class WrongHost(RequestRefused):
    """The server doesn't go by the name in the address."""

    code = "wrong_host"
    status = 421


class FileEmpty(RequestRefused):
    """The file has no bytes."""

    code = "file_empty"
    status = 422


class BadGradebook(RequestRefused):
    """A course's gradebook that can't be filled; organizers alone send any."""

    code = "bad_gradebook"
    status = 422


class SchoolExpired(RequestRefused):
    """A sign-in with the school took too long; browsers alone begin any."""

    code = "school_expired"
    status = 400


class SchoolRefused(RequestRefused):
    """A sign-in with the school that doesn't admit; browsers alone begin any."""

    code = "school_refused"
    status = 403


class SchoolUnavailable(RequestRefused):
    """The school's sign-in doesn't answer; browsers alone ask it."""

    code = "school_unavailable"
    status = 503


class ValidationFailed(RequestRefused):
    """A value of the request is not valid, or the upload differs from what was announced."""

    code = "validation"
    status = 422


class QuotaExceeded(RequestRefused):
    """Today's submissions are used up."""

    code = "quota_exceeded"
    status = 429


class RateLimited(RequestRefused):
    """Too many requests in a short time; the client already waited and tried again."""

    code = "rate_limited"
    status = 429


class HeadersTooLarge(RequestRefused):
    """The address and the headers of the request are too long."""

    code = "headers_too_large"
    status = 431


class ServerError(RequestRefused):
    """A mistake on the server; nothing that you did."""

    code = "internal"
    status = 500


class Unavailable(RequestRefused):
    """The server is starting, stopping or overloaded; the client already tried again."""

    code = "unavailable"
    status = 503


class StorageFull(RequestRefused):
    """The server has no room for files; the organizers must make some."""

    code = "storage_full"
    status = 507


class SubmissionError(HeldoutError):
    """A submission arrived but has no score."""

    code = "submission"

    def __init__(
        self, detail: str, hint: str = "", *, submission_id: str | None = None, **more: Any
    ) -> None:
        super().__init__(detail, hint, **more)
        self.submission_id = submission_id


class SubmissionRejected(SubmissionError):
    """The file could not be scored; `code` says why. Final, and costs no quota."""

    code = "rejected"


class ModelRejected(SubmissionRejected):
    """The model file could not be scored."""


class PredictionsRejected(SubmissionRejected):
    """The prediction file could not be scored."""


class SubmissionFailed(SubmissionError):
    """Our machinery failed, not your file. The organizers see it and can run it again."""

    code = "error"


REFUSALS: dict[str, type[RequestRefused]] = {
    refusal.code: refusal
    for refusal in (
        Malformed, Unauthorized, Forbidden, CompetitionClosed, CompetitionPaused, NotOpenYet,
        NotFound, MethodNotAllowed, TooSlow, Conflict, DuplicateName, FileTooLarge, KindNotAccepted,
        WrongHost, FileEmpty, ValidationFailed, QuotaExceeded, RateLimited, HeadersTooLarge,
        ServerError, Unavailable, StorageFull, BadGradebook,
        SchoolExpired, SchoolRefused, SchoolUnavailable,
    )
}  # fmt: skip

MODEL_CODES = frozenset(
    {
        "file_empty", "file_too_large", "not_a_keras_file", "archive_invalid", "archive_unsafe",
        "format_not_supported", "config_invalid", "layer_not_allowed", "weights_only",
        "weights_unsafe", "weights_invalid", "model_too_large", "load_failed", "input_shape",
        "output_shape", "preprocessing", "non_finite", "timeout", "out_of_memory", "crashed",
        "needs_tensorflow", "needs_onnxruntime",
    }
)  # fmt: skip
PREDICTION_CODES = frozenset(
    {
        "not_npy", "object_array", "truncated", "trailing_bytes", "shape", "row_count", "columns",
        "ids", "id_order", "separator", "encoding", "value_type", "label_range", "non_finite",
        "ambiguous", "unsuitable", "too_large", "format", "file_empty", "file_too_large",
    }
)  # fmt: skip


def refusal_class(code: str | None, status: int) -> type[RequestRefused]:
    """The class for an HTTP refusal: by the server's code, else by the status."""
    if code in REFUSALS:
        return REFUSALS[code]
    if status in (502, 503, 504):
        return Unavailable
    return ServerError if status >= 500 else RequestRefused


def rejection_class(code: str, kind: str) -> type[SubmissionRejected]:
    """The class for a verdict on a file; codes that both kinds share follow the kind."""
    if kind == "model" and code in MODEL_CODES:
        return ModelRejected
    if kind == "predictions" and code in PREDICTION_CODES:
        return PredictionsRejected
    return SubmissionRejected
