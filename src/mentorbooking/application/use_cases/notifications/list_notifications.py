"""Read which mails a booking has given rise to, and how far each has come."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from mentorbooking.application.answers.notification import (
    NotificationsAnswer,
    notification_answer,
)
from mentorbooking.application.authorisation import reaches_all
from mentorbooking.application.notifications.message_states import MessageStates
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.bookings.get_booking import visible_booking
from mentorbooking.application.use_cases.notifications.recipients import recipient_ids

_OPERATION = "list_booking_notifications"


class ListNotifications(msgspec.Struct, frozen=True, kw_only=True):
    """Those who take part see the mails to themselves, admins see all."""

    caller: Principal
    booking_id: str


@dataclass(frozen=True, slots=True)
class ListNotificationsHandler:
    aggregates: AggregateStore
    states: MessageStates

    async def __call__(self, query: ListNotifications) -> NotificationsAnswer:
        caller = query.caller
        booking = await visible_booking(self.aggregates, caller, query.booking_id, _OPERATION)
        recipients = None if reaches_all(caller, _OPERATION) else recipient_ids(caller)
        messages = await self.states.of_booking(booking.id, recipients=recipients)
        return NotificationsAnswer([notification_answer(message) for message in messages])
