"""notebook_launcher: what a notebook server starts, as it fills the words in."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import typer

from heldout_server.cli import app
from heldout_server.kit.settings import Settings
from heldout_server.notebook_launcher import entry

FILLED = {"port": "45001", "base_url": "/user/ada%40uni.example/", "unix_socket": ""}


def filled(words: Any) -> Any:
    """As jupyter-server-proxy does it."""
    if isinstance(words, dict):
        return {name: filled(value) for name, value in words.items()}
    return [filled(one) for one in words] if isinstance(words, list) else words.format(**FILLED)


class TestEntry:
    def test_is_found_by_its_name(self) -> None:
        [found] = entry_points(group="jupyter_serverproxy_servers", name="heldout")
        assert found.load() is entry

    def test_is_a_command_of_ours(self) -> None:
        program, *words = filled(entry()["command"])
        assert (program, words[:2]) == (sys.executable, ["-m", "heldout_server"])
        command = typer.main.get_command(app)
        with command.make_context("heldout-server", words[2:]) as context:
            name, serve, rest = command.resolve_command(context, words[2:])
            with serve.make_context(name, rest, parent=context) as given:
                assert (given.params["host"], given.params["port"]) == ("127.0.0.1", 45001)

    def test_sets_what_the_server_reads(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("HELDOUT_DATA", raising=False)
        for name, value in filled(entry()["environment"]).items():
            monkeypatch.setenv(name, value)
        settings = Settings()
        assert settings.root == "/user/ada%40uni.example/heldout"
        assert settings.notebook_url == "http://127.0.0.1:45001"
        assert settings.data == Path.home() / "heldout"

    def test_has_its_picture(self) -> None:
        assert Path(entry()["launcher_entry"]["icon_path"]).read_text().startswith("<svg")

    def test_brings_nothing_of_the_server_into_a_notebook_server(self) -> None:
        said = "import sys, heldout_server.notebook_launcher; print(*sys.modules)"
        done = subprocess.run([sys.executable, "-c", said], capture_output=True, check=True)
        names = done.stdout.decode().split()
        ours = {name for name in names if name.startswith("heldout_server")}
        assert ours == {"heldout_server", "heldout_server.notebook_launcher"}
