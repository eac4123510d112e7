"""Subscriptions over HTTP, on the real service with topics beside it; and without any."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import httpx
import pytest

from mentorbooking.adapters.aws.clients import AwsClients
from mentorbooking.adapters.aws.topics import Topics as TopicArns
from mentorbooking.adapters.identity.throttle import NoThrottle
from mentorbooking.adapters.subscriptions.sns import SNSSubscriptions
from mentorbooking.entrypoints.http.build import build_app
from mentorbooking.entrypoints.subscribing import build_subscribing
from tests.support.aws_servers import aws_settings, unique
from tests.support.person import Person
from tests.support.running_service import House, refusal

pytestmark = pytest.mark.anyio

PATH = "/notification-subscriptions"
SESSIONS = ["booking.created", "booking.cancelled"]


@dataclass
class Topics:
    """A house with topics: everybody's calls go to an application that knows of them."""

    house: House
    http: httpx.AsyncClient

    async def call(self, who: Person, method: str, path: str, **wishes: object) -> httpx.Response:
        return await self.http.request(method, path, auth=who.http.auth, **wishes)  # type: ignore[arg-type]

    async def subscribe(self, who: Person, **body: object) -> httpx.Response:
        return await self.call(who, "POST", PATH, json={"events": SESSIONS, **body})


@pytest.fixture(scope="module")
async def topics(shared_house: House, moto_endpoint: str) -> AsyncIterator[Topics]:
    async with AwsClients(aws_settings(others=moto_endpoint)) as clients:
        arns = TopicArns(clients.sns, unique("events"))
        subscriptions = SNSSubscriptions(clients.sns, arns)
        base = shared_house.service.base
        subscribing = build_subscribing(base.aggregates, subscriptions, NoThrottle(), base.cursors)
        subscribing = build_subscribing(base.aggregates, subscriptions, NoThrottle(), base.cursors)
        service = replace(shared_house.service, subscribing=subscribing)
        app = build_app(service, access_log=None)
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # ASGI's types differ
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            yield Topics(shared_house, http)


async def test_anybody_can_subscribe_their_own_address(topics: Topics) -> None:
    for who in (await topics.house.student(), await topics.house.mentor()):
        answer = await topics.subscribe(who)

        assert answer.status_code == 200, answer.text  # moto confirms at once
        told = answer.json()
        assert told["email"] == who.email
        assert told["events"] == SESSIONS
        assert told["status"] == "confirmed"
        assert answer.headers["Location"] == f"{PATH}/{told['id']}"


async def test_it_can_be_read_listed_and_ended(topics: Topics) -> None:
    sam = await topics.house.student()
    made = (await topics.subscribe(sam)).json()
    own = f"{PATH}/{made['id']}"

    assert (await topics.call(sam, "GET", own)).json() == made
    listed = (await topics.call(sam, "GET", PATH)).json()
    assert listed == {"data": [made], "page": {"next_cursor": None, "limit": 50}}
    assert (await topics.call(sam, "DELETE", own)).status_code == 204
    assert refusal(await topics.call(sam, "GET", own)) == (404, "not-found")
    assert refusal(await topics.call(sam, "DELETE", own)) == (404, "not-found")


async def test_somebody_elses_is_unknown_and_admins_reach_all(topics: Topics) -> None:
    sam, eve, admin = (
        await topics.house.student(),
        await topics.house.student(),
        await topics.house.admin(),
    )
    own = f"{PATH}/{(await topics.subscribe(sam)).json()['id']}"

    assert refusal(await topics.call(eve, "GET", own)) == (404, "not-found")
    assert refusal(await topics.call(eve, "DELETE", own)) == (404, "not-found")
    assert (await topics.call(eve, "GET", PATH)).json()["data"] == []
    assert (await topics.call(admin, "GET", own)).status_code == 200
    assert (await topics.call(admin, "DELETE", own)).status_code == 204


async def test_pages_of_the_list_go_on_by_cursor(topics: Topics) -> None:
    admin = await topics.house.admin()
    for number in range(3):
        await topics.subscribe(admin, email=f"page-{number}@people.example")

    seen: list[str] = []
    query: dict[str, str] = {"limit": "2"}
    while True:
        page = (await topics.call(admin, "GET", PATH, params=query)).json()
        seen += [row["email"] for row in page["data"]]
        if page["page"]["next_cursor"] is None:
            break
        query["cursor"] = page["page"]["next_cursor"]

    assert len(seen) == len(set(seen))
    assert {f"page-{number}@people.example" for number in range(3)} <= set(seen)
    bent = await topics.call(admin, "GET", PATH, params={"cursor": "AAAA"})
    assert refusal(bent) == (400, "invalid-cursor")


async def test_only_admins_may_name_another_address(topics: Topics) -> None:
    sam = await topics.house.student()
    other = await topics.subscribe(sam, email="other@people.example")
    own = await topics.subscribe(sam, email=sam.email.upper())
    by_admin = await topics.subscribe(await topics.house.admin(), email="ops@people.example")

    assert refusal(other) == (403, "not-yours")
    assert own.status_code == 200
    assert by_admin.json()["email"] == "ops@people.example"


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"events": []}, [("#/events", "too-few-items")]),
        ({"events": ["booking.moved"]}, [("#/events/0", "invalid-value")]),
        (
            {"events": ["booking.created", "mentors.imported"]},
            [("#/events/1", "not-for-your-role")],
        ),
        ({"email": "nobody"}, [("#/email", "invalid-email")]),
        ({"mail": "x"}, [("#/mail", "unknown-field")]),
    ],
)
async def test_what_can_not_be_subscribed_is_told(
    topics: Topics, body: dict[str, object], errors: list[tuple[str, str]]
) -> None:
    answer = await topics.subscribe(await topics.house.student(), **body)

    assert refusal(answer) == (422, "invalid-content")
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == errors


async def test_staff_may_hear_of_everything(topics: Topics) -> None:
    everything = [*SESSIONS, "mentors.imported", "bookings.exported"]

    answer = await topics.subscribe(await topics.house.operator(), events=everything)

    assert answer.json()["events"] == everything


async def test_a_repeat_with_a_key_is_answered_again(topics: Topics) -> None:
    sam = await topics.house.student()
    key = {"Idempotency-Key": "subscribe-1"}
    body = {"events": SESSIONS}

    first = await topics.call(sam, "POST", PATH, json=body, headers=key)
    again = await topics.call(sam, "POST", PATH, json=body, headers=key)
    reused = await topics.call(sam, "POST", PATH, json={"events": SESSIONS[:1]}, headers=key)

    assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Location"] == first.headers["Location"]
    assert refusal(reused) == (422, "idempotency-key-reused")


@pytest.mark.embedded_only("AWS has topics")
async def test_without_topics_there_are_no_subscriptions(shared_house: House) -> None:
    sam = await shared_house.student()

    for method, path in (("POST", PATH), ("GET", PATH), ("GET", f"{PATH}/x"), ("DELETE", PATH)):
        body = {"events": SESSIONS} if method == "POST" else None
        path = f"{PATH}/x" if method == "DELETE" else path
        answer = await sam.http.request(method, path, json=body)
        assert refusal(answer) == (404, "not-found")
