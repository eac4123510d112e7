"""Cognito's GetUser: what the owner of an access token lets us know of them.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUser.html
"""

from __future__ import annotations

from typing import Final

import msgspec

from mentorbooking.application.ports.identity import InvalidToken
from mentorbooking.application.ports.user_pool import PersonalDetails

SCOPE: Final = "aws.cognito.signin.user.admin"
"""What a token must permit, so that GetUser may be asked with it."""

HEADERS: Final = {
    "Content-Type": "application/x-amz-json-1.1",
    "X-Amz-Target": "AWSCognitoIdentityProviderService.GetUser",
}

_TOKEN_TAKEN_BACK: Final = frozenset(
    {
        "NotAuthorizedException",
        "PasswordResetRequiredException",
        "UserNotConfirmedException",
        "UserNotFoundException",
    }
)


class UnreadableAnswer(Exception):
    """The pool answered something that is neither the details nor a refusal of the token."""


class _Attribute(msgspec.Struct):
    name: str = msgspec.field(name="Name")
    value: str = msgspec.field(name="Value", default="")


class _User(msgspec.Struct):
    attributes: list[_Attribute] = msgspec.field(name="UserAttributes", default_factory=list)


class _Failure(msgspec.Struct):
    kind: str = msgspec.field(name="__type", default="")


def request_body(token: str) -> bytes:
    return msgspec.json.encode({"AccessToken": token})


def read_answer(status: int, content: bytes) -> PersonalDetails:
    """Return the details; ``InvalidToken`` where the pool has taken the token back.

    Raises ``UnreadableAnswer`` for throttling and whatever else it may say.
    """
    try:
        if status == 200:
            found = msgspec.json.decode(content, type=_User).attributes
            return _details({attribute.name: attribute.value for attribute in found})
        kind = msgspec.json.decode(content, type=_Failure).kind.rpartition("#")[2]
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UnreadableAnswer(f"status {status}") from error
    if status == 400 and kind in _TOKEN_TAKEN_BACK:
        raise InvalidToken("The access token does not work any more.")
    raise UnreadableAnswer(f"status {status}, {kind[:50]}")


def _details(attributes: dict[str, str]) -> PersonalDetails:
    """Names of the attributes: OpenID Connect Core 1.0, section 5.1."""
    return PersonalDetails(
        name=attributes.get("name"),
        email=attributes.get("email") if is_true(attributes.get("email_verified")) else None,
        time_zone=attributes.get("zoneinfo"),
    )


def is_true(told: bool | str | None) -> bool:
    """Tell whether an attribute says yes: Cognito writes truth as text."""
    return told is True or (isinstance(told, str) and told.lower() == "true")
