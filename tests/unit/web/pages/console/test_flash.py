"""A notice travels in a cookie, which anybody may write."""

import base64

import pytest

from heldout_server.web.pages.console import flash


@pytest.mark.parametrize(
    "cookie", [None, "", "x", "!!!", *(base64.b64encode(b).decode() for b in (b"1", b"[1]", b"{}"))]
)
def test_a_flash_that_is_not_ours_says_nothing(cookie):
    assert flash.take(cookie) is None
