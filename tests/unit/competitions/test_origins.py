"""Which sites a competition may name for frames."""

import pytest

from heldout_server.competitions.validation import ORIGIN, tidy_origins


@pytest.mark.parametrize(
    "origin",
    ["https://course.example", "https://a.b-c.example:8443", "http://localhost",
     "http://localhost:8888", "https://192.168.1.20", "https://xn--mnchen-3ya.example"],
)  # fmt: skip
def test_takes_scheme_and_host(origin):
    assert ORIGIN.fullmatch(origin)


@pytest.mark.parametrize(
    "origin",
    ["*", "https://*", "https://*.example", "http://course.example", "course.example",
     "https://course.example/page", "https://a.example; script-src *", "https://a.example\n",
     "https://user@a.example", "https://", "https://-", "'self'", "http://localhost.example",
     "data:", "https://a.example:123456", "https://münchen.example"],
)  # fmt: skip
def test_takes_nothing_else(origin):
    assert ORIGIN.fullmatch(origin) is None


def test_writes_them_as_browsers_do():
    assert tidy_origins([" https://A.example/ ", "", "https://a.example"]) == ["https://a.example"]
