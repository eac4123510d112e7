"""The secrets that land in the same transaction as events, as items of the log's table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, assert_never

from mentorbooking.adapters.event_store.dynamodb.secret_items import (
    SK,
    account_pk,
    address_pk,
)
from mentorbooking.adapters.persistence.dynamodb_log.items import (
    Item,
    TransactItem,
    Value,
    key,
    number,
    text,
)
from mentorbooking.application.ports.aggregate_store import (
    AddressKeyChanged,
    Alongside,
    PasswordSet,
    SessionsRevoked,
)


class Beside(NamedTuple):
    """An item beside the events of an append.

    One that ``claims`` an address is refused when somebody else holds it; any other one when
    the account has changed since it was read.
    """

    user_id: str
    item: TransactItem
    claims: bool = False


def items_of(
    alongside: Sequence[Alongside], accounts: Mapping[str, Item | None], now: int
) -> list[Beside]:
    """Translate, as of ``accounts``, which holds each account's item; ``now`` in microseconds."""
    changes = {user_id: _Changes(user_id, item, now) for user_id, item in accounts.items()}
    for each in alongside:
        changes[each.user_id].take(each)
    return [beside for each in changes.values() for beside in each.items()]


class _Changes:
    """All that changes for one account: a transaction takes but one write of an item."""

    def __init__(self, user_id: str, item: Item | None, now: int) -> None:
        self._user_id = user_id
        self._before = item["a"]["S"] if item and "a" in item else None
        self._address = self._before
        self._now = number(now)
        self._set: dict[str, Value] = {}
        self._revokes = False

    def take(self, change: Alongside) -> None:
        match change:
            case PasswordSet(address_key=address_key, password_hash=password_hash):
                self._address = self._address or address_key
                self._set |= {"h": text(password_hash), "t": self._now}
            case AddressKeyChanged(address_key=address_key):
                if self._address is not None:
                    self._address = address_key
            case SessionsRevoked():
                self._set["r"] = self._now
                self._revokes = True
            case _:
                assert_never(change)

    def items(self) -> Iterator[Beside]:
        """Yield the account first: where it has changed, what stands at an address means
        nothing.
        """
        taken = None if self._address == self._before else self._address
        if taken is not None:
            self._set["a"] = text(taken)
        if self._set:
            yield Beside(self._user_id, self._account())
        if taken is not None:
            yield Beside(self._user_id, {"Put": self._held(taken)}, claims=True)
            if self._before is not None:
                yield Beside(self._user_id, {"Delete": self._freed(self._before)})

    def _account(self) -> TransactItem:
        values = {f":{name}": value for name, value in self._set.items()}
        update = "SET " + ", ".join(f"{name} = :{name}" for name in self._set)
        condition = "attribute_not_exists(a)"
        if self._before is not None:
            condition = "a = :before"
            values[":before"] = text(self._before)
        if self._revokes:
            update += " ADD g :one"
            values[":one"] = number(1)
        return {
            "Update": {
                "Key": key(account_pk(self._user_id), SK),
                "UpdateExpression": update,
                "ConditionExpression": condition,
                "ExpressionAttributeValues": values,
            }
        }

    def _held(self, address_key: str) -> dict[str, Any]:
        item = {**key(address_pk(address_key), SK), "u": text(self._user_id)}
        return {"Item": item, **self._unless_held_by_others()}

    def _freed(self, address_key: str) -> dict[str, Any]:
        return {"Key": key(address_pk(address_key), SK), **self._unless_held_by_others()}

    def _unless_held_by_others(self) -> dict[str, Any]:
        return {
            "ConditionExpression": "attribute_not_exists(pk) OR u = :user",
            "ExpressionAttributeValues": {":user": text(self._user_id)},
        }
