"""The service as functions of Lambda, over servers on this machine, with names of its own."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3

from mentorbooking.adapters.clock import SystemClock
from mentorbooking.adapters.work.dynamodb.values import Key
from mentorbooking.adapters.work.dynamodb.writes import delete
from mentorbooking.application.context import CommandContext, enter_context
from mentorbooking.application.ports.job_queue import JobState
from mentorbooking.application.use_cases.accounts.register import Register
from mentorbooking.domain.user_account.role import Role
from mentorbooking.entrypoints.aws.foundation import aws_foundation
from mentorbooking.entrypoints.aws.job_queues import jobs_of
from mentorbooking.entrypoints.core_without_lists import core_without_lists
from mentorbooking.entrypoints.settings import Settings
from tests.support.aws_backstage import OnAws, make_places
from tests.support.aws_servers import REGION
from tests.support.running_service import told
from tests.support.runtime_api import LambdaFunction, lambda_function

DATA = Path(__file__).parent.parent / "data" / "lambda"
PASSWORD = "correct horse battery"


def payload(name: str) -> Any:
    """Return what Lambda is given, as it was written down."""
    return json.loads((DATA / f"{name}.json").read_text())


def handler_of(name: str) -> str:
    return f"mentorbooking.entrypoints.lambdas.{name}.handler"


@dataclass(frozen=True)
class Answer:
    """What API Gateway would send to a client."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)


