"""After an act the console goes to its own pages alone."""

import pytest

from heldout_server.web.pages.console.request import own_page


class TestWhereToGo:
    @pytest.mark.parametrize("path", ["/organize", "/organize/c/mnist/people", "/organize/x?q=a"])
    def test_own_pages(self, path):
        assert own_page(path, "/") == path

    @pytest.mark.parametrize(
        "path", ["https://x.org", "//x.org", "/organizer", "/organize\\x", "/organize\n", ""]
    )
    def test_nothing_else(self, path):
        assert own_page(path, "/organize") == "/organize"
