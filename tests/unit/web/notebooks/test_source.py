from __future__ import annotations

import ast
import runpy
from pathlib import Path
from typing import Any

import pytest

from heldout_server.web.notebooks.source import LESSON, NAMES, Place, notebook, written

EXAMPLES = Path(__file__).parents[4] / "examples"
URL = "http://192.168.1.20:8000"


def code_of(built: dict[str, Any]) -> list[str]:
    """The code cells, without the lines that only notebooks know."""
    return [
        "".join(line for line in cell["source"] if not line.lstrip().startswith("%")) or "pass"
        for cell in built["cells"]
        if cell["cell_type"] == "code"
    ]


def python_of(cell: str) -> str:
    # A body that was nothing but an installation.
    return cell.replace("except ImportError:\n", "except ImportError:\n    pass\n")


class TestExamples:
    def test_are_what_the_source_says_now(self) -> None:
        """Changed the Markdown? python examples/make_notebooks.py"""
        made = runpy.run_path(str(EXAMPLES / "make_notebooks.py"))["files"]()
        assert {path.name for path in made} == {path.name for path in EXAMPLES.glob("*.ipynb")}
        for path, text in made.items():
            assert path.read_text(encoding="utf-8") == text, path.name


@pytest.mark.parametrize("name", NAMES)
class TestNotebook:
    def test_every_code_cell_is_python(self, name: str) -> None:
        for cell in code_of(notebook(name, Place.anywhere("Ada"))):
            ast.parse(python_of(cell))

    def test_nothing_is_left_to_fill_in(self, name: str) -> None:
        text = written(notebook(name, Place.of_server(URL)))
        assert "{{" not in text
        assert "}}" not in text

    def test_curves_are_plots(self, name: str) -> None:
        code = "\n".join(code_of(notebook(name, Place.anywhere("Ada"))))
        assert "plt.show()" in code
        assert "{epoch" not in code, "a column of numbers is no loss curve"


class TestPlace:
    def test_the_rooms_code_asks_for_a_name_only(self) -> None:
        code = code_of(notebook(LESSON, Place.of_server(URL, room_code="WAT-2026")))
        assert f'URL = "{URL}"' in code[0]
        assert 'CODE = "WAT-2026"' in code[0]
        assert code[0].count("input(") == 1
        assert code[1].startswith("client = heldout.join(URL, code=CODE, name=NAME)")

    def test_ones_own_code_asks_for_nothing(self) -> None:
        code = code_of(notebook(LESSON, Place.of_server(URL, personal_code="RKD-47W-NX9")))
        assert 'CODE = "RKD-47W-NX9"' in code[0]
        assert "input(" not in code[0]
        assert code[1].startswith("client = heldout.join(URL, code=CODE)")

    def test_whose_code_is_not_here_types_that_alone(self) -> None:
        code = code_of(notebook(LESSON, Place.of_server(URL, personal_code="")))
        assert code[0].count("input(") == 1
        assert code[1].startswith("client = heldout.join(URL, code=CODE)")

    def test_without_a_code_both_are_asked_for(self) -> None:
        code = code_of(notebook(LESSON, Place.of_server(URL)))
        assert code[0].count("input(") == 2

    @pytest.mark.parametrize("hostile", ['"; import os #', "a\\", "\n", "{{ url }}"])
    def test_what_is_typed_stays_a_string(self, hostile: str) -> None:
        code = code_of(notebook(LESSON, Place.of_server(URL, room_code=hostile)))[0]
        assigned = {
            node.targets[0].id: node.value.value
            for node in ast.parse(python_of(code)).body
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Constant)
        }
        assert assigned["CODE"] == hostile
