"""When a connection has waited long enough, told by looks and by bytes."""

from __future__ import annotations

from mentorbooking.entrypoints.http.patience import (
    LEAST_OF_A_BODY,
    LOOKS_AT_A_BODY,
    LOOKS_AT_A_HEAD,
    Patience,
)

HEAD, OTHER_HEAD, BODY = {}, {}, object()  # type: ignore[var-annotated]  # equal, and not the same


def looks_until_over(patience: Patience, awaited: object, received: int | None = None) -> int:
    return next(n for n in range(1, 1000) if patience.is_over(awaited, received))


def test_a_head_is_awaited_for_so_many_looks() -> None:
    assert looks_until_over(Patience(), HEAD) == LOOKS_AT_A_HEAD + 1


def test_another_head_is_awaited_anew() -> None:
    patience = Patience()
    for _ in range(LOOKS_AT_A_HEAD):
        assert not patience.is_over(HEAD, None)
    assert looks_until_over(patience, OTHER_HEAD) == LOOKS_AT_A_HEAD + 1


def test_nothing_is_awaited_for_ever() -> None:
    patience = Patience()
    assert not any(patience.is_over(None, None) for _ in range(1000))
    assert looks_until_over(patience, HEAD) == LOOKS_AT_A_HEAD + 1


def test_a_body_that_hardly_comes_is_awaited_for_so_many_looks() -> None:
    patience = Patience()
    assert not patience.is_over(HEAD, None)
    assert not patience.is_over(BODY, 70_000)
    nearly = 70_000 + LEAST_OF_A_BODY - 1
    assert looks_until_over(patience, BODY, nearly) == LOOKS_AT_A_BODY


def test_a_body_that_comes_may_take_its_time() -> None:
    patience, received = Patience(), 0
    for _ in range(10):
        for _ in range(LOOKS_AT_A_BODY):
            assert not patience.is_over(BODY, received)
        received += LEAST_OF_A_BODY
    assert looks_until_over(patience, BODY, received) == LOOKS_AT_A_BODY + 1
