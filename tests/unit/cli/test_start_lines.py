from __future__ import annotations

import pytest

from heldout_server.cli.start_lines import Place, competition_lines, model_lines, reach_lines
from heldout_server.kit.settings import Settings
from heldout_server.models import Competition, Joining

LAN = "192.168.1.20"


def place(host: str = "0.0.0.0", public_url: str = "", lan: str | None = LAN) -> Place:  # noqa: S104
    return Place.of(host=host, port=8000, public_url=public_url, lan=lan)


def printed(where: Place, joining: Joining = Joining.CODE) -> str:
    competition = Competition(slug="mnist", join_code="WAT-2026", joining=joining)
    return "\n".join(competition_lines(where, competition) + reach_lines(where))


class TestInARoom:
    def test_every_address_of_others_is_the_networks(self) -> None:
        text = printed(place())
        assert "Board            http://localhost:8000/c/mnist" in text
        assert f"In the room      http://{LAN}:8000/c/mnist" in text
        assert f"People join at   http://{LAN}:8000/j" in text
        assert f"Projector        http://{LAN}:8000/c/mnist/tv?code=WAT-2026" in text

    def test_says_that_colab_does_not_reach_it(self) -> None:
        text = printed(place())
        assert "From Colab       no:" in text
        assert "serve --public" in text


class TestOnTheLoopback:
    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
    def test_nobody_is_told_that_the_room_gets_in(self, host: str) -> None:
        """It printed "In the room http://192.0.2.2:8000" while bound to 127.0.0.1."""
        text = printed(place(host))
        assert LAN not in text
        assert "In the room      no: it listens on" in text
        assert "Projector        http://localhost:8000/c/mnist/tv?code=WAT-2026" in text

    def test_a_machine_without_a_network_says_so(self) -> None:
        assert "In the room      no: this machine has no network" in printed(place(lan=None))


class TestInPublic:
    def test_the_public_address_is_everybodys(self) -> None:
        text = printed(place(public_url="https://board.club.org/"))
        assert "From anywhere    https://board.club.org/c/mnist" in text
        assert "People join at   https://board.club.org/j" in text
        assert "From Colab       yes" in text

    def test_a_private_public_url_is_not_anywhere(self) -> None:
        text = printed(place(public_url="http://laptop.local"))
        assert "In the room      http://laptop.local/c/mnist" in text
        assert "From Colab       no:" in text

    def test_where_no_server_runs_yet_the_board_is_there(self) -> None:
        """`init` in a container printed "Board http://localhost:8000", where nothing listens."""
        url = "https://board.club.org"
        where = Place.of(host="0.0.0.0", port=8000, public_url=url, lan=LAN, running=False)  # noqa: S104
        assert "Board            https://board.club.org/c/mnist" in printed(where)
        assert "localhost" not in printed(where)


class TestOneAddress:
    def test_what_listens_on_one_address_is_asked_there(self) -> None:
        text = printed(place("192.168.7.7"))
        assert "Board            http://192.168.7.7:8000/c/mnist" in text
        assert "In the room      http://192.168.7.7:8000/c/mnist" in text


@pytest.mark.parametrize("joining", [Joining.OPEN, Joining.ROSTER])
class TestWithoutARoomCode:
    def test_none_is_printed(self, joining: Joining) -> None:
        text = printed(place(), joining)
        assert "WAT-2026" not in text
        assert f"Projector        http://{LAN}:8000/c/mnist/tv\n" in text


class TestWithoutASandbox:
    def test_says_that_models_are_refused_and_what_to_do(self) -> None:
        [line] = model_lines(Settings(), "darwin")
        assert line.startswith(
            "Models           refused: the sandbox needs Linux, and this is macOS."
        )
        assert "HELDOUT_ALLOW_PLAIN_UNCONTAINED=true" in line

    def test_says_what_the_risk_is_where_it_is_taken(self) -> None:
        [line] = model_lines(Settings(allow_plain_uncontained=True), "win32")
        assert "there is no sandbox on Windows" in line
        assert "with your user's rights" in line

    def test_says_nothing_where_there_is_one_or_no_models(self) -> None:
        assert model_lines(Settings(), "linux") == []
        assert model_lines(Settings(model_workers=0), "darwin") == []
