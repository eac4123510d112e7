"""The test cases that the eventsourcing library ships, for UUID and text originator ids."""

from __future__ import annotations

import os
from typing import Literal
from uuid import UUID

import pytest
from eventsourcing.persistence import InfrastructureFactory
from eventsourcing.tests import persistence as shipped
from eventsourcing.utils import Environment

from mentorbooking.adapters.persistence.dynamodb import DynamoDBEventStoreFactory
from mentorbooking.adapters.persistence.dynamodb.aggregate_recorder import DynamoDBAggregateRecorder
from mentorbooking.adapters.persistence.dynamodb.application_recorder import (
    DynamoDBApplicationRecorder,
)
from mentorbooking.adapters.persistence.dynamodb.tracking_recorder import (
    DynamoDBProcessRecorder,
    DynamoDBTrackingRecorder,
)
from mentorbooking.adapters.persistence.dynamodb_log.verification.chains import walk
from tests.support.aws_servers import unique


class OnATable:
    """Environment of a table of its own."""

    kind: Literal["uuid", "text"] = "uuid"
    lanes = 1

    @pytest.fixture(autouse=True)
    def table_of_its_own(self, dynamodb_endpoint: str) -> None:
        self.env = Environment(
            env={
                "PERSISTENCE_MODULE": "mentorbooking.adapters.persistence.dynamodb",
                "DYNAMODB_TABLE": unique("events"),
                "DYNAMODB_ENDPOINT_URL": dynamodb_endpoint,
                "ORIGINATOR_ID_TYPE": self.kind,
                "DYNAMODB_LANES": str(self.lanes),
            }
        )

    def new_originator_id(self) -> UUID | str:
        unique_id = UUID(bytes=os.urandom(16), version=4)
        return unique_id if self.kind == "uuid" else f"course_{unique_id}"


class WithAFactory(OnATable):
    """A factory on that table; what a test leaves in the log must be whole."""

    def setUp(self) -> None:
        factory = InfrastructureFactory.construct(self.env)
        assert isinstance(factory, DynamoDBEventStoreFactory)
        self.factory = factory

    def tearDown(self) -> None:
        try:
            log = self.factory.log
            lanes = range(1, log.lanes + 1) if log.lanes > 1 else ()
            found = walk(lambda lane, after: log.entry_items(after, lane=lane), lanes)
            assert found.broken is None
        finally:
            self.factory.close()


class TestAggregateRecorder(WithAFactory, shipped.AggregateRecorderTestCase):
    def create_recorder(self) -> DynamoDBAggregateRecorder:
        recorder = self.factory.aggregate_recorder()
        assert isinstance(recorder, DynamoDBAggregateRecorder)
        return recorder


class TestAggregateRecorderWithTextIds(TestAggregateRecorder):
    kind = "text"


class TestApplicationRecorder(
    WithAFactory, shipped.ApplicationRecorderTestCase[DynamoDBApplicationRecorder]
):
    def create_recorder(self) -> DynamoDBApplicationRecorder:
        recorder = self.factory.application_recorder()
        assert isinstance(recorder, DynamoDBApplicationRecorder)
        return recorder

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestApplicationRecorderWithTextIds(TestApplicationRecorder):
    kind = "text"


class TestApplicationRecorderWithLanes(TestApplicationRecorder):
    lanes = 4


class TestTrackingRecorder(WithAFactory, shipped.TrackingRecorderTestCase):
    def create_recorder(self) -> DynamoDBTrackingRecorder:
        return self.factory.tracking_recorder()


class TestProcessRecorder(WithAFactory, shipped.ProcessRecorderTestCase):
    def create_recorder(self) -> DynamoDBProcessRecorder:
        recorder = self.factory.process_recorder()
        assert isinstance(recorder, DynamoDBProcessRecorder)
        return recorder


class TestProcessRecorderWithTextIds(TestProcessRecorder):
    kind = "text"


class TestProcessRecorderWithLanes(TestProcessRecorder):
    lanes = 4


class TestNotificationIdsOfConcurrentAppends(
    WithAFactory, shipped.NonInterleavingNotificationIDsBaseCase
):
    def create_recorder(self) -> DynamoDBApplicationRecorder:
        recorder = self.factory.application_recorder()
        assert isinstance(recorder, DynamoDBApplicationRecorder)
        return recorder


class TestNotificationIdsOfConcurrentAppendsWithTextIds(TestNotificationIdsOfConcurrentAppends):
    kind = "text"


class TestNotificationIdsOfConcurrentAppendsWithLanes(TestNotificationIdsOfConcurrentAppends):
    lanes = 4


class CountingView(DynamoDBTrackingRecorder):
    """A tracking recorder such as a user of the library derives."""


class TestFactory(OnATable, shipped.InfrastructureFactoryTestCase[DynamoDBEventStoreFactory]):
    def expected_factory_class(self) -> type[DynamoDBEventStoreFactory]:
        return DynamoDBEventStoreFactory

    def expected_aggregate_recorder_class(self) -> type[DynamoDBAggregateRecorder]:
        return DynamoDBAggregateRecorder

    def expected_application_recorder_class(self) -> type[DynamoDBApplicationRecorder]:
        return DynamoDBApplicationRecorder

    def expected_tracking_recorder_class(self) -> type[DynamoDBTrackingRecorder]:
        return DynamoDBTrackingRecorder

    def tracking_recorder_subclass(self) -> type[DynamoDBTrackingRecorder]:
        return CountingView

    def expected_process_recorder_class(self) -> type[DynamoDBProcessRecorder]:
        return DynamoDBProcessRecorder


class TestFactoryWithTextIds(TestFactory):
    kind = "text"
