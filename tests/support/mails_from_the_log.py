"""The mails that the events of a stream give rise to."""

from __future__ import annotations

from msgspec.structs import replace

from mentorbooking.application.notifications.planning import MessagePlan
from mentorbooking.application.ports.mail_sender import OutgoingMail
from mentorbooking.application.ports.messages import MessageRecord
from tests.support.mail_house import (
    MailHouse,
)


async def messages_of(house: MailHouse, stream: str) -> list[MessageRecord]:
    plan = MessagePlan(house.log)
    return [
        each
        for recorded in await house.log.read_stream(stream)
        for each in await plan.messages(recorded)
    ]


async def mails_of(house: MailHouse, stream: str, **others: object) -> list[OutgoingMail]:
    return [
        await house.writer.write(replace(message, **others), now=house.clock.now())
        for message in await messages_of(house, stream)
    ]
