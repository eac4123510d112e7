"""Accounts made by the command line: read by the rules of the API, made by its command."""

from __future__ import annotations

from typing import Self

import msgspec

from mentorbooking.application.answers.account import AccountAnswer
from mentorbooking.application.use_cases.accounts.register import Register
from mentorbooking.domain.user_account.role import Role
from mentorbooking.entrypoints.cli.opened_core import CLIENT, OpenedCore
from mentorbooking.entrypoints.decoding.decoder import Decoder
from mentorbooking.entrypoints.decoding.fields import Email, Name, Password, TimeZone


class NewAccount(msgspec.Struct, frozen=True):
    """What is known of it."""

    email: Email
    password: Password
    name: Name
    time_zone: TimeZone | None = None

    @classmethod
    def of(cls, **given: str | None) -> Self:
        """Read what was given; raise ``InvalidContent`` with everything that is wrong."""
        return Decoder(cls).from_members(given)


async def make_account(service: OpenedCore, role: str, account: NewAccount) -> AccountAnswer:
    service.enter_context()
    return await service.core.commands.register(
        Register(
            email=account.email,
            password=account.password,
            name=account.name,
            role=Role(role),
            client=CLIENT,
            time_zone=account.time_zone,
        )
    )
