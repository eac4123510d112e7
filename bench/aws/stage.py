"""The service on servers of this machine that speak as AWS does, and the people who use it.

The API is called without a network in between. Nothing works beside it: what follows the log is
moved on by the benchmark, so that each piece of work is counted by itself.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx

from bench.aws.counting import count_calls
from mentorbooking.adapters.aws.clients import AwsClients
from mentorbooking.adapters.identity.passwords import Cost
from mentorbooking.adapters.read_models.dynamodb.models import views_over
from mentorbooking.adapters.read_models.dynamodb.table import ViewsTable
from mentorbooking.application.context import CommandContext, enter_context
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.accounts.register import Register
from mentorbooking.domain.user_account.role import Role
from mentorbooking.entrypoints.aws.foundation import AwsFoundation
from mentorbooking.entrypoints.aws.places import aws_settings_of, places_of
from mentorbooking.entrypoints.aws.service import aws_service
from mentorbooking.entrypoints.aws.setting_up import set_up
from mentorbooking.entrypoints.http.build import build_app
from mentorbooking.entrypoints.settings import Settings
from tools.aws_local.dynoxide import dynoxide
from tools.aws_local.moto import moto_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from litestar import Litestar

    from mentorbooking.entrypoints.service import Service

ENDPOINT = "MENTORBOOKING_DYNAMODB_ENDPOINT"
PASSWORD = "correct horse battery staple"
CHEAP = Cost(memory=8, passes=1)
A_POST = 100
"""So many slots are offered at a time at most."""


@dataclass(frozen=True)
class Person:
    """Somebody with an account, who calls the API."""

    principal: Principal
    http: httpx.AsyncClient

    @property
    def id(self) -> str:
        """Return the id of the person's part: student, mentor, else user."""
        who = self.principal
        return who.student_id or who.mentor_id or who.user_id

    async def call(self, method: str, path: str, **content: Any) -> Any:
        """Return the decoded answer; raise `httpx.HTTPStatusError` when it is a refusal."""
        answer = await self.http.request(method, path, **content)
        if answer.is_error:
            raise httpx.HTTPStatusError(answer.text, request=answer.request, response=answer)
        return answer.json()

    async def book(self, mentor: Person, slot_id: str) -> Any:
        """Book a slot as a careful client does, and return the booking."""
        body = {
            "mentor_id": mentor.id,
            "slot_id": slot_id,
            "title": "My first compiler",
            "description": "How do I begin?",
        }
        key = {"Idempotency-Key": secrets.token_hex(16)}
        return await self.call("POST", "/bookings", json=body, headers=key)

    async def offer(self, first: datetime, length: timedelta, count: int) -> list[str]:
        """Offer slots one behind the other; return their ids, the earliest first."""
        offered: list[str] = []
        for start in range(0, count, A_POST):
            starts = [
                first + number * length for number in range(start, min(start + A_POST, count))
            ]
            slots = [
                {"start": start.isoformat(), "end": (start + length).isoformat()}
                for start in starts
            ]
            path = f"/mentors/{self.id}/timeslots"
            answer = await self.call("POST", path, json={"slots": slots})
            offered += [slot["id"] for slot in answer["data"]]
        return offered


