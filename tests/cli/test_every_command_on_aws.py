"""Every command does on AWS what it does in a data directory, and tells it in the same words."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Awaitable, Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from mentorbooking.adapters.aws.clients import AwsClients
from mentorbooking.adapters.job_queue.sqs.records import JobRecords
from mentorbooking.adapters.persistence.dynamodb_log.items import tip_key
from mentorbooking.adapters.work.dynamodb.outbox_ledger import DynamoDBOutboxLedger
from mentorbooking.adapters.work.dynamodb.table import WorkTable
from mentorbooking.application.ports.outbox_ledger import ParkedEvent, ParkedState
from mentorbooking.application.reactions import MENTOR_IMPORTS
from mentorbooking.entrypoints.aws.places import JOB_QUEUES
from mentorbooking.entrypoints.cli.exit_codes import ExitCode
from mentorbooking.entrypoints.cli.read_models import NAMES
from tests.cli.test_importing_mentors import FEW, MESSY, write
from tests.cli.test_words_and_exit_codes import READING
from tests.support.aws_servers import CLOSED, aws_settings
from tests.support.fixed import NOW
from tests.support.patience import PATIENCE
from tests.support.program import ADMIN, PASSWORD, Program
from tests.support.serving_process import served, within

CREATE = ("users", "create", "--role", "admin", "--email", ADMIN, "--name", "Ada")
CHANGING = [(*CREATE, "--password-stdin"), ("import-mentors", MESSY)]


def call(program: Program, words: tuple[Any, ...]) -> Any:
    return program(*words, typed=f"{PASSWORD}\n")


def listed(program: Program, *words: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = program("events", "list", "--json", *words).json
    return found


def head(program: Program) -> int:
    position: int = program("outbox", "status", "--json").json["head"]
    return position


async def _with_dynamodb(program: Program, work: Callable[[Any], Awaitable[Any]]) -> Any:
    endpoint = program.settings["MENTORBOOKING_DYNAMODB_ENDPOINT"]
    async with AwsClients(aws_settings(dynamodb=endpoint)) as clients:
        return await work(await clients.dynamodb())


def behind_its_back(program: Program, work: Callable[[Any], Awaitable[Any]]) -> Any:
    """Do something with the program's DynamoDB."""
    return asyncio.run(_with_dynamodb(program, work))


def table(program: Program, name: str) -> str:
    return f"{program.settings['MENTORBOOKING_AWS_PREFIX']}-{name}"


# -- accounts --------------------------------------------------------------


def test_an_account_is_made_and_listed(on_aws: Program) -> None:
    made = on_aws.make_admin()
    assert on_aws("users", "list", "--json").json == [made]
    assert on_aws("users", "list", "--role", "student", "--json").json == []
    again = call(on_aws, (*CREATE, "--password-stdin"))
    assert again.code == ExitCode.REFUSED
    assert "(email-taken)" in again.error
    assert list(on_aws.folder.iterdir()) == []


def test_accounts_come_in_the_order_in_which_they_were_made(with_demo_on_aws: Program) -> None:
    accounts = with_demo_on_aws("users", "list", "--json").json
    assert {account["role"] for account in accounts} == {"admin", "operator", "mentor", "student"}
    registered = listed(with_demo_on_aws, "--type", "user_account.registered", "--limit", 1000)
    assert [account["id"] for account in accounts] == [event["stream"] for event in registered]


# -- the log ---------------------------------------------------------------


def test_events_are_listed_and_shown(with_demo_on_aws: Program) -> None:
    first = listed(with_demo_on_aws)
    assert [event["position"] for event in first] == [f"0:{n}" for n in range(1, 101)]
    (event,) = listed(with_demo_on_aws, "--after", "0:41", "--limit", 1)
    assert with_demo_on_aws("events", "show", "42", "--json").json == event
    (booked,) = listed(with_demo_on_aws, "--type", "booking.created", "--limit", 1)
    stream = listed(with_demo_on_aws, "--stream", booked["stream"])
    assert stream[0] == booked
    assert with_demo_on_aws("events", "show", "1000000").code == ExitCode.REFUSED


def test_a_log_that_is_whole_tells_its_checkpoint(on_aws: Program) -> None:
    on_aws.make_admin()
    verified = on_aws("events", "verify", "--json").json
    assert (verified["whole"], verified["commits"], verified["broken"]) == (True, 1, None)
    checkpoint = on_aws("events", "verify").out.splitlines()[-1]
    assert checkpoint == f"0:{head(on_aws)}:{verified['checkpoint']['hash']}"
    on_aws.make_admin("eve@example.org")
    assert on_aws("events", "verify", "--checkpoint", checkpoint).code == ExitCode.OK
    other = on_aws("events", "verify", "--checkpoint", f"2:{'0' * 64}")
    assert other.code == ExitCode.FAILED
    assert "the commit is not the one that the checkpoint saw" in other.error


