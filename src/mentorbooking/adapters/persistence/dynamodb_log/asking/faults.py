"""What the client's errors mean to somebody who asked for something."""

from __future__ import annotations

from typing import Any, NamedTuple

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ProxyConnectionError,
)

from mentorbooking.adapters.persistence.dynamodb_log.items import Item

CONDITION_FAILED = "ConditionalCheckFailed"
"""A reason within a transaction."""

CONDITION_FAILED_ALONE = "ConditionalCheckFailedException"
"""The code of a single write that was refused."""

_LATER = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "ReplicatedWriteConflictException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "Throttling",
        "TransactionConflictException",
    }
)
_UNKNOWN = frozenset(
    {
        "InternalFailure",
        "InternalServerError",
        "RequestTimeout",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "TransactionInProgressException",
    }
)
_PERMANENT = frozenset({"ItemCollectionSizeLimitExceeded", "ValidationError"})
_UNAVAILABLE = frozenset(
    {
        "AccessDeniedException",
        "ExpiredTokenException",
        "IncompleteSignatureException",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "ResourceNotFoundException",
        "UnrecognizedClientException",
    }
)
_NOT_SENT = (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError)
_NO_CREDENTIALS = (NoCredentialsError, CredentialRetrievalError)
_SERVER_ERROR = 500


class Reason(NamedTuple):
    """Why a transaction was cancelled, as to one item; ``item`` is what stands there."""

    code: str
    item: Item | None


class Fault(Exception):
    """The request was not answered with success."""


class Cancelled(Fault):
    """The transaction was not made, for these reasons: one for each of its items."""

    def __init__(self, reasons: list[Reason]) -> None:
        super().__init__(f"cancelled: {', '.join(reason.code for reason in reasons)}")
        self.reasons = reasons


class Busy(Fault):
    """Nothing was done; the same may succeed in a while."""


class NoAnswer(Fault):
    """Whether it was done is not known."""


class Refused(Fault):
    """Nothing was done, and the same would be refused again."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code

    @property
    def is_unavailability(self) -> bool:
        """Whether it is about the table or the caller's rights, not about the request."""
        return self.code in _UNAVAILABLE


def fault_of(error: BotoCoreError | ClientError) -> Fault:
    """Tell what an error of the client means."""
    if isinstance(error, ClientError):
        return _answered(error)
    if isinstance(error, _NO_CREDENTIALS):
        return Refused("MissingAuthenticationTokenException", str(error))
    if isinstance(error, _NOT_SENT):
        return Busy(str(error))
    if isinstance(error, HTTPClientError):
        return NoAnswer(str(error))
    return Refused(type(error).__name__, str(error))


def _answered(error: ClientError) -> Fault:
    response: dict[str, Any] = dict(error.response)
    code = response.get("Error", {}).get("Code", "")
    message = response.get("Error", {}).get("Message", "")
    if code == "TransactionCanceledException":
        return _cancelled(response.get("CancellationReasons", []))
    if code in _LATER:
        return Busy(f"{code}: {message}")
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _UNKNOWN or status >= _SERVER_ERROR:
        return NoAnswer(f"{code}: {message}")
    return Refused(code, message)


def _cancelled(reasons: list[dict[str, Any]]) -> Fault:
    for each in reasons:
        if each.get("Code") in _PERMANENT:
            return Refused(each["Code"], each.get("Message", ""))
    return Cancelled([Reason(each.get("Code", "None"), each.get("Item")) for each in reasons])
