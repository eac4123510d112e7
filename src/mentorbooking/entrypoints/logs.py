"""The log of a process that stays until it is told to end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mentorbooking.entrypoints.left_out import left_out

if TYPE_CHECKING:
    from mentorbooking.entrypoints.settings import Settings


def begin_to_log(settings: Settings) -> None:
    """Set logging up; to be called before anything else is imported.

    structlog would import ``rich`` to show tracebacks by, 5 MB, but ours are text by then.
    """
    with left_out("rich"):
        from mentorbooking.adapters.observability.logging import configure_logging

    configure_logging(level=settings.log_level, layout=settings.log_format)
