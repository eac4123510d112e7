"""The active mentors as a process holds them in memory: found by skill, kept in every order."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property

import msgspec

from mentorbooking.adapters.read_models.dynamodb.words import searchable
from mentorbooking.application.answers.mentor import MentorAnswer
from mentorbooking.application.read_models.finding_mentors import Rank, ranks_of, terms_of
from mentorbooking.application.read_models.mentor_directory import MentorSort
from mentorbooking.domain.mentor.events import MentorStatus

_encode = msgspec.json.Encoder().encode


class HeldMentor:
    """What of a mentor is compared and told."""

    def __init__(self, row: MentorAnswer) -> None:
        self.row = row
        self.ranks = ranks_of(row)
        self.terms = terms_of(row)

    @cached_property
    def as_json(self) -> bytes:
        return _encode(self.row)

    @cached_property
    def searchable(self) -> Sequence[str]:
        return [*map(searchable, (self.row.name, "\n".join(self.row.skills), self.row.bio))]


class MentorsInMemory:
    """``terms`` says who has a skill or speaks a language."""

    def __init__(self) -> None:
        self.held: dict[str, HeldMentor] = {}
        self._terms: dict[str, set[str]] = {}
        self._orders: dict[MentorSort, list[tuple[Rank, str]]] = {}

    def put(self, row: MentorAnswer) -> None:
        """Take in a mentor as they are now."""
        before = self.held.pop(row.id, None)
        if before is not None:
            for term in before.terms:
                self._terms[term].discard(row.id)
            for sort, order in self._orders.items():
                place = (before.ranks[sort], row.id)
                del order[bisect_right(order, place) - 1]
        if row.status == MentorStatus.ACTIVE:
            mentor = self.held[row.id] = HeldMentor(row)
            for term in mentor.terms:
                self._terms.setdefault(term, set()).add(row.id)
            for sort, order in self._orders.items():
                insort(order, (mentor.ranks[sort], row.id))

    def with_terms(self, terms: AbstractSet[str]) -> set[str] | None:
        """Return who has all of these; None: nothing is asked."""
        if not terms:
            return None
        return set.intersection(*(self._terms.get(term, set()) for term in terms))

    def in_order(
        self, sort: MentorSort, after: tuple[Rank, str] | None
    ) -> Iterator[tuple[Rank, str]]:
        """Yield rank and id, from behind a place on."""
        if sort not in self._orders:
            self._orders[sort] = sorted(
                (mentor.ranks[sort], mentor_id) for mentor_id, mentor in self.held.items()
            )
        order = self._orders[sort]
        for number in range(0 if after is None else bisect_right(order, after), len(order)):
            yield order[number]
