"""Who may do what: the one table that decides access, by operation.

A role that an operation does not name may not call it. ``own`` means that the role reaches
only what belongs to the caller; the predicates below say what that is. What the caller may
not know of is answered as not found, not as forbidden.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from mentorbooking.domain.kernel.errors import Forbidden
from mentorbooking.domain.user_account.role import Role

if TYPE_CHECKING:
    from mentorbooking.application.principal import Principal
    from mentorbooking.domain.booking.booking import Booking
    from mentorbooking.domain.mentor.mentor import Mentor

Reach = Literal["own", "all"]


class NotYours(Forbidden):
    """It belongs to somebody else, or is for admins to say."""

    code = "not-yours"


class Access(msgspec.Struct, frozen=True):
    """Who may call an operation: anyone (signed in or not), or these roles."""

    anyone: bool = False
    roles: dict[Role, Reach] = {}


def _access(**roles: Reach) -> Access:
    return Access(roles={Role(role): reach for role, reach in roles.items()})


ANYONE = Access(anyone=True)
ANY_USER = _access(student="own", mentor="own", admin="own", operator="own")
ANY_USER_OR_ADMIN = _access(student="own", mentor="own", admin="all", operator="own")
ADMIN = _access(admin="all")
MENTOR_OR_ADMIN = _access(mentor="own", admin="all")

ACCESS: dict[str, Access] = {
    # identity
    "register": ANYONE,
    "create_token": ANYONE,
    "refresh_token": ANYONE,
    "get_me": ANY_USER,
    "update_me": ANY_USER,
    # mentors and time
    "list_mentors": ANYONE,
    "get_mentor": ANYONE,
    "create_mentor": ADMIN,
    "update_mentor": MENTOR_OR_ADMIN,
    "activate_mentor": MENTOR_OR_ADMIN,
    "pause_mentor": MENTOR_OR_ADMIN,
    "confirm_mentor": ADMIN,
    "invite_mentor": ADMIN,
    "list_timeslots": ANYONE,
    "add_timeslots": MENTOR_OR_ADMIN,
    "update_timeslot": MENTOR_OR_ADMIN,
    "remove_timeslot": MENTOR_OR_ADMIN,
    "list_mentor_bookings": MENTOR_OR_ADMIN,
    # bookings
    "create_booking": _access(student="own", admin="all"),
    "list_bookings": _access(student="own", admin="all"),
    "get_booking": ANY_USER_OR_ADMIN,
    "cancel_booking": _access(student="own", mentor="own", admin="all"),
    "get_booking_history": _access(student="own", mentor="own", admin="all", operator="all"),
    "list_booking_notifications": _access(student="own", mentor="own", admin="all"),
    "resend_notification": ANY_USER_OR_ADMIN,
    "subscribe": ANY_USER_OR_ADMIN,
    "list_subscriptions": ANY_USER_OR_ADMIN,
    "get_subscription": ANY_USER_OR_ADMIN,
    "unsubscribe": ANY_USER_OR_ADMIN,
    # administration
    "import_mentors": ADMIN,
    "get_mentor_import": ADMIN,
    "list_mentor_import_rows": ADMIN,
    "download_mentor_import_report": ADMIN,
    "export_bookings": ADMIN,
    "get_bookings_export": ADMIN,
    "retry_bookings_export": ADMIN,
    "download_bookings_export": ANYONE,  # the signature in the link is the permission
    # the service itself
    "health_live": ANYONE,
    "health_ready": ANYONE,
    "get_metrics": ANYONE,
    "get_openapi": ANYONE,
    "read_docs": ANYONE,
}


def reaches_all(principal: Principal | None, operation: str) -> bool:
    """Tell whether the caller reaches everybody's, not only their own."""
    return principal is not None and ACCESS[operation].roles.get(principal.role) == "all"


def is_mentor(principal: Principal | None, mentor_id: str) -> bool:
    """Tell whether the caller is that mentor."""
    return principal is not None and principal.mentor_id == mentor_id


def manages_mentor(principal: Principal | None, mentor_id: str) -> bool:
    """Tell whether the caller is that mentor, or an admin."""
    return principal is not None and (
        principal.role is Role.ADMIN or is_mentor(principal, mentor_id)
    )


def takes_part(principal: Principal, booking: Booking) -> bool:
    """Tell whether the caller is the student or the mentor of a booking."""
    return booking.exists and (
        booking.student_id == principal.student_id or booking.mentor_id == principal.mentor_id
    )


def sees_slots_of(principal: Principal | None, mentor: Mentor, *, status: str) -> bool:
    """Tell whether there can be slots of a mentor's for the caller to see.

    Others than the mentor and admins see open slots only, and none of a paused mentor's: what
    can't be booked is not offered. Raises ``NotYours`` where they ask for more.
    """
    if manages_mentor(principal, mentor.id):
        return True
    if status != "available":
        raise NotYours("Only the mentor and admins see what is booked.")
    return mentor.is_active


def student_to_list(principal: Principal, wanted: str | None) -> str | None:
    """Return whose bookings the caller is shown; None: everybody's. Raises ``NotYours``."""
    if reaches_all(principal, "list_bookings"):
        return wanted
    if wanted not in (None, principal.student_id):
        raise NotYours("You see your own bookings only.")
    return principal.student_id
