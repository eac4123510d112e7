"""Whatever a port can't do just now is told by one family, so that one clause catches it."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from mentorbooking.application import ports
from mentorbooking.application.ports.unavailable import Unavailable


def test_whatever_is_unavailable_is_of_one_family() -> None:
    modules = [
        import_module(each.name)
        for each in pkgutil.iter_modules(ports.__path__, f"{ports.__name__}.")
    ]
    named = {
        kind
        for module in modules
        for name, kind in vars(module).items()
        if name.endswith("Unavailable")
    }

    assert len(named) >= 7
    assert {kind for kind in named if not issubclass(kind, Unavailable)} == set()
