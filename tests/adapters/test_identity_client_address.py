"""Which addresses are throttled as one."""

import pytest

from mentorbooking.adapters.identity.client_address import subscriber_of


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
