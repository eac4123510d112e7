"""SNS's client with a refusal that AWS knows and moto does not."""

from __future__ import annotations

from typing import Any


class SnsLikeAws:
    """Refuses to subscribe an address that is subscribed with other attributes.

    "Invalid parameter: Attributes Reason: Subscription already exists with different attributes"
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._attributes: dict[tuple[str, str], Any] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def subscribe(self, **request: Any) -> Any:
        place = request["TopicArn"], request["Endpoint"]
        given = request.get("Attributes")
        known = self._attributes.setdefault(place, given)
        if given is not None and given != known:
            error = {"Error": {"Code": "InvalidParameter", "Message": "already exists"}}
            raise self._client.exceptions.InvalidParameterException(error, "Subscribe")
        return await self._client.subscribe(**request)

    async def unsubscribe(self, **request: Any) -> Any:
        self._attributes.clear()
        return await self._client.unsubscribe(**request)
