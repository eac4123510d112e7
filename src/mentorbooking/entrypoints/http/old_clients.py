"""Answers for clients of HTTP/1.0, which know no chunks (RFC 9112, section 6.1)."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


def end_by_closing(cycle: RequestResponseCycle) -> None:
    """Let the end of the connection be the end of an answer that tells no length.

    Uvicorn would divide it into chunks. So it is told of each piece how long that is; after the
    last one it closes, as it does for every client of HTTP/1.0. A wish to be told to go on means
    nothing in that version (RFC 9110, section 10.1.1).
    """
    send = cycle.send
    tells_length = True

    async def send_piece(message: Any) -> None:
        nonlocal tells_length
        if message["type"] == "http.response.start":
            tells_length = any(name == b"content-length" for name, _ in message["headers"])
            if not tells_length:
                cycle.chunked_encoding = False
        elif not tells_length:
            cycle.expected_content_length = len(message.get("body", b""))
        await send(message)

    cycle.waiting_for_100_continue = False
    cycle.send = send_piece  # type: ignore[method-assign]  # for this answer only
