"""How long a password may be."""

from __future__ import annotations

import pytest

from mentorbooking.domain.kernel.unacceptable import Unacceptable
from mentorbooking.domain.user_account.policies import password


@pytest.mark.parametrize("text", ["x" * 10, "x" * 200, "  spaces stay  ", "ä" * 200])
def test_it_is_kept_as_it_was_typed(text: str) -> None:
    assert password(text) == text


@pytest.mark.parametrize(("text", "code"), [("x" * 9, "too-short"), ("x" * 201, "too-long")])
def test_it_has_10_to_200_characters(text: str, code: str) -> None:
    with pytest.raises(Unacceptable, match="10 to 200 characters") as refused:
        password(text)
    assert refused.value.code == code
