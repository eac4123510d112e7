"""Download links: one object, one method, a quarter of an hour, one spelling."""

import hmac
from datetime import timedelta
from urllib.parse import quote

import pytest

from mentorbooking.adapters.identity.signed_links import SignedLinks
from mentorbooking.application.ports.identity import InvalidLink
from tests.support.fixed import NOW
from tests.support.identity import KEYS, b64, each_letter_changed

LINKS = SignedLinks(KEYS.links)
KEY = "exports/export_01/bookings.csv"
QUERY, EXPIRES_AT = LINKS.sign(KEY, NOW)
EXPIRES = int(EXPIRES_AT.timestamp())
SIGNATURE = QUERY.partition("&signature=")[2]
LIFETIME = timedelta(minutes=15)
SECOND = timedelta(seconds=1)


def test_a_link_opens_its_object_for_fifteen_minutes():
    assert EXPIRES_AT == NOW + LIFETIME
    LINKS.check(KEY, QUERY, NOW, method="GET")
    LINKS.check(KEY, QUERY, NOW + LIFETIME - SECOND, method="GET")
    with pytest.raises(InvalidLink, match="expired"):
        LINKS.check(KEY, QUERY, NOW + LIFETIME, method="GET")


@pytest.mark.anyio
async def test_a_link_leads_to_where_the_service_serves_the_object():
    link = await LINKS.link(KEY, served_at="https://x.example/file", file_name="x.csv", now=NOW)
    assert link == (f"https://x.example/file?{QUERY}", EXPIRES_AT)


def test_another_process_with_the_same_secret_accepts_it():
    SignedLinks(KEYS.links).check(KEY, QUERY, NOW, method="GET")


@pytest.mark.parametrize("key", ["a", "exports/ü ?&=%.csv", "\n", "x" * 2000, "\ud800"])
def test_any_key_can_be_signed(key):
    query = LINKS.sign(key, NOW).query
    LINKS.check(key, query, NOW, method="GET")
    assert query.isascii()
    with pytest.raises(InvalidLink):
        LINKS.check(key + "x", query, NOW, method="GET")


def signed(text, key=KEYS.links):
    return b64(hmac.digest(key, text.encode(), "sha256"))


def query(expires=EXPIRES, signature=SIGNATURE):
    return f"expires={expires}&signature={signature}"


def test_the_forger_knows_how_good_ones_are_made():
    assert query(signature=signed(f"GET\n{EXPIRES}\n{KEY}")) == QUERY


LATER = EXPIRES + 3600
METHODS = ["HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "Get", "GET ", ""]
KEYS_OF_OTHERS = [
    "",
    "/",
    "/" + KEY,
    KEY + "/",
    KEY + " ",
    KEY + "\x00",
    KEY + "\n",
    KEY[:-1],
    KEY[1:],
    KEY.upper(),
    KEY.replace("01", "02"),
    "exports/export_01/../export_01/bookings.csv",
    "exports//export_01/bookings.csv",
    "exports/./export_01/bookings.csv",
    "exports\\export_01\\bookings.csv",
    quote(KEY, safe=""),
    KEY.replace("o", "\u03bf"),
    KEY + "?" + QUERY,
    f"{EXPIRES}\n{KEY}",
    "imports/import_01/mentors.csv",
]
QUERIES = [
    "",
    "?" + QUERY,
    QUERY + "&",
    "&" + QUERY,
    QUERY + "\n",
    QUERY + " ",
    QUERY + "#",
    QUERY + "=",
    QUERY + "&x=1",
    QUERY + "&key=" + KEY,
    QUERY + "&method=PUT",
    QUERY + f"&expires={LATER}",
    QUERY + f"&signature={SIGNATURE}",
    f"expires={LATER}&" + QUERY,
    f"signature={SIGNATURE}&expires={EXPIRES}",
    f"expires={EXPIRES};signature={SIGNATURE}",
    f"expires={EXPIRES}",
    f"signature={SIGNATURE}",
    f"expires={EXPIRES}&signature=",
    f"expires=&signature={SIGNATURE}",
    QUERY.upper(),
    QUERY.replace("expires", "Expires"),
    QUERY.replace("=", "%3D"),
    query(EXPIRES + 1),
    query(EXPIRES - 1),
    query(LATER),
    query(f"0{EXPIRES}"),
    query(f"+{EXPIRES}"),
    query(f"-{EXPIRES}"),
    query(f"{EXPIRES}.0"),
    query(f"{EXPIRES}e0"),
    query(f"{EXPIRES}%30"),
    query(f"{EXPIRES}0"),
    query(f"{EXPIRES}000"),
    query(hex(EXPIRES)),
    query("9" * 5000),
    query("never"),
    query("".join(chr(0x0660 + int(digit)) for digit in str(EXPIRES))),
    query(signature=SIGNATURE[:-1]),
    query(signature=SIGNATURE + "A"),
    query(signature=SIGNATURE + "="),
    query(signature=SIGNATURE.swapcase()),
    query(signature=SIGNATURE[::-1]),
    query(signature="A" * 43),
    query(signature="ü" * 43),
    query(signature=quote("%" + SIGNATURE[1:])),
    query(signature=bytes(32).hex()),
    *(query(signature=changed) for changed in each_letter_changed(SIGNATURE)),
    query(signature=signed(f"PUT\n{EXPIRES}\n{KEY}")),
    query(signature=signed(f"{EXPIRES}\n{KEY}")),
    query(signature=signed(KEY)),
    query(LATER, signed(f"GET\n{LATER}\n{KEY}", KEYS.cursors)),
    query(LATER, signed(f"GET\n{LATER}\n{KEY}", KEYS.access_tokens)),
    query(LATER, signed(f"GET\n{LATER}\n{KEY}", KEYS.invitations)),
    query(LATER, signed(f"GET\n{LATER}\n{KEY}", b"")),
]


def test_there_are_enough_misuses():
    assert len({*METHODS}) + len({*KEYS_OF_OTHERS}) + len({*QUERIES}) >= 100


@pytest.mark.parametrize("method", METHODS)
def test_no_other_method_is_allowed(method):
    with pytest.raises(InvalidLink):
        LINKS.check(KEY, QUERY, NOW, method=method)


@pytest.mark.parametrize("key", KEYS_OF_OTHERS)
def test_no_other_object_opens(key):
    with pytest.raises(InvalidLink):
        LINKS.check(key, QUERY, NOW, method="GET")


@pytest.mark.parametrize("query", QUERIES)
def test_no_other_query_opens_it(query):
    with pytest.raises(InvalidLink) as refusal:
        LINKS.check(KEY, query, NOW, method="GET")
    assert SIGNATURE not in str(refusal.value)
