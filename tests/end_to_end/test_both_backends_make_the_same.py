"""One history, driven over HTTP through both backends: the same in everything that remains.

Ids are counted and the clock stands still in both, so what is compared is compared whole: every
answer, every event with its place, the hash chain over them, exported files, rows of lists.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from mentorbooking.adapters.event_store.codec import encode_event
from mentorbooking.adapters.event_store.dynamodb.aggregate_store import DynamoDBAggregateStore
from mentorbooking.adapters.persistence.chain import Checkpoint
from mentorbooking.adapters.read_models.dynamodb.digest import digest
from mentorbooking.adapters.read_models.dynamodb.models import all_models
from mentorbooking.adapters.read_models.sqlite.database import ViewsDatabase
from mentorbooking.adapters.read_models.sqlite.models import all_models as models_of_sqlite
from mentorbooking.application.positions import position_of, position_token
from mentorbooking.entrypoints.composition import Foundation
from tests.support.aws_backstage import SECRET, AwsBackstage, OnAws
from tests.support.backstage import Backend
from tests.support.embedded_backstage import Embedded, EmbeddedBackstage
from tests.support.patience import PATIENCE
from tests.support.person import Person
from tests.support.read_models import ALL_MODELS
from tests.support.running_service import House, running_house, told
from tests.support.same_ids import leave_nothing_to_chance

pytestmark = pytest.mark.anyio

HEADERS = (
    "content-type",
    "etag",
    "event-position",
    "idempotency-replayed",
    "location",
    "retry-after",
    "x-request-id",
)
MENTORS = b"email,name,skills,hourly_rate,time_zone\n"


@dataclass
class Made:
    """What a history has made on a backend."""

    answers: list[Any] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)
    lanes: set[int] = field(default_factory=set)
    files: list[bytes] = field(default_factory=list)
    stored: dict[str, bytes] = field(default_factory=dict)
    mails: list[tuple[str, str]] = field(default_factory=list)
    chain: Checkpoint | None = None
    rows: dict[str, str] = field(default_factory=dict)
    base: Foundation | None = None

    async def tell(self, call: Awaitable[httpx.Response]) -> Any:
        """Take note of an answer; return its body."""
        answer = await call
        headers = {name: answer.headers[name] for name in HEADERS if name in answer.headers}
        if "event-position" in headers and self.base is not None:
            place = position_of(headers["event-position"], self.base.lanes)
            headers["event-position"] = position_token(await self.base.log.position_at(place))
        body = answer.json() if "json" in answer.headers.get("content-type", "") else answer.text
        if answer.url.path.endswith("/history") and self.base is not None and answer.is_success:
            for entry in body["data"]:
                place = position_of(entry["position"], self.base.lanes)
                entry["position"] = position_token(await self.base.log.position_at(place))
        self.answers.append((answer.status_code, headers, _without_cursor(body)))
        return body


def _without_cursor(body: Any) -> Any:
    """Leave out what is opaque, and may hold whatever leads a backend to the next page."""
    if isinstance(body, dict) and body.get("page", {}).get("next_cursor"):
        return {**body, "page": {**body["page"], "next_cursor": "opaque"}}
    return body


async def people_book_and_cancel(house: House, made: Made) -> None:
    tell = made.tell
    grace = await house.mentor(time_zone="America/New_York")
    ben = await house.mentor("Ben Bauer", time_zone="Europe/Vienna")
    ada, sam = await house.student(), await house.student("=Sam()")
    admin = await house.admin()
    profile = {"skills": ["Python", "C++"], "hourly_rate": 80, "languages": ["en", "de"]}
    await tell(grace.patch(f"/mentors/{grace.id}", profile))
    await tell(ben.patch(f"/mentors/{ben.id}", {"skills": ["python"], "bio": "Événements"}))
    starts = [house.at(days=1 + number, hours=number) for number in range(6)]
    first, second, third, fourth, fifth, last = await house.offer(grace, *starts)
    (same_hour,) = await house.offer(ben, starts[0], minutes=30)

    def wish(mentor: Person, slot: str, **more: Any) -> dict[str, Any]:
        return {"mentor_id": mentor.id, "slot_id": slot, **more}

    key = {"Idempotency-Key": "once"}
    booked = await tell(ada.post("/bookings", wish(grace, first, title="+1"), headers=key))
    await tell(ada.post("/bookings", wish(grace, first, title="+1"), headers=key))
    await tell(ada.post("/bookings", wish(grace, second), headers=key))
    await tell(sam.post("/bookings", wish(grace, first)))
    await tell(ada.post("/bookings", wish(ben, same_hour)))
    await tell(sam.post("/bookings", wish(ben, same_hour, description='Ünïcode\n,;"')))
    other = await tell(sam.post("/bookings", wish(grace, second, title="Later")))
    await tell(sam.post("/bookings", wish(grace, third)))
    await tell(ada.post("/bookings", wish(grace, "slot_00000000000000000000000000")))
    house.clock.advance(timedelta(minutes=5))
    await tell(ada.delete(f"/bookings/{booked['id']}", params={"reason": "Ill."}))
    await tell(ada.delete(f"/bookings/{booked['id']}"))
    await tell(sam.post("/bookings", wish(grace, first)))
    await tell(grace.delete(f"/bookings/{other['id']}", params={"reason": "-1"}))
    moved = {"start": told(house.at(days=20)), "end": told(house.at(days=20, minutes=45))}
    await tell(grace.put(f"/mentors/{grace.id}/timeslots/{fourth}", moved))
    await tell(grace.delete(f"/mentors/{grace.id}/timeslots/{fifth}"))
    await tell(grace.delete(f"/mentors/{grace.id}/timeslots/{first}"))
    await tell(ben.post(f"/mentors/{ben.id}/pause"))
    await tell(ada.post("/bookings", wish(ben, same_hour)))
    await tell(ben.post(f"/mentors/{ben.id}/activate"))
    await tell(sam.patch("/me", {"name": "Sam", "time_zone": "Asia/Kathmandu"}))
    await look_around(made, grace, ben, ada, sam, admin, booked["id"])
    await admin_at_work(house, made, admin, grace)
    await look_around(made, grace, ben, ada, sam, admin, booked["id"])
    assert last


async def look_around(
    made: Made, grace: Person, ben: Person, ada: Person, sam: Person, admin: Person, booking: str
) -> None:
    """Read every list, filtered and page by page."""
    for path in (
        "/mentors",
        "/mentors?skill=PYTHON&sort=hourly_rate",
        "/mentors?skill=python&skill=c%2B%2B",
        "/mentors?q=év&sort=-name",
        "/mentors?limit=1",
        f"/mentors/{grace.id}",
        f"/mentors/{grace.id}/timeslots",
        f"/mentors/{grace.id}/timeslots?limit=2",
        f"/mentors/{grace.id}/bookings",
        f"/mentors/{ben.id}/bookings?status=confirmed",
        f"/bookings?student_id={sam.id}",
        f"/bookings?mentor_id={grace.id}&status=cancelled",
        "/bookings?limit=2",
        f"/bookings/{booking}",
        f"/bookings/{booking}/history",
        f"/bookings/{booking}/notifications",
    ):
        for person in (grace, ben, ada, sam, admin):
            page = await made.tell(person.get(path))
            cursor = page.get("page", {}).get("next_cursor")
            if cursor:
                await made.tell(person.get(path, params={**_query(path), "cursor": cursor}))


def _query(path: str) -> dict[str, Any]:
    return dict(httpx.URL(path).params)


async def admin_at_work(house: House, made: Made, admin: Person, grace: Person) -> None:
    """Import a mentor, and once more with a change and with a mistake; export three times."""
    for row in (b"new@example.org,New,Go;SQL,50,Europe/Paris\n", b"new@example.org,New,Go,60,\n"):
        made.answers.append(await house.imported(admin, MENTORS + row))
    made.answers.append(await house.imported(admin, MENTORS + b"nobody,No,Go,x,Mars\n"))
    await made.tell(admin.post("/exports/bookings", {"status": "wrong"}))
    for wanted in ({}, {"raw": True}, {"mentor_id": grace.id, "status": "cancelled"}):
        asked = await made.tell(admin.post("/exports/bookings", wanted))
        done = await house.exported(admin, f"/exports/bookings/{asked['id']}")
        file = await house.download(done.pop("download_url"))
        del done["expires_at"]  # S3 goes by the clock of its own machine
        made.answers.append(done)
        made.files.append(file.content)


async def made_on(backend: Backend, folder: Path) -> Made:
    made = Made()
    with pytest.MonkeyPatch.context() as patch:
        leave_nothing_to_chance(patch)
        patch.setattr(DynamoDBAggregateStore, "save", _saved_in_order(DynamoDBAggregateStore.save))
        async with AsyncExitStack() as stack:
            house = await stack.enter_async_context(
                running_house(folder, backend, secret_key=SECRET)
            )
            made.base = house.service.base
            await people_book_and_cancel(house, made)
            made.mails = sorted((str(mail["To"]), mail.as_string()) for mail in await house.mails())
            for kind in ("mentors-import", "booking-exports"):
                made.stored |= await house.objects(kind)
            facts = await house.facts()
            made.lanes = {each.lane for each in facts}
            made.events = [
                (
                    *each._replace(event=None, lane=0, lane_position=0),
                    each.event.TOPIC,
                    encode_event(each.event),
                )
                for each in facts
            ]
            await lists_are_complete(house)
            backstage = house.backstage
            if isinstance(backstage, AwsBackstage):
                made.chain = await backstage.base.dynamodb_log.checkpoint()
                table = backstage.base.views_table
                made.rows = {model.name: await digest(table, model) for model in all_models()}
            elif isinstance(backstage, EmbeddedBackstage):
                made.chain = backstage.service.base.sqlite_log.checkpoint()
                views = ViewsDatabase(backstage.directory.views, models_of_sqlite())
                made.rows = {name: views.digest(name) for name in ALL_MODELS}
                views.close()
    return made


def _saved_in_order(save: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Put each append in order before the next: commits of one instant have none of themselves."""

    async def save_and_read_on(self: DynamoDBAggregateStore, *decisions: Any, **more: Any) -> Any:
        place = await save(self, *decisions, **more)
        await self._log.head()
        return place

    return save_and_read_on


