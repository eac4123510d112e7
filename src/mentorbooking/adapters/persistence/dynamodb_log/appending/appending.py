"""An append from its first look at the table to its end, whatever happens in between.

One transaction is enough while nobody else writes to the lane. When somebody does, the place
is taken, and the same decision is tried behind theirs. What was not answered is sent again as
it was, so that it can't land twice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from mentorbooking.adapters.persistence.chain import Checkpoint
from mentorbooking.adapters.persistence.dynamodb_log.appending.finding_tips import tips_at_hand
from mentorbooking.adapters.persistence.dynamodb_log.appending.ordering import OrderedAppend
from mentorbooking.adapters.persistence.dynamodb_log.appending.transaction import (
    Landing,
    judge,
    land,
)
from mentorbooking.adapters.persistence.dynamodb_log.asking.faults import (
    Busy,
    Cancelled,
    Fault,
    NoAnswer,
    Refused,
)
from mentorbooking.adapters.persistence.dynamodb_log.asking.patience import Patience
from mentorbooking.adapters.persistence.dynamodb_log.asking.single_items import get_item
from mentorbooking.adapters.persistence.dynamodb_log.asking.steps import (
    Call,
    Steps,
    pause_after,
    raise_if_unavailable,
)
from mentorbooking.adapters.persistence.dynamodb_log.items import commit_key
from mentorbooking.adapters.persistence.dynamodb_log.lanes.lane import Commit, Lane, newest
from mentorbooking.adapters.persistence.dynamodb_log.streams.tips import KnownTips, Tip
from mentorbooking.adapters.persistence.dynamodb_log.terms import AppendInDoubt, Landed
from mentorbooking.adapters.persistence.requests import (
    ConstraintViolated,
    GapInLog,
    IdempotencyKeyTaken,
    LogUnavailable,
    StreamConflict,
)


class Surroundings(NamedTuple):
    """What the appends to a lane share. ``token`` returns a text that was never returned."""

    table: str
    lane: Lane
    tips: KnownTips
    token: Callable[[], str]


class Appending:
    """One append; ``steps`` may be run once. ``commit`` is what it appended, if anything."""

    def __init__(self, around: Surroundings, ordered: OrderedAppend, patience: Patience) -> None:
        self._around = around
        self._ordered = ordered
        self._patience = patience
        self._tips: dict[str, Tip | None] = {}
        self._in_doubt: Landing | None = None
        self.commit: Commit | None = None

    def steps(self) -> Steps[Landed]:
        """Append, or raise why not; see ``DynamoDBLog.append``."""
        try:
            return (yield from self._attempts())
        except (StreamConflict, IdempotencyKeyTaken, ConstraintViolated, GapInLog):
            # What was refused may repeat what had landed without an answer and is built upon.
            doubtful = self._in_doubt
            if doubtful is not None and (yield from self._stands(doubtful)):
                return self._landed(doubtful)
            raise
        except LogUnavailable as error:
            if self._in_doubt is not None:
                raise AppendInDoubt(str(error)) from error
            raise

    def _attempts(self) -> Steps[Landed]:
        around, ordered = self._around, self._ordered
        several = around.lane.number > 0
        self._tips = yield from tips_at_hand(
            around.table, around.tips, ordered, self._patience, of_all=several
        )
        while True:
            head = yield from self._head()
            landing = land(ordered, around.lane.number, head, self._tips)
            if not landing.parts or (yield from self._is_made(landing)):
                return self._landed(landing)
            if not self._patience.remaining():
                raise LogUnavailable("others were first for too long")

    def _head(self) -> Steps[Checkpoint]:
        """Return where to append. It may be behind, unless nothing will be put there."""
        lane = self._around.lane
        if lane.end is not None and self._ordered.size:
            return lane.end
        return (yield from newest(lane, self._patience))

    def _is_made(self, landing: Landing) -> Steps[bool]:
        """Send the transaction until it is made, or until it has to be another one: False."""
        call = Call(
            "transact_write_items",
            landing.parameters(self._around.table, self._around.token()),
        )
        while True:
            fault: Fault
            try:
                yield call
            except Cancelled as cancelled:
                verdict = judge(self._ordered, landing, cancelled.reasons)
                if verdict.is_ours:
                    return True
                if verdict.is_final:
                    self._in_doubt = None
                    yield from self._take_in(verdict.taken_by, verdict.began)
                    return False
                fault = cancelled
            except NoAnswer as no_answer:
                self._in_doubt = landing
                fault = no_answer
            except Busy as busy:
                fault = busy
            except Refused as refused:
                raise_if_unavailable(refused)
                raise
            else:
                return True
            yield pause_after(fault, self._patience)
            if (yield from self._is_overtaken(landing)):
                return False

    def _take_in(self, taken_by: Checkpoint | None, began: Tip | None) -> Steps[None]:
        if began is not None:
            self._around.tips.put(began)
            self._tips[began.stream] = began
        if taken_by is not None:
            self._around.lane.learn(taken_by)
            yield from newest(self._around.lane, self._patience)

    def _is_overtaken(self, landing: Landing) -> Steps[bool]:
        """Look whether the place was taken meanwhile: cheaper than to be told so.

        Not while it may be this append that took it.
        """
        if self._in_doubt is not None or landing.commit is None:
            return False
        end = yield from newest(self._around.lane, self._patience)
        return end.position >= landing.commit.first

    def _stands(self, landing: Landing) -> Steps[bool]:
        if landing.commit is None:
            return False
        key = commit_key(self._around.lane.number, landing.commit.first)
        item = yield from get_item(self._around.table, key, self._patience)
        return item is not None and item["c"] == {"S": landing.commit.commit_id}

    def _landed(self, landing: Landing) -> Landed:
        lane = self._around.lane
        for tip in landing.tips:
            self._around.tips.put(tip)
        self.commit = commit = landing.commit
        if commit is None:
            return Landed(landing.head, landing.head, lane=lane.number)
        lane.learn_end(commit.end)
        return Landed(
            commit.first, commit.end.position, lane=lane.number, moved_out=landing.moved_out
        )
