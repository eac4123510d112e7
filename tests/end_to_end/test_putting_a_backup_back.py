"""A backup taken while the service runs, as docs/operations.md tells, and put back."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx

from mentorbooking.entrypoints.cli.exit_codes import ExitCode
from tests.support.program import Program
from tests.support.serving_process import served, within


def back_up(data: Path, backup: Path) -> None:
    backup.mkdir()
    for name in ("work.db", "events.db"):
        with closing(sqlite3.connect(data / name)) as db:
            db.execute("VACUUM INTO ?", (str(backup / name),))
    shutil.copy(data / "secret.key", backup)


def make_mentor(admin: httpx.Client, address: str) -> None:
    mentor = {"name": "Ada", "email": address, "skills": ["Python"], "experience_years": 3}
    assert admin.post("/mentors", json=mentor).status_code == 201


def listed(client: httpx.Client) -> int:
    return len(client.get("/mentors").json()["data"])


def test_what_was_recorded_by_then_is_there_and_goes_on(program: Program) -> None:
    program.make_admin()
    with served(program.folder) as service, service.client() as admin:
        make_mentor(admin, "one@example.org")
        back_up(program.data, program.folder / "backup")
        make_mentor(admin, "two@example.org")

    shutil.rmtree(program.data)
    shutil.copytree(program.folder / "backup", program.data)
    assert program("events", "verify").code == ExitCode.OK
    with served(program.folder) as restored, restored.client() as admin:
        assert listed(admin) == 1
        make_mentor(admin, "three@example.org")
        assert listed(admin) == 2


def test_a_log_under_a_newer_work_file_is_not_served(program: Program) -> None:
    program.make_admin()
    with served(program.folder) as service, service.client() as admin:
        back_up(program.data, program.folder / "backup")
        make_mentor(admin, "one@example.org")
        within(10, lambda: program("outbox", "status", "--json").json["lag"] == 0)

    (program.data / "events.db").unlink()
    shutil.copy(program.folder / "backup" / "events.db", program.data)
    refused = program.in_a_process("serve", "--port", "0")
    assert refused.code == ExitCode.UNUSABLE
    assert "they are not of one backup" in refused.error
