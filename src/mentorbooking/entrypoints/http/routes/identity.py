"""Registering, signing in, and one's own account."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from mentorbooking.application.answers.account import AccountAnswer, TokensAnswer
from mentorbooking.application.use_cases.accounts.get_me import GetMe
from mentorbooking.application.use_cases.accounts.refresh import Refresh
from mentorbooking.application.use_cases.accounts.register import Register
from mentorbooking.application.use_cases.accounts.sign_in import SignIn
from mentorbooking.application.use_cases.accounts.update_me import (
    UpdateMe,
    current_password_missing,
)
from mentorbooking.domain.kernel.errors import FieldError
from mentorbooking.domain.user_account.role import Role
from mentorbooking.entrypoints.decoding.fields import Email, Name, Password, TimeZone
from mentorbooking.entrypoints.http import examples
from mentorbooking.entrypoints.http.answer import Answer
from mentorbooking.entrypoints.http.call import Call
from mentorbooking.entrypoints.http.operations import Operation, RefusedRequest, endpoint

TAG = "Identity"
NOTHING = msgspec.Raw(b"null")


class Registration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who wants an account. ``invitation``: from the mail to an imported mentor."""

    email: Email
    password: Password
    name: Name
    role: Literal["student", "mentor"]
    time_zone: TimeZone | None = None
    invitation: str | None = None


class Credentials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one signs in with."""

    email: str
    password: str


class RefreshTokenGrant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A refresh token works once."""

    refresh_token: str


class AccountChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays as it is; a new password needs the current one."""

    name: Name | None = None
    time_zone: TimeZone | None = None
    password: Password | None = None
    current_password: str | None = None


@endpoint(
    Operation(
        method="POST",
        path="/auth/register",
        operation_id="register",
        summary="Make an account",
        description="Who registers as a mentor has an active profile at once.",
        tag=TAG,
        body=Registration,
        answers={201: AccountAnswer},
        refusals={409: ("email-taken",), 422: ("invitation-invalid",), 429: ("too-many-requests",)},
        sends=("ETag", "Event-Position"),
        anonymous=True,
        body_example={
            "email": "ada@example.org",
            "password": "correct horse battery",
            "name": "Ada Lovelace",
            "role": "student",
            "time_zone": "Europe/London",
        },
        answer_examples={201: examples.ACCOUNT},
    )
)
async def register(call: Call[Registration, None]) -> Answer:
    body = call.body
    command = Register(
        email=body.email,
        password=body.password,
        name=body.name,
        role=Role(body.role),
        client=call.client,
        time_zone=body.time_zone,
        invitation=body.invitation,
    )
    return await call.core.commanding(
        call,
        call.core.commands.register,
        command,
        lambda account: Answer(status=201, body=account, version=account.version),
    )


@endpoint(
    Operation(
        method="POST",
        path="/auth/token",
        operation_id="create_token",
        summary="Sign in",
        description="The answer is the same, and takes the same time, whether or not the "
        "address is known.",
        tag=TAG,
        body=Credentials,
        answers={200: TokensAnswer},
        refusals={401: ("invalid-credentials",), 429: ("too-many-requests",)},
        anonymous=True,
        body_example={"email": "ada@example.org", "password": "correct horse battery"},
        answer_examples={200: examples.TOKENS},
    )
)
async def create_token(call: Call[Credentials, None]) -> Answer:
    command = SignIn(email=call.body.email, password=call.body.password, client=call.client)
    return Answer(body=await call.core.commands.sign_in(command))


@endpoint(
    Operation(
        method="POST",
        path="/auth/refresh",
        operation_id="refresh_token",
        summary="Stay signed in",
        description="A refresh token works once, for 30 days; a second use ends the session.",
        tag=TAG,
        body=RefreshTokenGrant,
        answers={200: TokensAnswer},
        refusals={401: ("invalid-refresh-token",), 429: ("too-many-requests",)},
        anonymous=True,
        body_example={"refresh_token": examples.TOKENS["refresh_token"]},
        answer_examples={200: examples.TOKENS},
    )
)
async def refresh_token(call: Call[RefreshTokenGrant, None]) -> Answer:
    command = Refresh(refresh_token=call.body.refresh_token, client=call.client)
    return Answer(body=await call.core.commands.refresh(command))


@endpoint(
    Operation(
        method="GET",
        path="/me",
        operation_id="get_me",
        summary="Read one's own account",
        tag=TAG,
        answers={200: AccountAnswer},
        sends=("ETag",),
        answer_examples={200: examples.ACCOUNT},
    )
)
async def get_me(call: Call[None, None]) -> Answer:
    account = await call.core.queries.get_me(GetMe(call.principal))
    return Answer(body=account, version=account.version)


class _Passwords(msgspec.Struct, frozen=True):
    password: msgspec.Raw = NOTHING
    current_password: msgspec.Raw = NOTHING


_read_passwords = msgspec.json.Decoder(_Passwords).decode


def _errors_of_passwords(refused: RefusedRequest) -> Iterable[FieldError]:
    """Return that the current password is missing, if it is."""
    try:
        given = _read_passwords(refused.raw)
    except msgspec.DecodeError:
        return ()
    is_missing = given.password != NOTHING and given.current_password == NOTHING
    return (current_password_missing(),) if is_missing else ()


@endpoint(
    Operation(
        method="PATCH",
        path="/me",
        operation_id="update_me",
        summary="Change one's own account",
        description="A new password ends every session that is signed in.",
        tag=TAG,
        body=AccountChanges,
        also_wrong=_errors_of_passwords,
        answers={200: AccountAnswer},
        refusals={412: ("version-mismatch",)},
        accepts=("If-Match",),
        sends=("ETag", "Event-Position"),
        body_example={"name": "Ada King", "time_zone": "Europe/Paris"},
        answer_examples={200: examples.ACCOUNT},
    )
)
async def update_me(call: Call[AccountChanges, None]) -> Answer:
    body = call.body
    command = UpdateMe(
        caller=call.principal,
        client=call.client,
        name=body.name,
        time_zone=body.time_zone,
        password=body.password,
        current_password=body.current_password,
        if_match=call.if_match,
    )
    return await call.core.commanding(
        call,
        call.core.commands.update_me,
        command,
        lambda account: Answer(body=account, version=account.version),
    )


ENDPOINTS = (register, create_token, refresh_token, get_me, update_me)
