"""Clients of AWS that are soon made: each reads files for 60 ms, and every test makes its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader, Loader

from tests.support.certificates import self_signed

_read = cache(JSONFileLoader().load_file)


class _ReadsOnce(JSONFileLoader):
    """Keeps what it has read for the clients to come, as a session does for its own."""

    def load_file(self, file_path: str) -> Any:
        return _read(file_path)


@contextmanager
def cheap_clients(folder: Path) -> Iterator[None]:
    """Have the descriptions of services read once, and one certificate trusted, in ``folder``,
    instead of all that the world trusts: nothing here shows any.
    """
    _, trusted = self_signed(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Loader, "FILE_LOADER_CLASS", _ReadsOnce)
        patch.setenv("AWS_CA_BUNDLE", str(trusted))
        yield
