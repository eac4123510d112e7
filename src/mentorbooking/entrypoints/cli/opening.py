"""Opening what is kept, for one command, beside a service that may be running.

Only the backend of the settings is imported, and of it only what is asked for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from mentorbooking.entrypoints.cli.invocation import Invocation
from mentorbooking.entrypoints.cli.kept import Kept


@asynccontextmanager
async def opened(invocation: Invocation) -> AsyncIterator[Kept]:
    """Yield what is kept; whatever was opened of it is closed in the end."""
    settings = invocation.settings()
    async with AsyncExitStack() as stack:
        if settings.backend == "aws":
            from mentorbooking.entrypoints.cli.kept_on_aws import KeptOnAws

            yield KeptOnAws(settings, stack)
        else:
            from mentorbooking.entrypoints.cli.kept_embedded import KeptEmbedded

            yield KeptEmbedded(invocation, settings, stack)
