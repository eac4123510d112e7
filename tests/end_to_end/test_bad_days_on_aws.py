"""The service on AWS while DynamoDB is away, while it runs twice, and while its log has a hole."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, closing, contextmanager
from pathlib import Path
from threading import enumerate as enumerate_threads
from urllib.parse import urlsplit

import httpx
import pytest
from msgspec.structs import replace

from mentorbooking.adapters.aws.settings import AwsSettings
from mentorbooking.adapters.aws.topology import create_notifications_queue, find_notifications_queue
from mentorbooking.adapters.job_queue.sqs.queues import create_job_queues
from mentorbooking.adapters.persistence.dynamodb_log.items import commit_key
from mentorbooking.adapters.work.dynamodb.outbox_ledger import DynamoDBOutboxLedger
from mentorbooking.entrypoints.aws import ground
from mentorbooking.entrypoints.aws.ground import AwsGround
from mentorbooking.entrypoints.aws.parts import BESIDE
from mentorbooking.entrypoints.aws.places import JOB_QUEUES, aws_settings_of
from mentorbooking.entrypoints.settings import Settings
from tests.support.aws_backstage import AwsBackstage, OnAws
from tests.support.moving_clock import RunningClock
from tests.support.patience import SOON
from tests.support.person import Person
from tests.support.running_service import (
    PROMISED_SECONDS,
    House,
    eventually,
    ids_of,
    lists_wait,
    refusal,
    running_house,
)
from tools.aws_local.dynoxide import dynoxide, is_here
from tools.aws_local.moto import moto_server

pytestmark = pytest.mark.anyio

OWN_SERVER = pytest.mark.skipif(
    not is_here(), reason="needs a DynamoDB that can be stopped: dynoxide"
)
WITHIN = 8.0
"""Seconds in which a request has its answer, whatever is down."""


class Server:
    """A DynamoDB that is stopped and started, and keeps what it was given."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._open = ExitStack()
        self.url = self._open.enter_context(dynoxide(db_path=database))

    def stop(self) -> None:
        self._open.close()

    def start(self) -> None:
        port = urlsplit(self.url).port or 0
        self._open.enter_context(dynoxide(port=port, db_path=self._database))


@contextmanager
def own_server(folder: Path) -> Iterator[Server]:
    server = Server(folder / "dynamodb.db")
    try:
        yield server
    finally:
        server.stop()


@asynccontextmanager
async def whole_house(
    folder: Path, dynamodb: str, others: str, *, is_patient: bool = True
) -> AsyncIterator[House]:
    """Run the service with all its parts, on a clock that goes on."""
    backend = OnAws(dynamodb, others, BESIDE, is_patient=is_patient)
    async with running_house(folder, backend, clock=RunningClock()) as house:
        yield house


def of_aws(house: House) -> AwsBackstage:
    assert isinstance(house.backstage, AwsBackstage)
    return house.backstage


async def checks_of(house: House) -> tuple[int, dict[str, str]]:
    answer = await house.anyone.get("/health/ready")
    return answer.status_code, answer.json()["checks"]


@OWN_SERVER
async def test_while_dynamodb_is_away_everybody_is_told_to_come_back(
    moto_endpoint: str, aws_credentials: None, tmp_path: Path
) -> None:
    with own_server(tmp_path) as server:
        where = tmp_path / "house", server.url, moto_endpoint
        async with whole_house(*where, is_patient=False) as house:
            student, mentor = await house.student(), await house.mentor()
            first, second = await house.offer(mentor, house.at(days=1), house.at(days=2))
            booked = await house.book(student, mentor, first)
            calls = everything(student, mentor, second, booked["id"])
            threads = set(enumerate_threads())

            server.stop()
            began = time.monotonic()
            with lists_wait(PROMISED_SECONDS):
                for _ in range(2):
                    answers = await asyncio.gather(*(call() for call in calls * 10))
                    for answer in answers:
                        assert refusal(answer)[0] == 503, answer.text
                        assert int(answer.headers["Retry-After"]) >= 1
            assert time.monotonic() - began < 2 * WITHIN + SOON  # and what the machine takes
            status, checks = await checks_of(house)
            assert status == 503
            assert checks["event_store"].startswith("unavailable")
            assert (await house.anyone.get("/health/live")).status_code == 200
            assert (await house.anyone.get("/metrics")).status_code == 200
            assert len(set(enumerate_threads()) - threads) <= 1

            await asyncio.to_thread(server.start)
            await eventually(lambda: is_ready(house))
            await house.book(student, mentor, second)
            listed = (await student.get("/bookings")).json()["data"]
            assert {row["slot_id"] for row in listed} == {first, second}
            await eventually(lambda: have_come(house, 4))
            assert len(mails_of(house)) == 4


