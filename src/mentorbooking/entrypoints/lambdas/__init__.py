"""Functions of AWS Lambda that drive the same core: a module each, with a ``handler``.

What other people's libraries import only if it happens to be there, and no function uses, is left
out: it costs a cold start a tenth of a second.

Nor is the start interrupted to search for cycles of garbage: hardly anything that it makes is
given up, and to go through all of it again and again takes a fifth of its time. ``Environment``
has the search begin when the start is over.
"""

from __future__ import annotations

import gc
import os
from typing import Final

from mentorbooking.entrypoints.left_out import leave_out

IN_LAMBDA: Final = "AWS_LAMBDA_RUNTIME_API" in os.environ
"""Whether this process is a function's: the runtime client is told where to ask for work."""

NOT_USED: Final = ("httpx", "pydantic", "rich")
"""structlog prints in colours by ``rich``; aiobotocore can speak by ``httpx``, which imports that;
Litestar has a plugin for ``pydantic``."""

if IN_LAMBDA:
    gc.disable()
    leave_out(*NOT_USED)
