"""What the service and its writing process say to each other, over pipes.

A frame is a MessagePack value behind its length in bytes (u32, big-endian). To the process go
groups of appends; back come outcomes, in the order of the appends, as often in parts as it likes.
Both ends are of one version of the program: nothing here is a storage format.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence

import msgspec

from mentorbooking.adapters.persistence.requests import (
    Append,
    Appended,
    ConstraintViolated,
    IdempotencyKeyTaken,
    IdempotencyRecord,
    LogUnavailable,
    StreamConflict,
)

_LENGTH = struct.Struct(">I")


class Landed(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=0):
    """It was appended."""

    first: int
    last: int
    changed: tuple[int, ...]


class Moved(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=1):
    """A stream was not where it was expected."""

    stream: str
    expected: int
    actual: int


class Taken(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=2):
    """The idempotency key has its answer."""

    record: IdempotencyRecord


class Violated(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=3):
    """A statement would break a constraint."""

    what: str


class Unavailable(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=4):
    """The file could not be written."""

    what: str


class Unstorable(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=5):
    """SQLite can't store it or run its statements."""

    what: str


Told = Landed | Moved | Taken | Violated | Unavailable | Unstorable


class Report(msgspec.Struct, frozen=True, array_like=True):
    """What came of the next few appends, the newest position behind them, and how often since the
    last report the process found that others had written.
    """

    outcomes: list[Told]
    head: int
    surprises: int


_encoder = msgspec.msgpack.Encoder()
_groups = msgspec.msgpack.Decoder(list[msgspec.Raw])
_appends = msgspec.msgpack.Decoder(Append)
_reports = msgspec.msgpack.Decoder(Report)

encode_append: Callable[[Append], bytes] = _encoder.encode
decode_group: Callable[[bytes], list[msgspec.Raw]] = _groups.decode
decode_append: Callable[[msgspec.Raw], Append] = _appends.decode
decode_report: Callable[[bytes], Report] = _reports.decode


def group_frame(appends: Sequence[bytes]) -> bytes:
    """Frame appends that are encoded already."""
    return _framed(_encoder.encode([msgspec.Raw(append) for append in appends]))


def report_frame(report: Report) -> bytes:
    return _framed(_encoder.encode(report))


class Frames:
    """Takes bytes as they come and gives whole frames."""

    def __init__(self) -> None:
        self._received = bytearray()

    def take(self, received: bytes) -> Iterator[bytes]:
        """Yield the contents of the frames that are complete with these bytes."""
        self._received += received
        while len(self._received) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._received)[0]
            if len(self._received) < end:
                return
            content = bytes(self._received[_LENGTH.size : end])
            del self._received[:end]
            yield content


def told(outcome: Appended | Exception) -> Told:
    """Put an outcome into words that the other end understands."""
    match outcome:
        case Appended(first=first, last=last, changed=changed):
            return Landed(first, last, changed)
        case StreamConflict(stream=stream, expected=expected, actual=actual):
            return Moved(stream, expected, actual)
        case IdempotencyKeyTaken(record=record):
            return Taken(record)
        case ConstraintViolated():
            return Violated(str(outcome))
        case LogUnavailable():
            return Unavailable(str(outcome))
        case _:
            return Unstorable(str(outcome))


def outcome_of(told: Told) -> Appended | Exception:
    """Return what was put into words, as the writer's thread would have answered it."""
    match told:
        case Landed(first, last, changed):
            return Appended(first, last, changed)
        case Moved(stream, expected, actual):
            return StreamConflict(stream, expected, actual)
        case Taken(record):
            return IdempotencyKeyTaken(record)
        case Violated(what):
            return ConstraintViolated(what)
        case Unavailable(what):
            return LogUnavailable(what)
        case Unstorable(what):
            return ValueError(what)


def _framed(content: bytes) -> bytes:
    return _LENGTH.pack(len(content)) + content
