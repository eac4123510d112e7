"""The Credentials port on items in the log's table, so that secrets share its transactions."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Self

from mentorbooking.adapters.event_store.dynamodb.secret_items import (
    NEW,
    SK,
    account_pk,
    address_pk,
    family_item,
    family_pk,
    read_credential,
    read_token,
    revocations_in,
    token_item,
    token_pk,
)
from mentorbooking.adapters.event_store.keyed_addresses import key_of_address
from mentorbooking.adapters.instants import microseconds
from mentorbooking.adapters.persistence.dynamodb_log.items import Item, TransactItem, key, number
from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.adapters.persistence.requests import ConstraintViolated
from mentorbooking.application.ports.credentials import (
    Credential,
    Credentials,
    StoredRefreshToken,
)


class DynamoDBCredentials(Credentials):
    """Reads see what any process has committed."""

    def __init__(self, log: DynamoDBLog, store_key: bytes) -> None:
        """``store_key`` is the log's ``address_key``."""
        self._log = log
        self._key = store_key

    @classmethod
    async def open(cls, log: DynamoDBLog) -> Self:
        """Read the key that addresses are hashed with; ``StoreUnavailable`` if it can't be."""
        store_key = await log.meta("address_key")
        if not isinstance(store_key, bytes):
            raise TypeError("the address key of a log is bytes")
        return cls(log, store_key)

    def address_key(self, email: str) -> str:
        return key_of_address(self._key, email)

    async def by_address(self, address_key: str) -> Credential | None:
        holder = await self._item(address_pk(address_key))
        if holder is None:
            return None
        found = await self.by_user(holder["u"]["S"])
        # Between the two reads the account may have got another address; this one is free then.
        return found if found is not None and found.address_key == address_key else None

    async def by_user(self, user_id: str) -> Credential | None:
        return read_credential(user_id, await self._item(account_pk(user_id)))

    async def refresh_token(self, token_hash: str) -> StoredRefreshToken | None:
        item = await self._item(token_pk(token_hash))
        if item is None:
            return None
        family, account = await asyncio.gather(
            self._item(family_pk(item["f"]["S"])), self._item(account_pk(item["u"]["S"]))
        )
        return read_token(token_hash, item, family=family, account=account)

    async def add_refresh_token(self, token: StoredRefreshToken) -> None:
        account = await self._item(account_pk(token.user_id))
        await self._log.write(_new(token_item(token, revocations_in(account))))

    async def rotate(self, used: StoredRefreshToken, successor: StoredRefreshToken) -> bool:
        item = await self._item(token_pk(used.token_hash))
        if item is None:
            return False
        try:
            await self._log.write(
                _use(item, successor.issued_at),
                _check(family_pk(used.family), NEW),
                _check(account_pk(used.user_id), _not_revoked_since(item)),
                _new(token_item(successor, revocations_in(item))),
            )
        except ConstraintViolated:
            return False
        return True

    async def revoke_family(self, family: str, now: datetime) -> None:
        try:
            await self._log.write(_new(family_item(family, now)))
        except ConstraintViolated:
            return  # it was revoked before

    async def _item(self, pk: str) -> Item | None:
        return await self._log.get(pk, SK)


def _new(item: Item) -> TransactItem:
    return {"Put": {"Item": item, **NEW}}


def _check(pk: str, condition: Mapping[str, object]) -> TransactItem:
    return {"ConditionCheck": {"Key": key(pk, SK), **condition}}


def _not_revoked_since(token: Item) -> dict[str, object]:
    """Return the condition that an account's sessions weren't revoked since a token's issue."""
    return {
        "ConditionExpression": "attribute_not_exists(g) OR g = :g",
        "ExpressionAttributeValues": {":g": number(revocations_in(token))},
    }


def _use(token: Item, now: datetime) -> TransactItem:
    return {
        "Update": {
            "Key": {"pk": token["pk"], "sk": token["sk"]},
            "UpdateExpression": "SET x = :now",
            "ConditionExpression": "attribute_exists(pk) AND attribute_not_exists(x)",
            "ExpressionAttributeValues": {":now": number(microseconds(now))},
        }
    }
