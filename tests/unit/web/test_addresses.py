"""Who counts as one caller, and whose word is believed."""

import pytest
from pydantic import ValidationError

from heldout_server.kit.settings import Settings
from heldout_server.web.addresses import Peers, is_loopback, network_of


class TestNetworkOf:
    @pytest.mark.parametrize(
        ("address", "network"),
        [
            ("192.168.1.7", "192.168.1.7"),
            ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
            ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
            ("::ffff:192.168.1.7", "192.168.1.7"),
            ("fe80::1%eth0", "fe80::/64"),
            ("testclient", "testclient"),
        ],
    )
    def test_is_the_address_or_half_of_it(self, address, network):
        assert network_of(address) == network


class TestPeers:
    @pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.1.2.3"])
    def test_are_believed_when_named(self, address):
        assert address in Peers(("127.0.0.1", "::1", "10.0.0.0/8"))

    @pytest.mark.parametrize("address", ["127.0.0.2", "192.168.1.7", "", "unknown"])
    def test_are_not_otherwise(self, address):
        assert address not in Peers(("127.0.0.1", "::1", "10.0.0.0/8"))

    def test_may_be_everybody_or_nobody(self):
        assert "203.0.113.9" in Peers(("*",))
        assert "127.0.0.1" not in Peers(())


class TestTrustedProxies:
    def test_are_this_machine_at_first(self):
        assert Settings().believed_proxies == ("127.0.0.1", "::1")

    def test_can_be_none(self):
        assert Settings(trusted_proxies="none").believed_proxies == ()

    def test_must_be_addresses(self):
        with pytest.raises(ValidationError, match=r"proxy\.example"):
            Settings(trusted_proxies="proxy.example")


def test_loopback_is_this_machine():
    assert is_loopback("127.8.8.8")
    assert is_loopback("::1")
    assert not is_loopback("10.0.0.1")
