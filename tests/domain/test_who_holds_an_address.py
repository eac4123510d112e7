"""An e-mail address belongs to one account or imported mentor at a time."""

import pytest

from mentorbooking.domain.email_address.address import EmailAddress
from mentorbooking.domain.email_address.errors import EmailTaken
from mentorbooking.domain.email_address.events import EmailAddressClaimed, EmailAddressReleased
from tests.support.fixed import MENTOR, NOW, USER
from tests.support.scenario import given

CLAIMED = EmailAddressClaimed(at=NOW, holder=MENTOR)


def address():
    return EmailAddress(id="ab" * 32)


def test_a_free_address_can_be_claimed():
    given(address()).when(lambda a: a.claim(MENTOR, now=NOW)).then(CLAIMED)


def test_a_held_address_cannot_be_claimed_by_another():
    given(address(), CLAIMED).when(lambda a: a.claim(USER, now=NOW)).then_refused(EmailTaken)


def test_claiming_twice_changes_nothing():
    given(address(), CLAIMED).when(lambda a: a.claim(MENTOR, now=NOW)).then_nothing()


def test_a_released_address_is_free():
    given(address(), CLAIMED).when(lambda a: a.release(now=NOW)).then(EmailAddressReleased(at=NOW))
    given(address(), CLAIMED, EmailAddressReleased(at=NOW)).when(
        lambda a: a.claim(USER, now=NOW)
    ).then(EmailAddressClaimed(at=NOW, holder=USER))


def test_releasing_a_free_address_changes_nothing():
    given(address()).when(lambda a: a.release(now=NOW)).then_nothing()


def test_an_address_is_handed_over_by_its_holder_only():
    given(address(), CLAIMED).when(lambda a: a.hand_over(giver=MENTOR, taker=USER, now=NOW)).then(
        EmailAddressClaimed(at=NOW, holder=USER)
    )
    with pytest.raises(EmailTaken):
        address().after(CLAIMED).hand_over(giver="mentor_2", taker=USER, now=NOW)


def test_the_stream_does_not_name_the_address():
    assert address().stream == "email_address:" + "ab" * 32
