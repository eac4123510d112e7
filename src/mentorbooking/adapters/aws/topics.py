"""The topics of an installation, made if they are not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mentorbooking.adapters.aws.asked_once import AskedOnce
from mentorbooking.adapters.aws.clients import WhenNeeded
from mentorbooking.adapters.aws.topology import create_topics
from mentorbooking.application.integration_events.audiences import Audience

if TYPE_CHECKING:
    from types_aiobotocore_sns import SNSClient


class Topics(AskedOnce[Mapping[Audience, str]]):
    """Callable: returns the ARNs. Raises as SNS's client does."""

    def __init__(self, client: WhenNeeded[SNSClient], prefix: str) -> None:
        async def ask() -> Mapping[Audience, str]:
            return await create_topics(await client(), prefix)

        super().__init__(ask)
