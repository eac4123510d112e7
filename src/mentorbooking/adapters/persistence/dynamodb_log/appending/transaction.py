"""An append as one transaction at one place of a lane, and what its cancellation means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from mentorbooking.adapters.persistence.chain import Checkpoint, chain_hash
from mentorbooking.adapters.persistence.dynamodb_log.answers import (
    answer_item,
    read_answer,
    unless_answered,
)
from mentorbooking.adapters.persistence.dynamodb_log.appending.ordering import OrderedAppend
from mentorbooking.adapters.persistence.dynamodb_log.asking.faults import CONDITION_FAILED, Reason
from mentorbooking.adapters.persistence.dynamodb_log.items import Item, TransactItem, text, tip_key
from mentorbooking.adapters.persistence.dynamodb_log.lanes.lane import (
    Commit,
    LanesAdded,
    commit_item,
    end_of,
    is_cut,
)
from mentorbooking.adapters.persistence.dynamodb_log.sizes import check_sizes
from mentorbooking.adapters.persistence.dynamodb_log.streams.tips import (
    Growth,
    Tip,
    condition_on,
    grow,
    read_tip,
    version_in,
)
from mentorbooking.adapters.persistence.dynamodb_log.terms import AlongsideRefused
from mentorbooking.adapters.persistence.requests import (
    GapInLog,
    IdempotencyKeyTaken,
    StreamConflict,
)

_NEW = {"ConditionExpression": "attribute_not_exists(pk)"}

Role = Literal["commit", "stream", "answer", "batch", "alongside"]


class Part(NamedTuple):
    """An item of the transaction; ``subject`` is a stream's name or a place in ``alongside``."""

    role: Role
    subject: str | int
    item: TransactItem


Failed = Sequence[tuple[Part, Item | None]]
"""The items whose conditions failed, with what stands there."""


class Landing(NamedTuple):
    """A transaction that was made ready, and what will be when it is made.

    ``head`` is the position behind which it was put.
    """

    parts: list[Part]
    head: int
    commit: Commit | None
    tips: list[Tip]
    moved_out: tuple[str, ...]

    def parameters(self, table: str, token: str) -> dict[str, Any]:
        """Return what the client's ``transact_write_items`` takes."""
        return {
            "TransactItems": [complete(part.item, table) for part in self.parts],
            "ClientRequestToken": token,
        }


def land(
    ordered: OrderedAppend,
    lane: int,
    head: Checkpoint,
    tips: Mapping[str, Tip | None],
) -> Landing:
    """Make the transaction that puts the append behind ``head``.

    ``tips`` tell where the streams stand that are to get events; None: yet to begin.
    """
    request, first = ordered.request, head.position + 1
    commit: Commit | None = None
    parts: list[Part] = []
    ours: list[Item] = []

    def put(role: Role, subject: str, item: Item, condition: dict[str, Any]) -> None:
        parts.append(Part(role, subject, {"Put": {"Item": item, **condition}}))
        ours.append(item)

    if ordered.size:
        sealed = chain_hash(head.hash, lane, first, ordered.bytes)
        content = ordered.content_after(tips, lane)
        commit = Commit(first, ordered.size, request.commit_id, request.time_us, sealed, content)
        put("commit", "", commit_item(lane, commit), _NEW)
    if request.idempotency is not None:
        last = head.position + ordered.size
        item = answer_item(request.idempotency, request.commit_id, lane, last)
        put("answer", "", item, unless_answered(request.time_us))
    growths: list[Growth] = []
    for part in ordered.parts.values():
        stream, version = part.stream, part.expected_version
        if not part.events:
            check = {"Key": tip_key(stream), **condition_on(version)}
            parts.append(Part("stream", stream, {"ConditionCheck": check}))
            continue
        before = tips[stream]
        growth = grow(before, stream, version, ordered.tail_commit(part, lane, first))
        put("stream", stream, growth.item, _NEW if before is None else condition_on(version))
        for batch in growth.batches:
            put("batch", stream, batch, _NEW)
        growths.append(growth)
    parts += [Part("alongside", place, each) for place, each in enumerate(ordered.alongside)]
    check_sizes(ours, len(parts))
    return Landing(
        parts,
        head.position,
        commit,
        [growth.tip for growth in growths],
        tuple(growth.tip.stream for growth in growths if growth.batches),
    )


class Verdict(NamedTuple):
    """What a cancellation says of an append that was not refused.

    ``is_ours``: an earlier attempt had succeeded. ``taken_by``: the end of the commit that
    stands at our place. ``began``: where a stream stands that was taken for one yet to begin.
    Nothing of that: the same may be tried later.
    """

    is_ours: bool = False
    taken_by: Checkpoint | None = None
    began: Tip | None = None

    @property
    def is_final(self) -> bool:
        """Whether this very transaction can't be made any more."""
        return self.taken_by is not None or self.began is not None


def judge(ordered: OrderedAppend, landing: Landing, reasons: Sequence[Reason]) -> Verdict:
    """Read the reasons of a cancellation.

    Raises ``IdempotencyKeyTaken``, ``StreamConflict`` or ``AlongsideRefused``, in this order:
    who repeats a request is told so even where the streams have moved on because of it.
    """
    failed = [
        (part, reason.item)
        for part, reason in zip(landing.parts, reasons, strict=True)
        if reason.code == CONDITION_FAILED
    ]
    if any(_is_by(ordered, part, item) for part, item in failed):
        return Verdict(is_ours=True)
    _raise_taken_key(ordered, failed)
    began = _began(ordered, failed)
    for part, item in failed:
        if part.role == "alongside":
            raise AlongsideRefused(int(part.subject), item)
    taken_by = _taken_by(failed)
    if taken_by is None and began is None:
        for part, _ in failed:
            raise GapInLog(f"{part.subject} has events beyond those that its tip tells")
    return Verdict(taken_by=taken_by, began=began)


def _is_by(ordered: OrderedAppend, part: Part, item: Item | None) -> bool:
    """Whether what stands there was written by this very append."""
    commit_id = ordered.request.commit_id
    if item is None or not commit_id or part.role not in ("commit", "stream", "answer"):
        return False
    return item.get("c") == text(commit_id)


def _raise_taken_key(ordered: OrderedAppend, failed: Failed) -> None:
    record = ordered.request.idempotency
    for part, item in failed:
        if part.role == "answer" and item is not None and record is not None:
            raise IdempotencyKeyTaken(read_answer(record.principal, record.key, item))


def _began(ordered: OrderedAppend, failed: Failed) -> Tip | None:
    """Return the tip of a stream that stands, after all, where it was expected."""
    for part, item in failed:
        if part.role != "stream":
            continue
        asked = ordered.parts[str(part.subject)]
        actual = version_in(item)
        if item is None or actual != asked.expected_version:
            raise StreamConflict(asked.stream, asked.expected_version, actual)
        return read_tip(asked.stream, item)
    return None


def _taken_by(failed: Failed) -> Checkpoint | None:
    for part, item in failed:
        if part.role == "commit" and item is not None:
            if is_cut(item):  # who knows of other lanes commits to them
                raise LanesAdded
            return end_of(item)
    return None


def complete(item: TransactItem, table: str) -> dict[str, dict[str, Any]]:
    """Name the table, and ask for what stands where a condition fails."""
    return {
        kind: {"TableName": table, "ReturnValuesOnConditionCheckFailure": "ALL_OLD", **what}
        for kind, what in item.items()
    }
