"""``mentorbooking serve``: the API in front of the embedded service, until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

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
from mentorbooking.entrypoints.embedded import EmbeddedService, embedded_service
from mentorbooking.entrypoints.http.access_log import AccessLog, JsonAccessLog, log_access
from mentorbooking.entrypoints.http.build import build_app
from mentorbooking.entrypoints.settings import Settings
from mentorbooking.entrypoints.worker_process import worker_beside

GRACE_SECONDS = 5

log = structlog.get_logger(__name__)

Preparation = Callable[[EmbeddedService], Awaitable[None]]


class PortUnusable(Exception):  # noqa: N818
    """Nobody can listen there; the text is meant for a person."""


def serve(settings: Settings, directory: DataDirectory, prepare: Preparation) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished.

    ``prepare`` is awaited once everything runs, before the first request is taken. Raises
    ``DataDirectoryUnusable`` and ``PortUnusable`` before anything is written.
    """
    directory.prepare()
    with directory.serving(), _listener(settings) as listener:
        bound = msgspec.structs.replace(settings, port=listener.getsockname()[1])
        give_large_blocks_back()
        uvloop.run(_serve(bound, directory, listener, prepare))


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


async def _serve(
    settings: Settings, directory: DataDirectory, listener: socket.socket, prepare: Preparation
) -> None:
    async with embedded_service(settings, directory) as service:
        await prepare(service)
        access_log = _access_log(settings, service)
        server = _Server(
            uvicorn.Config(
                build_app(service, access_log=access_log),
                http="httptools",
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
        async with worker_beside(settings):
            look_for_cycles_rarely()
            log.info("listening", url=settings.public_url, data=str(directory.root))
            await server.serve(sockets=[listener])
            log.info("stopping")
            if isinstance(access_log, JsonAccessLog):
                access_log.flush()


def _access_log(settings: Settings, service: EmbeddedService) -> AccessLog | None:
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
