"""What Lambda's runtimes can load: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Final

MACHINES: Final[Mapping[str, str]] = {"x86_64": "x86_64", "arm64": "aarch64"}
"""What wheels call the architectures of Lambda."""

_OLDEST_GLIBC: Final = 17
_GLIBC: Final = {"3.11": 26}
_GLIBC_OF_LATER_ONES: Final = 34
"""Amazon Linux 2 below python3.11, Amazon Linux 2023 below later runtimes."""


def this_python() -> str:
    """Return the version that the package is for, as in the name of Lambda's runtime."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def wheels_for(python: str, architecture: str) -> Sequence[str]:
    """Return the platforms whose wheels a runtime can load, the best first (PEP 600)."""
    machine = MACHINES[architecture]
    newest = _GLIBC.get(python, _GLIBC_OF_LATER_ONES)
    platforms = [f"manylinux_2_{minor}_{machine}" for minor in range(newest, _OLDEST_GLIBC - 1, -1)]
    return [*platforms, f"manylinux2014_{machine}"]
