"""root: what is an address in a page, and what only looks like one."""

import re
from collections.abc import Iterator

import pytest

from heldout_server.web.html.render import TEMPLATES
from heldout_server.web.html.root import ATTRIBUTES, rooted, rooted_page, serve_below

ROOT = "/user/ada/heldout"
SPELLED = re.compile(r"""["'`]/(api|c|client|help|j|organize|static|submissions|\w+\.json)\b""")


@pytest.fixture
def below() -> Iterator[None]:
    serve_below(ROOT)
    yield
    serve_below("")


@pytest.mark.usefixtures("below")
class TestBelowARoot:
    @pytest.mark.parametrize(
        ("html", "found"),
        [
            ('<a href="/c/x">', f'<a href="{ROOT}/c/x">'),
            ('<a class="b" href="/">', f'<a class="b" href="{ROOT}/">'),
            ('<form action="/j">', f'<form action="{ROOT}/j">'),
            ('<div data-live-src="/c/x/board">', f'<div data-live-src="{ROOT}/c/x/board">'),
            ('<meta content="0;url=/c/x/me">', f'<meta content="0;url={ROOT}/c/x/me">'),
        ],
    )
    def test_addresses_are_put_below(self, html: str, found: str) -> None:
        assert rooted_page(html) == found

    @pytest.mark.parametrize(
        "html",
        [
            '<a href="#top">', '<a href="?offset=50">', '<a href="//other.example/">',
            '<a href="https://other.example/c/x">', '<input name="next" value="/organize">',
            '<tr data-name="/etc">', "<code>href=&#34;/c/x&#34;</code>",
        ],
    )  # fmt: skip
    def test_others_stay(self, html: str) -> None:
        assert rooted_page(html) == html

    def test_paths_of_answers_are(self) -> None:
        assert rooted("/organize") == f"{ROOT}/organize"


def test_without_one_nothing_changes() -> None:
    assert rooted_page('<a href="/c/x">') == '<a href="/c/x">'


def test_scripts_spell_no_address() -> None:
    """They take each from an attribute; one that they spelled would lead out of the root."""
    scripts = (TEMPLATES.parent / "static").glob("*.js")
    spelled = [path.name for path in scripts if SPELLED.search(path.read_text())]
    assert spelled == []


def test_every_attribute_is_used() -> None:
    pages = "".join(path.read_text() for path in TEMPLATES.rglob("*.html"))
    assert [name for name in ATTRIBUTES if f'{name}="' not in pages] == []
