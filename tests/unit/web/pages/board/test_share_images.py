"""Pictures have the size that messengers expect, whatever names they must draw."""

import io

import pytest
from PIL import Image

from heldout_server.web.pages.board import share_images
from heldout_server.web.pages.board.share_images import PlaceLine

NAMES = ("Ada", "🦔 hedgehog", "فريق", "W" * 60, "<script>", "\u200d", "Žofie Černá")


def size_of(content: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(content)).size


class TestBoardPicture:
    @pytest.mark.parametrize("name", NAMES)
    def test_draws_any_name(self, name):
        found = share_images.board_picture(name, [PlaceLine(1, name, "97.31%")], 1)
        assert size_of(found) == (1200, 630)
        assert len(found) < 100_000

    def test_of_an_empty_board(self):
        assert size_of(share_images.board_picture("MNIST", [], 0)) == (1200, 630)


class TestSubmissionPicture:
    @pytest.mark.parametrize(
        ("score", "rank"), [("97.31%", 3), ("100.00%", None), ("1,234", 1), (None, None)]
    )
    def test_with_and_without_a_score(self, score, rank):
        found = share_images.submission_picture("2 conv", "Ada", score, rank, "MNIST")
        assert size_of(found) == (1200, 630)


class TestDrawable:
    def test_keeps_accents(self):
        assert share_images.drawable("Žofie Černá", "x") == "Žofie Černá"

    def test_says_otherwise_when_nothing_can_be_drawn(self):
        assert share_images.drawable("\U0010fffd", "otherwise") == "otherwise"
