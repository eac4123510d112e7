"""Mail through Amazon SES (version 2 of its interface), as it was put into its form by us.

SES writes a Message-ID and a Date of its own over ours, so that a receiver can't tell a repeat
by them; the id that we know a mail by goes along as the tag ``message_id``, which SES tells in
its events. A mail is offered once: an answer that was lost is for the caller to judge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from mentorbooking.adapters.aws.failures import CALL_FAILED, failure_code
from mentorbooking.adapters.mail_sender.mime import Letterhead, address_of, mime_bytes
from mentorbooking.application.ports.mail_sender import (
    MailRefused,
    MailSender,
    MailUnavailable,
    OutgoingMail,
)

if TYPE_CHECKING:
    from types_aiobotocore_sesv2 import SESV2Client

_FINAL: Final = frozenset({"MessageRejected", "BadRequestException"})
"""What SES says of a mail. The rest it says of us: too many, suspended, not set up, and so on."""

_NOT_SET_UP: Final = "not verified"
"""SES's words for a sender, or while in the sandbox a receiver, that we have yet to verify."""


class SESMailSender(MailSender):
    """The client is its owner's to close."""

    def __init__(self, client: SESV2Client, letterhead: Letterhead) -> None:
        self._client = client
        self._letterhead = letterhead
        self._sender = address_of(letterhead.sender.address)

    async def send(self, mail: OutgoingMail) -> None:
        receiver = address_of(mail.to_address)
        if not (self._sender + receiver).isascii():
            raise MailRefused("SES takes no address beyond ASCII (SMTPUTF8)")
        content = mime_bytes(mail, self._letterhead)
        try:
            await self._client.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [receiver]},
                Content={"Raw": {"Data": content}},
                EmailTags=[{"Name": "message_id", "Value": mail.message_id}],
            )
        except CALL_FAILED as error:
            raise _verdict(error) from None

    async def close(self) -> None:
        """Nothing of its own is held open."""


def _verdict(error: BaseException) -> MailRefused | MailUnavailable:
    """Judge a failure; SES's words are not passed on, since addresses stand in them."""
    code = failure_code(error)
    if not isinstance(error, ClientError):
        return MailUnavailable(f"SES can't be reached: {code}")
    if _NOT_SET_UP in str(error.response["Error"].get("Message", "")):
        return MailUnavailable(f"SES has an address yet to be verified ({code})")
    kind = MailRefused if code in _FINAL else MailUnavailable
    return kind(f"SES refused the mail ({code})")
