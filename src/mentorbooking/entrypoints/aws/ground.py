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
from mentorbooking.adapters.event_store.dynamodb.aggregate_store import DynamoDBAggregateStore
from mentorbooking.adapters.event_store.dynamodb.event_log import DynamoDBEventLog
from mentorbooking.adapters.ids import MonotonicIds
from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.adapters.randomness import BufferedRandomness
from mentorbooking.adapters.read_models.dynamodb.table import ViewsTable
from mentorbooking.adapters.work.dynamodb.table import WorkTable
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
    dynamodb_log: DynamoDBLog
    log: DynamoDBEventLog
    aggregates: DynamoDBAggregateStore
    views_table: ViewsTable
    work: WorkTable
    owner: str
    followers: dict[str, Follower] = field(default_factory=dict)

    @contextmanager
    def following(self, name: str, follower: Follower) -> Iterator[None]:
        """While it works: wake it when this process commits, and let others see how it does."""
        remove = self.dynamodb_log.on_commit(lambda _: follower.wake())
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
        dynamodb_log = await DynamoDBLog.open(dynamodb, places.log)
        if settings.lanes not in (None, dynamodb_log.lanes):
            raise WrongSetting(
                f"{PREFIX}LANES: it is {settings.lanes}, and the log has {dynamodb_log.lanes}; "
                "mentorbooking aws init adds lanes, and none can be taken away"
            )
        aggregates = DynamoDBAggregateStore(dynamodb_log, clock, ids)
        try:
            yield AwsGround(
                settings=settings,
                clock=clock,
                ids=ids,
                clients=clients,
                places=places,
                dynamodb_log=dynamodb_log,
                log=DynamoDBEventLog(dynamodb_log),
                aggregates=aggregates,
                views_table=ViewsTable(dynamodb, places.views),
                work=WorkTable(dynamodb, places.work),
                owner=secrets.token_hex(8),
            )
        finally:
            await aggregates.close()
            await dynamodb_log.close()
