"""Items of secrets in the log's table, so that they share the log's transactions.

All of it is a storage format; ``sk`` is 0, instants are whole microseconds since 1970 UTC:

    A#<address key>   who signs in with an address: u user
    U#<user>          an account: a address key, h password hash, t when it was set,
                      g how often all its sessions were revoked, r when they last were
    K#<token hash>    a refresh token: f family, u user, i issued, s family started, x used,
                      g the account's at the time
    F#<family>        a family that was revoked: r when

A token works while it is not used, its family not revoked and its g the account's: so all
tokens of an account stop working by one small write, without being looked up.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from mentorbooking.adapters.instants import instant, microseconds
from mentorbooking.adapters.persistence.dynamodb_log.items import Item, key, number, text
from mentorbooking.application.ports.credentials import Credential, StoredRefreshToken
from mentorbooking.domain.user_account.sessions import LONGEST_SESSION

SK = 0

NEW = {"ConditionExpression": "attribute_not_exists(pk)"}


def address_pk(address_key: str) -> str:
    return f"A#{address_key}"


def account_pk(user_id: str) -> str:
    return f"U#{user_id}"


def token_pk(token_hash: str) -> str:
    return f"K#{token_hash}"


def family_pk(family: str) -> str:
    return f"F#{family}"


def read_credential(user_id: str, item: Item | None) -> Credential | None:
    """Return how an account signs in, if it has a password."""
    if item is None or "h" not in item:
        return None
    return Credential(user_id, item["a"]["S"], item["h"]["S"])


def revocations_in(account: Item | None) -> int:
    return int(account["g"]["N"]) if account and "g" in account else 0


def token_item(token: StoredRefreshToken, revocations: int) -> Item:
    """Return the item of a token that was issued after so many revocations of the account's.

    It is forgotten once no token of its family can work: until then its second use counts.
    """
    return {
        **key(token_pk(token.token_hash), SK),
        "f": text(token.family),
        "u": text(token.user_id),
        "i": number(microseconds(token.issued_at)),
        "s": number(microseconds(token.family_started_at)),
        "g": number(revocations),
        "ttl": seconds(token.issued_at + LONGEST_SESSION),
    }


def read_token(
    token_hash: str, item: Item, *, family: Item | None, account: Item | None
) -> StoredRefreshToken:
    """Return the token as it stands; it counts as revoked since it first was."""
    revoked = [instant_in(family, "r")] if family else []
    if account and revocations_in(account) > revocations_in(item):
        revoked.append(instant_in(account, "r"))
    return StoredRefreshToken(
        token_hash=token_hash,
        family=item["f"]["S"],
        user_id=item["u"]["S"],
        issued_at=instant_in(item, "i"),
        family_started_at=instant_in(item, "s"),
        used_at=instant_in(item, "x") if "x" in item else None,
        revoked_at=min(revoked, default=None),
    )


def family_item(family: str, now: datetime) -> Item:
    """Return what revokes a family, for longer than any of its tokens could work."""
    return {
        **key(family_pk(family), SK),
        "r": number(microseconds(now)),
        "ttl": seconds(now + LONGEST_SESSION),
    }


def seconds(at: datetime) -> dict[str, Any]:
    """Return an instant as DynamoDB wants it for its time to live, rounded up."""
    return number(-(-microseconds(at) // (timedelta(seconds=1) // timedelta(microseconds=1))))


def instant_in(item: Item, name: str) -> datetime:
    return instant(int(item[name]["N"]))