async def lists_are_complete(house: House) -> None:
    head = await house.service.base.log.head()
    projector = house.service.projector
    assert await projector.wait_for(tuple(projector.positions()), head, PATIENCE)


@pytest.mark.parametrize("lanes", [1, 3])
async def test_one_history_makes_the_same_on_both(
    dynamodb_endpoint: str, moto_endpoint: str, tmp_path: Path, lanes: int
) -> None:
    embedded = await made_on(Embedded(), tmp_path / "embedded")
    aws = await made_on(OnAws(dynamodb_endpoint, moto_endpoint, lanes=lanes), tmp_path / "aws")

    assert len(aws.answers) > 100
    assert {each[0] for each in aws.answers if isinstance(each, tuple)} >= {
        200,
        201,
        202,
        403,
        404,
        409,
        422,
    }
    for number, (one, other) in enumerate(zip(embedded.answers, aws.answers, strict=True)):
        assert one == other, number
    assert aws.lanes == (set(range(1, lanes + 1)) if lanes > 1 else {0})
    for one, other in zip(embedded.events, aws.events, strict=True):
        assert one == other
    assert (aws.chain == embedded.chain) is (lanes == 1)
    assert len(aws.files) == 3
    assert aws.files == embedded.files
    assert aws.stored == embedded.stored
    assert aws.mails == embedded.mails
    assert aws.rows == embedded.rows
    assert set(aws.rows) == set(ALL_MODELS)