@dataclass
class LambdaHouse:
    """Functions start when they are first needed and stay, as their environments do."""

    settings: Settings
    folder: Path
    _open: ExitStack
    _functions: dict[str, LambdaFunction] = field(default_factory=dict)

    # -- functions ---------------------------------------------------------

    @property
    def variables(self) -> dict[str, str]:
        """Return the settings of a function."""
        known = self.settings
        return {
            "MENTORBOOKING_BACKEND": "aws",
            "MENTORBOOKING_SECRET_KEY": str(known.secret_key),
            "MENTORBOOKING_AWS_PREFIX": known.aws_prefix,
            "MENTORBOOKING_AWS_ENDPOINT": str(known.aws_endpoint),
            "MENTORBOOKING_DYNAMODB_ENDPOINT": str(known.dynamodb_endpoint),
            "MENTORBOOKING_DATA_DIR": str(self.folder),
            "MENTORBOOKING_RATE_LIMITS": "off",
        }

    def function(self, name: str) -> LambdaFunction:
        if name not in self._functions:
            self._functions[name] = self.another(name)
        return self._functions[name]

    def another(self, name: str) -> LambdaFunction:
        """Start an environment of a function beside the one that there may be."""
        folder = self.folder / "functions" / f"{name}-{secrets.token_hex(4)}"
        starting = lambda_function(handler_of(name), self.variables, folder)
        return self._open.enter_context(starting)

    def run(self, name: str, event: Any = None, **wishes: Any) -> Any:
        return self.function(name).invoke(event or payload("scheduled"), **wishes)

    # -- the API -----------------------------------------------------------

    def call(self, method: str, path: str, **told: Any) -> Answer:
        """Call the API as through API Gateway, with a ``request``."""
        return self.answer_to(self.request(method, path, **told))

    def request(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        body: Any = None,
        query: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Return what API Gateway hands on; ``body`` is bytes, or becomes JSON."""
        event = payload("api-get" if body is None else "api-post")
        event |= {"rawPath": path, "rawQueryString": query}
        event["requestContext"]["http"] |= {"path": path, "method": method}
        event["headers"] |= dict(headers or {})
        if token:
            event["headers"]["authorization"] = f"Bearer {token}"
        if body is not None:
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            event["headers"]["content-length"] = str(len(content))
            event["body"] = base64.b64encode(content).decode()
        return event

    def answer_to(self, event: Any) -> Answer:
        told = self.function("api").invoke(event)
        content = told["body"].encode()
        if told["isBase64Encoded"]:
            content = base64.b64decode(content)
        return Answer(told["statusCode"], told["headers"], content)

    def registered(self, role: str, name: str) -> tuple[dict[str, Any], str]:
        """Register somebody; return the account and an access token."""
        email = f"{role}-{secrets.token_hex(4)}@example.org"
        account = {"email": email, "password": PASSWORD, "name": name, "role": role}
        answer = self.call("POST", "/auth/register", body=account)
        assert answer.status == 201, answer.content
        return answer.json(), self.signed_in(email)

    def admin(self) -> str:
        """Make an admin as the command line does; return an access token."""
        email = f"admin-{secrets.token_hex(4)}@example.org"
        asyncio.run(self._make_admin(email))
        return self.signed_in(email)

    def booked(self) -> tuple[Answer, str]:
        """Let two people agree on a session; return the answer and the student's token."""
        grace, mentor = self.registered("mentor", "Grace Hopper")
        _, student = self.registered("student", "Zoë Ångström")
        start = SystemClock().now().replace(microsecond=0) + timedelta(days=7)
        slot = {"start": told(start), "end": told(start + timedelta(hours=1))}
        path = f"/mentors/{grace['mentor_id']}/timeslots"
        offered = self.call("POST", path, token=mentor, body={"slots": [slot]})
        assert offered.status == 201, offered.content
        slot_id = offered.json()["data"][0]["id"]
        wish = {"mentor_id": grace["mentor_id"], "slot_id": slot_id, "title": "Übersicht"}
        answer = self.call("POST", "/bookings", token=student, body=wish)
        assert answer.status == 201, answer.content
        return answer, student

    def signed_in(self, email: str) -> str:
        answer = self.call("POST", "/auth/token", body={"email": email, "password": PASSWORD})
        assert answer.status == 200, answer.content
        return str(answer.json()["access_token"])

    async def _make_admin(self, email: str) -> None:
        async with aws_foundation(self.settings) as base:
            with core_without_lists(base) as core:
                enter_context(CommandContext(actor="system", channel="cli", correlation_id="cli"))
                command = Register(
                    email=email, password=PASSWORD, name="Alice", role=Role.ADMIN, client="cli"
                )
                await core.commands.register(command)

    # -- queues and files --------------------------------------------------

    def messages(self, queue: str, *, example: str = "sqs-batch") -> Any:
        """Receive what is in a queue, as the event that it wakes a function with."""
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName=f"{self.settings.aws_prefix}-{queue}")["QueueUrl"]
        received: list[Any] = []
        while found := sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
        ).get("Messages", ()):
            received += found
        (shape,) = payload(example)["Records"]
        return {"Records": [_record(shape, message) for message in received]}

    def empty(self, queue: str) -> None:
        """Let all messages of a queue get lost."""
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName=f"{self.settings.aws_prefix}-{queue}")["QueueUrl"]
        sqs.purge_queue(QueueUrl=url)

    def let_leases_run_out(self) -> int:
        """Make it as if the time of all who hold leases had passed; return how many had jobs."""
        return asyncio.run(self._let_leases_run_out())

    async def _let_leases_run_out(self) -> int:
        long_ago = SystemClock().now() - timedelta(minutes=10)
        async with aws_foundation(self.settings) as base:
            jobs = await jobs_of(base)
            running = await jobs.list_jobs([JobState.RUNNING])
            for job in running:
                assert await jobs.heartbeat(job, now=long_ago, lease=timedelta(0))
            for work in ("outbox", "mail"):
                await base.work.write(delete(Key(f"lease#{work}")))
            return len(running)

    def mails(self) -> list[str]:
        """Return the names of the mails that were sent so far."""
        return sorted(each.name for each in (self.folder / "mail").glob("*.eml"))

    def client(self, service: Any) -> Any:
        return boto3.client(service, endpoint_url=self.settings.aws_endpoint, region_name=REGION)


def _record(shape: Any, message: Mapping[str, Any]) -> Any:
    return deepcopy(shape) | {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "md5OfBody": message["MD5OfBody"],
    }


@contextmanager
def lambda_house(backend: OnAws, folder: Path) -> Iterator[LambdaHouse]:
    settings = backend.settings(folder)
    asyncio.run(make_places(settings))
    with ExitStack() as stack:
        yield LambdaHouse(settings, folder, stack)
