"""Who lost a race decides again; who would lose for sure waits for their turn."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from mentorbooking.application.deciding_again import ATTEMPTS, deciding_again
from mentorbooking.application.ports.aggregate_store import ConcurrentChange
from mentorbooking.application.ports.unavailable import StoreUnavailable
from mentorbooking.domain.kernel.errors import Conflict
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.anyio


class LosingRaces:
    """A handler that loses so many races before it succeeds, or ends otherwise."""

    def __init__(self, races: int, end: Exception | None = None) -> None:
        self.races, self.end = races, end
        self.commands: list[str] = []

    async def __call__(self, command: str) -> str:
        self.commands.append(command)
        if len(self.commands) <= self.races:
            raise ConcurrentChange(f"stream {len(self.commands) % 3}")
        if self.end is not None:
            raise self.end
        return f"done: {command}"


@pytest.mark.parametrize("races", [0, 1, 7, ATTEMPTS - 1])
async def test_it_is_decided_again_until_nobody_was_faster(races: int) -> None:
    handler = LosingRaces(races)
    assert await deciding_again(handler)("book") == "done: book"
    assert handler.commands == ["book"] * (races + 1)


async def test_it_is_not_decided_for_ever() -> None:
    handler = LosingRaces(10 * ATTEMPTS)
    with pytest.raises(ConcurrentChange):
        await deciding_again(handler)("book")
    assert len(handler.commands) == ATTEMPTS


@pytest.mark.parametrize("end", [Conflict("taken"), StoreUnavailable("the disk is full")])
async def test_a_refusal_ends_it(end: Exception) -> None:
    handler = LosingRaces(2, end)
    with pytest.raises(type(end)):
        await deciding_again(handler)("book")
    assert len(handler.commands) == 3


class Streams:
    """Streams that are appended to as in a store: of those who decided at once, one wins."""

    def __init__(self) -> None:
        self.versions: Counter[str] = Counter()
        self.decisions = 0

    async def __call__(self, stream: str) -> str:
        decided_on = self.versions[stream]
        self.decisions += 1
        await asyncio.sleep(0)
        if self.versions[stream] != decided_on:
            raise ConcurrentChange(stream)
        self.versions[stream] += 1
        return stream


async def test_however_many_want_the_same_all_come_through_without_much_ado() -> None:
    streams, crowd = Streams(), 10 * ATTEMPTS
    await all_of(deciding_again(streams), *(["one"] * crowd), "other")
    assert streams.versions == {"one": crowd, "other": 1}
    assert streams.decisions < 3 * crowd


class Room:
    """A handler that notes how many are in it at once, by the first letter of the command."""

    def __init__(self) -> None:
        self.inside: dict[str, int] = {}
        self.most: dict[str, int] = {}
        self.door = asyncio.Event()

    async def __call__(self, command: str) -> str:
        key = command[0]
        self.inside[key] = self.inside.get(key, 0) + 1
        self.most[key] = max(self.most.get(key, 0), self.inside[key])
        try:
            await self.door.wait()
            await asyncio.sleep(0)
            if "!" in command:
                raise Conflict("no")
        finally:
            self.inside[key] -= 1
        return command


def first_letter(command: str) -> str:
    return command[0]


async def all_of(
    handle: Callable[[str], Awaitable[str]], *commands: str
) -> list[str | BaseException]:
    return await asyncio.gather(*map(handle, commands), return_exceptions=True)


async def test_commands_that_meet_come_one_by_one_and_others_do_not_wait() -> None:
    room = Room()
    handle = deciding_again(room, meeting_at=first_letter)
    asking = asyncio.create_task(all_of(handle, "a1", "a2", "b1", "a3!", "b2", "a4"))
    for _ in range(5):
        await asyncio.sleep(0)
    assert room.inside == {"a": 1, "b": 1}
    room.door.set()
    told = await asking
    assert room.most == {"a": 1, "b": 1}
    assert [str(each) for each in told] == ["a1", "a2", "b1", "no", "b2", "a4"]


async def test_whoever_hangs_up_lets_the_next_one_in() -> None:
    room = Room()
    handle = deciding_again(room, meeting_at=first_letter)
    inside = asyncio.ensure_future(handle("a1"))
    waiting, last = asyncio.ensure_future(handle("a2")), asyncio.ensure_future(handle("a3"))
    await asyncio.sleep(0)
    waiting.cancel()
    inside.cancel()
    room.door.set()
    assert await last == "a3"
    assert room.most == {"a": 1}


async def test_meeting_at_a_place_that_is_lost_at_too_does_not_wait_for_itself() -> None:
    streams = Streams()
    handle = deciding_again(streams, meeting_at=lambda stream: stream)
    async with asyncio.timeout(PATIENCE):
        streams.versions["one"] = 1
        asking = asyncio.ensure_future(handle("one"))
        await asyncio.sleep(0)
        streams.versions["one"] += 1  # somebody else was faster
        assert await asking == "one"


async def test_nobody_waits_for_their_turn_to_find_the_store_away() -> None:
    asked: list[str] = []

    async def away(command: str) -> str:
        asked.append(command)
        await asyncio.sleep(0.01)
        raise StoreUnavailable("no answer in time")

    book = deciding_again(away, meeting_at=lambda _: "one mentor")
    told = await asyncio.gather(*(book(str(n)) for n in range(20)), return_exceptions=True)
    assert {type(each) for each in told} == {StoreUnavailable}
    assert asked == ["0"]

    with pytest.raises(StoreUnavailable, match="no answer in time"):
        await book("who comes later")
    assert asked == ["0", "who comes later"]
