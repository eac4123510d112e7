"""A decision: new facts, and the state and version they were decided on."""

from mentorbooking.domain.email_address.address import EmailAddress
from tests.support.fixed import MENTOR, NOW


def test_a_decision_knows_stream_version_and_what_follows():
    address = EmailAddress(id="ab", version=3)
    claim = address.claim(MENTOR, now=NOW)
    assert (claim.stream, claim.expected_version) == ("email_address:ab", 3)
    assert claim.outcome() == EmailAddress(id="ab", version=4, holder=MENTOR)
    assert claim.outcome() is claim.outcome()
    assert address == EmailAddress(id="ab", version=3)


def test_what_a_decision_without_facts_leaves_is_not_a_copy():
    address = EmailAddress(id="ab", version=3)
    assert address.release(now=NOW).outcome() is address
