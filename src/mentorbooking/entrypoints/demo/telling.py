"""``serve --demo``: fill an empty store, and say how to sign in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import click

from mentorbooking.adapters.data_directory import DataDirectory, DataDirectoryUnusable
from mentorbooking.adapters.persistence.sqlite_log.log import SQLiteLog
from mentorbooking.entrypoints.demo import people
from mentorbooking.entrypoints.demo.arrivals import MENTORS_WITH_ACCOUNT
from mentorbooking.entrypoints.demo.calendars import WEEKS_BACK
from mentorbooking.entrypoints.demo.history import Counts, make_history
from mentorbooking.entrypoints.demo.stage import stage_in_the_past
from mentorbooking.entrypoints.service import Service
from mentorbooking.entrypoints.settings import PREFIX

LISTS_WITHIN_SECONDS = 10.0


def refuse_data(directory: DataDirectory) -> None:
    """Raise ``DataDirectoryUnusable`` when anything has ever happened here."""
    if directory.events.exists():
        with SQLiteLog(directory.events) as log:
            _require_nothing(log.head(), str(directory.root), "--data-dir")


async def fill_and_tell(service: Service) -> None:
    """Fill the store of a service that nobody reaches yet; print how to sign in."""
    base = service.base
    on_aws = base.settings.backend == "aws"
    elsewhere = f"{PREFIX}AWS_PREFIX" if on_aws else "--data-dir"
    _require_nothing(await base.log.head(), base.place, elsewhere)
    with stage_in_the_past(service, timedelta(weeks=WEEKS_BACK)) as stage:
        counts = await make_history(stage, base.clock.now())
    head = await base.acknowledge_all()
    await service.projector.wait_for(
        tuple(service.projector.positions()), head, LISTS_WITHIN_SECONDS
    )
    click.echo("\n".join(_lines(counts, base.settings.public_url)))


def _require_nothing(head: int, place: str, elsewhere: str) -> None:
    if head > 0:
        raise DataDirectoryUnusable(
            f"the demo is never put into a store that holds data, and {place} does; "
            f"leave --demo out to go on with it, or choose another {elsewhere}"
        )


def _lines(counts: Counts, url: str) -> Iterator[str]:
    with_account = people.mentors()[:MENTORS_WITH_ACCOUNT]
    yield (
        f"Demo: {counts.mentors} mentors, {counts.timeslots} time slots, "
        f"{counts.bookings} bookings. Sign in with the password: {people.PASSWORD}"
    )
    yield f"  everything it offers: {url}/docs"
    accounts = [
        ("admin", people.ADMIN.email),
        ("operator", people.OPERATOR.email),
        *(("student", person.email) for person in people.STUDENTS),
        *(("mentor", profile.email) for profile in with_account),
    ]
    for role, email in accounts:
        yield f"  {role:8}  {email}"
    yield (
        f"  curl {url}/auth/token --json "
        f'\'{{"email": "{people.STUDENTS[0].email}", "password": "{people.PASSWORD}"}}\''
    )
    yield "Everybody who reads this can sign in as an admin: keep a demo to your own machine."
