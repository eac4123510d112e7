"""Who wants to hear of commits."""

from __future__ import annotations

import logging
from collections.abc import Callable

from mentorbooking.adapters.persistence.requests import Committed

Hook = Callable[[Committed], object]

_logger = logging.getLogger(__name__)


class Hooks:
    """A list that may be changed in any thread while another one goes through it."""

    def __init__(self) -> None:
        self._hooks: tuple[Hook, ...] = ()

    def __bool__(self) -> bool:
        return bool(self._hooks)

    def add(self, hook: Hook) -> Callable[[], None]:
        """Call ``hook`` from now on; return what ends that."""
        self._hooks = (*self._hooks, hook)

        def remove() -> None:
            self._hooks = tuple(each for each in self._hooks if each is not hook)

        return remove

    def call(self, news: Committed) -> None:
        """Tell everybody. One who fails keeps the news from nobody else."""
        for hook in self._hooks:
            try:
                hook(news)
            except Exception:
                _logger.exception("commit_hook_failed")
