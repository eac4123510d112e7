"""Requests as they come off the wire: uvicorn reads them, and what can't be read is a problem.

Uvicorn refuses it in plain text, and before the requests in front of it are answered. Here it
waits for its turn, and is told, logged and counted as all others are.

Every request comes by here: what is rare is looked into only where something cheap tells of it.
"""

from __future__ import annotations

import asyncio
from asyncio import TimerHandle
from typing import Any, Final
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from mentorbooking.entrypoints.http.heads import (
    LARGEST_HEAD,
    HeadTooLarge,
    require_size,
    require_sound,
    without_upgrade,
)
from mentorbooking.entrypoints.http.old_clients import end_by_closing
from mentorbooking.entrypoints.http.patience import BETWEEN_LOOKS, Patience
from mentorbooking.entrypoints.http.problems import refusing

_LONGEST_SHOWN: Final = 500


class ReadingProtocol(HttpToolsProtocol):
    """One connection to an application that ``create_app`` made."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._piece = 0
        self._received = 0
        self._patience = Patience()
        self._next_look: TimerHandle | None = None
        self._begun: Any = None  # the scope whose head goes on behind its first piece
        self._behind_first_piece = 0
        self._is_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        super().connection_made(transport)
        self._next_look = self.loop.call_later(BETWEEN_LOOKS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._next_look is not None:
            self._next_look.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        if self._is_refused:
            return
        self._piece = len(data)
        self._received += self._piece
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            (end_of_head,) = upgrade.args
        except httptools.HttpParserError as error:
            self._refuse(431 if isinstance(error.__context__, HeadTooLarge) else 400)
            return
        else:
            if self.cycle is None or self.cycle.scope is not self.scope:
                self._go_on_with_head()
            return
        self._read_without_upgrade(data[end_of_head:])

    def on_headers_complete(self) -> None:
        if self._piece > LARGEST_HEAD or self._begun is self.scope:
            require_size(self.url, self.headers)
        require_sound(self.headers, self.parser.get_http_version)
        super().on_headers_complete()
        if self.scope["http_version"] == "1.0" and self._is_begun():
            end_by_closing(self.cycle)
        self.headers = []  # what comes behind the body is none of them

    def _look(self) -> None:
        """Look whether the client keeps us waiting, and let it go if it does for too long."""
        self._next_look = self.loop.call_later(BETWEEN_LOOKS, self._look)
        awaited = self._awaited()
        received = self._received if awaited is not None and awaited is self.cycle else None
        if not self._patience.is_over(awaited, received):
            return
        if awaited is self:
            self.transport.close()
        else:
            self._refuse(408)

    def _is_begun(self) -> bool:
        """Tell whether the newest head is whole, and its request handed on."""
        return self.cycle is not None and self.cycle.scope is self.scope

    def _awaited(self) -> object:
        """Return what has to come: this head, this body, or, for ``self``, any request at all.

        None where the client is not to blame, and where uvicorn has an eye on the time itself.
        """
        cycle = self.cycle
        if self._is_refused or self.flow.read_paused or self.timeout_keep_alive_task is not None:
            return None
        if self.scope is None:
            return self
        if not self._is_begun():
            return self.scope
        if cycle.response_complete:
            return self
        return cycle if cycle.more_body and not cycle.waiting_for_100_continue else None

    def _should_upgrade(self) -> bool:
        """Keep uvicorn from serving a request that ``_read_without_upgrade`` reads once more."""
        return True

    def _read_without_upgrade(self, behind: bytes) -> None:
        """Read a request once more that would rather speak another protocol.

        A server may pass over that (RFC 9110, section 7.8). The parser takes what is behind the
        head for the other protocol, where it is the body.
        """
        method, version = self.parser.get_method(), self.parser.get_http_version()
        if method == b"CONNECT":
            self._refuse(400)
            return
        lines = [b"%b %b HTTP/%b" % (method, self.url, version.encode())]
        lines += [b"%b: %b" % header for header in without_upgrade(self.scope["headers"])]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
        self.data_received(b"\r\n".join([*lines, b"", behind]))

    def _go_on_with_head(self) -> None:
        """Measure a head that goes on behind the piece, from its second piece on.

        In front of it in its first one may be what is no part of it. Blank lines are no head.
        """
        if self.scope is None:
            return
        if self._begun is not self.scope:
            self._begun, self._behind_first_piece = self.scope, 0
            return
        self._behind_first_piece += self._piece
        if self._behind_first_piece > LARGEST_HEAD:
            self._refuse(431)

    def _refuse(self, status: int) -> None:
        """Answer what can't be read, behind all that could; read nothing more."""
        self._is_refused = True
        current = self.cycle
        waits = current is not None and not current.response_complete
        if current is not None and current.scope is self.scope:  # its body breaks off
            if current.response_started:
                self.shutdown()
                return
            waits = self._withdraw(current)
        path = unquote(self.url.decode("utf-8", "replace").partition("?")[0])
        self.cycle = RequestResponseCycle(
            scope={
                "method": "",
                "path": path[:_LONGEST_SHOWN] or "/",
                "raw_path": self.url,
                "query_string": b"",
                **self.scope,
                "state": self.app_state.copy(),
            },
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=False,
            on_response=self.on_response_complete,
        )
        app: Any = self.config.app
        refuse = app.state.surround(refusing(status))
        if waits:
            self.pipeline.appendleft((self.cycle, refuse))
        else:
            self._start_asgi_task(self.cycle, refuse)

    def _withdraw(self, cycle: RequestResponseCycle) -> bool:
        """Take back a request whose body breaks off; tell whether others are in front of it."""
        if self.pipeline and self.pipeline[0][0] is cycle:
            self.pipeline.popleft()
            return True
        cycle.disconnected = True
        cycle.message_event.set()
        return False
