"""What an account is for: exactly one role each."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Operators read the event log and change nothing."""

    STUDENT = "student"
    MENTOR = "mentor"
    ADMIN = "admin"
    OPERATOR = "operator"
