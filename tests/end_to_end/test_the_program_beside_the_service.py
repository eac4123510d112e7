"""The command line on the data of a service that runs: safe, seen at once, or done by it."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mentorbooking.entrypoints.cli.exit_codes import ExitCode
from tests.support.patience import PATIENCE
from tests.support.program import PASSWORD, Called, Program
from tests.support.serving_process import Served, served, within

DATA = Path(__file__).parent.parent / "data"
LISTED_WITHIN = 1.0
"""What the contract promises of lists after another program wrote."""


@pytest.fixture
def service(program: Program) -> Iterator[Served]:
    with served(program.folder, MENTORBOOKING_RATE_LIMITS="off") as running:
        yield running


def test_the_first_admin_made_beside_the_service_signs_in_at_once(
    program: Program, service: Served
) -> None:
    within(PATIENCE, lambda: service.event("accounts_missing"))
    made = program.make_admin()
    with service.client() as admin:
        assert admin.get("/me").json()["id"] == made["id"]


def test_mentors_imported_beside_the_service_are_listed_within_a_second(
    program: Program, service: Served
) -> None:
    program.make_admin()
    done = program("import-mentors", DATA / "mentors.csv", "--json")
    assert done.code == ExitCode.OK
    assert (done.json["created"], done.json["failed"]) == (1000, 0)
    # It was the service that did the work, as a job.
    within(PATIENCE, lambda: service.event("job_done"))
    with service.client(None) as anyone:
        within(
            LISTED_WITHIN,
            lambda: anyone.get("/mentors", params={"limit": 200}).json()["page"]["next_cursor"],
        )
    with service.client() as admin:
        assert admin.get(f"/import/mentors/{done.json['id']}").json()["status"] == "completed"


def test_a_messy_file_is_told_of_in_the_same_words(program: Program, service: Served) -> None:
    report = program.folder / "report.csv"
    called = program("import-mentors", DATA / "mentors-messy.csv", "--report", report)
    assert called.code == ExitCode.FAILED
    assert called.err.splitlines()[-1] == "10 rows: 2 created, 0 updated, 0 unchanged, 8 failed"
    assert report.read_text().count("failed") >= 8


def test_accounts_made_beside_the_service_are_seen_by_it_and_the_other_way_round(
    program: Program, service: Served
) -> None:
    student = {"email": "sara@example.org", "password": PASSWORD, "name": "Sara", "role": "student"}
    with service.client(None) as anyone:
        assert anyone.post("/auth/register", json=student).status_code == 201
    refused = program(
        *("users", "create", "--role", "admin", "--email", "SARA@example.org", "--name", "S"),
        "--password-stdin",
        typed=f"{PASSWORD}\n",
    )
    assert refused.code == ExitCode.REFUSED
    assert [each["role"] for each in program("users", "list", "--json").json] == ["student"]


def test_a_rebuild_is_done_by_the_service(program: Program, service: Served) -> None:
    program.make_admin()
    called = program("projections", "rebuild", "--all")
    assert called.code == ExitCode.OK, called.err
    models = program("projections", "list", "--json").json
    assert {(model["state"], model["generation"]) for model in models} == {("running", 2)}
    within(PATIENCE, lambda: service.event("rebuild_done"))


def test_an_import_goes_on_here_when_the_service_is_killed(program: Program) -> None:
    program.make_admin()
    with served(program.folder) as service:
        rows = "".join(f"m{n}@example.org,Mentor {n},Go\n" for n in range(1500))
        (program.folder / "many.csv").write_text(f"email,name,skills\n{rows}")
        called: list[Called] = []
        importing = threading.Thread(
            target=lambda: called.append(
                program.in_a_process("import-mentors", "many.csv", "--json")
            )
        )
        importing.start()

        def rows_done() -> bool:
            words = ("events", "list", "--type", "mentor_import_row.recorded", "--limit", 1)
            return bool(program(*words, "--json").json)

        within(PATIENCE, rows_done)
        service.process.kill()
        importing.join(PATIENCE)
    (ended,) = called
    assert ended.code == ExitCode.OK, ended.err
    assert ended.json["created"] == 1500
    assert program("events", "verify").code == ExitCode.OK


def test_a_second_service_on_the_same_data_is_refused(program: Program, service: Served) -> None:
    called = program("serve", "--port", "0")
    assert called.code == ExitCode.UNUSABLE
    assert called.error == (
        f"mentorbooking: another mentorbooking service is running on {program.data}"
    )
    with service.client(None) as anyone:
        assert anyone.get("/health/ready").status_code == 200


def test_a_port_in_use_is_one_line_and_makes_no_log(program: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        called = program("serve", "--port", port)
    assert called.code == ExitCode.UNUSABLE
    assert called.error.startswith(f"mentorbooking: can't listen on 127.0.0.1:{port}: ")
    assert not (program.data / "events.db").exists()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"MENTORBOOKING_PORT": "http"}, "MENTORBOOKING_PORT"),
        ({"MENTORBOOKING_MAIL_URL": "smtp://me@mail.example.org"}, "MENTORBOOKING_MAIL_URL"),
        ({"MENTORBOOKING_MAIL_FROM": "nobody"}, "MENTORBOOKING_MAIL_FROM"),
        ({"MENTORBOOKING_BACKEND": "paper"}, "MENTORBOOKING_BACKEND"),
        ({"MENTORBOOKING_SECRET_KEY": "short"}, "MENTORBOOKING_SECRET_KEY"),
        ({"MENTORBOOKING_DATA_DIR": "/proc/data"}, "/proc/data"),
    ],
)
def test_a_service_that_cannot_start_says_why_in_one_line(
    program: Program, settings: dict[str, str], words: str
) -> None:
    program.settings |= settings
    called = program("serve", "--port", "0")
    assert called.code == ExitCode.UNUSABLE
    assert words in called.error
    assert "me@mail" not in called.error


def test_sigterm_ends_it_with_success_and_a_request_under_way_is_answered(
    program: Program, service: Served
) -> None:
    program.make_admin()
    body = b'{"email": "ada@example.org", "password": "correct horse battery"}'
    head = f"POST /auth/token HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    port = int(service.url.rpartition(":")[2])
    with contextlib.closing(socket.create_connection(("127.0.0.1", port))) as slow:
        slow.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode() + body[:10])
        within(PATIENCE, lambda: service.event("listening"))
        stopped: list[int] = []
        stopping = threading.Thread(target=lambda: stopped.append(service.stop()))
        stopping.start()
        stopping.join(0.5)
        slow.sendall(body[10:])
        slow.settimeout(PATIENCE)
        assert slow.recv(100).startswith(b"HTTP/1.1 200")
        stopping.join()
    assert stopped == [0]


def test_the_start_tells_where_things_are(program: Program, service: Served) -> None:
    listening = service.event("listening")
    assert listening is not None
    assert listening["data"] == str(program.data)
    assert listening["url"].startswith("http://127.0.0.1:")
    mail = service.event("mail_set_up")
    assert mail is not None
    assert mail["folder"] == str(program.data / "mail")
    assert service.event("rate_limits_off") is not None
