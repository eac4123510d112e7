"""The functions that share the package; `docs/lambda.md` tells more of each."""

from __future__ import annotations

from typing import Final, NamedTuple


class Function(NamedTuple):
    """``seconds`` is the time-out that suits it."""

    name: str
    woken_by: str
    seconds: int

    @property
    def handler(self) -> str:
        return f"mentorbooking.entrypoints.lambdas.{self.name}.handler"


FUNCTIONS: Final = (
    Function("api", "API Gateway: HTTP API, payload 2.0", 29),
    Function("projector", "log table's stream, schedule", 60),
    Function("outbox", "log table's stream, schedule", 60),
    Function("notifications", "queue …-notifications.fifo, schedule", 30),
    Function("imports", "bucket, queue …-mentor-imports", 60),
    Function("exports", "queue …-booking-exports", 60),
    Function("housekeeping", "schedule", 60),
)
