"""The topics of an installation: asked for by who first needs them, and known from then on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mentorbooking.adapters.aws.clients import WhenNeeded
from mentorbooking.adapters.aws.topology import create_topics
from mentorbooking.application.audiences import Audience

if TYPE_CHECKING:
    from types_aiobotocore_sns import SNSClient


class Topics:
    """Callable: returns the ARNs, or raises as SNS's client does and asks anew next time."""

    def __init__(self, client: WhenNeeded[SNSClient], prefix: str) -> None:
        self._client, self._prefix = client, prefix
        self._arns: Mapping[Audience, str] | None = None

    async def __call__(self) -> Mapping[Audience, str]:
        if self._arns is None:
            self._arns = await create_topics(await self._client(), self._prefix)
        return self._arns