def everything(
    student: Person, mentor: Person, slot: str, booking: str
) -> list[Callable[[], Awaitable[httpx.Response]]]:
    """Return reads, lists and commands, none of which can do without the log or its lists."""
    wanted = {"mentor_id": mentor.id, "slot_id": slot}
    return [
        lambda: student.post("/bookings", wanted),
        lambda: student.delete(f"/bookings/{booking}"),
        lambda: student.get(f"/bookings/{booking}"),
        lambda: student.get("/bookings"),
        lambda: student.get("/mentors"),
        lambda: student.get(f"/mentors/{mentor.id}/timeslots"),
        lambda: student.get("/me"),
        lambda: mentor.post(f"/mentors/{mentor.id}/pause"),
    ]


async def is_ready(house: House) -> bool:
    return (await checks_of(house))[0] == 200


def mails_of(house: House) -> list[Path]:
    return list(house.service.base.settings.data_dir.glob("mail/*.eml"))


async def have_come(house: House, count: int) -> bool:
    return len(mails_of(house)) >= count


async def test_two_services_on_the_same_tables_do_nothing_twice(
    dynamodb_endpoint: str, moto_endpoint: str, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        one, other = [
            await stack.enter_async_context(
                whole_house(tmp_path / "house", dynamodb_endpoint, moto_endpoint)
            )
            for _ in range(2)
        ]
        student, mentor = await one.student(), await one.mentor()
        admin = await one.admin()
        slots = await one.offer(mentor, *(one.at(days=1 + number) for number in range(8)))
        of_other = other.person(student.account), other.person(mentor.account)

        await asyncio.gather(
            *(one.book(student, mentor, slot) for slot in slots[::2]),
            *(other.book(*of_other, slot) for slot in slots[1::2]),
        )
        files = [f"email,name,skills\nm{n}@example.org,M,Go\n".encode() for n in range(4)]
        done = await asyncio.gather(
            *(
                house.imported(house.person(admin.account), file)
                for house, file in zip((one, other) * 2, files, strict=True)
            )
        )

        assert [each["created"] for each in done] == [1] * 4
        for house in (one, other):
            anybody = house.person(student.account)
            head = await house.service.base.log.head()
            newest = {"Min-Event-Position": f"0:{head}"}
            listed = (await anybody.get("/bookings", headers=newest)).json()["data"]
            assert sorted(row["slot_id"] for row in listed) == sorted(slots)
            mentors = (await anybody.get("/mentors", headers=newest)).json()["data"]
            assert len(ids_of(mentors)) == 5
        topics = Counter(fact.event.TOPIC for fact in await one.facts())
        assert topics["booking.created"] == 8
        assert (topics["mentor.created"], topics["mentor.invited"]) == (5, 4)
        assert topics["mentor_import.started"] == topics["mentors.imported"] == 4
        expected = 2 * 8 + 4 + 4  # both sides, the invited, and the admin for each file
        await eventually(lambda: have_come(one, expected))
        await asyncio.sleep(2)  # time for one too many
        assert len(mails_of(one)) == expected
        counted = {s.value: n for s, n in (await of_aws(one).messages.counts()).items()}
        assert counted == {"sent": expected}
        published = await published_by(one)
        assert Counter(published.values())["booking.created"] == 8


@pytest.mark.parametrize("service", ["sns", "sqs"])
async def test_the_service_starts_while_who_publishes_is_away_and_publishes_once_it_is_there(
    service: str,
    dynamodb_endpoint: str,
    moto_endpoint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]

    def with_it_elsewhere(settings: Settings) -> AwsSettings:
        elsewhere = {f"{service}_endpoint": f"http://127.0.0.1:{port}"}
        return replace(aws_settings_of(settings), **elsewhere)

    monkeypatch.setattr(ground, "aws_settings_of", with_it_elsewhere)
    async with whole_house(tmp_path, dynamodb_endpoint, moto_endpoint) as house:
        student, mentor = await house.student(), await house.mentor()
        (slot,) = await house.offer(mentor, house.at(days=1))
        await house.book(student, mentor, slot)
        head = await house.service.base.log.head()

        await eventually(lambda: waits_to_publish(house))
        assert not await has_relayed(house, head)
        with ExitStack() as stack:
            await asyncio.to_thread(stack.enter_context, moto_server(port=port))
            await make_queues(of_aws(house).base)  # that server starts with none
            await eventually(lambda: has_relayed(house, head))
            assert (await checks_of(house))[1]["outbox"] == "ok"


async def make_queues(base: AwsGround) -> None:
    sqs = await base.clients.sqs()
    await create_notifications_queue(sqs, base.places.prefix)
    await create_job_queues(sqs, base.places.prefix, JOB_QUEUES)


async def waits_to_publish(house: House) -> bool:
    return (await checks_of(house))[1]["outbox"].startswith("stalled: PublisherUnavailable")


async def has_relayed(house: House, position: int) -> bool:
    return await DynamoDBOutboxLedger(of_aws(house).base.work).position() >= position


async def published_by(house: House) -> dict[str, str]:
    """Return the type of each public event in the queue of notifications, by its id."""
    base = of_aws(house).base
    sqs = await base.clients.sqs()
    url = await find_notifications_queue(sqs, base.places.prefix)
    found: dict[str, str] = {}
    while True:
        answer = await sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        if not answer.get("Messages"):
            return found
        for message in answer["Messages"]:
            event = json.loads(message["Body"])
            assert event["id"] not in found, event
            found[event["id"]] = event["type"]
            await sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


async def test_a_hole_in_the_log_stops_its_readers_and_is_told(
    dynamodb_endpoint: str, moto_endpoint: str, tmp_path: Path
) -> None:
    missing = await make_a_log_with_a_hole(
        OnAws(dynamodb_endpoint, moto_endpoint, (), projects=False), tmp_path
    )
    async with whole_house(tmp_path, dynamodb_endpoint, moto_endpoint) as house:
        await eventually(lambda: has_stopped(house))
        _, checks = await checks_of(house)
        projections = list(house.service.projector.positions())
        failed = {name: told for name, told in checks.items() if told != "ok"}
        assert failed.keys() == {f"projection:{name}" for name in projections} | {"outbox", "mail"}
        assert all(f"position {missing} is missing" in told for told in failed.values())
        metrics = (await house.anyone.get("/metrics")).text
        for name in projections:
            assert f'mentorbooking_projection_running{{projection="{name}"}} 0.0' in metrics
        for name in ("outbox", "mail"):
            assert f'mentorbooking_follower_running{{follower="{name}"}} 0.0' in metrics
        behind = {"Min-Event-Position": f"0:{missing}"}
        with lists_wait(PROMISED_SECONDS):
            answer = await house.anyone.get("/mentors", headers=behind)
        assert refusal(answer) == (503, "projection-behind")
        work = of_aws(house).base.work
        assert await DynamoDBOutboxLedger(work).position() < missing
        assert await of_aws(house).messages.position() < missing
        assert mails_of(house) == []


async def make_a_log_with_a_hole(backend: OnAws, folder: Path) -> int:
    """Record a booking, and lose what came before; return the position that is missing."""
    async with running_house(folder, backend, clock=RunningClock()) as house:
        student, mentor = await house.student(), await house.mentor()
        missing = await house.service.base.log.head() + 1
        (slot,) = await house.offer(mentor, house.at(days=1))
        await house.book(student, mentor, slot)
        base = of_aws(house).base
        dynamodb = await base.clients.dynamodb()
        await dynamodb.delete_item(TableName=base.places.log, Key=commit_key(0, missing))
    return missing


async def has_stopped(house: House) -> bool:
    """Tell whether projections, outbox and mailer have all stopped."""
    told = (await checks_of(house))[1].values()
    return sum(check.startswith("stalled: GapInLog") for check in told) == 2 and any(
        check.startswith("failed") for check in told
    )
