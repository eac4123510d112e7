"""The secrets that land in the same transaction as events, as SQL for the log's own tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

from mentorbooking.application.ports.aggregate_store import (
    AddressKeyChanged,
    Alongside,
    PasswordSet,
    SessionsRevoked,
)

Statement = tuple[str, tuple[Any, ...]]

_SET_CREDENTIALS = """
INSERT INTO credentials (user_id, address_key, password_hash, changed_at) VALUES (?, ?, ?, ?)
ON CONFLICT (user_id) DO UPDATE SET
    password_hash = excluded.password_hash, changed_at = excluded.changed_at"""
_CHANGE_ADDRESS = "UPDATE credentials SET address_key = ? WHERE user_id = ?"
_REVOKE_SESSIONS = (
    "UPDATE refresh_tokens SET revoked_at = ? WHERE user_id = ? AND revoked_at IS NULL"
)


def statements_of(alongside: Sequence[Alongside], now: int) -> tuple[Statement, ...]:
    """Translate; ``now`` in microseconds."""
    return tuple(_statement(each, now) for each in alongside)


def _statement(each: Alongside, now: int) -> Statement:
    match each:
        case PasswordSet(user_id, address_key, password_hash):
            return _SET_CREDENTIALS, (user_id, address_key, password_hash, now)
        case AddressKeyChanged(user_id, address_key):
            return _CHANGE_ADDRESS, (address_key, user_id)
        case SessionsRevoked(user_id):
            return _REVOKE_SESSIONS, (now, user_id)
        case _:
            assert_never(each)
