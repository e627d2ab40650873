"""The cell to paste into a notebook is Python, whatever the code is."""

from __future__ import annotations

import ast

import pytest

from heldout_server.web.html.render import make_environment
from heldout_server.web.view_models.notebook_snippet import Snippet
from unit.web import sample_pages


class TestSnippet:
    @pytest.mark.parametrize("code", ['a"b', "a\\b", "a\nb", "née 🦔", "'", "\u2028"])
    def test_any_code_is_a_python_string(self, code: str) -> None:
        snippet = Snippet(server_url="http://h:8000", wheel_url="http://h:8000/w.whl", code=code)
        tree = ast.parse(snippet.join_cell)
        strings = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
        assert code in strings

    def test_install_line_is_ready_to_paste(self) -> None:
        line = sample_pages.snippet().install_line
        assert line == (
            "%pip install http://192.168.1.20:8000/client/heldout-0.1.0-py3-none-any.whl"
        )

    def test_joining_and_submitting_are_two_cells(self) -> None:
        snippet = sample_pages.snippet()
        tops = [snippet.join_cell, snippet.own_cell("t"), snippet.colab_cell("t")]
        assert [cell for cell in (*tops, snippet.script("t")) if "submit" in cell] == []
        assert "%pip" not in snippet.submit_cell

    def test_no_cell_gives_everybody_the_same_name(self) -> None:
        assert "name=" not in sample_pages.snippet().submit_cell


class TestColab:
    """Colab runs on Google's machines; a laptop in the room is out of its reach."""

    @staticmethod
    def snippet(server_url: str) -> Snippet:
        return Snippet(server_url=server_url, wheel_url=f"{server_url}/w.whl", code="WAT-2026")

    @pytest.mark.parametrize(
        "url", ["http://192.168.1.20:8000", "http://localhost:8000", "http://laptop.local"]
    )
    def test_is_given_no_address_that_it_cannot_reach(self, url: str) -> None:
        cell = self.snippet(url).colab_cell("RKD-47W-NX9")
        assert url not in cell
        assert "files.download" in cell
        ast.parse(cell)

    def test_joins_where_anybody_can(self) -> None:
        cell = self.snippet("https://seven-plain-words.trycloudflare.com").colab_cell("RKD")
        assert "https://seven-plain-words.trycloudflare.com" in cell

    def test_is_told_so_beside_the_cell(self) -> None:
        made = {url: self.snippet(url) for url in ("http://192.168.1.20", "https://board.club.org")}
        words = {
            url: str(make_environment().get_template("_parts.html").module.colab_words(snippet))
            for url, snippet in made.items()
        }
        assert "Colab can't reach this server" in words["http://192.168.1.20"]
        assert "Colab reaches this server" in words["https://board.club.org"]
