"""What the library's own test cases leave open: applications, other processes, settings."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import (
    InfrastructureFactory,
    InfrastructureFactoryError,
    IntegrityError,
    OperationalError,
    StoredEvent,
    Tracking,
)
from eventsourcing.projection import Projection, ProjectionRunner
from eventsourcing.utils import get_topic

from mentorbooking.adapters.persistence import sqlite
from mentorbooking.adapters.persistence.library_terms import library_errors
from mentorbooking.adapters.persistence.sqlite import SQLiteEventStoreFactory
from mentorbooking.adapters.persistence.sqlite.application_recorder import (
    SQLiteApplicationRecorder,
)
from mentorbooking.adapters.persistence.sqlite.tracking_recorder import (
    SQLiteTrackingRecorder,
    tracking_statement,
)
from mentorbooking.adapters.persistence.sqlite_log.verification import verify
from tests.support.patience import PATIENCE

MODULE = "mentorbooking.adapters.persistence.sqlite"


class Course(Aggregate):
    @event("Opened")
    def __init__(self, places: int) -> None:
        self.places = places
        self.booked = 0

    @event("Booked")
    def book(self) -> None:
        self.booked += 1


class Courses(Application[UUID]):
    snapshotting_intervals = {Course: 5}


def settings(path: Path, **others: str) -> dict[str, str]:
    return {"PERSISTENCE_MODULE": MODULE, "SQLITE_DBNAME": str(path), **others}


def made(env: dict[str, str]) -> SQLiteEventStoreFactory:
    factory = InfrastructureFactory.construct(env)
    assert isinstance(factory, SQLiteEventStoreFactory)
    return factory


@pytest.fixture
def factory(tmp_path: Path) -> Iterator[SQLiteEventStoreFactory]:
    opened = made(settings(tmp_path / "events.db", ORIGINATOR_ID_TYPE="text"))
    yield opened
    opened.close()


@pytest.fixture
def recorder(factory: SQLiteEventStoreFactory) -> SQLiteApplicationRecorder:
    found = factory.application_recorder()
    assert isinstance(found, SQLiteApplicationRecorder)
    return found


def stored(originator: str, version: int, topic: str = "t") -> StoredEvent:
    return StoredEvent(originator, version, topic, b"state")


def test_an_application_of_the_library_runs_on_it(tmp_path: Path) -> None:
    env = settings(tmp_path / "events.db")
    with Courses(env=env) as courses:
        one, other = Course(3), Course(5)
        for _ in range(7):
            one.book()
        courses.save(one, other)
        stale: Course = courses.repository.get(other.id)
        fresh: Course = courses.repository.get(other.id)
        fresh.book()
        courses.save(fresh)
        stale.book()
        with pytest.raises(IntegrityError):
            courses.save(stale)
    with Courses(env=env) as courses:
        again: Course = courses.repository.get(one.id)
        assert (again.booked, again.version) == (7, 8)
        assert courses.snapshots is not None
        assert [each.originator_version for each in courses.snapshots.get(one.id)] == [5]
        assert [each.id for each in courses.notification_log.select(1, 10)] == [*range(1, 11)]
        factory = courses.factory
        assert isinstance(factory, SQLiteEventStoreFactory)
        assert verify(factory.log).broken is None


def test_events_of_several_originators_keep_their_order(
    recorder: SQLiteApplicationRecorder,
) -> None:
    mixed = [stored("a", 1), stored("b", 0), stored("a", 2), stored("b", 1), stored("b", 2)]

    assert recorder.insert_events(mixed) == [1, 2, 3, 4, 5]
    notified = recorder.select_notifications(1, 9)
    assert [(each.originator_id, each.originator_version) for each in notified] == [
        (each.originator_id, each.originator_version) for each in mixed
    ]


@pytest.mark.parametrize("version", [1, 2, 4])
def test_a_version_that_is_taken_or_leaves_a_hole_is_refused(
    recorder: SQLiteApplicationRecorder, version: int
) -> None:
    recorder.insert_events([stored("a", 1), stored("a", 2)])

    with pytest.raises(IntegrityError):
        recorder.insert_events([stored("b", 1), stored("a", version)])
    assert recorder.max_notification_id() == 2


def test_a_subscription_hears_of_what_another_process_appends(
    factory: SQLiteEventStoreFactory, recorder: SQLiteApplicationRecorder
) -> None:
    other = made(settings(factory.log.path, ORIGINATOR_ID_TYPE="text"))
    heard: list[int] = []

    with recorder.subscribe(gt=0, topics=["wanted"]) as subscription:
        other.application_recorder().insert_events([stored("a", 1), stored("a", 2, "wanted")])
        timer = threading.Timer(5, subscription.stop)
        timer.start()
        for notification in subscription:
            heard.append(notification.id)
            break
        timer.cancel()
    other.close()

    assert heard == [2]


class Bookings(SQLiteTrackingRecorder):
    """A view of how often was booked, kept in the same transaction as its tracking."""

    def create_table(self) -> None:
        create = "CREATE TABLE IF NOT EXISTS bookings (position INTEGER)"
        self.log.write_sync((create, ()))

    def add(self, tracking: Tracking) -> None:
        insert = "INSERT INTO bookings VALUES (?)"
        with library_errors():
            self.log.write_sync((insert, (tracking.notification_id,)), tracking_statement(tracking))

    def count(self) -> int:
        ((found,),) = self.log.query("SELECT count(*) FROM bookings")
        return int(found)


class CountBookings(Projection[Bookings]):
    topics = (get_topic(Course.Booked),)  # type: ignore[attr-defined] # the library makes the class

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self.view.create_table()
        self.view.add(tracking)


def test_a_projection_of_the_library_follows_it(tmp_path: Path) -> None:
    with ProjectionRunner(
        application_class=Courses,
        projection_class=CountBookings,
        view_class=Bookings,
        env=settings(tmp_path / "events.db"),
    ) as runner:
        course = Course(3)
        course.book()
        course.book()
        recordings = runner.app.save(course)
        runner.wait(recordings[-1].notification.id, timeout=PATIENCE)
        assert runner.projection.view.count() == 2

        with pytest.raises(IntegrityError, match="only advances"):
            runner.projection.view.add(Tracking(Courses.name, 2))
        assert runner.projection.view.count() == 2


def test_the_library_finds_one_factory_in_the_module() -> None:
    found = [
        member
        for member in vars(sqlite).values()
        if isinstance(member, type) and issubclass(member, InfrastructureFactory)
    ]
    assert isinstance(sqlite, ModuleType)
    assert found == [SQLiteEventStoreFactory]


def test_a_log_in_memory_is_a_file_that_goes_with_its_factory() -> None:
    factory = made({"PERSISTENCE_MODULE": MODULE, "SQLITE_DBNAME": ":memory:"})
    path = factory.log.path
    recorder = factory.application_recorder()
    recorder.insert_events([StoredEvent(UUID(int=1), 1, "t", b"")])
    assert recorder.max_notification_id() == 1
    assert path.exists()

    factory.close()
    assert not path.parent.exists()


def test_a_file_may_be_named_by_a_uri(tmp_path: Path) -> None:
    factory = made({"PERSISTENCE_MODULE": MODULE, "SQLITE_DBNAME": f"file:{tmp_path}/u.db?x=1"})
    assert factory.log.path == tmp_path / "u.db"
    factory.close()


@pytest.mark.parametrize(
    ("others", "error"),
    [
        ({"SQLITE_DBNAME": ""}, OSError),
        ({"ORIGINATOR_ID_TYPE": "number"}, OSError),
        ({"SQLITE_LOCK_TIMEOUT": "soon"}, OSError),
        ({"SQLITE_DBNAME": "/nowhere/at/all.db"}, OperationalError),
        ({"PERSISTENCE_MODULE": f"{MODULE}.nothing"}, InfrastructureFactoryError),
    ],
)
def test_a_wrong_setting_is_refused(
    tmp_path: Path, others: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        made({**settings(tmp_path / "events.db"), **others})


def test_a_recorder_must_be_of_the_right_kind(tmp_path: Path) -> None:
    topic = f"{MODULE}.tracking_recorder:SQLiteTrackingRecorder"
    factory = made(settings(tmp_path / "events.db", APPLICATION_RECORDER_TOPIC=topic))
    with pytest.raises(OSError, match="APPLICATION_RECORDER_TOPIC"):
        factory.application_recorder()
    with pytest.raises(ValueError, match="can't name a table"):
        factory.aggregate_recorder("events; DROP TABLE events")
    factory.close()
    with pytest.raises(OperationalError):
        factory.process_recorder().max_notification_id()
