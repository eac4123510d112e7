"""``mentorbooking aws``: what there has to be on AWS."""

from __future__ import annotations

import asyncio

import click

from mentorbooking.entrypoints.cli.invocation import Invocation, json_option, pass_invocation
from mentorbooking.entrypoints.cli.printing import print_json


@click.group()
def aws() -> None:
    """Set up the tables, buckets, queues and topics of the aws backend."""


@aws.command()
@json_option
@pass_invocation
def init(invocation: Invocation, as_json: bool) -> None:
    """Make everything that is missing; what is there stays as it is.

    The names begin with MENTORBOOKING_AWS_PREFIX. Region and credentials are found as all of
    AWS's tools find them. With MENTORBOOKING_LANES the log gets so many lanes: start all processes
    anew after that.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    from mentorbooking.adapters.aws.clients import AwsClients
    from mentorbooking.application.ports.unavailable import Unavailable
    from mentorbooking.entrypoints.aws.places import aws_settings_of, places_of
    from mentorbooking.entrypoints.aws.setting_up import set_up
    from mentorbooking.entrypoints.cli.exit_codes import ExitCode
    from mentorbooking.entrypoints.cli.failures import Failure

    settings = invocation.settings()
    made: list[str] = []

    def told(name: str) -> None:
        made.append(name)
        if not as_json:
            click.echo(name)

    async def run() -> None:
        async with AwsClients(aws_settings_of(settings)) as clients:
            await set_up(clients, places_of(settings), told, lanes=settings.lanes)

    try:
        asyncio.run(run())
    except (BotoCoreError, ClientError, Unavailable) as error:
        raise Failure(f"AWS can't be set up: {error}", ExitCode.UNUSABLE) from error
    except ValueError as error:
        raise Failure(f"{error}; lanes can't be taken away", ExitCode.USAGE) from error
    if as_json:
        print_json({"ready": made})
