"""The examples of the OpenAPI document: one small story, told in all of its places."""

from __future__ import annotations

from typing import Any, Final

USER_ID: Final = "user_01k9w3c1r2fn1t3e9q6x8z0abc"
STUDENT_ID: Final = "student_01k9w3c1r2fn1t3e9q6x8z0abd"
MENTOR_ID: Final = "mentor_01k9w3c1r2fn1t3e9q6x8z0abe"
SLOT_ID: Final = "slot_01k9w3c1r2fn1t3e9q6x8z0abf"
BOOKING_ID: Final = "booking_01k9w3c1r2fn1t3e9q6x8z0abg"
IMPORT_ID: Final = "import_01k9w3c1r2fn1t3e9q6x8z0abh"
EXPORT_ID: Final = "export_01k9w3c1r2fn1t3e9q6x8z0abj"
MESSAGE_ID: Final = "message_01k9w3c1r2fn1t3e9q6x8z0abk"
SUBSCRIPTION_ID: Final = "subscription_3h0v2r9c8d7f1m5k4n6p2q8s0t"
EVENT_ID: Final = "event_01k9w3c1r2fn1t3e9q6x8z0abm_2"

_SHA256: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_CREATED: Final = "2026-11-20T09:30:00Z"

ACCOUNT: Final[dict[str, Any]] = {
    "id": USER_ID,
    "email": "ada@example.org",
    "name": "Ada Lovelace",
    "role": "student",
    "time_zone": "Europe/London",
    "student_id": STUDENT_ID,
    "created_at": _CREATED,
    "version": 1,
}

TOKENS: Final[dict[str, Any]] = {
    "access_token": "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.c2lnbmF0dXJl",
    "token_type": "Bearer",
    "expires_in": 900,
    "refresh_token": "Q2xpbWIgZXZlcnkgbW91bnRhaW4uIFNlYXJjaCBoaWdo",
}

MENTOR: Final[dict[str, Any]] = {
    "id": MENTOR_ID,
    "name": "Grace Hopper",
    "skills": ["Compilers", "COBOL"],
    "experience_years": 40,
    "bio": "Happy to talk about machines and careers.",
    "hourly_rate": 60,
    "premium": False,
    "languages": ["en"],
    "time_zone": "America/New_York",
    "max_sessions_per_day": 3,
    "status": "active",
    "confirmed": True,
    "version": 2,
    "created_at": _CREATED,
    "updated_at": _CREATED,
}

SLOT: Final[dict[str, Any]] = {
    "id": SLOT_ID,
    "mentor_id": MENTOR_ID,
    "start": "2026-12-01T15:00:00Z",
    "end": "2026-12-01T15:45:00Z",
    "duration_minutes": 45,
    "status": "available",
}

BOOKING: Final[dict[str, Any]] = {
    "id": BOOKING_ID,
    "mentor_id": MENTOR_ID,
    "student_id": STUDENT_ID,
    "slot_id": SLOT_ID,
    "start": SLOT["start"],
    "end": SLOT["end"],
    "duration_minutes": 45,
    "title": "My first compiler",
    "description": "",
    "status": "confirmed",
    "created_at": _CREATED,
    "updated_at": _CREATED,
    "version": 1,
}

CANCELLED_BOOKING: Final[dict[str, Any]] = {
    **BOOKING,
    "status": "cancelled",
    "updated_at": "2026-11-21T08:00:00Z",
    "version": 2,
    "cancelled_by": "student",
    "cancellation_reason": "Down with a cold.",
}

HISTORY_ENTRY: Final[dict[str, Any]] = {
    "event_id": EVENT_ID,
    "position": "0:42",
    "type": "booking.cancelled",
    "occurred_at": "2026-11-21T08:00:00Z",
    "actor": {"type": "user", "id": USER_ID, "name": "Ada Lovelace"},
    "channel": "http",
    "reason": "Down with a cold.",
    "changes": {"status": {"old": "confirmed", "new": "cancelled"}},
}

NOTIFICATION: Final[dict[str, Any]] = {
    "id": MESSAGE_ID,
    "recipient": STUDENT_ID,
    "template": "booking_created",
    "event_id": EVENT_ID,
    "status": "sent",
    "attempts": 1,
    "sent_at": "2026-11-20T09:30:01Z",
}

QUEUED_NOTIFICATION: Final[dict[str, Any]] = {
    **{name: value for name, value in NOTIFICATION.items() if name != "sent_at"},
    "status": "queued",
}

SUBSCRIPTION: Final[dict[str, Any]] = {
    "id": SUBSCRIPTION_ID,
    "email": ACCOUNT["email"],
    "events": ["booking.created", "booking.cancelled"],
    "status": "pending",
}

MENTOR_IMPORT: Final[dict[str, Any]] = {
    "id": IMPORT_ID,
    "status": "completed_with_errors",
    "dry_run": False,
    "total": 1000,
    "created": 997,
    "updated": 0,
    "unchanged": 0,
    "failed": 3,
    "warnings": [],
    "file": {"name": "mentors.csv", "sha256": _SHA256, "bytes": 193011},
    "requested_at": _CREATED,
    "started_at": _CREATED,
    "finished_at": "2026-11-20T09:30:02Z",
    "version": 3,
}

IMPORT_ROW: Final[dict[str, Any]] = {
    "line": 17,
    "status": "failed",
    "errors": [
        {
            "column": "email",
            "code": "invalid-email",
            "detail": "An e-mail address such as anna@example.org.",
        }
    ],
}

BOOKINGS_EXPORT: Final[dict[str, Any]] = {
    "id": EXPORT_ID,
    "status": "completed",
    "record_count": 128,
    "sha256": _SHA256,
    "as_of_position": "0:4711",
    "raw": False,
    "download_url": f"https://mentors.example.org/exports/bookings/{EXPORT_ID}/file?expires=1",
    "expires_at": "2026-11-20T09:45:00Z",
    "requested_at": _CREATED,
    "finished_at": "2026-11-20T09:30:01Z",
    "version": 3,
}


def page_of(*rows: dict[str, Any]) -> dict[str, Any]:
    """Show rows as the only page of a list."""
    return {"data": list(rows), "page": {"next_cursor": None, "limit": 50}}