def test_a_changed_commit_is_found_where_it_is(on_aws: Program) -> None:
    on_aws.make_admin()
    second = head(on_aws) + 1
    on_aws.make_admin("eve@example.org")

    async def tamper(dynamodb: Any) -> None:
        log = table(on_aws, "log")
        items = (await dynamodb.scan(TableName=log))["Items"]
        (item,) = [i for i in items if i["sk"] == {"N": str(second)} and "h" in i]
        item["t"] = {"N": str(int(item["t"]["N"]) + 1)}
        await dynamodb.put_item(TableName=log, Item=item)

    behind_its_back(on_aws, tamper)
    called = on_aws("events", "verify")
    assert called.code == ExitCode.FAILED
    assert called.error == (
        f"mentorbooking: the log is broken at position 0:{second}: the commit was changed"
    )
    assert called.out.startswith("1 commits are whole")


def test_streams_are_compared_with_the_log(with_demo_on_aws: Program) -> None:
    verified = with_demo_on_aws("events", "verify", "--json")
    assert verified.code == ExitCode.OK
    assert (verified.json["whole"], verified.json["streams"]) == (True, [])


def test_a_stream_that_is_not_as_the_log_has_it_is_named(on_aws: Program) -> None:
    account = on_aws.make_admin()["id"]

    async def tamper(dynamodb: Any) -> None:
        await dynamodb.delete_item(TableName=table(on_aws, "log"), Key=tip_key(account))

    behind_its_back(on_aws, tamper)
    verified = on_aws("events", "verify", "--json")
    assert verified.code == ExitCode.FAILED
    assert (verified.json["whole"], verified.json["broken"]) == (False, None)
    what = "nothing is kept of the stream"
    assert verified.json["streams"] == [{"stream": account, "version": 1, "what": what}]
    told = on_aws("events", "verify")
    assert told.out.splitlines()[-1] == f"{account} at version 1: {what}"
    assert told.error == "mentorbooking: streams that are not as the log has them: 1"


# -- files -----------------------------------------------------------------


def test_bookings_are_exported(with_demo_on_aws: Program, tmp_path: Path) -> None:
    out = tmp_path / "bookings.csv"
    told = with_demo_on_aws("export-bookings", "-o", out, "--json").json
    content = out.read_bytes()
    assert told["sha256"] == sha256(content).hexdigest()
    assert told["record_count"] == len(list(csv.DictReader(io.StringIO(content.decode())))) > 50
    again = with_demo_on_aws("export-bookings", "-o", "-", "--as-of", told["as_of_position"])
    assert again.out_bytes == content
    assert [path.name for path in tmp_path.iterdir()] == ["bookings.csv"]


def test_mentors_are_imported_where_no_service_runs(on_aws: Program) -> None:
    called = on_aws("import-mentors", MESSY, "--report", "-")
    assert called.code == ExitCode.FAILED
    assert called.err.splitlines()[-1] == "10 rows: 2 created, 0 updated, 0 unchanged, 8 failed"
    assert len(list(csv.DictReader(io.StringIO(called.out)))) == 10
    refused = on_aws("import-mentors", write(on_aws, "name,skills\nAnn,Go\n"))
    assert refused.code == ExitCode.REFUSED
    assert refused.error.endswith("(missing-column)")


# -- beside a service ------------------------------------------------------


def test_a_service_that_runs_does_the_work(on_aws: Program) -> None:
    with served(on_aws.folder, **on_aws.settings) as service:
        done = on_aws("import-mentors", write(on_aws, FEW), "--json")
        assert (done.code, done.json["created"]) == (ExitCode.OK, 2)
        assert within(PATIENCE, lambda: service.event("job_done"))["queue"] == MENTOR_IMPORTS
        called = on_aws("projections", "rebuild", "bookings")
        assert (called.code, called.err) == (ExitCode.OK, "made anew: bookings\n")
        assert within(PATIENCE, lambda: service.event("rebuild_done"))["projection"] == "bookings"
        on_aws.make_admin()
        with service.client() as client:
            assert client.get("/me").json()["email"] == ADMIN
    (job,) = on_aws("jobs", "list", "--state", "done", "--json").json
    assert job["key"] == done.json["id"]


def test_the_demo_is_not_put_into_a_store_that_holds_data(with_demo_on_aws: Program) -> None:
    called = with_demo_on_aws.in_a_process("serve", "--demo", "--port", "0")
    assert called.code == ExitCode.UNUSABLE
    assert called.err.splitlines()[-1].endswith("or choose another MENTORBOOKING_AWS_PREFIX")


# -- read models -----------------------------------------------------------


def test_read_models_are_made_anew_where_nobody_projects(on_aws: Program) -> None:
    on_aws.make_admin()
    models = on_aws("projections", "list", "--json").json
    assert [(m["name"], m["state"], m["position"], m["lag"]) for m in models] == [
        (name, "absent", "0:0", 2) for name in NAMES
    ]
    assert on_aws("projections", "rebuild", "bookings", "timeslots").code == ExitCode.OK
    models = {m["name"]: m for m in on_aws("projections", "list", "--json").json}
    assert {(m["state"], m["lag"]) for m in models.values()} == {("running", 0)}
    assert {name for name, m in models.items() if m["generation"] == 2} == {"bookings", "timeslots"}


