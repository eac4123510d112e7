"""``mentorbooking users``: accounts, made and listed."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import click

from mentorbooking.entrypoints.cli.invocation import (
    Invocation,
    data_dir_option,
    examples,
    json_option,
    pass_invocation,
)
from mentorbooking.entrypoints.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from mentorbooking.application.answers.account import AccountAnswer

ROLES = ("admin", "operator", "mentor", "student")


@click.group()
@data_dir_option
def users() -> None:
    """Make accounts, and list them."""


@users.command(
    epilog=examples(
        "users create --role admin --email anna@example.org --name Anna",
        "users create --role operator --email otto@example.org --name Otto --password-stdin < FILE",
    )
)
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the account is for.")
@click.option("--email", metavar="ADDRESS", required=True, help="What it signs in with.")
@click.option("--name", required=True, help="What the person is called.")
@click.option("--time-zone", metavar="ZONE", help="An IANA name.  [default: UTC]")
@click.option(
    "--password-stdin",
    is_flag=True,
    help="Read the password from the first line of standard input; otherwise it is asked for.",
)
@json_option
@data_dir_option
@pass_invocation
def create(
    invocation: Invocation,
    role: str,
    email: str,
    name: str,
    time_zone: str | None,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Make an account.

    It can sign in at once, also while the service runs. Admins and operators are made only here.
    """
    from mentorbooking.entrypoints.cli.new_accounts import NewAccount, make_account
    from mentorbooking.entrypoints.cli.opening import opened

    account = NewAccount.of(
        email=email,
        password=_password(from_stdin=password_stdin),
        name=name,
        time_zone=time_zone,
    )

    async def run() -> AccountAnswer:
        async with opened(invocation) as kept:
            return await make_account(await kept.core(), role, account)

    made = asyncio.run(run())
    if as_json:
        print_json(made)
    else:
        _print_accounts([made])


@users.command("list")
@click.option("--role", type=click.Choice(ROLES), help="Only accounts of this role.")
@json_option
@data_dir_option
@pass_invocation
def list_(invocation: Invocation, role: str | None, as_json: bool) -> None:
    """List accounts, the oldest first."""
    from mentorbooking.entrypoints.cli.known_accounts import known_accounts
    from mentorbooking.entrypoints.cli.opening import opened

    async def run() -> list[AccountAnswer]:
        async with opened(invocation) as kept:
            return await known_accounts(await kept.log())

    found = [account for account in asyncio.run(run()) if role in (None, account.role)]
    if as_json:
        print_json(found)
    else:
        _print_accounts(found)


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        line = sys.stdin.buffer.readline()
        try:
            return line.rstrip(b"\r\n").decode()
        except UnicodeDecodeError:
            raise click.UsageError("The password on standard input is not UTF-8.") from None
    if not sys.stdin.isatty():
        raise click.UsageError("Nobody is there to ask for a password; use --password-stdin.")
    asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return asked


def _print_accounts(accounts: list[AccountAnswer]) -> None:
    print_table(
        ("ID", "ROLE", "EMAIL", "NAME", "TIME ZONE", "CREATED"),
        [(a.id, a.role, a.email, a.name, a.time_zone, a.created_at) for a in accounts],
    )
