"""The caller's precondition on the version they saw (RFC 9110, section 13.1.1, If-Match)."""

from __future__ import annotations

from typing import TypeAlias

from mentorbooking.domain.kernel.aggregate import AggregateRoot
from mentorbooking.domain.kernel.errors import VersionMismatch

Versions: TypeAlias = frozenset[int]
"""Those that the caller may have seen: the present one has to be among them."""


def require_version(aggregate: AggregateRoot, expected: Versions | None) -> None:
    """Raise ``VersionMismatch`` unless the caller saw the present version, or asked for any."""
    require_same(aggregate.version, expected)


def require_same(version: int, expected: Versions | None) -> None:
    """The same for things whose version is not that of a stream."""
    if expected is not None and version not in expected:
        raise VersionMismatch(f"It has changed meanwhile: its version is {version}.")
