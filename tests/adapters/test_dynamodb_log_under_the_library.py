"""What the library's own test cases leave open: applications, other processes, settings."""

from __future__ import annotations

import threading
from collections.abc import Iterator
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
    ProgrammingError,
    StoredEvent,
    Tracking,
)
from eventsourcing.projection import Projection, ProjectionRunner
from eventsourcing.utils import get_topic

from mentorbooking.adapters.persistence import dynamodb
from mentorbooking.adapters.persistence.dynamodb import DynamoDBEventStoreFactory
from mentorbooking.adapters.persistence.dynamodb.aggregate_recorder import MOST_AT_ONCE
from mentorbooking.adapters.persistence.dynamodb.application_recorder import (
    DynamoDBApplicationRecorder,
)
from mentorbooking.adapters.persistence.dynamodb.tracking_recorder import (
    DynamoDBTrackingRecorder,
    tracking_put,
)
from mentorbooking.adapters.persistence.library_terms import library_errors
from tests.support.aws_servers import CLOSED, unique
from tests.support.patience import PATIENCE

MODULE = "mentorbooking.adapters.persistence.dynamodb"
GIVEN_UP = PATIENCE


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


@pytest.fixture
def env(dynamodb_endpoint: str) -> dict[str, str]:
    """Settings for a table that nobody else has."""
    return {
        "PERSISTENCE_MODULE": MODULE,
        "DYNAMODB_TABLE": unique("events"),
        "DYNAMODB_ENDPOINT_URL": dynamodb_endpoint,
    }


def made(env: dict[str, str], **others: str) -> DynamoDBEventStoreFactory:
    factory = InfrastructureFactory.construct({**env, **others})
    assert isinstance(factory, DynamoDBEventStoreFactory)
    return factory


@pytest.fixture
def factory(env: dict[str, str]) -> Iterator[DynamoDBEventStoreFactory]:
    opened = made(env, ORIGINATOR_ID_TYPE="text")
    yield opened
    opened.close()


def recorder_of(factory: DynamoDBEventStoreFactory) -> DynamoDBApplicationRecorder:
    found = factory.application_recorder()
    assert isinstance(found, DynamoDBApplicationRecorder)
    return found


@pytest.fixture
def recorder(factory: DynamoDBEventStoreFactory) -> DynamoDBApplicationRecorder:
    return recorder_of(factory)


def stored(originator: str, version: int, topic: str = "t") -> StoredEvent:
    return StoredEvent(originator, version, topic, b"state")


def test_an_application_of_the_library_runs_on_it(env: dict[str, str]) -> None:
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


def test_events_of_several_originators_keep_their_order(
    recorder: DynamoDBApplicationRecorder,
) -> None:
    mixed = [stored("a", 1), stored("b", 0), stored("a", 2), stored("b", 1), stored("b", 2)]

    assert recorder.insert_events(mixed) == [1, 2, 3, 4, 5]
    notified = recorder.select_notifications(1, 9)
    assert [(each.originator_id, each.originator_version) for each in notified] == [
        (each.originator_id, each.originator_version) for each in mixed
    ]


@pytest.mark.parametrize("version", [1, 2, 4])
def test_a_version_that_is_taken_or_leaves_a_hole_is_refused(
    recorder: DynamoDBApplicationRecorder, version: int
) -> None:
    recorder.insert_events([stored("a", 1), stored("a", 2)])

    with pytest.raises(IntegrityError):
        recorder.insert_events([stored("b", 1), stored("a", version)])
    assert recorder.max_notification_id() == 2


def test_a_stream_is_read_in_parts_and_backwards(recorder: DynamoDBApplicationRecorder) -> None:
    for version in range(40):
        recorder.insert_events([StoredEvent("a", version, "t", b"s" * 200)])

    def versions(**asked: Any) -> list[int]:
        return [each.originator_version for each in recorder.select_events("a", **asked)]

    assert versions() == [*range(40)]
    assert versions(gt=20, lte=30) == [*range(21, 31)]
    assert versions(desc=True, limit=3) == [39, 38, 37]
    assert versions(gt=0, desc=True, lte=5, limit=9) == [5, 4, 3, 2, 1]
    assert versions(limit=0) == []
    assert versions(gt=39) == []


def test_a_subscription_hears_of_what_another_process_appends(
    env: dict[str, str], recorder: DynamoDBApplicationRecorder
) -> None:
    other = made(env, ORIGINATOR_ID_TYPE="text")
    heard: list[int] = []

    with recorder.subscribe(gt=0, topics=["wanted"]) as subscription:
        appending = threading.Timer(
            0.2, recorder_of(other).insert_events, [[stored("a", 1), stored("a", 2, "wanted")]]
        )
        appending.start()
        timer = threading.Timer(GIVEN_UP, subscription.stop)
        timer.start()
        for notification in subscription:
            heard.append(notification.id)
            break
        timer.cancel()
        appending.join()
    other.close()

    assert heard == [2]


def test_a_subscription_that_waits_ends_when_it_is_stopped(
    recorder: DynamoDBApplicationRecorder,
) -> None:
    heard: list[int] = []
    with recorder.subscribe(gt=None) as subscription:
        waiting = threading.Thread(
            target=lambda: heard.extend(each.id for each in subscription), daemon=True
        )
        waiting.start()
        recorder.insert_events([stored("a", 1)])
        recorder.insert_events([stored("a", 2)])
        while len(heard) < 2 and waiting.is_alive():
            waiting.join(0.01)
        subscription.stop()
        waiting.join(GIVEN_UP)
    assert not waiting.is_alive()
    assert heard == [1, 2]