@dataclass
class Stage:
    """One process of the service. Many may stand on the same tables; see ``beside``."""

    service: Service
    base: AwsFoundation
    app: Litestar
    clients: contextlib.AsyncExitStack

    async def person(self, role: str, name: str) -> Person:
        """Register somebody, or make an admin as the command line does."""
        email = f"{role}.{secrets.token_hex(6)}@bench.example.org"
        enter_context(CommandContext(actor="system", channel="cli", correlation_id="bench"))
        account = await self.service.core.commands.register(
            Register(email=email, password=PASSWORD, name=name, role=Role(role), client="cli")
        )
        who = Principal(
            account.id,
            Role(role),
            student_id=account.student_id or None,
            mentor_id=account.mentor_id or None,
        )
        return await self.as_seen_here(who)

    async def as_seen_here(self, who: Principal | Person) -> Person:
        """Return somebody who calls this process, signed in."""
        principal = who.principal if isinstance(who, Person) else who
        token = self.base.tokens.issue(principal, self.base.clock.now()).access_token
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app),  # type: ignore[arg-type] # as all of ASGI
            base_url="http://service.test",
            headers={"Authorization": f"Bearer {token}"},
        )
        return Person(principal, await self.clients.enter_async_context(client))

    def tomorrow(self) -> datetime:
        """Return the first instant of the day after this one."""
        now = self.base.clock.now()
        return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)

    @contextlib.asynccontextmanager
    async def beside(self) -> AsyncIterator[Stage]:
        """Start another process's worth of the service, which has nothing in memory."""
        async with _playing(self.base.settings) as stage:
            yield stage

    def reading_eventually(self) -> Stage:
        """Return the same service with lists that may miss what was written just now."""
        table = ViewsTable(self.base.views_table.client, self.base.places.views, strongly=False)
        service = replace(self.service, views=views_over(table))
        return Stage(service, self.base, build_app(service, access_log=None), self.clients)


@dataclass
class Party:
    """A mentor, the ids of open slots, and students who book them in turn."""

    mentor: Person
    students: list[Person]
    open: list[str]
    booked: list[str] = field(default_factory=list)

    async def book(self, place: int = 0) -> None:
        """Let the next student book the next open slot, or one that far behind it."""
        student = self.student_of(len(self.booked))
        booking = await student.book(self.mentor, self.open.pop(place))
        self.booked.append(booking["id"])

    def student_of(self, number: int) -> Person:
        """Return who made the booking of a number, or will make it."""
        return self.students[number % len(self.students)]

    async def seen_from(self, stage: Stage) -> Party:
        """Return the same people as callers of another process; what is open and booked is
        shared."""
        students = [await stage.as_seen_here(each) for each in self.students]
        return Party(await stage.as_seen_here(self.mentor), students, self.open, self.booked)


async def gather(stage: Stage, *, slots: int, students: int = 8) -> Party:
    """Register a mentor who offers half hours from tomorrow on, and students."""
    mentor = await stage.person("mentor", "Grace Hopper")
    people = [await stage.person("student", f"Student {number}") for number in range(students)]
    offered = await mentor.offer(stage.tomorrow(), timedelta(minutes=30), slots)
    return Party(mentor, people, offered)


@contextlib.asynccontextmanager
async def stage(folder: Path, *, lanes: int = 1) -> AsyncIterator[Stage]:
    """Start the servers, make everything on them, and the service."""
    with _dynamodb() as dynamodb, moto_server() as others:
        settings = Settings(
            backend="aws",
            data_dir=folder,
            secret_key=secrets.token_hex(32),
            rate_limits=False,
            aws_prefix=f"bench-{secrets.token_hex(4)}",
            aws_endpoint=others,
            dynamodb_endpoint=dynamodb,
        )
        async with AwsClients(aws_settings_of(settings)) as clients:
            await set_up(clients, places_of(settings), _nobody_hears, lanes=lanes)
        async with _playing(settings) as stage:
            yield stage


@contextlib.asynccontextmanager
async def _playing(settings: Settings) -> AsyncIterator[Stage]:
    async with (
        aws_service(settings, password_cost=CHEAP, beside=(), projects=False) as service,
        contextlib.AsyncExitStack() as clients,
    ):
        base = service.base
        assert isinstance(base, AwsFoundation)
        count_calls(await base.clients.dynamodb())
        yield Stage(service, base, build_app(service, access_log=None), clients)


@contextlib.contextmanager
def _dynamodb() -> Iterator[str]:
    """Yield the endpoint that the environment names, else that of a server of our own."""
    if given := os.environ.get(ENDPOINT):
        yield given
        return
    with dynoxide() as endpoint:
        yield endpoint


def _nobody_hears(_: str) -> None:
    """What is made is not of interest here."""
