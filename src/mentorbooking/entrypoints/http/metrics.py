"""Requests as Prometheus counts them."""

from __future__ import annotations

from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Histogram

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class _Series(NamedTuple):
    total: Counter
    seconds: Histogram


class RequestMetrics:
    """Counts and times requests by route template, method and status.

    Looking a series up by its labels costs more than counting, so each is looked up once. There
    are few: labels hold nothing that a caller could make up.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._total = Counter(
            "mentorbooking_http_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=registry,
        )
        self._seconds = Histogram(
            "mentorbooking_http_request_duration_seconds",
            "Time from the request's headers to the end of its answer.",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=registry,
        )
        self._series: dict[tuple[str, str, int], _Series] = {}

    def __call__(self, method: str, route: str, status: int, seconds: float) -> None:
        """Take note of one answered request."""
        key = (method, route, status)
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = _Series(
                self._total.labels(method, route, str(status)), self._seconds.labels(method, route)
            )
        series.total.inc()
        series.seconds.observe(seconds)
