"""Which addresses a webhook may reach."""

import pytest

from heldout_server.webhooks.addresses import AddressRefused, check_url, destinations, is_public

HOOK = "https://hooks.example.org/abc?x=1"


def resolving(*addresses):
    return lambda host, port: addresses


class TestIsPublic:
    @pytest.mark.parametrize(
        "address",
        ["8.8.8.8", "192.88.98.1", "2606:4700::1111", "2a00:1450::1", "64:ff9b::808:808"],
    )
    def test_the_internet(self, address):
        assert is_public(address)

    @pytest.mark.parametrize(
        "address",
        [
            "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0",  # noqa: S104 an address to refuse
            "100.64.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1",
            "::1", "::", "fe80::1", "fe80::1%eth0", "fd00::1", "ff02::1", "::ffff:127.0.0.1",
            "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::",
            "fec0::1", "feff::1", "3fff::1", "3fff:fff::1", "192.88.99.1", "192.0.0.9", "5f00::1",
            "2001:db8::1", "2001::1", "64:ff9b:1::1", "::ffff:192.88.99.1", "2002:c058:6301::",
            "not an address",
        ],
    )  # fmt: skip
    def test_never_what_is_near(self, address):
        assert not is_public(address)


class TestCheckUrl:
    @pytest.mark.parametrize(
        "url",
        [
            "http://hooks.example.org/", "ftp://hooks.example.org/", "hooks.example.org",
            "https://", "https://me:secret@hooks.example.org/", "https://h.example:99999/",
            "https://h.example:0/", "javascript:alert(1)", "https://" + "x" * 2000, "https://[::1",
            "https://h.example/\0", "https://h.example/ü", "https://h.example/a b",
        ],
    )  # fmt: skip
    def test_refuses(self, url):
        with pytest.raises(AddressRefused):
            check_url(url, private=False)

    def test_plain_http_is_for_private_networks(self):
        assert check_url("http://10.0.0.7:8080/x", private=True).port == 8080


class TestDestinations:
    def test_connects_to_the_address_and_speaks_to_the_name(self):
        (found,) = destinations(HOOK, private=False, resolve=resolving("8.8.8.8"))
        assert found.url == "https://8.8.8.8:443/abc?x=1"
        assert found.host == "hooks.example.org"

    def test_writes_ipv6_in_brackets(self):
        (found,) = destinations(HOOK, private=False, resolve=resolving("2606:4700::1111"))
        assert found.url == "https://[2606:4700::1111]:443/abc?x=1"

    def test_one_private_address_refuses_the_name(self):
        with pytest.raises(AddressRefused, match="private network"):
            destinations(HOOK, private=False, resolve=resolving("8.8.8.8", "10.0.0.1"))

    @pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "0x7f.1", "2130706433", "localhost"])
    def test_no_way_of_writing_this_machine_gets_through(self, host):
        with pytest.raises(AddressRefused):
            destinations(f"https://{host}/", private=False, resolve=resolving("127.0.0.1"))

    def test_a_name_that_is_not_there_is_refused_in_words(self):
        def failing(host, port):
            raise OSError("no such name")

        with pytest.raises(AddressRefused, match="can't be resolved"):
            destinations(HOOK, private=False, resolve=failing)

    def test_private_ones_when_allowed(self):
        (found,) = destinations(HOOK, private=True, resolve=resolving("10.0.0.1"))
        assert found.ip == "10.0.0.1"
