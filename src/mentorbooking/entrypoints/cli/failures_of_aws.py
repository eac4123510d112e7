"""Errors of AWS as a person can understand them; without botocore there are none."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Final

_NOT_MADE: Final = frozenset(
    {
        "AWS.SimpleQueueService.NonExistentQueue",
        "NoSuchBucket",
        "NotFoundException",
        "QueueDoesNotExist",
        "ResourceNotFoundException",
    }
)
_OUR_MISTAKES: Final = frozenset({"ValidationException", "SerializationException"})


def is_of_aws(error: BaseException) -> bool:
    """Tell AWS's refusals, and there being no way to it, from what is wrong with a request."""
    botocore = sys.modules.get("botocore.exceptions")
    if botocore is None or isinstance(error, botocore.ParamValidationError):
        return False
    return isinstance(error, botocore.BotoCoreError | botocore.ClientError) and (
        _code(error) not in _OUR_MISTAKES
    )


def hint_for(error: BaseException) -> str:
    """Return what to add to an error's text: how to make what is missing on AWS, if that's it."""
    if any(_code(each) in _NOT_MADE for each in _causes(error)):
        return "; `mentorbooking aws init` makes what is missing"
    return ""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _code(error: BaseException) -> str:
    """Return the code that a service has answered; nothing for other errors."""
    response = getattr(error, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""