class Bookings(DynamoDBTrackingRecorder):
    """A view of how often was booked, kept in the same transaction as its tracking."""

    def add(self, tracking: Tracking) -> None:
        item = {"pk": {"S": "X#bookings"}, "sk": {"N": str(tracking.notification_id)}}
        with library_errors():
            self.log.write({"Put": {"Item": item}}, tracking_put(tracking))

    def count(self) -> int:
        return len(self.log.query("X#bookings"))


class CountBookings(Projection[Bookings]):
    topics = (get_topic(Course.Booked),)  # type: ignore[attr-defined] # the library makes the class

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self.view.add(tracking)


def test_a_projection_of_the_library_follows_it(env: dict[str, str]) -> None:
    with ProjectionRunner(
        application_class=Courses,
        projection_class=CountBookings,
        view_class=Bookings,
        env=env,
    ) as runner:
        course = Course(3)
        course.book()
        course.book()
        recordings = runner.app.save(course)
        runner.wait(recordings[-1].notification.id, timeout=GIVEN_UP)
        assert runner.projection.view.count() == 2

        with pytest.raises(IntegrityError):
            runner.projection.view.add(Tracking(Courses.name, 2))
        assert runner.projection.view.count() == 2


def test_lanes_are_one_sequence_of_notifications(env: dict[str, str]) -> None:
    factory = made(env, ORIGINATOR_ID_TYPE="text", DYNAMODB_LANES="4")
    recorder = recorder_of(factory)
    told: list[int] = []
    for course in range(20):
        ids = recorder.insert_events([stored(f"course_{course}", 1), stored(f"course_{course}", 2)])
        told += ids or ()

    notified = recorder.select_notifications(None, 100)

    assert told == [each.id for each in notified] == [*range(1, 41)]
    assert recorder.max_notification_id() == 40
    assert [each.originator_id for each in notified[::2]] == [f"course_{n}" for n in range(20)]
    factory.close()


def test_lanes_are_not_taken_away(env: dict[str, str]) -> None:
    made(env, DYNAMODB_LANES="4").close()
    with pytest.raises(OSError, match="more lanes than 3"):
        made(env, DYNAMODB_LANES="3")


def test_a_purpose_keeps_its_events_apart(factory: DynamoDBEventStoreFactory) -> None:
    snapshots, others = factory.aggregate_recorder("snapshots"), factory.aggregate_recorder("mine")
    snapshots.insert_events([stored("a", 7)])
    assert others.select_events("a") == []
    assert recorder_of(factory).select_events("a") == []
    assert [each.originator_version for each in snapshots.select_events("a")] == [7]
    with pytest.raises(ValueError, match="can't be part of a key"):
        factory.aggregate_recorder("snap#shots")


def test_more_than_a_transaction_takes_is_refused_beforehand(
    factory: DynamoDBEventStoreFactory,
) -> None:
    recorder = factory.aggregate_recorder()
    recorder.insert_events([stored("a", version) for version in range(MOST_AT_ONCE)])
    with pytest.raises(ProgrammingError, match="101 events"):
        recorder.insert_events([stored("b", version) for version in range(MOST_AT_ONCE + 1)])
    assert len(recorder.select_events("a")) == MOST_AT_ONCE
    assert recorder.select_events("b") == []


def test_the_library_finds_one_factory_in_the_module() -> None:
    found = [
        member
        for member in vars(dynamodb).values()
        if isinstance(member, type) and issubclass(member, InfrastructureFactory)
    ]
    assert found == [DynamoDBEventStoreFactory]


@pytest.mark.parametrize(
    ("others", "error"),
    [
        ({"DYNAMODB_TABLE": ""}, OSError),
        ({"ORIGINATOR_ID_TYPE": "number"}, OSError),
        ({"DYNAMODB_LANES": "many"}, OSError),
        ({"DYNAMODB_LANES": "0"}, OSError),
        ({"DYNAMODB_ENDPOINT_URL": CLOSED}, OperationalError),
        ({"PERSISTENCE_MODULE": f"{MODULE}.nothing"}, InfrastructureFactoryError),
    ],
)
def test_a_wrong_setting_is_refused(
    env: dict[str, str], others: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        made(env, **others)


def test_without_an_endpoint_the_region_must_be_known(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(OSError, match="AWS_REGION"):
        made(env, DYNAMODB_ENDPOINT_URL="")


def test_a_table_that_is_not_to_be_made_is_not_made(env: dict[str, str]) -> None:
    factory = made(env, DYNAMODB_CREATE_TABLE="no")
    with pytest.raises(OperationalError):
        recorder_of(factory).max_notification_id()
    factory.close()


def test_a_recorder_must_be_of_the_right_kind(env: dict[str, str]) -> None:
    topic = f"{MODULE}.tracking_recorder:DynamoDBTrackingRecorder"
    factory = made(env, APPLICATION_RECORDER_TOPIC=topic)
    with pytest.raises(OSError, match="APPLICATION_RECORDER_TOPIC"):
        factory.application_recorder()
    factory.close()
