"""The mails about a booking, and asking for one again."""

from __future__ import annotations

from mentorbooking.application.answers.notification import NotificationAnswer, NotificationsAnswer
from mentorbooking.application.use_cases.notifications.list_notifications import ListNotifications
from mentorbooking.application.use_cases.notifications.resend import ResendNotification
from mentorbooking.entrypoints.http import examples
from mentorbooking.entrypoints.http.answer import Answer
from mentorbooking.entrypoints.http.call import Call
from mentorbooking.entrypoints.http.operations import Operation, endpoint

TAG = "Notifications"


@endpoint(
    Operation(
        method="GET",
        path="/bookings/{booking_id:str}/notifications",
        operation_id="list_booking_notifications",
        summary="See who was mailed about a booking",
        description="Student and mentor see the mails to themselves, admins see all.",
        tag=TAG,
        answers={200: NotificationsAnswer},
        refusals={404: ("not-found",)},
        answer_examples={200: {"data": [examples.NOTIFICATION]}},
    )
)
async def list_booking_notifications(call: Call[None, None]) -> Answer:
    query = ListNotifications(caller=call.principal, booking_id=call.path["booking_id"])
    return Answer(body=await call.core.notifications.list_of_booking(query))


@endpoint(
    Operation(
        method="POST",
        path="/notifications/{message_id:str}/resend",
        operation_id="resend_notification",
        summary="Have a mail sent again",
        description="For its recipient and admins. It is queued again, and sent soon.",
        tag=TAG,
        answers={202: NotificationAnswer},
        refusals={
            404: ("not-found",),
            409: ("not-resendable",),
            429: ("too-many-requests",),
        },
        accepts=("Idempotency-Key",),
        sends=("Event-Position", "Idempotency-Replayed"),
        answer_examples={202: examples.QUEUED_NOTIFICATION},
    )
)
async def resend_notification(call: Call[None, None]) -> Answer:
    command = ResendNotification(
        caller=call.principal, message_id=call.path["message_id"], client=call.client
    )
    return await call.core.commanding(
        call,
        call.core.notifications.resend,
        command,
        lambda message: Answer(status=202, body=message),
    )


ENDPOINTS = (list_booking_notifications, resend_notification)
