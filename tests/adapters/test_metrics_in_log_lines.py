"""The embedded metric format, as CloudWatch's specification says."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from mentorbooking.adapters.observability.embedded_metrics import MOST_METRICS, EmbeddedMetrics

AT = datetime(2026, 11, 21, 12, 0, 0, 250_000, tzinfo=UTC)


def test_a_line_declares_its_metrics_and_holds_their_values() -> None:
    metrics = EmbeddedMetrics({"function": "outbox"}, {"request_id": "request-1"})
    metrics.add("EventsRelayed", 2)
    metrics.add("EventsRelayed", 3)
    metrics.add("Duration", 12.5, "Milliseconds")

    line = metrics.line(AT)

    assert line.endswith(b"}\n")
    assert json.loads(line) == {
        "_aws": {
            "Timestamp": 1795262400250,
            "CloudWatchMetrics": [
                {
                    "Namespace": "mentorbooking",
                    "Dimensions": [["function"]],
                    "Metrics": [
                        {"Name": "EventsRelayed", "Unit": "Count"},
                        {"Name": "Duration", "Unit": "Milliseconds"},
                    ],
                }
            ],
        },
        "request_id": "request-1",
        "function": "outbox",
        "EventsRelayed": 5,
        "Duration": 12.5,
    }


def test_nothing_to_tell_is_no_line() -> None:
    assert EmbeddedMetrics({"function": "outbox"}).line(AT) == b""


def test_more_than_a_line_may_declare_is_refused() -> None:
    metrics = EmbeddedMetrics({"function": "outbox"})
    for number in range(MOST_METRICS + 1):
        metrics.add(f"Metric{number}")

    with pytest.raises(ValueError, match="100"):
        metrics.line(AT)
