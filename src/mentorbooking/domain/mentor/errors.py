from __future__ import annotations

from typing import ClassVar

from mentorbooking.domain.kernel.errors import Conflict, Refused


class AlreadyHasAccount(Conflict):
    """The mentor signs in already, so there is nothing to invite to."""

    code: ClassVar[str] = "already-has-account"


class InvitationInvalid(Refused):
    """The invitation is used, expired, replaced, forged, or somebody else's."""

    code: ClassVar[str] = "invitation-invalid"
