"""The real service with a folder, or names on AWS, of its own, called over HTTP.

Nothing is replaced but the clock, which stands still until it is moved, the cost of hashing
passwords, and how long a list waits for a position: on a busy machine that is longer than
promised. Mails and exports are made when a test asks for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
)
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar

from mentorbooking.application.context import CommandContext, enter_context
from mentorbooking.application.lists import reading
from mentorbooking.application.ports.messages import MessageStatus
from mentorbooking.application.principal import Principal
from mentorbooking.application.read_models import progress
from mentorbooking.application.use_cases.accounts.register import Register
from mentorbooking.domain.user_account.role import Role
from mentorbooking.entrypoints.http.build import build_app
from mentorbooking.entrypoints.service import Service
from tests.support.backstage import Backend, Backstage
from tests.support.moving_clock import MovingClock
from tests.support.patience import PATIENCE
from tests.support.person import Person, PresentToken

BASE_URL = "http://service.test"
PASSWORD = "correct horse battery"
CLIENT = "192.0.2.10"
PROMISED_SECONDS = progress.LONGEST_WAIT_SECONDS
"""How long a list waits for a position, in earnest."""


@dataclass
class House:
    """A running service and the people who use it."""

    backstage: Backstage
    app: Litestar
    clock: MovingClock
    anyone: httpx.AsyncClient
    _numbers: dict[str, int] = field(default_factory=dict)

    @property
    def service(self) -> Service:
        return self.backstage.service

    # -- people ------------------------------------------------------------

    async def student(self, name: str = "Ada Lovelace", **given: Any) -> Person:
        return await self._registered("student", name, given)

    async def mentor(self, name: str = "Grace Hopper", **given: Any) -> Person:
        return await self._registered("mentor", name, given)

    async def admin(self, name: str = "Alice Admin") -> Person:
        return await self._made(Role.ADMIN, name)

    async def operator(self, name: str = "Otto Operator") -> Person:
        return await self._made(Role.OPERATOR, name)

    async def _registered(self, role: str, name: str, given: dict[str, Any]) -> Person:
        body = {"email": self.address(role), "password": PASSWORD, "name": name, "role": role}
        answer = await self.anyone.post("/auth/register", json={**body, **given})
        assert answer.status_code == 201, answer.text
        return self.person(answer.json())

    async def _made(self, role: Role, name: str) -> Person:
        """Make an account as the command line does."""
        enter_context(CommandContext(actor="system", channel="cli", correlation_id="cli-1"))
        command = Register(
            email=self.address(role), password=PASSWORD, name=name, role=role, client="cli"
        )
        account = await self.service.core.commands.register(command)
        return self.person(
            {"id": account.id, "email": account.email, "role": account.role, "name": account.name}
        )

    def person(self, account: dict[str, Any]) -> Person:
        """Return who owns an account, signed in."""
        principal = Principal(
            account["id"],
            Role(account["role"]),
            student_id=account.get("student_id"),
            mentor_id=account.get("mentor_id"),
        )
        base = self.service.base

        def token() -> str:
            return base.tokens.issue(principal, self.clock.now()).access_token

        return Person(self.client(auth=PresentToken(token)), account)

    def address(self, word: str) -> str:
        """Return an e-mail address that nobody has yet."""
        number = self._numbers[word] = self._numbers.get(word, 0) + 1
        return f"{word}{number}@example.org"

    def client(self, address: str = CLIENT, **wishes: Any) -> httpx.AsyncClient:
        """Return a client that calls from a network address."""
        return client_of(self.app, address, **wishes)

    # -- time --------------------------------------------------------------

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def at(self, *, days: float = 0, hours: float = 0, minutes: float = 0) -> datetime:
        """Return an instant so long after the present one."""
        return self.now + timedelta(days=days, hours=hours, minutes=minutes)

    # -- what most tests begin with ----------------------------------------

    async def offer(self, mentor: Person, *starts: datetime, minutes: int = 60) -> list[str]:
        """Let a mentor offer slots; return their ids."""
        length = timedelta(minutes=minutes)
        wanted = [{"start": told(start), "end": told(start + length)} for start in starts]
        answer = await mentor.post(f"/mentors/{mentor.id}/timeslots", {"slots": wanted})
        assert answer.status_code == 201, answer.text
        return [slot["id"] for slot in answer.json()["data"]]

    async def book(self, student: Person, mentor: Person, slot_id: str, **given: Any) -> Any:
        """Book a slot; return the booking."""
        body = {"mentor_id": mentor.id, "slot_id": slot_id, **given}
        answer = await student.post("/bookings", body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    # -- what happens in the background ------------------------------------

    async def imported(self, admin: Person, content: bytes, **query: Any) -> Any:
        """Have a file imported; return the import once it has ended."""
        answer = await admin.post(
            "/import/mentors", files={"file": ("mentors.csv", content, "text/csv")}, params=query
        )
        assert answer.status_code == 202, answer.text
        return await self.finished(admin, answer.headers["Location"])

    async def finished(self, person: Person, location: str) -> Any:
        """Return what is at a place once it says that it has ended."""

        async def look() -> Any:
            found = (await person.get(location)).json()
            return found if found["status"] not in ("queued", "running") else None

        return await eventually(look)

    async def exported(self, admin: Person, location: str) -> Any:
        """Have exports made until one has ended; return it."""
        async with _meanwhile(self.backstage.make_exports):
            return await self.finished(admin, location)

    async def download(self, url: str, **wishes: Any) -> httpx.Response:
        """Follow a link as a browser does: without a token, and to wherever it leads."""
        if url.startswith((BASE_URL, "/")):
            return await self.anyone.get(url, **wishes)
        async with httpx.AsyncClient() as browser:
            return await browser.get(url, **wishes)

    async def mails(self, *, to: str | None = None) -> list[EmailMessage]:
        """Let the mailer do what there is to do; read the mails."""
        messages, base = self.backstage.messages, self.service.base

        async def nothing_is_left() -> bool:
            planned = await messages.position() >= await base.log.head()
            return planned and MessageStatus.QUEUED not in await messages.counts()

        async with _meanwhile(self.backstage.send_mails):
            await eventually(nothing_is_left)
        parsed = [
            message_from_bytes(file.read_bytes(), policy=default)
            for file in sorted(base.settings.data_dir.glob("mail/*.eml"))
        ]
        return [mail for mail in parsed if to is None or to in mail["To"]]

    async def objects(self, kind: str) -> Mapping[str, bytes]:
        """Return the stored files of a kind by their keys."""
        return await self.backstage.objects(kind)

    async def facts(self, *topics: str) -> list[Any]:
        """Return the recorded events, of some stored names or of all."""
        return list(await self.service.base.log.read(0, 10_000, topics=topics or None))


@asynccontextmanager
async def _meanwhile(work: Callable[[asyncio.Event], Awaitable[None]]) -> AsyncIterator[None]:
    """Have something worked on during the body."""
    stop = asyncio.Event()
    working = asyncio.ensure_future(work(stop))
    try:
        yield
    finally:
        stop.set()
        await working


async def eventually(look: Callable[[], Any]) -> Any:
    """Look until there is something, for a while."""
    async with asyncio.timeout(PATIENCE):
        while not (found := await look()):
            await asyncio.sleep(0.005)
    return found


def client_of(app: Litestar, address: str = CLIENT, **wishes: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, client=(address, 40_000))  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url=BASE_URL, **wishes)


@asynccontextmanager
async def running_house(
    folder: Path, backend: Backend, *, clock: MovingClock | None = None, **settings: Any
) -> AsyncIterator[House]:
    """Start the service with a folder; rate limits are off unless they are wanted."""
    wanted = {"rate_limits": False, "base_url": BASE_URL, **settings}
    clock = clock or MovingClock()
    async with AsyncExitStack() as stack:
        stack.enter_context(lists_wait(PATIENCE))
        backstage = await stack.enter_async_context(backend.running(folder, clock, wanted))
        app = build_app(backstage.service)
        anyone = await stack.enter_async_context(client_of(app))
        yield House(backstage, app, clock, anyone)


@contextmanager
def lists_wait(seconds: float) -> Iterator[None]:
    """Let lists wait so long for a position."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (reading, progress):
            patch.setattr(module, "LONGEST_WAIT_SECONDS", seconds)
        yield


def told(instant: datetime) -> str:
    """Write an instant as the service does."""
    return instant.isoformat().replace("+00:00", "Z")


def errors_of(answer: httpx.Response) -> list[tuple[str, str]]:
    """Return place and code of every error that a problem tells."""
    return [(e.get("pointer") or e["parameter"], e["code"]) for e in answer.json()["errors"]]


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Return status and code of a problem, having seen that it is told as the contract says."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert {"type", "title", "status", "detail", "instance", "code", "request_id"} <= set(problem)
    assert problem["status"] == answer.status_code
    assert problem["request_id"] == answer.headers["x-request-id"]
    return answer.status_code, problem["code"]


async def pages_of(person: Person | httpx.AsyncClient, path: str, **query: Any) -> list[list[Any]]:
    """Follow a list to its end."""
    pages: list[list[Any]] = []
    cursor = None
    while True:
        given = {**query, **({"cursor": cursor} if cursor else {})}
        answer = await person.get(path, params=given)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        pages.append(page["data"])
        cursor = page["page"]["next_cursor"]
        if cursor is None:
            return pages


def ids_of(rows: Iterable[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]
