"""Public calls refuse what they don't take, and their errors leave our frames behind."""

from __future__ import annotations

import subprocess
import sys
import traceback

import pytest

import heldout
from client.fake_server import FakeServer


class TestArguments:
    def test_a_misspelt_keyword_is_named(self, client: heldout.Client) -> None:
        with pytest.raises(heldout.WrongArguments, match=r"did you mean preprocessing\?"):
            client.check([1], preprocesing="0-1")  # type: ignore[call-arg]

    def test_an_unknown_keyword_tells_the_known_ones(self, client: heldout.Client) -> None:
        with pytest.raises(heldout.WrongArguments, match="it takes limit, offset"):
            client.leaderboard(metric="accuracy")  # type: ignore[call-arg]

    def test_too_many_by_position_are_named(self, client: heldout.Client) -> None:
        with pytest.raises(heldout.WrongArguments, match="takes only model without a name"):
            client.submit([1], "mine")  # type: ignore[call-arg]

    def test_a_missing_one_is_named(self, client: heldout.Client) -> None:
        with pytest.raises(heldout.WrongArguments, match=r"submit\(\) also needs model"):
            client.submit()  # type: ignore[call-arg]

    def test_a_class_is_called_by_its_name(self) -> None:
        with pytest.raises(heldout.WrongArguments, match=r"Client\(\) has no tokn"):
            heldout.Client("http://h", tokn="x")  # type: ignore[call-arg]

    def test_is_a_type_error_to_who_catches_one(self, client: heldout.Client) -> None:
        with pytest.raises(TypeError):
            client.quota(1)  # type: ignore[call-arg]


class TestAttributes:
    def test_a_misspelt_one_is_named(self, client: heldout.Client) -> None:
        with pytest.raises(heldout.UnknownAttribute, match=r"did you mean leaderboard\?"):
            client.leaderbord  # noqa: B018
        with pytest.raises(heldout.UnknownAttribute, match=r"did you mean leaderboard\?"):
            heldout.leaderbord  # noqa: B018
        with pytest.raises(heldout.UnknownAttribute, match=r"did you mean score\?"):
            client.submit([1, 2]).scor  # noqa: B018

    def test_is_simply_absent_to_who_asks(self, client: heldout.Client) -> None:
        assert not hasattr(client, "leaderbord")
        assert not hasattr(client, "_repr_png_")
        assert not hasattr(heldout, "nothing_like_it")


class TestFrames:
    def test_ours_are_left_out(self, client: heldout.Client) -> None:
        with pytest.raises(heldout.FileUnreadable) as caught:
            client.submit("no.keras")
        names = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
        assert names == ["test_ours_are_left_out", "calling"]
        assert caught.value.__cause__ is None

    def test_all_are_kept_for_debugging(
        self, client: heldout.Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HELDOUT_DEBUG", "1")
        with pytest.raises(heldout.FileUnreadable) as caught:
            client.submit("no.keras")
        names = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
        assert "readable_file" in names

    def test_a_script_that_fails_prints_a_handful_of_lines(self) -> None:
        program = "import heldout\nheldout.submit('no.keras')\n"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        assert "heldout.NotJoined: No Heldout server is known here yet." in done.stderr
        assert len(done.stderr.splitlines()) <= 10

    def test_a_stopped_wait_is_still_a_keyboard_interrupt(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        def stop(request: object) -> object:
            raise KeyboardInterrupt

        server.before.append(("GET /submissions", stop))  # type: ignore[arg-type]
        with pytest.raises(KeyboardInterrupt) as caught:
            client.submit([1, 2])
        assert caught.value._render_traceback_() == ["Stopped."]  # type: ignore[attr-defined]
