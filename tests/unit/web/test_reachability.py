from __future__ import annotations

import pytest

from heldout_server.web.reachability import Reach, is_loopback_host, reach_of, room_url

ALL = "0.0.0.0"  # noqa: S104 what a server listens on by default


class TestReachOf:
    @pytest.mark.parametrize(
        "url",
        ["http://localhost:8000", "http://LOCALHOST", "http://127.0.0.1:8000/c/mnist",
         "http://127.9.9.9", "http://[::1]:8000", "http://board.localhost",
         "http://[::ffff:127.0.0.1]"],
    )  # fmt: skip
    def test_the_loopback_is_this_machine(self, url: str) -> None:
        assert reach_of(url) is Reach.MACHINE

    @pytest.mark.parametrize(
        "url",
        ["http://192.168.1.20:8000", "http://10.0.0.5", "http://172.20.10.2:8000",
         "http://169.254.3.4", "http://100.101.102.103", "http://[fe80::1]:8000",
         "http://[fd00::1]", "http://laptop:8000", "http://laptop.local:8000",
         "http://nas.home.arpa", "http://0.0.0.0:8000", "http://192.0.2.2:8000", ""],
    )  # fmt: skip
    def test_private_addresses_and_names_are_this_network(self, url: str) -> None:
        assert reach_of(url) is Reach.NETWORK

    @pytest.mark.parametrize(
        "url",
        ["https://board.club.org", "https://seven-words.trycloudflare.com/c/mnist",
         "https://laptop.tail1234.ts.net", "http://8.8.8.8:8000", "http://[2606:4700::1111]"],
    )  # fmt: skip
    def test_the_rest_is_anywhere(self, url: str) -> None:
        assert reach_of(url) is Reach.ANYWHERE


class TestIsLoopbackHost:
    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
    def test_knows_it(self, host: str) -> None:
        assert is_loopback_host(host)

    @pytest.mark.parametrize("host", [ALL, "::", "192.168.1.20", "laptop"])
    def test_knows_others(self, host: str) -> None:
        assert not is_loopback_host(host)


class TestRoomUrl:
    def test_localhost_becomes_the_address_in_the_network(self) -> None:
        found = room_url("http://localhost:8000/", listens_on=ALL, lan="192.168.1.20")
        assert found == "http://192.168.1.20:8000"

    def test_what_listens_on_the_loopback_is_not_in_the_room(self) -> None:
        """It was printed as "In the room http://192.0.2.2:8000" while nobody there could come."""
        for host in ("127.0.0.1", "localhost", "127.0.0.2"):
            found = room_url("http://127.0.0.1:8000", listens_on=host, lan="192.168.1.20")
            assert found == "http://127.0.0.1:8000"

    def test_without_a_network_it_stays(self) -> None:
        assert room_url("http://localhost:8000", listens_on=ALL, lan=None) == (
            "http://localhost:8000"
        )

    @pytest.mark.parametrize("url", ["https://board.club.org", "http://192.168.7.7:8000"])
    def test_an_address_that_others_know_stays(self, url: str) -> None:
        assert room_url(url, listens_on=ALL, lan="192.168.1.20") == url

    def test_no_port_is_made_up(self) -> None:
        found = room_url("http://localhost", listens_on=ALL, lan="192.168.1.20")
        assert found == "http://192.168.1.20"
