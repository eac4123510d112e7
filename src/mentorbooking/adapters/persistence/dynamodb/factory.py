"""What the eventsourcing library makes its recorders with, set up by its environment variables.

``DYNAMODB_TABLE`` names the table, which is made when it is missing unless
``DYNAMODB_CREATE_TABLE`` is ``no``. ``DYNAMODB_ENDPOINT_URL`` is for a server other than AWS's
own, ``DYNAMODB_LANES`` is how many lanes the log has (1): more than before adds some.
``ORIGINATOR_ID_TYPE`` is ``uuid`` or ``text``. Region and credentials are found as AWS's tools
find them.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    InfrastructureFactory,
    ProcessRecorder,
)
from eventsourcing.utils import Environment, EnvType, strtobool

from mentorbooking.adapters.aws.clients import boto3_dynamodb
from mentorbooking.adapters.aws.settings import AwsSettings
from mentorbooking.adapters.persistence.dynamodb.aggregate_recorder import DynamoDBAggregateRecorder
from mentorbooking.adapters.persistence.dynamodb.application_recorder import (
    DynamoDBApplicationRecorder,
)
from mentorbooking.adapters.persistence.dynamodb.tracking_recorder import (
    DynamoDBProcessRecorder,
    DynamoDBTrackingRecorder,
)
from mentorbooking.adapters.persistence.dynamodb_log.sync_log import DynamoDBLogSync
from mentorbooking.adapters.persistence.dynamodb_log.table import create_table_sync
from mentorbooking.adapters.persistence.library_terms import (
    OriginatorIds,
    chosen_kind,
    library_errors,
)
from mentorbooking.adapters.persistence.requests import LogUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_REGION_ON_ONE_MACHINE = "eu-west-1"


class DynamoDBEventStoreFactory(InfrastructureFactory[DynamoDBTrackingRecorder]):
    """All its recorders share one log and one client."""

    DYNAMODB_TABLE = "DYNAMODB_TABLE"
    DYNAMODB_ENDPOINT_URL = "DYNAMODB_ENDPOINT_URL"
    DYNAMODB_LANES = "DYNAMODB_LANES"
    DYNAMODB_CREATE_TABLE = "DYNAMODB_CREATE_TABLE"
    ORIGINATOR_ID_TYPE = "ORIGINATOR_ID_TYPE"

    def __init__(self, env: Environment | EnvType | None) -> None:
        """Raise ``OSError`` for a missing or wrong setting, ``OperationalError`` if the table
        can't be reached.
        """
        super().__init__(env)
        table = self.env.get(self.DYNAMODB_TABLE)
        if not table:
            keys = ", ".join(self.env.create_keys(self.DYNAMODB_TABLE))
            raise OSError(f"DynamoDB table not found in environment with keys: {keys}")
        self._ids = OriginatorIds((self.env.get(self.ORIGINATOR_ID_TYPE) or "uuid").lower())
        lanes = self.env.get(self.DYNAMODB_LANES) or "1"
        if not lanes.strip().isdecimal() or int(lanes) < 1:
            raise OSError(f"{self.DYNAMODB_LANES} is a whole number from 1, not {lanes!r}")
        makes = strtobool(
            self.env.get(self.DYNAMODB_CREATE_TABLE) or self.env.get("CREATE_TABLE") or "yes"
        )
        self._client = boto3_dynamodb(self._aws())
        try:
            with library_errors():
                if makes:
                    _see_that_it_answers(self._client, table)
                    _make(self._client, table, int(lanes))
                self.log = DynamoDBLogSync(self._client, table, lanes=int(lanes))
        except BaseException:
            self._client.close()
            raise

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        return DynamoDBAggregateRecorder(self.log, self._ids, purpose)

    def application_recorder(self) -> ApplicationRecorder:
        kind = chosen_kind(self.env, self.APPLICATION_RECORDER_TOPIC, DynamoDBApplicationRecorder)
        return kind(self.log, self._ids)

    def tracking_recorder(
        self, tracking_recorder_class: type[DynamoDBTrackingRecorder] | None = None
    ) -> DynamoDBTrackingRecorder:
        kind = tracking_recorder_class or chosen_kind(
            self.env, self.TRACKING_RECORDER_TOPIC, DynamoDBTrackingRecorder
        )
        return kind(self.log, self._ids)

    def process_recorder(self) -> ProcessRecorder:
        kind = chosen_kind(self.env, self.PROCESS_RECORDER_TOPIC, DynamoDBProcessRecorder)
        return kind(self.log, self._ids)

    def close(self) -> None:
        self.log.close()
        self._client.close()

    def _aws(self) -> AwsSettings:
        """An endpoint of one's own needs no region, but every signature names one."""
        endpoint = self.env.get(self.DYNAMODB_ENDPOINT_URL)
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
            region = self.env.get(name) or os.environ.get(name)
            if region:
                return AwsSettings(region=region, dynamodb_endpoint=endpoint)
        if endpoint:
            return AwsSettings(region=_REGION_ON_ONE_MACHINE, dynamodb_endpoint=endpoint)
        raise OSError("AWS_REGION names no region")


def _make(client: DynamoDBClient, table: str, lanes: int) -> None:
    try:
        create_table_sync(client, table, lanes=lanes)
    except ValueError as error:
        raise OSError(str(error)) from error


def _see_that_it_answers(client: DynamoDBClient, table: str) -> None:
    """Raise ``LogUnavailable`` soon where nobody answers; making a table may take a minute."""
    try:
        client.describe_table(TableName=table)
    except ClientError:
        pass  # an answer; whoever makes the table judges it
    except BotoCoreError as error:
        raise LogUnavailable(str(error)) from error
