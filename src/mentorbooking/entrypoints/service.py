"""What runs, wherever events are kept, for HTTP to be put in front of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from mentorbooking.application.read_models.bookings import Bookings
from mentorbooking.application.read_models.mentor_directory import MentorDirectory
from mentorbooking.application.read_models.mentor_import_rows import MentorImportRows
from mentorbooking.application.read_models.progress import ReadModelsProgress
from mentorbooking.application.read_models.timeslots import Timeslots
from mentorbooking.application.trying_again.followers import Follower
from mentorbooking.entrypoints.composition import Foundation
from mentorbooking.entrypoints.core import Core, Notifications
from mentorbooking.entrypoints.subscribing import Subscribing


class Views(Protocol):
    """What lists are read from."""

    @property
    def mentor_directory(self) -> MentorDirectory: ...
    @property
    def timeslots(self) -> Timeslots: ...
    @property
    def bookings(self) -> Bookings: ...
    @property
    def mentor_import_rows(self) -> MentorImportRows: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """``followers`` are those at work in this process, by name, and may change.

    ``subscribing`` is None where there are no topics to subscribe to.
    """

    base: Foundation
    core: Core
    views: Views
    projector: ReadModelsProgress
    followers: Mapping[str, Follower]
    notifications: Notifications
    subscribing: Subscribing | None = None
