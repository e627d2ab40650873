"""Progress for people: an upload bar, the queue place, scoring, and the receipt.

`tqdm` draws the bars when it is installed; without it, plain lines say the same. Progress goes
to stderr; only the receipt goes to stdout.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from typing import Any, Protocol

from heldout._display import ShownOnce, shell
from heldout._receipt_facts import progress_line
from heldout._render import size
from heldout._submission import Submission

# A small file is away before a bar could be read.
SMALLEST_BAR_BYTES = 1_000_000
SMALLEST_BAR_ROWS = 1_000


class Progress(Protocol):
    """What the client tells while it works."""

    def moved(self, what: str, done: int, total: int) -> None:
        """`done` of `total` bytes of `what` ("Uploading 2 conv") went over the wire."""

    def counted(self, what: str, done: int, total: int) -> None:
        """`done` of `total` rows of `what` ("Predicting at home: Net") were worked through here."""

    def changed(self, submission: Submission) -> None:
        """The submission moved on, or nothing happened for a while."""

    def say(self, text: str) -> None:
        """A remark, to be kept on the screen."""

    def show(self, result: ShownOnce) -> None:
        """A result, to be kept on the screen."""

    def close(self) -> None:
        """Nothing more will come."""


class SilentProgress:
    """Says nothing."""

    def moved(self, what: str, done: int, total: int) -> None:
        """Nothing."""

    def counted(self, what: str, done: int, total: int) -> None:
        """Nothing."""

    def changed(self, submission: Submission) -> None:
        """Nothing."""

    def say(self, text: str) -> None:
        """Nothing."""

    def show(self, result: ShownOnce) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class TextProgress(SilentProgress):
    """One line for each thing that changed; also right for log files."""

    def __init__(self) -> None:
        self._last = ""

    def moved(self, what: str, done: int, total: int) -> None:
        """One line when a large transfer begins, and one when it is done."""
        if total < SMALLEST_BAR_BYTES:
            return
        self._line(f"{what}: {size(total)}" + (", done" if done >= total else " …"))

    def counted(self, what: str, done: int, total: int) -> None:
        """One line when long work begins, and one when it is done."""
        if total >= SMALLEST_BAR_ROWS:
            self._line(f"{what}: {total:,} rows" + (", done" if done >= total else " …"))

    def changed(self, submission: Submission) -> None:
        """A line whenever the sentence about it is a new one."""
        if not submission.is_final:
            self._line(progress_line(submission))

    def say(self, text: str) -> None:
        """On stdout."""
        print(text)

    def show(self, result: ShownOnce) -> None:
        """A card in a notebook, text elsewhere."""
        result.show()

    def _line(self, text: str) -> None:
        if text != self._last:
            self._last = text
            print(text, file=sys.stderr)


class BarProgress(SilentProgress):
    """Bars by tqdm, in terminals and notebooks. `bar_class` is `tqdm.auto.tqdm`."""

    def __init__(self, bar_class: Any) -> None:
        self._bar_class = bar_class
        self._bar: Any = None
        self._what = ""

    def moved(self, what: str, done: int, total: int) -> None:
        """A bar in bytes."""
        if total < SMALLEST_BAR_BYTES:
            return
        if self._what != what:
            self._open(what, total=total, unit="B", unit_scale=True)
        self._bar.update(done - self._bar.n)
        if done >= total:
            self.close()

    def counted(self, what: str, done: int, total: int) -> None:
        """A bar in rows."""
        if total < SMALLEST_BAR_ROWS:
            return
        if self._what != what:
            self._open(what, total=total, unit=" rows")
        self._bar.update(done - self._bar.n)
        if done >= total:
            self.close()

    def changed(self, submission: Submission) -> None:
        """A line that is rewritten: the queue place, then the step."""
        if submission.is_final:
            self.close()
            return
        if self._what != "waiting":
            self._open("waiting", bar_format="{desc} ({elapsed})")
        self._bar.set_description_str(progress_line(submission))

    def say(self, text: str) -> None:
        """On stdout, below the bars."""
        self.close()
        print(text)

    def show(self, result: ShownOnce) -> None:
        """Below the bars."""
        self.close()
        result.show()

    def close(self) -> None:
        """Finish the open bar."""
        if self._bar is not None:
            self._bar.close()
        self._bar, self._what = None, ""

    def _open(self, what: str, **how: Any) -> None:
        self.close()
        self._what = what
        # A finished wait leaves no line behind, because the receipt says all of it.
        self._bar = self._bar_class(desc=what, leave=what != "waiting", file=sys.stderr, **how)


def make_progress(wanted: bool | None = None) -> Progress:
    """The best display there is: bars where a person looks on, else plain lines."""
    if wanted is False:
        return SilentProgress()
    if sys.stderr.isatty() or _in_notebook():
        bar_class = _tqdm()
        if bar_class is not None:
            return BarProgress(bar_class)
    return TextProgress()


def _in_notebook() -> bool:
    """Whether a Jupyter kernel runs this code."""
    return getattr(shell(), "kernel", None) is not None


def _tqdm() -> Any:
    try:
        with warnings.catch_warnings():
            # tqdm.auto warns where Jupyter's widgets are missing, and then works all the same.
            warnings.simplefilter("ignore")
            return importlib.import_module("tqdm.auto").tqdm
    except ImportError:
        return None
