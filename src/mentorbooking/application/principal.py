"""Who is calling."""

from __future__ import annotations

import msgspec

from mentorbooking.domain.user_account.role import Role


class Principal(msgspec.Struct, frozen=True):
    """A signed-in user, as the access token tells: account, role, and the ids of that role."""

    user_id: str
    role: Role
    student_id: str | None = None
    mentor_id: str | None = None
