"""The client: one participant's view of one server."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from heldout._account import Account, joined_words
from heldout._calls import public, without_frames
from heldout._check import Check
from heldout._connection import Connection, json_object
from heldout._constants import SUBMIT_WAIT_SECONDS
from heldout._delivery import DEFAULT_PREPROCESSING, announce, deliver
from heldout._downloads import Downloads
from heldout._errors import (
    FileTooLarge,
    HeldoutError,
    KindNotAccepted,
    NotFound,
    NotJoined,
    WaitTimeout,
)
from heldout._export import exported, is_keras_model
from heldout._home import Home, predicted_at_home, runs_at_home
from heldout._keywords import (
    check_history,
    check_preprocessing,
    checked_hyperparameters,
    free_keywords,
)
from heldout._leaderboard import Leaderboard
from heldout._login import Login, find_login
from heldout._models import Competition
from heldout._progress import Progress, make_progress
from heldout._render import plain
from heldout._retries import Retries
from heldout._run_cards import joined, tells_more
from heldout._submission import Submission, SubmissionList
from heldout._torch_file import ONLY_AS_A_FILE, PREDICTS_INSTEAD, exported_module
from heldout._tracking import Tracking, track

if TYPE_CHECKING:
    import httpx

LARGEST_PAGE = 100


class Client(Account, Downloads):
    """Submits, reads the board and the data. Usually made by `heldout.join(...)`.

    Without `url` and `token` it takes `HELDOUT_URL` and `HELDOUT_TOKEN`, else the login that
    `join` saved. Without any token it can still read the board and the data. `progress=False`
    prints nothing; `transport` and `retries` are for tests and unusual networks.
    """

    @public
    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        competition: str | None = None,
        progress: bool | None = None,
        transport: httpx.BaseTransport | None = None,
        retries: Retries | None = None,
    ) -> None:
        login = self._login = find_login(url, token, competition)
        self._slug = competition or login.competition or None
        self._connection = Connection(
            login.url, login.token or None, transport=transport, retries=retries
        )
        self._progress: Progress = make_progress(progress)
        self._again = {"progress": progress, "transport": transport, "retries": retries}

    @property
    def url(self) -> str:
        """The server's address."""
        return self._connection.url

    @property
    def token(self) -> str | None:
        """The secret token, to use the same login on another machine."""
        return self._connection.token

    @public
    def competition(self) -> Competition:
        """The competition and its rules."""
        path = f"/competitions/{self._competition_slug}"
        answer = self._connection.request("GET", path, needs_token=False)
        return Competition.from_json(json_object(answer))

    @public
    def contests(self) -> list[Competition]:
        """The contests of this server that anybody may know of, oldest first."""
        answer = self._connection.request("GET", "/competitions", needs_token=False)
        return [Competition.from_json(each) for each in json_object(answer)["competitions"]]

    @public
    def join(self, competition: str, room_code: str = "") -> Client:
        """Join another contest of this server as the same person; answers the client of it.

        `competition` is its name in the address; one that asks for a code wants it once, as
        `room_code`. From then on both logins are saved: `Client(url, competition=...)` chooses.
        """
        from heldout._joining import join

        if self.code is None:
            raise NotJoined(
                "This machine was never told your personal code.",
                "client.new_code() makes one; then join again",
            )
        more: dict[str, Any] = dict(self._again)
        return join(self.url, self.code, competition=competition, room_code=room_code, **more)

    @cached_property
    def _competition_slug(self) -> str:
        if self._slug:
            return self._slug
        if self._connection.token:
            return self.me().competition.slug
        slugs = [each.slug for each in self.contests()]
        if len(slugs) == 1:
            return slugs[0]
        raise NotJoined(
            f"{self.url} has {len(slugs)} competitions.",
            f"choose one: Client(url, competition=...) of {', '.join(slugs) or 'none'}",
        )

    @public
    def submit(
        self,
        model: Any,
        *,
        name: str | None = None,
        history: Any = None,
        wait: bool = True,
        timeout: float | None = SUBMIT_WAIT_SECONDS,
        notes: str | None = None,
        preprocessing: str = DEFAULT_PREPROCESSING,
        hyperparameters: Mapping[str, Any] | None = None,
        **more_hyperparameters: Any,
    ) -> Submission:
        """Send a model, predictions, or a path to a file; answers its handle.

        `model` is one of these:
        a built Keras model, which the server scores (where a contest takes predictions alone, it
        runs here as the next ones do);
        a PyTorch module: exported as an ONNX file, which the server scores, where `torch` can;
        else as the next ones;
        a trained model of scikit-learn, XGBoost, LightGBM or Flax: it runs here on
        `data().x_test`, or on the test table if it learned from a frame, and its predictions are
        sent, marked "predicted at home";
        predictions for `data().x_test` as any array: labels or numbers (n,), probabilities
        (n, classes), names of classes as text;
        a frame or column of pandas or polars in any order, with the ids as its index or a column;
        a path to a .keras, .onnx, .npy, .npz or .csv file.
        `history`: what `model.fit` returned, or a list of these for several fits.
        Other keywords, such as `batch_size=128`, go on the run card and win over what is
        captured; a name that `submit` itself uses goes into `hyperparameters={...}`.
        `preprocessing`: what the model expects of its inputs: of pixels "0-1" (divided by 255),
        "0-255", "-0.5-0.5", "-1-1"; of any "standardize", "l2-rows" or "none" (as they are). By
        default ("auto") practice examples tell, and the receipt says so.
        `wait`: wait up to `timeout` seconds and print the score. A slower one is safe on the
        server; the handle's `wait()` goes on waiting.

        A file that cannot be scored does not raise: see `Submission.error`. Raises
        `CannotSubmit` before anything is sent, a `RequestRefused` for the contest's rules
        (quota, deadline, size), `ConnectionFailed` without an answer after all retries.
        """
        explicit = {
            **checked_hyperparameters(hyperparameters),
            **free_keywords(more_hyperparameters),
        }
        check_history(history)
        check_preprocessing(preprocessing)
        try:
            told = (name, history, explicit, notes, preprocessing)
            submission = self._sent_as_a_file(model, wait, timeout, *told)
            if submission is None:
                home = self._at_home(model, "test", preprocessing)
                submission = self._sent(model, home, wait, timeout, *told)
        finally:
            self._progress.close()
        return submission

    def _sent_as_a_file(
        self, model: Any, wait: bool, timeout: float | None, *told: Any
    ) -> Submission | None:
        """A PyTorch module sent as an ONNX file; None where its predictions have to do."""
        with exported_module(model, self._data) as file:
            if file is None:
                return None
            self._progress.say(file.said)
            try:
                submission = self._send(model, file, *told)
            except (KindNotAccepted, FileTooLarge) as refused:
                self._progress.say(PREDICTS_INSTEAD.format(why=refused.detail))
                return None
            if wait:
                self._wait(submission, timeout)
        error = submission.error
        if error is None or error.code not in ONLY_AS_A_FILE:
            return submission
        self._progress.say(PREDICTS_INSTEAD.format(why=error.detail))
        return None

    def _sent(
        self, model: Any, home: Home | None, wait: bool, timeout: float | None, *told: Any
    ) -> Submission:
        try:
            submission = self._send(model, home, *told)
        except KindNotAccepted:
            if home is not None or not is_keras_model(model):
                raise
            # A contest of predictions alone: the model runs here, as any other framework's.
            submission = self._send(model, self._predicted(model, "test", told[-1]), *told)
        if wait:
            self._wait(submission, timeout)
        return submission

    def _send(
        self,
        model: Any,
        home: Home | None,
        name: str | None,
        history: Any,
        explicit: Mapping[str, Any],
        notes: str | None,
        preprocessing: str,
    ) -> Submission:
        """Send the model, or what it predicted at home."""
        with exported(model if home is None else home.predictions) as payload:
            subject = model if is_keras_model(model) else None
            opening = announce(payload, subject, name, history, explicit, notes, preprocessing)
            if home is not None:
                opening = home.announced(opening)
            submission = deliver(
                self._connection, payload, opening, uuid.uuid4().hex, self._progress
            )
        if submission.raw.get("duplicate_of"):
            self._keep_card(submission.refresh(), opening["run_card"])
        return submission

    @public
    def track(self, model: Any) -> Tracking:
        """Record every later `model.fit(...)`, for `submit(model)` to send along.

        That is what the model itself forgets: batch size, number of examples, callbacks, seed,
        seconds, the learning rate of each epoch, and every fit, not only the last. Call it once,
        before `fit`; or use `with client.track(model): ...`. Raises `CannotSubmit` for what is
        not a model.
        """
        return track(model)

    @public
    def check(self, model: Any, *, preprocessing: str = DEFAULT_PREPROCESSING) -> Check:
        """Try a model, or predictions for the practice examples, without submitting.

        Free: it takes nothing from the quota, isn't ranked, and answers at once with the same
        figures and hints that a submission would get, on practice examples, whose labels everyone
        has. `model` and `preprocessing` as in `submit`; a file that cannot be scored does not
        raise: see `Check.error`.
        """
        check_preprocessing(preprocessing)
        check = self._checked_as_a_file(model, preprocessing)
        if check is None:
            home = self._at_home(model, "practice", preprocessing)
            how = preprocessing if home is None else DEFAULT_PREPROCESSING
            check = self._checked(model if home is None else home.predictions, how)
        self._progress.show(check)
        return check

    def _checked_as_a_file(self, model: Any, preprocessing: str) -> Check | None:
        """A PyTorch module checked as an ONNX file; None where it will predict at home."""
        with exported_module(model, self._data) as file:
            if file is None:
                return None
            try:
                check = self._checked(file.predictions, preprocessing)
            except (KindNotAccepted, FileTooLarge):
                return None
        return None if check.error and check.error.code in ONLY_AS_A_FILE else check

    def _checked(self, subject: Any, preprocessing: str) -> Check:
        with exported(subject) as payload:
            answer = self._connection.request(
                "POST",
                "/checks",
                params={"kind": payload.kind, "preprocessing": preprocessing},
                headers={"Content-Type": "application/octet-stream"},
                content=list(payload.parts()),
            )
        return Check(json_object(answer), payload.kind)

    def _at_home(self, model: Any, part: str, preprocessing: str) -> Home | None:
        """What a model of another framework predicts here; None for everything else."""
        if is_keras_model(model) or not runs_at_home(model):
            return None
        return self._predicted(model, part, preprocessing)

    def _predicted(self, model: Any, part: str, preprocessing: str) -> Home:
        home = predicted_at_home(model, self._data(), part, preprocessing, self._progress)
        self._progress.say(home.said)
        return home

    def _keep_card(self, submission: Submission, card: dict[str, Any]) -> None:
        """Let the earlier submission have the card that came with its duplicate."""
        whole = joined(submission.run_card, card)
        if not tells_more(submission.run_card, whole):
            return
        try:
            submission.put_run_card(whole)
        except HeldoutError as error:
            self._progress.say(f"The run card was not added to your submission: {error.detail}")
        else:
            self._progress.say("What you sent along was added to your submission's run card.")

    def _wait(self, submission: Submission, timeout: float | None) -> None:
        self._progress.changed(submission)
        try:
            submission.wait(timeout, on_change=self._progress.changed)
        except WaitTimeout as error:
            self._progress.say(f"{error.detail}\nWhat to do: {error.hint}")
        except KeyboardInterrupt as stopped:
            words = f"Stopped waiting; the submission is safe: {submission.how_to_look_later()}"
            self._progress.say(words)
            raise without_frames(stopped) from None
        else:
            self._progress.show(submission)

    def known_as(self, login: Login) -> Client:
        """Take over what joining told, and say who this is."""
        self._login = login
        self._progress.say(joined_words(login))
        return self

    @public
    def submission(self, submission_id: str) -> Submission:
        """The handle of an earlier submission of yours. Raises `NotFound`."""
        if not submission_id or "/" in submission_id:
            raise NotFound(f"{submission_id!r} is not a submission's id.")
        answer = self._connection.request("GET", f"/submissions/{submission_id}")
        return Submission(self._connection, json_object(answer))

    @public
    def submissions(self, limit: int | None = 50) -> SubmissionList:
        """Your submissions, the newest first; `limit=None` for all."""
        found = SubmissionList()
        before: str | None = None
        while limit is None or len(found) < limit:
            page = LARGEST_PAGE if limit is None else min(limit - len(found), LARGEST_PAGE)
            params = {"limit": page, **({"before": before} if before else {})}
            answer = self._connection.request("GET", "/me/submissions", params=params)
            document = json_object(answer)
            found += [Submission(self._connection, each) for each in document["submissions"]]
            before = document.get("next")
            if not before:
                break
        return found

    @public
    def leaderboard(self, limit: int = 100, offset: int = 0) -> Leaderboard:
        """The standings, best first."""
        answer = self._connection.request(
            "GET",
            f"/competitions/{self._competition_slug}/leaderboard",
            params={"limit": limit, "offset": offset},
            needs_token=False,
        )
        return Leaderboard.from_json(json_object(answer))

    @public
    def close(self) -> None:
        """Close the connection; a closed client cannot be used again."""
        self._connection.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        # Never the token: a notebook's output is shared more often than its author thinks.
        if not self.token:
            return f"<heldout.Client {self.url} (not joined)>"
        who = plain(self._login.name) or "you"
        where = f" in {plain(self._slug)}" if self._slug else ""
        return f"<heldout.Client {who}{where} at {self.url}>"
