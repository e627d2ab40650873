"""The cell to paste into a notebook is Python, whatever the code is."""

from __future__ import annotations

import ast

import pytest

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
        tops = [snippet.join_cell, snippet.token_cell("t"), snippet.colab_cell("t")]
        assert [cell for cell in (*tops, snippet.script("t")) if "submit" in cell] == []
        assert "%pip" not in snippet.submit_cell

    def test_no_cell_gives_everybody_the_same_name(self) -> None:
        assert "name=" not in sample_pages.snippet().submit_cell
