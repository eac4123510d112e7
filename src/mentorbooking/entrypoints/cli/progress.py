"""Bars that show how far something is: on a terminal only, and never on standard output."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Tell = Callable[[int, int], None]
"""Is told (done, in all), from any thread."""


def on_a_terminal() -> bool:
    """Tell whether somebody watches."""
    return sys.stderr.isatty()


@contextmanager
def progress_bar(what: str) -> Iterator[Tell]:
    """Show a bar while the body runs; it is gone in the end."""
    if not on_a_terminal():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(
        console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False
    ) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
