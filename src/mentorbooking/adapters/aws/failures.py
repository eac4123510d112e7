"""What a call of AWS can fail with, and how that is told without repeating what was sent."""

from __future__ import annotations

from typing import Final

from aiohttp import ClientError as ConnectionBroken
from botocore.exceptions import BotoCoreError, ClientError

CALL_FAILED: Final = (ClientError, BotoCoreError, ConnectionBroken, OSError, TimeoutError)
"""A refusal of the service, or no way to it. A body that breaks off raises aiohttp's errors."""


def failure_code(error: BaseException) -> str:
    """Name a failure: the service's code, else the kind of error.

    The service's words may hold an address or a key, and are left out.
    """
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "Unknown"))
    return type(error).__name__
