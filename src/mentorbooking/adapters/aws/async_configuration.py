"""How aiobotocore is set up: as botocore, and with a limit to what it leaves open.

Of its own accord it lets a call wait without end for one of the pool's connections. While an
endpoint accepts and says nothing, a thousand requests would then wait for each other's time-outs.
"""

from __future__ import annotations

from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.httpsession import AIOHTTPSession
from aiohttp import ClientTimeout

from mentorbooking.adapters.aws.configuration import options_for
from mentorbooking.adapters.aws.settings import AwsSettings, Service


def async_config(settings: AwsSettings, service: Service, *, polling: bool = False) -> AioConfig:
    """Return the configuration of an asynchronous client."""
    options = options_for(settings, service, polling=polling)

    class Pool(AIOHTTPSession):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._timeout = ClientTimeout(
                connect=settings.pool_timeout,
                sock_connect=options["connect_timeout"],
                sock_read=options["read_timeout"],
            )

    return AioConfig(http_session_cls=Pool, **options)
