"""GET /bookings/{id}/notifications and POST /notifications/{id}/resend, over HTTP."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from prometheus_client import CollectorRegistry

from mentorbooking.adapters.event_store.sqlite.answered_requests import SQLiteAnsweredRequests
from mentorbooking.adapters.identity.throttle import MemoryThrottle
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.notifications.list_notifications import (
    ListNotificationsHandler,
)
from mentorbooking.application.use_cases.notifications.resend import ResendNotificationHandler
from mentorbooking.domain.user_account.role import Role
from mentorbooking.entrypoints.core import Notifications
from mentorbooking.entrypoints.http.app import create_app
from mentorbooking.entrypoints.http.commanding import Commanding
from mentorbooking.entrypoints.http.routes.notifications import ENDPOINTS
from tests.http.demo import as_role, client_of
from tests.support.mail_house import MENTOR, STUDENT, MailHouse

pytestmark = pytest.mark.anyio

CALLERS = {
    "student": Principal("user_1", Role.STUDENT, student_id=STUDENT),
    "mentor": Principal("user_2", Role.MENTOR, mentor_id=MENTOR),
    "stranger": Principal("user_3", Role.STUDENT, student_id="student_3"),
    "admin": Principal("user_4", Role.ADMIN),
    "operator": Principal("user_5", Role.OPERATOR),
}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    opened = MailHouse(tmp_path)
    await opened.has_people()
    yield opened
    opened.close()


@pytest.fixture
async def client(house: MailHouse) -> AsyncIterator[httpx.AsyncClient]:
    throttle = MemoryThrottle(time.monotonic_ns)
    core = SimpleNamespace(
        notifications=Notifications(
            list_of_booking=ListNotificationsHandler(house.aggregates, house.states),
            resend=ResendNotificationHandler(house.aggregates, house.states, throttle, house.clock),
        ),
        commanding=Commanding(
            SQLiteAnsweredRequests(house.sqlite_log),
            lambda: house.aggregates.acknowledged,
            house.clock,
        ),
    )

    async def verify(token: str, request_id: str) -> Principal:
        return CALLERS[token]

    app = create_app(ENDPOINTS, core=core, verify=verify, registry=CollectorRegistry())
    async with client_of(app) as opened:
        yield opened


async def test_a_participant_lists_their_mails(house: MailHouse, client: httpx.AsyncClient) -> None:
    booking_id = await house.book()
    path = f"/bookings/{booking_id}/notifications"

    (queued,) = (await client.get(path, headers=as_role("student"))).json()["data"]
    await house.mail_all()
    answer = await client.get(path, headers=as_role("student"))

    assert answer.status_code == 200
    assert answer.json() == {
        "data": [{**queued, "status": "sent", "attempts": 1, "sent_at": "2026-09-01T09:00:00Z"}]
    }
    assert set(queued) == {"id", "recipient", "template", "event_id", "status", "attempts"}
    assert (queued["recipient"], queued["template"]) == (STUDENT, "booking_created")


async def test_others_do_not_find_it(house: MailHouse, client: httpx.AsyncClient) -> None:
    path = f"/bookings/{await house.book()}/notifications"

    statuses = {
        name: (await client.get(path, headers=as_role(name))).status_code for name in CALLERS
    }

    assert statuses == {
        "student": 200,
        "mentor": 200,
        "stranger": 404,
        "admin": 200,
        "operator": 403,
    }
    assert (await client.get(path)).status_code == 401


async def test_a_mail_is_asked_for_again(house: MailHouse, client: httpx.AsyncClient) -> None:
    booking_id = await house.book()
    listing = f"/bookings/{booking_id}/notifications"
    (message,) = (await client.get(listing, headers=as_role("mentor"))).json()["data"]
    path = f"/notifications/{message['id']}/resend"

    too_early = await client.post(path, headers=as_role("mentor"))
    assert (too_early.status_code, too_early.json()["code"]) == (409, "not-resendable")
    await house.mail_all()
    headers = {**as_role("mentor"), "Idempotency-Key": "k-1"}
    accepted, repeated = [await client.post(path, headers=headers) for _ in range(2)]
    await house.mail_all()
    (again,) = (await client.get(listing, headers=as_role("mentor"))).json()["data"]

    assert accepted.status_code == repeated.status_code == 202
    assert accepted.json() == repeated.json() == {**message, "attempts": 1}
    assert accepted.headers["event-position"] == f"0:{await house.log.head()}"
    assert repeated.headers["idempotency-replayed"] == "true"
    assert (again["status"], again["attempts"]) == ("sent", 2)


async def test_a_mail_of_somebody_else_is_not_found(
    house: MailHouse, client: httpx.AsyncClient
) -> None:
    booking_id = await house.book()
    listing = f"/bookings/{booking_id}/notifications"
    (message,) = (await client.get(listing, headers=as_role("mentor"))).json()["data"]
    await house.mail_all()

    for name in ("student", "stranger", "operator"):
        answer = await client.post(f"/notifications/{message['id']}/resend", headers=as_role(name))
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    unknown = await client.post("/notifications/%ff%00/resend", headers=as_role("admin"))
    assert unknown.status_code == 404


async def test_too_many_are_told_to_wait(house: MailHouse, client: httpx.AsyncClient) -> None:
    booking_id = await house.book()
    listing = f"/bookings/{booking_id}/notifications"
    (message,) = (await client.get(listing, headers=as_role("mentor"))).json()["data"]

    statuses = []
    for _ in range(11):
        await house.mail_all()
        answer = await client.post(
            f"/notifications/{message['id']}/resend", headers=as_role("admin")
        )
        statuses.append(answer.status_code)

    assert statuses == [202] * 10 + [429]
    assert int(answer.headers["retry-after"]) >= 1
