"""What an upload is looked over for: its size, its format, its encoding, whether it has rows."""

import codecs
import hashlib
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

import pytest

from mentorbooking.application.mentor_import.decoding import BLOCK_SIZE
from mentorbooking.application.mentor_import.refusals import EmptyFile, FileTooLarge, NotCsv
from mentorbooking.application.mentor_import.upload import check_upload

DATA = Path(__file__).parent.parent / "data"
HEADER = b"email,name,skills\n"
ROW = b"a@example.org,Anna,Go\n"


def in_chunks(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def test_a_good_file_is_described() -> None:
    data = (DATA / "mentors.csv").read_bytes()
    upload = check_upload([data])
    assert (upload.rows, upload.bytes, upload.encoding, upload.delimiter) == (
        1000,
        len(data),
        "utf-8",
        ",",
    )
    assert upload.sha256 == hashlib.sha256(data).hexdigest()
    assert upload.warnings == ()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 65_536, 10**7])
def test_the_edges_of_chunks_change_nothing(size: int) -> None:
    for name in ("mentors.csv", "mentors-messy.csv"):
        data = (DATA / name).read_bytes()
        assert check_upload(in_chunks(data, size)) == check_upload([data])


def test_a_byte_order_mark_does_not_stand_before_the_quote_of_a_cell() -> None:
    upload = check_upload([codecs.BOM_UTF8 + b'"email\n",name,skills\n' + ROW])
    assert (upload.encoding, upload.rows) == ("utf-8-sig", 1)


@pytest.mark.parametrize("before", range(2))
def test_the_edges_of_blocks_may_cut_a_character(before: int) -> None:
    data = HEADER + b"a" * before + "ä".encode() * BLOCK_SIZE + b"@example.org,Anna,Go\n"
    upload = check_upload([data])
    assert (upload.encoding, upload.not_utf8_line) == ("utf-8", None)


def test_10_mib_are_not_too_large_and_one_byte_more_is() -> None:
    row = b"a@example.org,Anna," + b"x" * 1000 + b"\n"
    data = HEADER + row * (10 * 1024 * 1024 // len(row))
    data += b" " * (10 * 1024 * 1024 - len(data))
    assert check_upload([data]).bytes == 10 * 1024 * 1024
    with pytest.raises(FileTooLarge, match="10 MiB") as refused:
        check_upload([data, b" "])
    assert refused.value.code == "file-too-large"


def test_50000_rows_are_not_too_many_and_one_more_is() -> None:
    data = HEADER + ROW * 50_000
    assert check_upload([data]).rows == 50_000
    with pytest.raises(FileTooLarge, match="50,000 rows"):
        check_upload([data, ROW])


def test_an_endless_upload_is_given_up() -> None:
    with pytest.raises(FileTooLarge):
        check_upload(repeat(b"x" * 1000))
    with pytest.raises(FileTooLarge):
        check_upload(repeat(b"x\n" * 1000))


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04" + b"email,name,skills\n" * 2,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + ROW,
        b"\x89PNG\r\n\x1a\n" + ROW,
        b"\xff\xd8\xff\xe0" + ROW,
        b"GIF89a" + ROW,
        b"%PDF-1.7\n" + ROW,
        b"\x1f\x8b\x08" + ROW,
        b"<?xml version='1.0'?><Workbook/>\n\n",
        b"\xef\xbb\xbf \r\n<html><table>\n",
        HEADER.decode().encode("utf-16"),
        HEADER.decode().encode("utf-16-be"),
        HEADER + ROW + b"b@example.org,B\0b,Go\n",
        HEADER + ROW * 40_000 + b"\0",
    ],
)
@pytest.mark.parametrize("size", [1, 10**7])
def test_another_format_is_refused(data: bytes, size: int) -> None:
    with pytest.raises(NotCsv, match="save it as CSV") as refused:
        check_upload(in_chunks(data, size))
    assert refused.value.code == "unsupported-media-type"


def test_another_format_is_refused_before_its_size_is() -> None:
    with pytest.raises(NotCsv):
        check_upload(repeat(b"PK\x03\x04" + b"x" * 10**6))


@pytest.mark.parametrize(
    "data", [b"", b"\xef\xbb\xbf", b" \r\n\t\n", b"\r" * 70_000, HEADER, HEADER + b"\n \n"]
)
def test_no_rows_are_no_data(data: bytes) -> None:
    with pytest.raises(EmptyFile) as refused:
        check_upload([data])
    assert refused.value.code == "empty-file"


def test_empty_chunks_are_nothing() -> None:
    assert check_upload([b"", HEADER, b"", ROW, b""]) == check_upload([HEADER + ROW])


def test_a_byte_order_mark_makes_it_utf8_whatever_follows() -> None:
    for chunks in ([b"\xef\xbb\xbf" + HEADER, ROW], [b"\xef", b"\xbb", b"\xbf", HEADER + ROW]):
        assert check_upload(chunks).encoding == "utf-8-sig"
    broken = check_upload([b"\xef\xbb\xbf" + HEADER + ROW + b"\xfc"])
    assert (broken.encoding, broken.warnings) == ("utf-8-sig", ())


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("size", [1, 2, 3, 1000, 10**6])
def test_windows_1252_is_assumed_at_the_first_byte_that_is_not_utf8(end: bytes, size: int) -> None:
    good = "zoë@example.org,Zoë,Go".encode()
    bad = "jürgen@example.org,Jürgen,Go".encode("windows-1252")
    data = end.join([b"email,name,skills", *[good] * 5000, bad, good, bad])
    upload = check_upload(in_chunks(data, size))
    assert upload.encoding == "windows-1252"
    assert upload.rows == 5003
    (warning,) = upload.warnings
    assert (warning.code, warning.line, warning.column) == ("encoding-assumed", 5002, None)


def test_a_character_cut_off_by_the_end_is_not_utf8() -> None:
    upload = check_upload([HEADER + ROW + b"b@example.org,B,Gr\xc3"])
    assert (upload.encoding, upload.not_utf8_line) == ("windows-1252", 3)


@pytest.mark.parametrize(
    ("header", "delimiter"),
    [
        ("email,name,skills", ","),
        ("email;name;skills", ";"),
        ("email\tname\tskills", "\t"),
        ('email;name;"skills (a, b, c, d, e)"', ";"),
        ("email;name;skills (a, b, c, d, e);skills", ";"),
        ("email,name (first; last; middle; title),skills", ","),
        ('"E-mail\naddress";Name;Skills', ";"),
        ("\n \nemail\tname\tskills", "\t"),
        ("one", ","),
        ("a;b;c", ";"),
        ('5" disk;email;name', ";"),
    ],
)
def test_the_delimiter_is_what_the_header_uses(header: str, delimiter: str) -> None:
    assert check_upload([f"{header}\nx,y;z\n".encode()]).delimiter == delimiter


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_end_at_the_edge_of_a_block_counts_once(end: str) -> None:
    for padding in range(BLOCK_SIZE - 4, BLOCK_SIZE + 3):
        data = f"{'x' * padding}{end}a,b{end}".encode() + b"\xfc"
        assert check_upload([data]).not_utf8_line == 3
