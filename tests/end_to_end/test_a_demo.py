"""``mentorbooking serve --demo``: sample data that keeps every rule, and how to sign in."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import AbstractContextManager
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from mentorbooking.entrypoints.cli.exit_codes import ExitCode
from tests.support.patience import PATIENCE
from tests.support.program import Program
from tests.support.serving_process import Served, served, within


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def demo(folder: Path) -> Any:
    with served(folder, "--demo") as service:
        yield service


def accounts(demo: Served) -> tuple[dict[str, str], str]:
    """Return the addresses by the first role they have, and the password, as printed."""
    text = "".join(demo.out)
    password = re.search(r"password: (.+)\n", text)
    assert password is not None
    found: dict[str, str] = {}
    for role, email in re.findall(r"^  (\w+) +(\S+@example\.org)$", text, re.MULTILINE):
        found.setdefault(role, email)
    return found, password[1]


def signed_in(demo: Served, role: str) -> AbstractContextManager[httpx.Client]:
    by_role, password = accounts(demo)
    return demo.client(by_role[role], password)


def everything(client: httpx.Client, path: str) -> list[Any]:
    rows: list[Any] = []
    asked: dict[str, Any] = {"limit": 200}
    while True:
        page = client.get(path, params=asked)
        assert page.status_code == 200, page.text
        rows += page.json()["data"]
        asked["cursor"] = page.json()["page"]["next_cursor"]
        if asked["cursor"] is None:
            return rows


@pytest.mark.parametrize("role", ["admin", "operator", "student", "mentor"])
def test_somebody_of_every_role_can_sign_in_with_what_is_printed(demo: Served, role: str) -> None:
    with signed_in(demo, role) as client:
        assert client.get("/me").json()["role"] == role


def test_dozens_of_mentors_in_several_zones_and_languages(demo: Served) -> None:
    with demo.client(None) as anyone:
        mentors = everything(anyone, "/mentors")
    assert len(mentors) >= 36
    assert len({mentor["time_zone"] for mentor in mentors}) > 20
    assert len({language for mentor in mentors for language in mentor["languages"]}) > 15
    assert all(mentor["bio"] and mentor["skills"] and mentor["hourly_rate"] for mentor in mentors)
    assert all(mentor.get("next_free") for mentor in mentors)


def test_slots_are_in_working_hours_of_their_own_zones_over_the_coming_weeks(demo: Served) -> None:
    with demo.client(None) as anyone:
        for mentor in everything(anyone, "/mentors")[:6]:
            slots = everything(anyone, f"/mentors/{mentor['id']}/timeslots")
            zone = ZoneInfo(mentor["time_zone"])
            starts = [datetime.fromisoformat(slot["start"]).astimezone(zone) for slot in slots]
            assert len(slots) > 20
            assert all(time(9) <= start.time() <= time(18) for start in starts)
            assert all(start.weekday() < 5 for start in starts)
            assert (starts[-1] - starts[0]).days > 20


def test_bookings_in_every_state(demo: Served) -> None:
    now = datetime.now(UTC).isoformat()  # noqa: TID251  the demo is made around the present
    with signed_in(demo, "admin") as admin:
        bookings = everything(admin, "/bookings")
    states: Counter[str] = Counter()
    for booking in bookings:
        instants = [datetime.fromisoformat(booking[k]) for k in ("start", "end")]
        start, end = (instant.isoformat() for instant in instants)
        if booking["status"] == "cancelled":
            states[f"cancelled by {booking['cancelled_by']}"] += 1
            assert booking["cancellation_reason"]
        else:
            states["past" if end <= now else "to come" if start > now else "under way"] += 1
        assert booking["created_at"] < booking["start"]
        assert booking["created_at"] < now
        assert booking["title"]
    assert set(states) == {
        "past",
        "under way",
        "to come",
        "cancelled by student",
        "cancelled by mentor",
        "cancelled by admin",
    }
    assert states["to come"] > 10
    assert states["past"] > 10


def test_a_student_can_book_at_once(demo: Served) -> None:
    with signed_in(demo, "student") as student:
        mentor = student.get("/mentors", params={"sort": "-experience_years", "limit": 1}).json()
        mentor_id = mentor["data"][0]["id"]
        slot = student.get(f"/mentors/{mentor_id}/timeslots").json()["data"][-1]
        booked = student.post("/bookings", json={"mentor_id": mentor_id, "slot_id": slot["id"]})
        assert booked.status_code == 201, booked.text


def test_the_log_of_the_demo_goes_forward_in_time_and_is_whole(
    demo: Served, folder: Path, program: Program
) -> None:
    data = ("--data-dir", folder / "data")
    assert demo.process.poll() is None
    events = program("events", "list", *data, "--limit", 10_000, "--json").json
    recorded = [event["recorded_at"] for event in events]
    assert recorded == sorted(recorded)
    assert program("events", "verify", *data).code == ExitCode.OK


def test_what_the_service_logs_is_no_act_of_the_demo(demo: Served) -> None:
    for name in ("listening", "helper_started"):
        line = within(PATIENCE, lambda name=name: demo.event(name))
        assert line["actor"] == "system"
        assert "request_id" not in line


def test_never_on_a_store_that_holds_data(program: Program) -> None:
    program.make_admin()
    before = program("events", "list", "--json").json
    called = program("serve", "--demo", "--port", "0")
    assert called.code == ExitCode.UNUSABLE
    assert called.error.startswith("mentorbooking: the demo is never put into a store that holds")
    assert program("events", "list", "--json").json == before
