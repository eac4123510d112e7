"""Walking through what SNS lists: by topic, a hundred at a time, and by nothing else.

A page of ours looks at a bounded number of theirs, so it may hold less than it could. What is
not confirmed has no ARN in SNS's list, and is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

if TYPE_CHECKING:
    from types_aiobotocore_sns import SNSClient

MOST_LOOKED_AT: Final = 10
"""Pages of SNS that one page of ours looks at: 1,000 subscriptions."""


class ListedPage(NamedTuple):
    """``after`` is where the next page begins; None at the end."""

    arns: list[str]
    after: str | None


class _Place(msgspec.Struct, frozen=True, array_like=True):
    """A row of SNS's: in which topic, on which page, the how manieth."""

    topic: int = 0
    token: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class Listing:
    """``email`` None: all addresses; else the one, without regard to case."""

    client: SNSClient
    topics: tuple[str, ...]
    email: str | None

    async def page(self, after: str | None, limit: int) -> ListedPage:
        place: _Place | None = msgspec.json.decode(after, type=_Place) if after else _Place()
        arns: list[str] = []
        for _ in range(MOST_LOOKED_AT):
            if place is None:
                break
            rows, place_behind = await self._listed(place)
            for number, (endpoint, arn) in enumerate(rows):
                if number < place.row or not self._is_wanted(endpoint, arn):
                    continue
                if len(arns) == limit:
                    here = msgspec.structs.replace(place, row=number)
                    return ListedPage(arns, _written(here))
                arns.append(arn)
            place = place_behind
        return ListedPage(arns, _written(place) if place else None)

    async def _listed(self, place: _Place) -> tuple[list[tuple[str, str]], _Place | None]:
        """Return endpoint and ARN of each row of one of SNS's pages, and the page behind it."""
        listed = await self.client.list_subscriptions_by_topic(
            TopicArn=self.topics[place.topic], NextToken=place.token
        )
        rows = [(row["Endpoint"], row["SubscriptionArn"]) for row in listed["Subscriptions"]]
        token = listed.get("NextToken")
        if token:
            return rows, _Place(place.topic, token)
        is_last = place.topic + 1 == len(self.topics)
        return rows, None if is_last else _Place(place.topic + 1)

    def _is_wanted(self, endpoint: str, arn: str) -> bool:
        is_theirs = self.email is None or endpoint.lower() == self.email.lower()
        return is_theirs and arn.startswith("arn:")


def _written(place: _Place) -> str:
    return msgspec.json.encode(place).decode()
