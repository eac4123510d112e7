"""Neither a long file nor a hostile one takes more than it should.

The hostile texts are quadratic, or worse, for a careless parser: they would not end within
minutes.
"""

import tracemalloc
from collections.abc import Iterator

import pytest

from mentorbooking.application.mentor_import.mentor_file import MentorFile
from mentorbooking.application.mentor_import.refusals import FileTooLarge
from mentorbooking.application.mentor_import.upload import check_upload
from mentorbooking.domain.kernel.unacceptable import Unacceptable
from mentorbooking.domain.mentor import policies

HEADER = b"email,name,skills,bio\n"


def file_of(rows: int) -> Iterator[bytes]:
    yield HEADER
    for number in range(rows):
        yield b'mentor%d@example.org,Mentor,Go,"%b"\n' % (number, b"word " * 30)


def peak_of_checking(rows: int) -> int:
    tracemalloc.start()
    try:
        assert check_upload(file_of(rows)).rows == rows
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_file_while_it_is_checked() -> None:
    assert peak_of_checking(40_000) < peak_of_checking(4_000) + 100_000


def test_memory_grows_by_a_hash_a_row_while_it_is_read() -> None:
    rows = 8_000
    upload = check_upload(file_of(rows))
    tracemalloc.start()
    try:
        assert (
            sum(row.mentor is not None for row in MentorFile(file_of(rows), upload).rows()) == rows
        )
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 500_000 + 200 * rows < upload.bytes * 1.5


@pytest.mark.parametrize(
    "row",
    [
        b'"' * 500_000,
        b'""' * 500_000 + b"x",
        b' "' * 300_000,
        b"," * 900_000,
        b"a@example.org,N,S," + b" " * 900_000 + b"x",
        b"a@example.org,N,S," + b"\t" * 9_000 + b"x",
        b"a@example.org,N," + b";" * 900_000 + b",",
        b"a@example.org,N," + b"a;" * 400_000 + b",",
        b"a" * 900_000 + b"@example.org,N,S,",
        b"a@" + b"a." * 400_000 + b"org,N,S,",
        "a\u0300\u0323".encode() * 100_000 + b"@example.org,N,S,",
        b"a@example.org," + "a\u0300\u0323".encode() * 100_000 + b",S,",
        b"a@example.org,N,S,a" + "\u0300\u0323".encode() * 19_000,
    ],
)
def test_a_hostile_row_is_judged_at_once(row: bytes) -> None:
    data = HEADER + row + b"\n" + b"good@example.org,Good,Go,\n"
    upload = check_upload([data])
    *_, good = MentorFile([data], upload).rows()
    assert good.mentor is not None
    assert good.line == 3


@pytest.mark.parametrize("line", [b'a","c\n', b'"a\n', b'","\n', b'"\n"x\n', b'a,"b"c\n'])
def test_very_many_broken_quotes_are_too_many_rows_soon(line: bytes) -> None:
    with pytest.raises(FileTooLarge):
        check_upload([HEADER + line * 110_000])


@pytest.mark.parametrize("cell", ["0" * 100_000 + "x", "1" * 100_000, "-" * 100_000])
def test_a_long_telephone_number_or_language_is_refused_at_once(cell: str) -> None:
    for rule in (policies.mobile_number, policies.language):
        with pytest.raises(Unacceptable):
            rule(cell)
