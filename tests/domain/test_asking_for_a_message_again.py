"""Each time that somebody asks for a message once more is a fact of its own."""

from mentorbooking.domain.notification.events import ResendRequested
from mentorbooking.domain.notification.notification import Notification
from tests.support.fixed import NOW
from tests.support.scenario import given

ASKED = ResendRequested(at=NOW, message_id="message_1")


def message():
    return Notification(id="message_1")


def test_asking_twice_counts_twice():
    given(message(), ASKED).when(lambda m: m.resend(now=NOW)).then(ASKED)
    assert message().after(ASKED, ASKED).resends == 2
