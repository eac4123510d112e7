"""What SES says to a mail, and what is made of it."""

from __future__ import annotations

import asyncio

import pytest

from mentorbooking.adapters.aws.clients import AwsClients
from mentorbooking.adapters.mail_sender.mime import Letterhead
from mentorbooking.adapters.mail_sender.ses import SESMailSender
from mentorbooking.application.notifications.facts import Mailbox
from mentorbooking.application.ports.mail_sender import MailRefused, MailUnavailable
from tests.support.aws_servers import aws_settings
from tests.support.canned_server import canned_server, json_error
from tests.support.mail_facts import plain_mail
from tests.support.patience import SOON

pytestmark = pytest.mark.anyio

LETTERHEAD = Letterhead(Mailbox("Mentor Booking", "no-reply@booking.example"), "booking.example")


@pytest.mark.parametrize(
    ("status", "code", "words", "verdict"),
    [
        (400, "MessageRejected", "Address is on the suppression list: a@b.example", MailRefused),
        (400, "BadRequestException", "Illegal address: a@b.example", MailRefused),
        (400, "MessageRejected", "Email address is not verified: a@b.example", MailUnavailable),
        (400, "AccountSuspendedException", "a@b.example", MailUnavailable),
        (400, "SendingPausedException", "a@b.example", MailUnavailable),
        (400, "LimitExceededException", "a@b.example", MailUnavailable),
        (400, "MailFromDomainNotVerifiedException", "a@b.example", MailUnavailable),
        (403, "AccessDeniedException", "a@b.example", MailUnavailable),
        (404, "NotFoundException", "a@b.example", MailUnavailable),
        (429, "TooManyRequestsException", "a@b.example", MailUnavailable),
        (500, "InternalFailure", "a@b.example", MailUnavailable),
    ],
)
async def test_a_refusal_is_final_only_if_it_is_about_the_mail(
    aws_credentials: None, status: int, code: str, words: str, verdict: type[Exception]
) -> None:
    async with (
        canned_server(json_error(status, code, words)) as url,
        AwsClients(aws_settings(others=url)) as clients,
    ):
        with pytest.raises(verdict, match=code) as refusal:
            await SESMailSender(await clients.ses(), LETTERHEAD).send(plain_mail())

    assert "@" not in str(refusal.value)


async def test_a_server_that_is_away_is_told_so_soon(aws_credentials: None) -> None:
    async with AwsClients(aws_settings()) as clients:
        sender = SESMailSender(await clients.ses(), LETTERHEAD)
        with pytest.raises(MailUnavailable, match="can't be reached"):
            await asyncio.wait_for(sender.send(plain_mail()), SOON)


async def test_an_answer_that_breaks_off_is_a_mail_to_be_tried_again(aws_credentials: None) -> None:
    async with canned_server(b"") as url, AwsClients(aws_settings(others=url)) as clients:
        sender = SESMailSender(await clients.ses(), LETTERHEAD)
        with pytest.raises(MailUnavailable):
            await sender.send(plain_mail())
