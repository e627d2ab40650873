"""settings: the path below which a proxy shows the board."""

import pytest
from pydantic import ValidationError

from heldout_server.kit.settings import Settings


class TestRoot:
    @pytest.mark.parametrize(
        ("given", "root"),
        [
            ({}, ""),
            ({"public_url": "https://board.example/"}, ""),
            ({"public_url": "https://www.example/heldout/"}, "/heldout"),
            ({"root_path": "user/ada/heldout/"}, "/user/ada/heldout"),
            ({"root_path": "/a", "public_url": "https://www.example/b"}, "/a"),
        ],
    )
    def test_is_what_was_said_or_the_public_urls(self, given: dict[str, str], root: str) -> None:
        assert Settings(**given).root == root

    @pytest.mark.parametrize("given", ['/a"b', "/a b", "/<a>", "/a//b", "/a?b"])
    def test_is_a_path_that_fits_into_a_page(self, given: str) -> None:
        with pytest.raises(ValidationError):
            Settings(root_path=given)
