"""What a reader sees of an HTML page, and what it is made of."""

from __future__ import annotations

from html.parser import HTMLParser


class Page(HTMLParser):
    """Collects the words, the tags and the links of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._words: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.feed(html)
        self.close()

    @property
    def words(self) -> str:
        return " ".join(" ".join(self._words).split())

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]
