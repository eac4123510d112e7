"""What every read model does in DynamoDB: where its rows stand, and what they look like.

A row has a home, found by the key that events know it by, and copies where lists look for it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from mentorbooking.adapters.read_models.dynamodb.items import Item, Place, body_of, position_of
from mentorbooking.application.read_models.projection import Key, Projection

R = TypeVar("R")


class Known(NamedTuple, Generic[R]):
    """A row as of the event that last changed it; None: that one removed it."""

    row: R | None
    position: int


class Step(NamedTuple, Generic[R]):
    """What one event made of a row."""

    position: int
    key: Key
    before: R | None
    after: R | None


class Summary(NamedTuple):
    """A row that a model keeps of several others, and the event that last changed it."""

    place: Place
    position: int
    body: bytes


class DynamoDBReadModel(ABC, Generic[R]):
    """``tag`` begins the partition keys of the model's rows. ``layout`` is raised whenever rows
    would be written in another way than before. ``once``: a row never changes. ``followed``:
    readers hold the homes or summaries in memory, and have to be told which have changed.
    """

    projection: ClassVar[Projection[Any, Any]]
    tag: ClassVar[str]
    layout: ClassVar[int] = 1
    once: ClassVar[bool] = False
    followed: ClassVar[bool] = False

    @property
    def name(self) -> str:
        return self.projection.name

    @property
    def made_by(self) -> str:
        """Name the versions that rows depend on."""
        return f"{self.projection.version}.{self.layout}"

    def generation(self, number: int) -> str:
        """Return what the partition keys of a generation's rows begin with."""
        return f"{self.tag}{number}"

    @abstractmethod
    def home(self, key: Key) -> Place: ...

    def copies(self, key: Key, row: R) -> Iterable[Place]:  # noqa: ARG002
        """Name the places where lists find the row."""
        return ()

    @abstractmethod
    def pack(self, row: R) -> bytes: ...

    @abstractmethod
    def unpack(self, key: Key, body: bytes) -> R: ...

    @abstractmethod
    def row_of(self, place: Place, body: bytes) -> tuple[Key, R] | None:
        """Return the row whose home is at a place; None: it is no home of a row."""

    # -- summaries ---------------------------------------------------------

    def touched(self, steps: Sequence[Step[R]]) -> Collection[Place]:  # noqa: ARG002
        """Name the summaries that follow from what has changed."""
        return ()

    def told(self, steps: Sequence[Step[R]]) -> Collection[Place]:
        """Name what readers of a followed model have to read again."""
        return self.touched(steps)

    def summaries(
        self,
        steps: Sequence[Step[R]],  # noqa: ARG002
        before: Mapping[Place, Item],  # noqa: ARG002
    ) -> Iterator[Summary]:
        """Yield the summaries that are other than before."""
        return iter(())

    # -- reading homes -----------------------------------------------------

    def known(self, key: Key, item: Item) -> Known[R]:
        body = body_of(item)
        return Known(None if body is None else self.unpack(key, body), position_of(item))


def pair_of(key: Key) -> tuple[str, int]:
    """Return the parts of a key that is made of two."""
    if isinstance(key, str):
        raise TypeError("this model's keys have two parts")
    return key
