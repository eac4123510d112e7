"""What ``/health`` and ``/metrics`` tell of the running service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from mentorbooking.application.ports.event_log import EventLog
from mentorbooking.application.ports.unavailable import StoreUnavailable
from mentorbooking.application.read_models.progress import ReadModelsProgress
from mentorbooking.application.trying_again.followers import Follower


class Health(msgspec.Struct, frozen=True):
    """``checks`` names what was looked at; ``ok`` or what is wrong."""

    status: str
    checks: dict[str, str]


@dataclass(frozen=True, slots=True)
class ServiceState:
    """Looks at the parts each time it is asked."""

    log: EventLog
    progress: ReadModelsProgress
    followers: Mapping[str, Follower]
    registry: CollectorRegistry

    async def health(self) -> Health:
        """Return whether the log can be read and written and no projection has stopped.

        Followers are told of and change nothing: while mails and public events wait, people can
        book all the same.
        """
        checks: dict[str, str] = {}
        try:
            await self.log.reach()
            checks["event_store"] = "ok"
        except StoreUnavailable as error:
            checks["event_store"] = f"unavailable: {error}"
        for state in await self.progress.states():
            running = state.state == "running"
            checks[f"projection:{state.name}"] = (
                "ok" if running else f"{state.state}: {state.error}"
            )
        ready = all(check == "ok" for check in checks.values())
        for name, follower in sorted(self.followers.items()):
            trouble = follower.trouble
            checks[name] = "ok" if trouble is None else f"stalled: {trouble}"
        return Health("ready" if ready else "not ready", checks)

    async def metrics(self) -> bytes:
        """Return all metrics in Prometheus' text format 0.0.4."""
        looked_up = CollectorRegistry()
        looked_up.register(
            _LookedUp(
                [
                    *await projection_metrics(self.log, self.progress),
                    follower_metrics(self.followers),
                ]
            )
        )
        return generate_latest(looked_up) + generate_latest(self.registry)


class _LookedUp(Collector):
    """Metrics that had to be waited for, which a collector can't."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


async def projection_metrics(log: EventLog, progress: ReadModelsProgress) -> list[Metric]:
    """Look up position, lag and state of each read model."""

    def gauge(name: str, text: str) -> Any:
        return GaugeMetricFamily(f"mentorbooking_{name}", text, labels=["projection"])

    log_head = GaugeMetricFamily("mentorbooking_log_position", "Newest position of the log.")
    try:
        head = await log.head()
    except StoreUnavailable:  # a gauge that is absent tells so
        head = 0
    else:
        log_head.add_metric([], head)
    position = gauge("projection_position", "How far the read model has come.")
    events = gauge("projection_lag_events", "Events that are not projected yet.")
    seconds = gauge("projection_lag_seconds", "For how long it has been behind, at most.")
    running = gauge("projection_running", "1 while it follows the log, 0 when it stopped.")
    lags = await progress.lag(head)
    for state in await progress.states():
        position.add_metric([state.name], state.position)
        events.add_metric([state.name], lags[state.name].events)
        seconds.add_metric([state.name], lags[state.name].seconds)
        running.add_metric([state.name], 1 if state.state == "running" else 0)
    return [log_head, position, events, seconds, running]


def follower_metrics(followers: Mapping[str, Follower]) -> Metric:
    """Tell which of those at work in this process go on."""
    running = GaugeMetricFamily(
        "mentorbooking_follower_running",
        "1 while it follows the log, 0 when it stopped.",
        labels=["follower"],
    )
    for name, follower in sorted(followers.items()):
        running.add_metric([name], 1 if follower.trouble is None else 0)
    return running
