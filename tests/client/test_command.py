"""The console command: what it prints, its exit codes, and never a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

import heldout
from client.fake_data import bright_or_dark
from client.fake_server import CODE, TOKEN, URL, FakeServer, lose, refuse, rejected
from heldout.__main__ import build_parser, main


@pytest.fixture
def joined(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of somebody who has joined."""
    monkeypatch.setenv("HELDOUT_URL", URL)
    monkeypatch.setenv("HELDOUT_TOKEN", TOKEN)


@pytest.fixture
def labels(tmp_path: Path) -> str:
    """A prediction file."""
    path = tmp_path / "labels.csv"
    path.write_text("1\n2\n3\n")
    return str(path)


class TestJoin:
    def test_saves_the_login_for_the_next_command(
        self, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        words = ["join", URL, "--code", CODE, "--name", "Bo"]
        assert main(words, transport=server.transport) == 0
        assert "Joined: Bo · MNIST" in capsys.readouterr().out
        assert main(["whoami"], transport=server.transport) == 0
        assert "Bo · MNIST" in capsys.readouterr().out

    def test_a_wrong_code_is_a_sentence(
        self, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        words = ["join", URL, "--code", "nope", "--name", "Bo"]
        assert main(words, transport=server.transport) == 3
        assert capsys.readouterr().err.startswith("heldout: The join code is wrong.")


@pytest.mark.usefixtures("joined")
class TestSubmit:
    def test_prints_the_receipt(
        self, server: FakeServer, labels: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        words = ["submit", labels, "--name", "by hand", "-p", "seed=3", "-p", "note=a b"]
        assert main(words, transport=server.transport) == 0
        printed = capsys.readouterr()
        assert (
            "Score 97.31% ± 0.45 (135 wrong of 5,000 hidden examples, public part)" in printed.out
        )
        assert "Scoring: predicting" in printed.err
        sent = server.announcements[0]
        assert sent["name"] == "by hand"
        assert sent["run_card"]["hyperparameters"] == {"seed": 3, "note": "a b"}

    def test_prints_json_and_nothing_else(
        self, server: FakeServer, labels: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["submit", labels, "--json"], transport=server.transport) == 0
        printed = capsys.readouterr()
        assert json.loads(printed.out)["score"] == 0.9731
        assert printed.err == ""

    def test_a_rejected_file_exits_with_1(self, server: FakeServer, labels: str) -> None:
        server.verdict = rejected("row_count")
        assert main(["submit", labels], transport=server.transport) == 1

    def test_an_unfinished_wait_exits_with_4(
        self, server: FakeServer, labels: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        server.hang = True
        assert main(["submit", labels, "--timeout", "0.02"], transport=server.transport) == 4
        assert "Your submission is safe" in capsys.readouterr().out

    def test_no_wait_says_how_to_look_later(
        self, server: FakeServer, labels: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["submit", labels, "--no-wait"], transport=server.transport) == 0
        assert "heldout status s1" in capsys.readouterr().out

    def test_a_missing_file_is_a_sentence(
        self, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["submit", "no.keras"], transport=server.transport) == 3
        assert "There is no file 'no.keras'." in capsys.readouterr().err

    def test_a_refusal_is_a_sentence_with_its_hint(
        self, server: FakeServer, labels: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        server.before.append(("POST /submissions", refuse("quota_exceeded", 429)))
        assert main(["submit", labels], transport=server.transport) == 3
        assert "What to do: Do it differently." in capsys.readouterr().err

    def test_control_c_is_a_sentence(
        self, server: FakeServer, labels: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def interrupt(request: httpx.Request) -> httpx.Response:
            raise KeyboardInterrupt

        server.before.append(("GET /submissions", interrupt))
        assert main(["submit", labels], transport=server.transport) == 130
        assert "What the server has received is safe." in capsys.readouterr().err

    def test_a_malformed_parameter_is_a_usage_error(self, labels: str) -> None:
        with pytest.raises(SystemExit) as caught:
            main(["submit", labels, "-p", "seed"])
        assert caught.value.code == 2


@pytest.mark.usefixtures("joined")
class TestReading:
    def test_leaderboard_prints_the_standings(
        self, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["leaderboard"], transport=server.transport) == 0
        assert "Grace" in capsys.readouterr().out

    def test_leaderboard_as_json(
        self, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["leaderboard", "--json", "--limit", "1"], transport=server.transport) == 0
        rows = json.loads(capsys.readouterr().out)["rows"]
        assert [each["participant"] for each in rows] == ["Grace"]

    def test_status_lists_and_shows(
        self, server: FakeServer, labels: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        main(["submit", labels], transport=server.transport)
        assert main(["status"], transport=server.transport) == 0
        assert main(["status", "s1"], transport=server.transport) == 0
        assert capsys.readouterr().out.count("s1") >= 3
        assert main(["status", "--json"], transport=server.transport) == 0
        assert json.loads(capsys.readouterr().out)[0]["id"] == "s1"
        assert main(["status", "s1", "--json"], transport=server.transport) == 0
        assert json.loads(capsys.readouterr().out)["id"] == "s1"

    def test_whoami_as_json(self, server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["whoami", "--json"], transport=server.transport) == 0
        printed = json.loads(capsys.readouterr().out)
        assert (printed["name"], printed["url"]) == ("Ada", URL)
        assert TOKEN not in str(printed)

    def test_a_closed_pipe_is_no_error(
        self, server: FakeServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Closed:
            def write(self, text: str) -> None:
                raise BrokenPipeError

        monkeypatch.setattr("sys.stdout", Closed())
        assert main(["leaderboard"], transport=server.transport) == 0


class TestWithoutLogin:
    def test_says_how_to_join(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["whoami"]) == 3
        assert "heldout join http://HOST:8000 --code CODE" in capsys.readouterr().err

    def test_no_server_is_a_sentence(
        self, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        server.before.append(("POST /join", lose))
        words = ["join", URL, "--code", CODE, "--name", "Bo"]
        assert main(words, transport=server.transport) == 3
        assert "No answer from http://board.test:8000" in capsys.readouterr().err


@pytest.mark.usefixtures("joined")
class TestAccount:
    @pytest.mark.parametrize("word", ["me", "whoami"])
    def test_me_says_who_and_where(
        self, server: FakeServer, capsys: pytest.CaptureFixture[str], word: str
    ) -> None:
        assert main([word], transport=server.transport) == 0
        assert "best 97.31%, rank 3 of 12" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["quota"], "97 of 100 submissions left today"),
            (["finals"], "Your best public score counts"),
            (["finals", "s1", "s2"], "At the reveal counts: s1, s2"),
            (["finals", "--none"], "Your best public score counts"),
            (["team"], "heldout team create NAME"),
            (["team", "create", "Owls"], "Team Owls: Ada. Its code is TEAM-7"),
            (["team", "join", "TEAM-7"], "Team The Hedgehogs"),
            (["team", "leave"], "You are in no team"),
            (["rename", "Ada L."], "You are Ada L. now"),
            (["code"], "heldout code --new"),
            (["code", "--new"], "NEW-COD-E34"),
            (["delete", "--confirm", "Ada"], "has forgotten who you were"),
        ],
    )
    def test_each_verb_says_what_it_did(
        self,
        server: FakeServer,
        capsys: pytest.CaptureFixture[str],
        words: list[str],
        said: str,
    ) -> None:
        assert main(words, transport=server.transport) == 0
        assert said in capsys.readouterr().out

    def test_a_team_needs_its_name(
        self, server: FakeServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["team", "create"], transport=server.transport) == 2
        assert "heldout team create NAME" in capsys.readouterr().err

    def test_data_and_my_data_are_files(
        self, server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        server.data = bright_or_dark()
        assert main(["data", "in/here"], transport=server.transport) == 0
        assert main(["my-data"], transport=server.transport) == 0
        names = {path.name for path in (tmp_path / "in").rglob("*.*")}
        assert names == {"training_data.npz", "test_images.npy"}
        assert (tmp_path / "heldout-data.json").is_file()

    def test_check_prints_its_figures(
        self, server: FakeServer, labels: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["check", labels], transport=server.transport) == 0
        assert "97.00% on 10,000 practice examples" in capsys.readouterr().out

    def test_open_opens_the_board(
        self,
        server: FakeServer,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        opened: list[str] = []
        monkeypatch.setattr("webbrowser.open", opened.append)
        assert main(["open"], transport=server.transport) == 0
        assert opened == [f"{URL}/c/mnist"] == capsys.readouterr().out.split()


class TestParser:
    def test_alone_it_prints_its_help(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main([]) == 0
        assert "usage: heldout" in capsys.readouterr().out

    def test_tells_its_version(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            main(["--version"])
        assert capsys.readouterr().out == f"heldout {heldout.__version__}\n"

    def test_help_documents_the_exit_codes(self) -> None:
        assert "exit codes" in build_parser().format_help()
