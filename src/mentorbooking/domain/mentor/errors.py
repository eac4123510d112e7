"""Why something can't be done to a mentor."""

from __future__ import annotations

from mentorbooking.domain.kernel.errors import Conflict, Refused


class AlreadyHasAccount(Conflict):
    """The mentor signs in already, so there is nothing to invite to."""

    code = "already-has-account"


class InvitationInvalid(Refused):
    """The invitation is used, expired, replaced, forged, or somebody else's."""

    code = "invitation-invalid"
