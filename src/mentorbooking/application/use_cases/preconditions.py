"""The caller's precondition on the version they saw (RFC 9110, section 13.1.1, If-Match)."""

from __future__ import annotations

from mentorbooking.domain.kernel.aggregate import AggregateRoot
from mentorbooking.domain.kernel.errors import VersionMismatch

ANY_VERSION = None


def require_version(aggregate: AggregateRoot, expected: int | None) -> None:
    """Raise ``VersionMismatch`` unless the caller saw the present version, or asked for any."""
    require_same(aggregate.version, expected)


def require_same(version: int, expected: int | None) -> None:
    """The same for things whose version is not that of a stream."""
    if expected is not None and expected != version:
        raise VersionMismatch(f"It has changed meanwhile: its version is {version}.")