def test_the_demo_has_all_read_models(with_demo_on_aws: Program) -> None:
    models = with_demo_on_aws("projections", "list", "--json").json
    assert {(m["state"], m["lag"], m["error"]) for m in models} == {("running", 0, None)}
    assert {m["position"] for m in models} == {f"0:{head(with_demo_on_aws)}"}


# -- jobs and outbox -------------------------------------------------------


def test_a_job_that_was_given_up_is_tried_anew(on_aws: Program) -> None:
    async def give_up(dynamodb: Any) -> None:
        jobs = JobRecords(WorkTable(dynamodb, table(on_aws, "work")), JOB_QUEUES)
        await jobs.add(MENTOR_IMPORTS, "import_dead", b"{}", now=NOW)
        job = await jobs.claim([MENTOR_IMPORTS], now=NOW, lease=timedelta(days=1))
        assert job is not None
        await jobs.fail(job, "StorageUnavailable: full", now=NOW, retry_at=None)

    behind_its_back(on_aws, give_up)
    (dead,) = on_aws("jobs", "list", "--json").json
    assert (dead["key"], dead["state"]) == ("import_dead", "dead")
    assert dead["last_error"] == "StorageUnavailable: full"
    called = on_aws("jobs", "retry", dead["id"])
    assert (called.code, called.err) == (ExitCode.OK, "1 jobs will be tried anew\n")
    assert [job["state"] for job in on_aws("jobs", "list", "--json").json] == ["queued"]
    again = on_aws("jobs", "retry", dead["id"])
    assert again.code == ExitCode.REFUSED
    assert on_aws("jobs", "retry", "--all").err == "0 jobs will be tried anew\n"


def test_dead_letters_are_sent_again(on_aws: Program) -> None:
    async def park(dynamodb: Any) -> None:
        dead = ParkedEvent(
            position=1,
            event_id="event_1",
            stream="booking_1",
            topic="booking.created",
            state=ParkedState.DEAD,
            attempts=10,
            last_error="OSError: away",
        )
        ledger = DynamoDBOutboxLedger(WorkTable(dynamodb, table(on_aws, "work")))
        await ledger.record(position=1, parked=[dead])

    on_aws.make_admin()
    behind_its_back(on_aws, park)
    status = on_aws("outbox", "status", "--json").json
    assert (status["position"], status["lag"], status["dead"]) == (1, 1, 1)
    assert status["oldest_waiting_since"] == status["published_until"] is not None
    assert (status["next_try_at"], status["last_error"]) == (None, "OSError: away")
    assert "OSError: away" in on_aws("outbox", "status").out
    assert on_aws("outbox", "redrive", "2").code == ExitCode.REFUSED
    assert on_aws("outbox", "redrive", "0:1").code == ExitCode.OK
    assert on_aws("outbox", "status", "--json").json["next_try_at"] is not None


# -- what can't be done ----------------------------------------------------


@pytest.mark.parametrize("words", [*READING, *CHANGING])
def test_what_was_not_made_is_one_line_that_says_how(
    nowhere_on_aws: Program, words: tuple[Any, ...]
) -> None:
    called = call(nowhere_on_aws, words)
    assert called.code == ExitCode.UNUSABLE
    assert called.error.endswith("; `mentorbooking aws init` makes what is missing")
    assert list(nowhere_on_aws.folder.iterdir()) == []


@pytest.mark.parametrize("words", CHANGING)
def test_a_secret_is_needed_to_change_something(on_aws: Program, words: tuple[Any, ...]) -> None:
    del on_aws.settings["MENTORBOOKING_SECRET_KEY"]
    assert on_aws("users", "list").code == ExitCode.OK
    called = call(on_aws, words)
    assert called.code == ExitCode.UNUSABLE
    assert called.error.startswith("mentorbooking: MENTORBOOKING_SECRET_KEY: ")


@pytest.mark.parametrize(
    "words", [("users", "list"), ("projections", "list"), ("outbox", "status")]
)
def test_a_dynamodb_that_is_away_is_one_line(
    nowhere_on_aws: Program, words: tuple[str, ...]
) -> None:
    nowhere_on_aws.settings["MENTORBOOKING_DYNAMODB_ENDPOINT"] = CLOSED
    called = nowhere_on_aws(*words)
    assert called.code == ExitCode.UNUSABLE
    assert "aws init" not in called.error


def test_other_services_that_are_away_are_one_line_for_who_needs_them(on_aws: Program) -> None:
    on_aws.settings["MENTORBOOKING_AWS_ENDPOINT"] = CLOSED
    called = on_aws.in_a_process(*CHANGING[1])
    assert called.code == ExitCode.UNUSABLE
    assert "Traceback" not in called.err
    assert called.err.splitlines()[-1].startswith("mentorbooking: ")
    assert on_aws("jobs", "list").code == ExitCode.OK
