"""The handle of one submission: its state, its score, and waiting for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from heldout._calls import Suggesting, public
from heldout._capture import run_card
from heldout._card import receipt_html
from heldout._connection import Connection, json_object, retry_after
from heldout._constants import LONG_POLL_SECONDS, POLL_PAUSE_SECONDS
from heldout._display import ShownOnce
from heldout._errors import (
    HeldoutError,
    SubmissionError,
    SubmissionFailed,
    WaitTimeout,
    rejection_class,
)
from heldout._keywords import check_history, checked_hyperparameters, free_keywords
from heldout._measure import Measure
from heldout._models import moment_from_json
from heldout._receipts import receipt_text, submissions_html, submissions_text
from heldout._render import plain
from heldout._retries import temporary
from heldout._run_cards import joined

FINAL_STATES = frozenset({"scored", "rejected", "error"})


class Submission(Suggesting, ShownOnce):
    """One submission of yours. Reading an attribute never asks the server; `refresh` does.

    `raw` is the API's own object, with everything that has no attribute here.
    """

    def __init__(self, connection: Connection, document: dict[str, Any]) -> None:
        self._connection = connection
        self.raw = document

    @property
    def id(self) -> str:
        """The submission's id."""
        return str(self.raw["id"])

    @property
    def name(self) -> str | None:
        """The name you gave it."""
        return self.raw.get("name")

    @property
    def kind(self) -> str:
        """`model` or `predictions`."""
        return str(self.raw.get("kind", "model"))

    @property
    def status(self) -> str:
        """`received`, `queued`, `running`, `scored`, `rejected` or `error`."""
        return str(self.raw["state"])

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.status in FINAL_STATES

    @property
    def queue_position(self) -> int | None:
        """Its place in the queue while it waits, 1 being next."""
        return self.raw.get("queue_position")

    @property
    def score(self) -> float | None:
        """The figure of the contest's metric on the public part of the hidden examples, or None.

        As people read it: a loss is positive, and `direction` says which is better.
        """
        return self.raw.get("score")

    @property
    def direction(self) -> str:
        """ "higher" or "lower": which score is better."""
        return self.measure.direction

    @property
    def measure(self) -> Measure:
        """How its figures read."""
        return Measure.from_json(self.raw)

    @property
    def rank(self) -> int | None:
        """The place on the board, 1 being the best, or None."""
        return self.raw.get("rank")

    @property
    def rank_low(self) -> int | None:
        """The best place that you may truly have: the others' lead is luck, or may be.

        None until the server has compared everybody's answers, seconds after a score; see
        `refresh`.
        """
        return self.raw.get("rank_low")

    @property
    def rank_high(self) -> int | None:
        """The worst place that you may truly have; None as `rank_low`."""
        return self.raw.get("rank_high")

    @property
    def tied_with_leader(self) -> bool | None:
        """Whether the first isn't clearly better than your best; None as `rank_low`."""
        return self.raw.get("tied_with_leader")

    @property
    def participants(self) -> int | None:
        """How many participants the board has."""
        return self.raw.get("participants")

    @property
    def best(self) -> dict[str, Any] | None:
        """`previous_score`, `change` and `is_new_best`, against your own best before."""
        return self.raw.get("best")

    @property
    def metrics(self) -> dict[str, Any] | None:
        """Figures on hidden examples, and of classes how many are wrong; after the reveal also
        recall of each class, confusion matrix and more, which are None before.
        """
        return self.raw.get("metrics")

    @property
    def practice_metrics(self) -> dict[str, Any] | None:
        """The same figures on the practice examples, all of them at any time; only of models.

        None until the server had a quiet moment to have the model read them: see `refresh`.
        """
        return self.raw.get("practice_metrics")

    @property
    def receipt(self) -> dict[str, Any] | None:
        """The device, seconds and versions of the scoring."""
        return self.raw.get("receipt")

    @property
    def run_card(self) -> dict[str, Any] | None:
        """The hyperparameters, history and architecture that went with it."""
        return self.raw.get("run_card")

    @property
    def url(self) -> str:
        """The submission's page."""
        return plain(self.raw.get("url") or "")

    @property
    def created_at(self) -> datetime | None:
        """When the server opened it."""
        return moment_from_json(self.raw.get("created_at"))

    @property
    def notice(self) -> str | None:
        """What you should know, for example that you sent the same file before."""
        return self.raw.get("notice")

    @property
    def diagnosis(self) -> dict[str, Any] | None:
        """What the training curve shows: `kind`, `meaning`, `evidence`, `rule`, `remedies`."""
        return self.raw.get("diagnosis")

    @property
    def comparison(self) -> dict[str, Any] | None:
        """Who is one place away, and what changed against your best before: `step` says what of the
        answers, and whether it may be luck.
        """
        return self.raw.get("comparison")

    @property
    def interval(self) -> dict[str, float] | None:
        """`low` and `high`: where the score would lie on other images, with 95 %."""
        return self.raw.get("interval")

    @property
    def warnings(self) -> list[str]:
        """Remarks about a file that was scored, such as "this looks like chance"."""
        return list((self.raw.get("verdict") or {}).get("warnings") or [])

    @property
    def error(self) -> SubmissionError | None:
        """Why there is no score: a `SubmissionRejected` or `SubmissionFailed`, else None."""
        if self.status not in ("rejected", "error"):
            return None
        verdict = self.raw.get("verdict") or {}
        code = str(verdict.get("code") or "error")
        made = SubmissionFailed if self.status == "error" else rejection_class(code, self.kind)
        return made(
            plain(verdict.get("detail") or "The submission could not be scored.", 2000),
            plain(verdict.get("hint") or "", 2000),
            code=code,
            submission_id=self.id,
        )

    @public
    def raise_for_status(self) -> Submission:
        """Raise `error` if there is one; else the submission itself."""
        error = self.error
        if error is not None:
            raise error
        return self

    @public
    def refresh(self) -> Submission:
        """Ask the server for the newest state."""
        answer = self._connection.request("GET", f"/submissions/{self.id}")
        return self._now(json_object(answer))

    def _now(self, answer: dict[str, Any]) -> Submission:
        """Take over an answer; that it was sent before was said only once."""
        told = {name: self.raw.get(name) for name in ("duplicate_of", "notice")}
        kept = told if told["duplicate_of"] else {}
        self.raw = {**answer, **kept}
        return self

    @public
    def add_run_card(
        self,
        model: Any = None,
        *,
        history: Any = None,
        notes: str | None = None,
        hyperparameters: Mapping[str, Any] | None = None,
        **more_hyperparameters: Any,
    ) -> Submission:
        """Add to the run card what was left out, while the competition runs.

        Arguments as in `Client.submit`. What is given wins over what the card had, and the rest of
        it stays; no score changes.
        """
        explicit = {
            **checked_hyperparameters(hyperparameters),
            **free_keywords(more_hyperparameters),
        }
        check_history(history)
        card = run_card(model, history=history, hyperparameters=explicit, notes=notes)
        return self.put_run_card(joined(self.run_card, card))

    @public
    def put_run_card(self, card: Mapping[str, Any]) -> Submission:
        """Replace the run card by `card`, in the form of docs/run-cards.md."""
        path = f"/submissions/{self.id}/run-card"
        return self._now(json_object(self._connection.request("PUT", path, json=dict(card))))

    @public
    def withdraw(self) -> Submission:
        """Take it off the board. The score stays visible to you and to the organizers."""
        path = f"/submissions/{self.id}/withdraw"
        self.raw = json_object(self._connection.request("POST", path))
        return self

    @public
    def wait(
        self,
        timeout: float | None = None,
        *,
        on_change: Callable[[Submission], None] | None = None,
    ) -> Submission:
        """Wait until it is scored, rejected or failed; `timeout` is in seconds.

        A server that restarts meanwhile is waited for as well. Raises `WaitTimeout`.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        failures = 0
        while not self.is_final:
            left = _seconds_left(deadline)
            if left is not None and left <= 0:
                raise WaitTimeout(self._still_waiting(timeout), self.how_to_look_later())
            try:
                pause, failures = self._poll(left), 0
            except HeldoutError as error:
                if not temporary(error):
                    raise
                failures += 1
                pause = self._connection.retries.pause_seconds(failures, error)
            if on_change is not None:
                on_change(self)
            self._pause(pause, deadline)
        return self

    def _poll(self, left: float | None) -> float:
        """One long-poll; answers the seconds to pause before the next."""
        asked = LONG_POLL_SECONDS if left is None else max(1, min(LONG_POLL_SECONDS, int(left)))
        before, started = self._progress_mark(), time.monotonic()
        answer = self._connection.send("GET", f"/submissions/{self.id}", params={"wait": asked})
        self.raw = json_object(answer)
        had_news = self._progress_mark() != before
        # Retry-After is for those who do not long-poll. Only an early answer without any news
        # means that the server did not hold the line, and then a pause is due.
        if self.is_final or had_news or time.monotonic() - started > asked / 2:
            return 0.0
        return retry_after(answer) or POLL_PAUSE_SECONDS

    def _progress_mark(self) -> tuple[Any, ...]:
        return self.status, self.raw.get("step"), self.queue_position

    def _pause(self, seconds: float, deadline: float | None) -> None:
        left = _seconds_left(deadline)
        pause = seconds if left is None else min(seconds, max(left, 0.0))
        if pause > 0 and not self.is_final:
            self._connection.retries.sleep(pause)

    def _still_waiting(self, timeout: float | None) -> str:
        return (
            f"Not scored yet after {timeout:g} s ({self.status}). "
            f"Your submission is safe: it is on the server as {self.id}."
        )

    def how_to_look_later(self) -> str:
        """One sentence on where the score will appear."""
        page = f", or open {self.url}" if self.url else ""
        return (
            f"look later with client.submission({self.id!r}), or `heldout status {self.id}` "
            f"in a terminal{page}"
        )

    def __repr__(self) -> str:
        parts = [f"<Submission {plain(self.id)}", plain(self.name or "unnamed"), self.status]
        if self.score is not None:
            shown = self.raw.get("score_text") or self.measure.read(self.score)
            parts.append(f"score {plain(shown)}")
        if self.rank is not None:
            parts.append(f"rank {self.rank}")
        if self.error is not None:
            parts.append(plain(self.error.code))
        return " · ".join(parts) + ">"

    def __str__(self) -> str:
        return receipt_text(self)

    def _repr_html_(self) -> str:
        return receipt_html(self)


class SubmissionList(list[Submission]):
    """Submissions, the newest first, with a table in notebooks."""

    def __init__(self, submissions: Iterable[Submission] = ()) -> None:
        super().__init__(submissions)

    def __repr__(self) -> str:
        return submissions_text(self)

    def _repr_html_(self) -> str:
        return submissions_html(self)


def _seconds_left(deadline: float | None) -> float | None:
    return None if deadline is None else deadline - time.monotonic()
