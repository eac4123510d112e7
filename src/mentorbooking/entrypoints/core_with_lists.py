"""The core where lists are kept up to date: in the service."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from mentorbooking.adapters.identity.passwords import Argon2Passwords, Cost
from mentorbooking.application.read_models.progress import ReadModelsProgress, waiting_for_all
from mentorbooking.entrypoints.composition import Foundation, build_core
from mentorbooking.entrypoints.core import Core
from mentorbooking.entrypoints.service import Views


@contextmanager
def core_with_lists(
    base: Foundation, views: Views, progress: ReadModelsProgress, password_cost: Cost | None
) -> Iterator[Core]:
    """Put the core together for as long as it is needed; ``password_cost`` None: OWASP's."""
    passwords = Argon2Passwords(secrets.token_bytes, password_cost)
    try:
        yield build_core(
            base,
            passwords=passwords,
            open_slots=views.timeslots,
            acquaintances=views.bookings,
            lists_hold_it=waiting_for_all(progress, base.acknowledged),
        )
    finally:
        passwords.close()
