"""What every worker on AWS stands on: the log, and the tables that it keeps beside it.

What only some need (credentials, tokens, files, topics) is not imported here: a function that
starts for one message is there the sooner.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from mentorbooking.adapters.aws.clients import AwsClients
from mentorbooking.adapters.clock import SystemClock
from mentorbooking.adapters.event_store.dynamodb_log import DynamoEventLog
from mentorbooking.adapters.event_store.dynamodb_store import DynamoAggregateStore
from mentorbooking.adapters.event_store.unavailable import as_store_unavailable
from mentorbooking.adapters.ids import MonotonicIds
from mentorbooking.adapters.persistence.dynamodb.log import DynamoLog
from mentorbooking.adapters.randomness import BufferedRandomness
from mentorbooking.adapters.read_models.dynamodb.table import ViewsTable
from mentorbooking.adapters.work.dynamodb_table import WorkTable
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.ids import Ids
from mentorbooking.application.trying_again.followers import Follower
from mentorbooking.entrypoints.aws.places import Places, aws_settings_of, places_of
from mentorbooking.entrypoints.settings import PREFIX, Settings, WrongSetting


@dataclass(frozen=True, kw_only=True)
class AwsGround:
    """``owner`` is a name that no other process has: it holds leases by it.

    ``followers`` are those at work in this process, by the names of their parts.
    """

    settings: Settings
    clock: Clock
    ids: Ids
    clients: AwsClients
    places: Places
    dynamo_log: DynamoLog
    log: DynamoEventLog
    aggregates: DynamoAggregateStore
    views_table: ViewsTable
    work: WorkTable
    owner: str
    followers: dict[str, Follower] = field(default_factory=dict)

    @contextmanager
    def following(self, name: str, follower: Follower) -> Iterator[None]:
        """While it works: wake it when this process commits, and let others see how it does."""
        remove = self.dynamo_log.on_commit(lambda _: follower.wake())
        self.followers[name] = follower
        try:
            yield
        finally:
            del self.followers[name]
            remove()


@asynccontextmanager
async def aws_ground(settings: Settings, clock: Clock | None = None) -> AsyncIterator[AwsGround]:
    """Open the log that ``aws init`` has made; ``clock`` is the machine's if none is given.

    Raises ``StoreUnavailable`` if that can't be reached or was not made, and ``WrongSetting`` if
    it has not as many lanes as the settings say: every process goes by what is noted with it.
    """
    clock = clock or SystemClock()
    ids = MonotonicIds(clock, BufferedRandomness().randbits)
    places = places_of(settings)
    async with AwsClients(aws_settings_of(settings)) as clients:
        dynamodb = await clients.dynamodb()
        with as_store_unavailable():
            dynamo_log = await DynamoLog.open(dynamodb, places.log)
        if settings.lanes not in (None, dynamo_log.lanes):
            raise WrongSetting(
                f"{PREFIX}LANES: it is {settings.lanes}, and the log has {dynamo_log.lanes}; "
                "mentorbooking aws init adds lanes, and none can be taken away"
            )
        aggregates = DynamoAggregateStore(dynamo_log, clock, ids)
        try:
            yield AwsGround(
                settings=settings,
                clock=clock,
                ids=ids,
                clients=clients,
                places=places,
                dynamo_log=dynamo_log,
                log=DynamoEventLog(dynamo_log),
                aggregates=aggregates,
                views_table=ViewsTable(dynamodb, places.views),
                work=WorkTable(dynamodb, places.work),
                owner=secrets.token_hex(8),
            )
        finally:
            await aggregates.close()
            await dynamo_log.close()
