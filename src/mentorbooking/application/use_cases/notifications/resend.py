"""Ask for a message once more. The mailer queues it again when it comes to the event."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from mentorbooking.application.answers.notification import NotificationAnswer, notification_answer
from mentorbooking.application.authorisation import reaches_all
from mentorbooking.application.notifications.message_states import MessageStates, queued_again
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.messages import MessageRecord, MessageStatus
from mentorbooking.application.ports.throttle import Throttle
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.notifications.recipients import recipient_ids
from mentorbooking.domain.kernel.errors import Conflict, NotFound


class NotResendable(Conflict):
    """The message is about to be sent anyway."""

    code = "not-resendable"


class ResendNotification(msgspec.Struct, frozen=True, kw_only=True):
    """For its recipient and admins. ``client`` is the network address to throttle by."""

    caller: Principal
    message_id: str
    client: str


@dataclass(frozen=True, slots=True)
class ResendNotificationHandler:
    aggregates: AggregateStore
    states: MessageStates
    throttle: Throttle
    clock: Clock

    async def __call__(self, command: ResendNotification) -> NotificationAnswer:
        found = await self.states.find(command.message_id)
        if found is None or not _may_ask_for(found[0], command.caller):
            raise NotFound("There is no such message.")
        message, notification = found
        if message.status is MessageStatus.QUEUED:
            raise NotResendable("The message is waiting to be sent.")
        self.throttle.hit("resend", address_key=message.recipient, client=command.client)
        requested = notification.resend(now=self.clock.now())
        answer = notification_answer(queued_again(message))
        await self.aggregates.save(requested, answer=answer)
        return answer


def _may_ask_for(message: MessageRecord, caller: Principal) -> bool:
    everything = reaches_all(caller, "resend_notification")
    return everything or message.recipient in recipient_ids(caller)
