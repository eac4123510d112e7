"""Metrics inside log lines, in CloudWatch's embedded metric format.

One JSON object on a line; CloudWatch reads the numbers out of it, so nothing is called and nobody
waits. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

import msgspec

NAMESPACE: Final = "mentorbooking"
MOST_METRICS: Final = 100
"""What one line may declare."""

Unit = Literal["Count", "Milliseconds", "Seconds", "Bytes", "None"]


@dataclass(slots=True)
class EmbeddedMetrics:
    """What is told of one invocation.

    ``dimensions`` tell whose metrics they are; each set of values is billed as metrics of its
    own, so no ids belong there. ``properties`` can be searched in the log, and are no metrics.
    """

    dimensions: Mapping[str, str]
    properties: Mapping[str, str] = field(default_factory=dict)
    _values: dict[str, float] = field(default_factory=dict)
    _units: dict[str, Unit] = field(default_factory=dict)

    def add(self, name: str, value: float = 1, unit: Unit = "Count") -> None:
        """Add to a metric; the first time it begins at zero."""
        self._values[name] = self._values.get(name, 0) + value
        self._units[name] = unit

    def line(self, at: datetime) -> bytes:
        """Return the line, with its end; nothing if there is nothing to tell."""
        if not self._values:
            return b""
        if len(self._values) > MOST_METRICS:
            raise ValueError(f"a line holds {MOST_METRICS} metrics at most")
        directive = {
            "Namespace": NAMESPACE,
            "Dimensions": [list(self.dimensions)],
            "Metrics": [{"Name": name, "Unit": unit} for name, unit in self._units.items()],
        }
        told: dict[str, Any] = {
            "_aws": {
                "Timestamp": int(at.timestamp() * 1000),
                "CloudWatchMetrics": [directive],
            },
            **self.properties,
            **self.dimensions,
            **self._values,
        }
        return msgspec.json.encode(told) + b"\n"
