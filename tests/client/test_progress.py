"""What people see while they wait: lines, or bars."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

import heldout
from client.fake_server import URL
from heldout._connection import Connection
from heldout._progress import BarProgress, SilentProgress, TextProgress, make_progress

MEGABYTE = 1_000_000


def at(state: str, **document: Any) -> heldout.Submission:
    """A submission in some state."""
    return heldout.Submission(Connection(URL), {"id": "s1", "state": state, **document})


class FakeBar:
    """Records what a tqdm bar would show."""

    opened: list[FakeBar]

    def __init__(self, **how: Any) -> None:
        self.how, self.n, self.is_closed, self.texts = how, 0, False, [str(how["desc"])]
        FakeBar.opened.append(self)

    def update(self, more: int) -> None:
        self.n += more

    def set_description_str(self, text: str) -> None:
        self.texts.append(text)

    def close(self) -> None:
        self.is_closed = True


class TestTextProgress:
    def test_tells_each_thing_once(self, capsys: pytest.CaptureFixture[str]) -> None:
        progress = TextProgress()
        for done in (1, 2, 3):
            progress.moved("Uploading", done * MEGABYTE, 3 * MEGABYTE)
        for _ in range(3):
            progress.changed(at("queued", queue_position=2))
        progress.changed(at("running", step="grade"))
        progress.changed(at("scored"))
        assert capsys.readouterr().err.splitlines() == [
            "Uploading: 3.0 MB …",
            "Uploading: 3.0 MB, done",
            "In the queue: place 2",
            "Scoring: comparing",
        ]

    def test_says_nothing_of_small_files(self, capsys: pytest.CaptureFixture[str]) -> None:
        TextProgress().moved("Uploading", 10, 10)
        assert capsys.readouterr().err == ""


class TestBarProgress:
    @pytest.fixture(autouse=True)
    def _no_bars_yet(self) -> None:
        FakeBar.opened = []

    def test_follows_the_bytes_also_backwards(self) -> None:
        progress = BarProgress(FakeBar)
        for done in (1, 2, 1, 2):
            progress.moved("Uploading", done * MEGABYTE, 3 * MEGABYTE)
        (bar,) = FakeBar.opened
        assert bar.n == 2 * MEGABYTE
        assert not bar.is_closed
        progress.moved("Uploading", 3 * MEGABYTE, 3 * MEGABYTE)
        assert bar.is_closed

    def test_rewrites_one_line_while_waiting(self) -> None:
        progress = BarProgress(FakeBar)
        progress.changed(at("queued", queue_position=2))
        progress.changed(at("queued", queue_position=1))
        progress.changed(at("running"))
        (bar,) = FakeBar.opened
        assert bar.texts[1:] == ["In the queue: place 2", "In the queue: place 1", "Scoring"]
        progress.changed(at("scored"))
        assert bar.is_closed

    def test_says_results_below_the_bars(self, capsys: pytest.CaptureFixture[str]) -> None:
        progress = BarProgress(FakeBar)
        progress.changed(at("running"))
        progress.say("Score 0.9731")
        assert FakeBar.opened[0].is_closed
        assert capsys.readouterr().out == "Score 0.9731\n"

    def test_works_with_the_real_tqdm(self, capsys: pytest.CaptureFixture[str]) -> None:
        tqdm = pytest.importorskip("tqdm")
        progress = BarProgress(tqdm.tqdm)
        progress.moved("Uploading", MEGABYTE, 2 * MEGABYTE)
        progress.moved("Uploading", 2 * MEGABYTE, 2 * MEGABYTE)
        progress.changed(at("queued", queue_position=2))
        progress.close()
        shown = capsys.readouterr().err
        assert "Uploading: 100%" in shown
        assert "In the queue: place 2" in shown


class TestMakeProgress:
    def test_is_silent_when_told_so(self) -> None:
        assert type(make_progress(False)) is SilentProgress

    def test_writes_lines_into_files(self) -> None:
        assert type(make_progress()) is TextProgress

    def test_draws_bars_in_a_terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        pytest.importorskip("tqdm")
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
        assert type(make_progress()) is BarProgress

    def test_draws_bars_in_a_notebook(self, monkeypatch: pytest.MonkeyPatch) -> None:
        pytest.importorskip("tqdm")
        shell = SimpleNamespace(kernel=object())
        notebook = SimpleNamespace(get_ipython=lambda: shell)
        monkeypatch.setitem(sys.modules, "IPython", notebook)
        assert type(make_progress()) is BarProgress

    def test_writes_lines_where_only_jupyters_packages_are_loaded(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        script = SimpleNamespace(get_ipython=lambda: None)
        monkeypatch.setitem(sys.modules, "IPython", script)
        monkeypatch.setitem(sys.modules, "ipykernel", SimpleNamespace())
        assert type(make_progress()) is TextProgress

    def test_writes_lines_without_tqdm(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
        monkeypatch.setitem(sys.modules, "tqdm.auto", None)
        assert type(make_progress()) is TextProgress
