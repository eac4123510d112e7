"""Reading what a table holds of every stream, in no order of time.

A scan reads the whole table, whoever is wanted: nothing that somebody waits for does so.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from mentorbooking.adapters.persistence.dynamodb_log.asking.patience import Patience
from mentorbooking.adapters.persistence.dynamodb_log.asking.steps import Call, Steps, asking
from mentorbooking.adapters.persistence.dynamodb_log.items import Item, stream_pk, text


class ScannedPage(NamedTuple):
    """Items of streams; ``following`` leads to the next page, None: that was the last."""

    items: list[Item]
    following: Item | None


def scan_page(
    table: str, segment: int, segments: int, start: Item | None, patience: Patience
) -> Steps[ScannedPage]:
    """Read a page of a segment strongly: the items of a stream one behind the other, by ``sk``.

    A stream is in one segment, since a segment is a range of hashes of the partition key (AWS,
    "Scanning tables in DynamoDB", parallel scan).
    """
    parameters: dict[str, Any] = {
        "TableName": table,
        "Segment": segment,
        "TotalSegments": segments,
        "FilterExpression": "begins_with(pk, :s)",
        "ExpressionAttributeValues": {":s": text(stream_pk(""))},
        "ConsistentRead": True,
    }
    if start is not None:
        parameters["ExclusiveStartKey"] = start
    answer = yield from asking(Call("scan", parameters), patience)
    return ScannedPage(answer["Items"], answer.get("LastEvaluatedKey"))
