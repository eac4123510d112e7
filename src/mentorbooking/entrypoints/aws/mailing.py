"""The mailer on AWS."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cache
from typing import Final

from mentorbooking.adapters.mail_sender.from_url import is_ses, mail_sender_from_url
from mentorbooking.adapters.messages.dynamodb.messages import DynamoDBMessages
from mentorbooking.adapters.work.dynamodb.lease import Lease, while_held
from mentorbooking.application.notifications.facts import Mailbox, Service
from mentorbooking.application.notifications.mail_writer import MailWriter
from mentorbooking.application.notifications.mailer import Mailer
from mentorbooking.application.ports.identity import InvitationClaims, Invitations
from mentorbooking.entrypoints.aws.ground import AwsGround

POLLED_EVERY: Final = timedelta(seconds=2)
"""For what other processes append; what this one appends wakes it. A look is a read unit."""


@asynccontextmanager
async def mailer_of(base: AwsGround) -> AsyncIterator[Mailer]:
    """Open what plans and sends the mails, anew each time that the lease was taken."""
    settings = base.settings
    service = Service(Mailbox.parse(settings.mail_from), settings.public_url)
    ses = await base.clients.ses() if is_ses(settings.mail_url) else None
    sender = mail_sender_from_url(
        settings.mail_url, settings.data_dir, settings.mail_from, service.host, ses=ses
    )
    invitations = cache(lambda: _invitations(base))

    def invitation_token(claims: InvitationClaims) -> str:
        return invitations().token(claims)

    try:
        yield Mailer(
            base.log,
            DynamoDBMessages(base.work),
            MailWriter(base.log, base.aggregates, invitation_token, service),
            sender,
            base.clock,
            chance=random.random,
            poll=POLLED_EVERY,
        )
    finally:
        await sender.close()


def mail_lease(base: AwsGround) -> Lease:
    """One process mails at a time, so that nobody is told twice."""
    return Lease(base.work, "mail", base.owner, base.clock)


async def run_mail(base: AwsGround, stop: asyncio.Event) -> None:
    """Tell people of what has happened."""

    async def work(enough: asyncio.Event) -> None:
        async with mailer_of(base) as mailer:
            with base.following("mail", mailer):
                await mailer.run(enough)

    await while_held(mail_lease(base), work, stop)


def _invitations(base: AwsGround) -> Invitations:
    """Make what signs invitations, not before there is one."""
    from mentorbooking.adapters.identity.invitations import SignedInvitations
    from mentorbooking.entrypoints.aws.secret import keys_of

    return SignedInvitations(keys_of(base.settings).invitations)
