"""Markdown in, harmless HTML out."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heldout_server.competitions.markdown import TAGS, opened, to_html


def test_writes_what_organizers_need():
    html = to_html(
        "# Rules\n\n- **be** kind\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n[x](https://e.org)"
    )
    for part in ("<h1>Rules</h1>", "<strong>be</strong>", "<td>1</td>", 'href="https://e.org"'):
        assert part in html
    assert 'rel="noopener noreferrer nofollow"' in html


def test_headings_come_below_the_one_above():
    assert to_html("# A\n\n###### B", below=2) == "<h3>A</h3>\n<h6>B</h6>\n"


def test_opens_with_a_short_first_paragraph():
    opening, rest = opened("Read [digits][1].\n\n## More\n\nText.\n\n[1]: https://e.org", below=2)
    assert 'href="https://e.org"' in opening
    assert rest == "<h3>More</h3>\n<p>Text.</p>\n"


@pytest.mark.parametrize("source", ["", "# Title", "- a\n- b", "long " * 100])
def test_opens_with_nothing_else(source):
    assert opened(source) == ("", to_html(source))


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHN2Zz4=)",
        "![x](http://tracker.example/x.png)",
        "<a href='x' onclick='y()'>z</a>",
        '<https://e.org/"onmouseover=alert(1)>',
        '[x](https://e.org/ "\\" onclick=alert(1) ")',
        "<style>body{display:none}</style>",
        "<iframe src=//e.org></iframe>",
    ],
)
def test_lets_nothing_run(source):
    _assert_harmless(to_html(source))


@given(st.text(alphabet="<>\"'&[]()!`*_#|\n :/=javscriptonhef", max_size=60))
def test_lets_nothing_run_whatever_is_written(source):
    _assert_harmless(to_html(source))


def _assert_harmless(html: str) -> None:
    for tag in re.findall(r"<([a-zA-Z0-9]+)", html):
        assert tag in TAGS, html
    for attributes in re.findall(r"<a ([^>]*)>", html):
        assert not re.search(r"(^|\s)on\w+=", re.sub(r'"[^"]*"', '""', attributes)), html
        assert not re.search(r'href="(?!https?:|mailto:|[^:"]*")', attributes), html
