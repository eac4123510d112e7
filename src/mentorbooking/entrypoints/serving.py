"""``mentorbooking serve``: the API in front of the service, until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager

import msgspec
import structlog
import uvicorn
import uvloop

from mentorbooking.adapters.data_directory import DataDirectory
from mentorbooking.adapters.observability.logging import writes_for_people
from mentorbooking.adapters.observability.memory import (
    give_large_blocks_back,
    look_for_cycles_rarely,
)
from mentorbooking.entrypoints.embedded.service import embedded_service
from mentorbooking.entrypoints.http.access_log import AccessLog, JsonAccessLog, log_access
from mentorbooking.entrypoints.http.build import build_app
from mentorbooking.entrypoints.http.protocol import ReadingProtocol
from mentorbooking.entrypoints.service import Service
from mentorbooking.entrypoints.settings import Settings
from mentorbooking.entrypoints.worker_process import worker_beside

GRACE_SECONDS = 4
"""For requests under way. Who stops the service waits ten seconds for all of it: after the requests
the helper ends, and after the helper the jobs, each within a grace of its own."""

_log = structlog.get_logger(__name__)

Preparation = Callable[[Service], Awaitable[None]]

Running = Callable[[Settings], AbstractAsyncContextManager[Service]]
"""Starts all that the API stands in front of."""


class PortUnusable(Exception):
    """Nobody can listen there; the text is meant for a person."""


def serve(settings: Settings, directory: DataDirectory, prepare: Preparation) -> None:
    """Serve on one machine until SIGTERM or SIGINT; requests under way are finished.

    ``prepare`` is awaited once everything runs, before the first request is taken. Raises
    ``DataDirectoryUnusable`` and ``PortUnusable`` before anything is written.
    """

    @asynccontextmanager
    async def running(bound: Settings) -> AsyncIterator[Service]:
        async with embedded_service(bound, directory, writing_process=True) as service:
            await prepare(service)
            async with worker_beside(bound):
                yield service

    directory.prepare()
    with directory.serving(), _listener(settings) as listener:
        _serve(settings, listener, running)


def serve_on_aws(settings: Settings, prepare: Preparation) -> None:
    """Serve as ``serve`` does, with the API and all workers in this process."""
    from mentorbooking.entrypoints.aws.service import aws_service

    @asynccontextmanager
    async def running(bound: Settings) -> AsyncIterator[Service]:
        async with aws_service(bound) as service:
            await prepare(service)
            yield service

    with _listener(settings) as listener:
        _serve(settings, listener, running)


def _listener(settings: Settings) -> socket.socket:
    """Take the port before anything is started, so that a clash is one clear line."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        # Without this, a second service binds as well, as long as nobody listens yet.
        listener.listen()
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise PortUnusable(f"can't listen on {settings.host}:{settings.port}: {reason}") from error
    return listener


def _serve(settings: Settings, listener: socket.socket, running: Running) -> None:
    bound = msgspec.structs.replace(settings, port=listener.getsockname()[1])
    give_large_blocks_back()
    uvloop.run(_serve_until_told(bound, listener, running))


async def _serve_until_told(settings: Settings, listener: socket.socket, running: Running) -> None:
    async with running(settings) as service:
        access_log = _access_log(settings, service)
        server = _Server(
            uvicorn.Config(
                build_app(service, access_log=access_log),
                http=ReadingProtocol,
                ws="none",
                lifespan="off",
                access_log=False,
                log_config=None,
                server_header=False,
                proxy_headers=bool(settings.trusted_proxies),
                forwarded_allow_ips=list(settings.trusted_proxies),
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        look_for_cycles_rarely()
        _log.info("listening", url=settings.public_url, data=service.base.place)
        await server.serve(sockets=[listener])
        _log.info("stopping")
        if isinstance(access_log, JsonAccessLog):
            access_log.flush()


def _access_log(settings: Settings, service: Service) -> AccessLog | None:
    """Choose how requests are logged: readable on a terminal, at little cost elsewhere."""
    if settings.log_level not in ("debug", "info"):
        return None
    if writes_for_people(settings.log_format):
        return log_access
    return JsonAccessLog(sys.stderr.buffer, service.base.clock.now)


class _Server(uvicorn.Server):
    """Uvicorn raises the signal that stopped it once more in the end; here that is a success."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)
