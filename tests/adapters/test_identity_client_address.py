"""Whose address a request comes from: the peer's, or what a proxy of ours says."""

import pytest

from mentorbooking.adapters.identity.client_address import client_of, networks, subscriber_of

PROXIES = networks(["10.0.0.0/8", "192.0.2.1", "2001:db8:ffff::/48"])
PROXY, STRANGER = "10.1.2.3", "203.0.113.5"


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        # nobody but a proxy of ours is believed
        (STRANGER, None, STRANGER),
        (STRANGER, "198.51.100.1", STRANGER),
        (STRANGER, "10.1.2.3, 10.1.2.4", STRANGER),
        # a proxy tells who came to it
        (PROXY, "203.0.113.5", "203.0.113.5"),
        ("192.0.2.1", "203.0.113.5", "203.0.113.5"),
        # what the client wrote in the header itself stands to the left
        (PROXY, "127.0.0.1, 203.0.113.5", "203.0.113.5"),
        (PROXY, "10.9.9.9, 203.0.113.5", "203.0.113.5"),
        (PROXY, "203.0.113.5, 198.51.100.1", "198.51.100.1"),
        (PROXY, "' OR 1=1, 203.0.113.5", "203.0.113.5"),
        # a chain of proxies
        (PROXY, "203.0.113.5, 10.4.4.4, 192.0.2.1", "203.0.113.5"),
        (PROXY, "198.51.100.1, 203.0.113.5, 10.4.4.4", "203.0.113.5"),
        # a request of a proxy itself, or of something behind it
        (PROXY, None, PROXY),
        (PROXY, "", PROXY),
        (PROXY, "10.4.4.4", "10.4.4.4"),
        (PROXY, "10.5.5.5, 10.4.4.4", "10.5.5.5"),
        # what can't be read ends the search where it was safe
        (PROXY, "unknown", PROXY),
        (PROXY, "203.0.113.5, _hidden", PROXY),
        (PROXY, "203.0.113.5, , 10.4.4.4", "10.4.4.4"),
        (PROXY, "203.0.113.5, 1.2.3", PROXY),
        (PROXY, "203.0.113.5,", PROXY),
        # ports, brackets, spaces, zones
        (PROXY, "203.0.113.5:51234", "203.0.113.5"),
        (PROXY, "[2001:db8::7]:51234", "2001:db8::7"),
        (PROXY, "[2001:db8::7]", "2001:db8::7"),
        (PROXY, " 2001:db8::7 ", "2001:db8::7"),
        (PROXY, "203.0.113.5,10.4.4.4", "203.0.113.5"),
        ("fe80::1%eth0", None, "fe80::1"),
        # IPv6, in one spelling
        ("2001:DB8:0:0::7", None, "2001:db8::7"),
        ("2001:db8:ffff::1", "2001:DB8::0007", "2001:db8::7"),
        ("2001:db8:fffe::1", "203.0.113.5", "2001:db8:fffe::1"),
        # IPv4 within IPv6 is IPv4
        ("::ffff:10.1.2.3", "203.0.113.5", "203.0.113.5"),
        ("::ffff:203.0.113.5", "198.51.100.1", "203.0.113.5"),
        (PROXY, "::ffff:203.0.113.5", "203.0.113.5"),
        # no network address at all
        (None, None, "unknown"),
        (None, "203.0.113.5", "unknown"),
        ("", "203.0.113.5", "unknown"),
        ("/run/app.sock", "203.0.113.5", "unknown"),
    ],
)
def test_the_client_is_the_last_address_that_is_not_ours(peer, forwarded_for, client):
    assert client_of(peer, forwarded_for, PROXIES) == client


def test_without_proxies_the_header_means_nothing():
    assert client_of(PROXY, "203.0.113.5", ()) == PROXY


def test_a_long_header_is_read_from_its_end():
    header = "1.1.1.1," * 100_000 + "203.0.113.5"
    assert client_of(PROXY, header, PROXIES) == "203.0.113.5"


@pytest.mark.parametrize("text", ["", "localhost", "10.0.0.0/33", "10.0.0.256", "::/129"])
def test_a_proxy_that_is_no_network_is_refused(text):
    with pytest.raises(ValueError, match="does not appear to be"):
        networks([text])


@pytest.mark.parametrize(
    ("client", "subscriber"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("2001:db8:0:1:aaaa:bbbb:cccc:dddd", "2001:db8:0:1::/64"),
        ("2001:db8:0:1::9", "2001:db8:0:1::/64"),
        ("2001:db8:0:2::9", "2001:db8:0:2::/64"),
        ("::1", "::/64"),
        ("unknown", "unknown"),
    ],
)
def test_one_party_holds_a_whole_network_of_ipv6(client, subscriber):
    assert subscriber_of(client) == subscriber
