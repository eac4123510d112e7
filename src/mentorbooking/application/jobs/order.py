"""What a job that the log asked for is told: whom to serve, and because of which event."""

from __future__ import annotations

from typing import Self

import msgspec

from mentorbooking.application.context import SYSTEM, CommandContext
from mentorbooking.application.ports.event_log import RecordedEvent
from mentorbooking.application.ports.job_queue import Job


class JobOrder(msgspec.Struct, frozen=True):
    """Payload of a job. ``subject`` is the stream of the event, an aggregate's id."""

    subject: str
    event_id: str
    correlation_id: str

    @classmethod
    def because_of(cls, recorded: RecordedEvent) -> Self:
        return cls(recorded.stream, recorded.event_id, recorded.metadata.correlation_id)

    @classmethod
    def of(cls, job: Job) -> Self:
        return msgspec.json.decode(job.payload, type=cls)

    def payload(self) -> bytes:
        return msgspec.json.encode(self)

    def context(self) -> CommandContext:
        """Surround what the job does: the system acts, the event is the cause."""
        return CommandContext(
            actor=SYSTEM,
            channel="job",
            correlation_id=self.correlation_id,
            causation_id=self.event_id,
        )
