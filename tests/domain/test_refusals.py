"""What a refusal tells: a stable code, words for people, and whatever goes with them."""

from mentorbooking.domain.booking.errors import SlotNotBookable
from mentorbooking.domain.kernel.errors import FieldError, InvalidContent, Refused


def test_a_refusal_tells_its_words_and_what_goes_with_them():
    refused = Refused("No.", alternatives=["slot_1"])
    assert (str(refused), refused.detail) == ("No.", "No.")
    assert refused.extra == {"alternatives": ["slot_1"]}


def test_a_slot_that_cannot_be_booked_tells_the_reason_as_its_code():
    refused = SlotNotBookable("slot-taken", "Somebody was quicker.", reasons=["slot-taken"])
    assert (refused.code, str(refused)) == ("slot-taken", "Somebody was quicker.")
    assert refused.extra == {"reasons": ["slot-taken"]}
    assert SlotNotBookable.code == "refused", "no other refusal has the reason of this one"


def test_content_is_refused_with_every_error_at_once():
    errors = (FieldError("/name", "missing-value", "Empty."), FieldError("/age", "x", "Y."))
    refused = InvalidContent(*errors)
    assert refused.errors == errors
    assert refused.detail == str(refused) != ""
