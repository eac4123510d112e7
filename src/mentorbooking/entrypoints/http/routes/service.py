"""Whether the service lives, is ready, and how it does."""

from __future__ import annotations

from mentorbooking.entrypoints.http.answer import Answer
from mentorbooking.entrypoints.http.call import Call
from mentorbooking.entrypoints.http.health import Health
from mentorbooking.entrypoints.http.operations import Media, Operation, endpoint

TAG = "Service"
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"

_READY = {
    "status": "ready",
    "checks": {"event_store": "ok", "projection:bookings": "ok", "outbox": "ok"},
}
_NOT_READY = {
    "status": "not ready",
    "checks": {"event_store": "ok", "projection:bookings": "failed: KeyError"},
}


@endpoint(
    Operation(
        method="GET",
        path="/health/live",
        operation_id="health_live",
        summary="Is the process alive",
        tag=TAG,
        answers={200: Health},
        anonymous=True,
        quiet=True,
        answer_examples={200: {"status": "live", "checks": {}}},
    )
)
async def health_live(_: Call[None, None]) -> Answer:
    return Answer(body=Health("live", {}))


@endpoint(
    Operation(
        method="GET",
        path="/health/ready",
        operation_id="health_ready",
        summary="Can it do its work",
        description="503 while the event store can't be reached or a projection has stopped. The"
        " checks also tell whether the outbox and, on AWS, the mailer go on.",
        tag=TAG,
        answers={200: Health, 503: Health},
        anonymous=True,
        quiet=True,
        answer_examples={200: _READY, 503: _NOT_READY},
    )
)
async def health_ready(call: Call[None, None]) -> Answer:
    health = await call.core.service.health()
    return Answer(status=200 if health.status == "ready" else 503, body=health)


@endpoint(
    Operation(
        method="GET",
        path="/metrics",
        operation_id="get_metrics",
        summary="Read the metrics",
        tag=TAG,
        answers={200: Media(PROMETHEUS, example="mentorbooking_log_position 42.0\n")},
        anonymous=True,
        quiet=True,
    )
)
async def get_metrics(call: Call[None, None]) -> Answer:
    return Answer(body=await call.core.service.metrics(), content_type=PROMETHEUS)


ENDPOINTS = (health_live, health_ready, get_metrics)
