"""The commands where nobody reads lists: on the command line, and in workers."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from mentorbooking.adapters.identity.passwords import Argon2Passwords
from mentorbooking.application.answers.slot import SlotAnswer
from mentorbooking.entrypoints.composition import Foundation, build_core
from mentorbooking.entrypoints.core import Core


@contextmanager
def core_without_lists(base: Foundation) -> Iterator[Core]:
    """Put the core together for as long as it is needed."""
    passwords = Argon2Passwords(secrets.token_bytes)
    try:
        yield build_core(
            base,
            passwords=passwords,
            open_slots=_NoLists(),
            acquaintances=_NoLists(),
            lists_hold_it=_not_waiting,
        )
    finally:
        passwords.close()


class _NoLists:
    """What is asked of lists by commands that nobody gives here."""

    async def next_open(self, mentor_id: str, *, after: datetime, limit: int) -> list[SlotAnswer]:  # noqa: ARG002
        return []

    async def have_confirmed_booking(self, *, student_id: str, mentor_id: str) -> bool:  # noqa: ARG002
        return False


async def _not_waiting() -> bool:
    return True
