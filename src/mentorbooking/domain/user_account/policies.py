"""Rules about accounts that a person could recite."""

from __future__ import annotations

from typing import Final

from mentorbooking.domain.kernel.unacceptable import Unacceptable

PASSWORD_LENGTH: Final = range(10, 201)


def password(text: str) -> str:
    """10 to 200 characters, as typed: neither trimmed nor normalised."""
    if len(text) not in PASSWORD_LENGTH:
        code = "too-short" if len(text) < PASSWORD_LENGTH.start else "too-long"
        raise Unacceptable(
            code, f"{PASSWORD_LENGTH.start} to {PASSWORD_LENGTH.stop - 1} characters."
        )
    return text
