"""The test cases that the eventsourcing library ships, for UUID and text originator ids."""

from __future__ import annotations

import os
from tempfile import TemporaryDirectory
from typing import Literal
from uuid import UUID

from eventsourcing.persistence import InfrastructureFactory
from eventsourcing.tests import persistence as shipped
from eventsourcing.utils import Environment

from mentorbooking.adapters.persistence.sqlite import SQLiteEventStoreFactory
from mentorbooking.adapters.persistence.sqlite.aggregate_recorder import SQLiteAggregateRecorder
from mentorbooking.adapters.persistence.sqlite.application_recorder import (
    SQLiteApplicationRecorder,
)
from mentorbooking.adapters.persistence.sqlite.tracking_recorder import (
    SQLiteProcessRecorder,
    SQLiteTrackingRecorder,
)
from mentorbooking.adapters.persistence.sqlite_log.verification import verify


def environment(path: str, kind: str) -> Environment:
    return Environment(
        env={
            "PERSISTENCE_MODULE": "mentorbooking.adapters.persistence.sqlite",
            "SQLITE_DBNAME": path,
            "ORIGINATOR_ID_TYPE": kind,
        }
    )


class OnAFile:
    """A factory on a file of its own; what a test leaves in the log must be whole."""

    kind: Literal["uuid", "text"] = "uuid"

    def setUp(self) -> None:
        self.directory = TemporaryDirectory()
        self.env = environment(f"{self.directory.name}/events.db", self.kind)
        factory = InfrastructureFactory.construct(self.env)
        assert isinstance(factory, SQLiteEventStoreFactory)
        self.factory = factory

    def tearDown(self) -> None:
        try:
            assert verify(self.factory.log).broken is None
        finally:
            self.factory.close()
            self.directory.cleanup()

    def new_originator_id(self) -> UUID | str:
        unique = UUID(bytes=os.urandom(16), version=4)
        return unique if self.kind == "uuid" else f"course_{unique}"


class TestAggregateRecorder(OnAFile, shipped.AggregateRecorderTestCase):
    def create_recorder(self) -> SQLiteAggregateRecorder:
        recorder = self.factory.aggregate_recorder()
        assert isinstance(recorder, SQLiteAggregateRecorder)
        return recorder


class TestAggregateRecorderWithTextIds(TestAggregateRecorder):
    kind = "text"


class TestApplicationRecorder(
    OnAFile, shipped.ApplicationRecorderTestCase[SQLiteApplicationRecorder]
):
    def create_recorder(self) -> SQLiteApplicationRecorder:
        recorder = self.factory.application_recorder()
        assert isinstance(recorder, SQLiteApplicationRecorder)
        return recorder

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestApplicationRecorderWithTextIds(TestApplicationRecorder):
    kind = "text"


class TestTrackingRecorder(OnAFile, shipped.TrackingRecorderTestCase):
    def create_recorder(self) -> SQLiteTrackingRecorder:
        return self.factory.tracking_recorder()


class TestProcessRecorder(OnAFile, shipped.ProcessRecorderTestCase):
    def create_recorder(self) -> SQLiteProcessRecorder:
        recorder = self.factory.process_recorder()
        assert isinstance(recorder, SQLiteProcessRecorder)
        return recorder


class TestProcessRecorderWithTextIds(TestProcessRecorder):
    kind = "text"


class TestNotificationIdsOfConcurrentAppends(
    OnAFile, shipped.NonInterleavingNotificationIDsBaseCase
):
    def create_recorder(self) -> SQLiteApplicationRecorder:
        recorder = self.factory.application_recorder()
        assert isinstance(recorder, SQLiteApplicationRecorder)
        return recorder


class TestNotificationIdsOfConcurrentAppendsWithTextIds(TestNotificationIdsOfConcurrentAppends):
    kind = "text"


class CountingView(SQLiteTrackingRecorder):
    """A tracking recorder such as a user of the library derives."""


class TestFactory(shipped.InfrastructureFactoryTestCase[SQLiteEventStoreFactory]):
    kind: Literal["uuid", "text"] = "uuid"

    def setUp(self) -> None:
        self.directory = TemporaryDirectory()
        self.env = environment(f"{self.directory.name}/events.db", self.kind)
        super().setUp()

    def tearDown(self) -> None:
        super().tearDown()
        self.directory.cleanup()

    def expected_factory_class(self) -> type[SQLiteEventStoreFactory]:
        return SQLiteEventStoreFactory

    def expected_aggregate_recorder_class(self) -> type[SQLiteAggregateRecorder]:
        return SQLiteAggregateRecorder

    def expected_application_recorder_class(self) -> type[SQLiteApplicationRecorder]:
        return SQLiteApplicationRecorder

    def expected_tracking_recorder_class(self) -> type[SQLiteTrackingRecorder]:
        return SQLiteTrackingRecorder

    def tracking_recorder_subclass(self) -> type[SQLiteTrackingRecorder]:
        return CountingView

    def expected_process_recorder_class(self) -> type[SQLiteProcessRecorder]:
        return SQLiteProcessRecorder


class TestFactoryWithTextIds(TestFactory):
    kind = "text"
