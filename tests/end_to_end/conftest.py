"""The program, on an empty folder of its own."""

from __future__ import annotations

from tests.support.program_fixture import program

__all__ = ["program"]
