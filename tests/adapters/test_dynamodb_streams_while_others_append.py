"""What is kept of streams beside the log is compared with it while others are at work."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pytest

from mentorbooking.adapters.persistence.chain import StreamBreak
from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.adapters.persistence.dynamodb_log.packing import unpack_tail
from mentorbooking.adapters.persistence.dynamodb_log.verification import (
    streams as stream_verification,
)
from mentorbooking.adapters.persistence.dynamodb_log.verification.chains import verify
from mentorbooking.adapters.persistence.dynamodb_log.verification.streams import (
    Walked,
    verify_streams,
)
from tests.support.dynamodb_logs import appending, new_log, to
from tests.support.faulty_dynamodb import FaultyClient, Real

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient
from tests.support.kept_streams import KEY, LENGTH, TIP, Kept, is_sound, with_commit, with_event

pytestmark = pytest.mark.anyio


@pytest.fixture
async def kept(dynamodb: DynamoDBClient, monkeypatch: pytest.MonkeyPatch) -> Kept:
    monkeypatch.setattr(stream_verification, "_PAUSE_SECONDS", 0.01)
    kept = Kept(dynamodb, await new_log(dynamodb))
    await kept.fill()
    return kept


OTHER = "the event is not the one that the log holds"


def places(found: Sequence[StreamBreak]) -> list[tuple[str, int]]:
    return [(each.stream, each.version) for each in found]


async def append_some(log: DynamoDBLog, versions: dict[str, int]) -> None:
    """Append enough to every stream for something to be moved out, and begin another one."""
    for _ in range(6):
        streams = []
        for stream, version in versions.items():
            streams.append(to(stream, version, random.Random(version).randbytes(200)))
            versions[stream] += 1
        await log.append(appending(*streams))


async def test_what_is_appended_meanwhile_is_not_found_fault_with(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before each page of each scan, each read of a stream, each look into the log."""
    monkeypatch.setattr(stream_verification, "LATER_AT_ONCE", 3)
    versions = {"long": LENGTH, "young": 3, "wide": 60, "new": 0}
    faulty = FaultyClient(kept.client)

    async def late(real: Real, parameters: dict[str, Any]) -> Any:
        await append_some(kept.log, versions)
        return await real()

    walked = Walked(KEY)
    await verify(kept.log, walked=walked)
    for operation in ("scan", "query"):
        faulty.always(operation, late)
    log = DynamoDBLog(faulty, kept.log.table)  # type: ignore[arg-type]  # acts as one

    assert await verify_streams(log, walked, is_sound) == []

    assert versions["new"] >= 24
    assert await kept.verified() == []


async def test_what_was_changed_is_found_while_others_append(kept: Kept) -> None:
    versions = {"long": LENGTH, "young": 3}
    walked = Walked(KEY)
    await verify(kept.log, walked=walked)
    await append_some(kept.log, versions)
    await kept.edit("long", 1, with_event(1, state=b"other"))
    await kept.edit("young", 1, with_event(2, state=b"other"))
    await kept.edit("young", TIP, with_event(-1, state=b"other"))

    found = await verify_streams(kept.log, walked, is_sound)

    assert places(found) == [("long", 2), ("young", 9)]
    assert places(await kept.verified()) == [("long", 2), ("young", 3)]


async def test_a_stream_that_was_seen_in_parts_is_looked_at_again(kept: Kept) -> None:
    """Its tip was read before a tail was moved out, its batches after."""
    tip = (await kept.items("long"))[TIP]
    await append_some(kept.log, {"long": LENGTH})
    faulty = FaultyClient(kept.client)

    async def torn(real: Real, parameters: dict[str, Any]) -> Any:
        answer = await real()
        old_for_new = [
            tip if (item["pk"], item["sk"]) == (tip["pk"], tip["sk"]) else item
            for item in answer["Items"]
        ]
        return {**answer, "Items": old_for_new}

    faulty.always("scan", torn)

    assert await kept.verified(DynamoDBLog(faulty, kept.log.table)) == []  # type: ignore[arg-type]  # acts as one


async def test_a_table_of_many_pages_is_compared_whole(dynamodb: DynamoDBClient) -> None:
    """One stream is larger than an answer; its items come in several."""
    kept = Kept(dynamodb, await new_log(dynamodb))
    chance = random.Random(2)
    for version in range(12):
        await kept.log.append(appending(to("large", version, chance.randbytes(250_000))))
    await kept.log.append(appending(to("small", 0, b"x")))

    assert await kept.verified() == []
    await kept.edit("large", 7, with_event(0, state=b"other"))
    assert await kept.verified() == [StreamBreak("large", 7, OTHER)]


async def test_lanes_are_compared_together(dynamodb: DynamoDBClient) -> None:
    """A stream may have events in several."""
    kept = Kept(dynamodb, await new_log(dynamodb, lanes=3))
    for turn in range(20):
        first = f"first-{turn}"
        await kept.log.append(appending(to(first, 0, b"x"), to("shared", turn, bytes(100))))
    walked = Walked(KEY)

    assert (await verify(kept.log, walked=walked)).broken is None
    assert await verify_streams(kept.log, walked, is_sound) == []
    tail = unpack_tail((await kept.items("shared"))[TIP]["e"]["B"])
    assert len({commit.lane for commit in tail}) > 1

    await kept.edit("shared", TIP, with_commit(0, lane=(tail[0].lane + 1) % 3))
    walked = Walked(KEY)
    await verify(kept.log, walked=walked)
    assert [each.stream for each in await verify_streams(kept.log, walked, is_sound)] == ["shared"]
