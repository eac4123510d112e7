"""Under which ids a user is written to."""

from __future__ import annotations

from mentorbooking.application.principal import Principal


def recipient_ids(principal: Principal) -> tuple[str, ...]:
    """Return the ids that make a message the caller's own."""
    ids = (principal.user_id, principal.student_id, principal.mentor_id)
    return tuple(each for each in ids if each is not None)
