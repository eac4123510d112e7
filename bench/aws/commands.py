"""What commands and reading one booking cost: each is asked of the API, as a client asks."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from bench.aws.counting import Spent, counted
from bench.aws.report import NO_GOAL, Cost, Goal, cost_of
from bench.aws.stage import gather

if TYPE_CHECKING:
    from bench.aws.stage import Party, Stage

BOOKINGS = 48
"""So many are made of each mentor's slots: enough for tails to be moved out."""

STARTS = 4
"""So many processes are started, to see what the first booking of one costs."""

YOUNG, OLD = BOOKINGS + STARTS, 10_000
"""Slots that a mentor has."""

CANCELLED = 12

BOOKING = Goal(items=6, writes=12, reads=4)
WITH_A_TAIL = Goal(items=7)
ONE_READ = Goal(reads=1)


async def of_a_young_mentor(stage: Stage) -> list[Cost]:
    """Return what bookings, reading one, and cancellations cost."""
    party = await gather(stage, slots=YOUNG)
    costs = await _bookings(stage, party, "a booking, young mentor")
    return [*costs, await _reading(party), *await _cancellations(party)]


async def of_an_old_mentor(stage: Stage, slots: int = OLD) -> list[Cost]:
    """Return what bookings of a mentor with many slots cost."""
    party = await gather(stage, slots=slots)
    return await _bookings(stage, party, f"a booking, mentor with {slots} slots")


async def _bookings(stage: Stage, party: Party, title: str) -> list[Cost]:
    samples = []
    for _ in range(BOOKINGS):
        with counted() as spent:
            await party.book()
        samples.append(spent)
    costs = _by_items(title, samples, BOOKING, WITH_A_TAIL)
    return [*costs, await _first_of_a_process(stage, party)]


def _by_items(title: str, samples: list[Spent], goal: Goal, with_a_tail: Goal) -> list[Cost]:
    """Tell those apart which moved nothing out of a tip, and those which moved a tail or two."""
    by_items: defaultdict[int, list[Spent]] = defaultdict(list)
    for spent in samples:
        by_items[spent.items].append(spent)
    fewest = min(by_items)
    costs = [cost_of(title, by_items.pop(fewest), goal)]
    return costs + [
        cost_of(f"  {items - fewest} tail moved out", some, with_a_tail)
        for items, some in sorted(by_items.items())
    ]


async def _first_of_a_process(stage: Stage, party: Party) -> Cost:
    samples = []
    for _ in range(STARTS):
        async with stage.beside() as other:
            elsewhere = await party.seen_from(other)
            with counted() as spent:
                await elsewhere.book()
        samples.append(spent)
    return cost_of("  the first of a process", samples)


async def _reading(party: Party) -> Cost:
    samples = []
    for number, booking_id in enumerate(party.booked):
        student = party.student_of(number)
        with counted() as spent:
            await student.call("GET", f"/bookings/{booking_id}")
        samples.append(spent)
    return cost_of("reading one booking", samples, ONE_READ)


async def _cancellations(party: Party) -> list[Cost]:
    samples = []
    for number, booking_id in enumerate(party.booked[:CANCELLED]):
        student = party.student_of(number)
        with counted() as spent:
            await student.call("DELETE", f"/bookings/{booking_id}")
        samples.append(spent)
    return _by_items("a cancellation", samples, NO_GOAL, NO_GOAL)
