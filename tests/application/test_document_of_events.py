"""docs/events.md is what the code says."""

from __future__ import annotations

from pathlib import Path

from mentorbooking.application.event_catalogue.document import render
from mentorbooking.domain.catalogue import EVENT_TYPES

DOCUMENT = Path(__file__).parents[2] / "docs" / "events.md"


def test_the_document_is_current() -> None:
    current = DOCUMENT.read_text(encoding="utf-8") == render()

    assert current, "make it anew: ./mb docs --write docs/events.md"


def test_every_event_is_in_it_with_its_meaning() -> None:
    lines = render().splitlines()

    for topic, event in EVENT_TYPES.items():
        place = lines.index(f"#### `{topic}`")
        assert lines[place + 2], f"{event.__name__} says nothing of itself"
