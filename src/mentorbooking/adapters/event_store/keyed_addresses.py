"""The keyed hash that stands for an address as somebody typed it."""

from __future__ import annotations

from mentorbooking.adapters.identity.address_keys import address_key
from mentorbooking.application.email_addresses import normalise_email
from mentorbooking.domain.kernel.unacceptable import Unacceptable


def key_of_address(store_key: bytes, email: str) -> str:
    """Return the same key for all ways to write an address.

    What nobody could have as an address has a key too, and nobody holds it.
    """
    try:
        normalised = normalise_email(email)
    except Unacceptable:
        normalised = email
    return address_key(store_key, normalised)
