"""The report is the file as it was sent, with the verdict beside each row."""

import csv
import io
from pathlib import Path

from mentorbooking.application.mentor_import.mentor_file import MentorFile, records_of
from mentorbooking.application.mentor_import.report import ReportRow, Verdict, report_lines
from mentorbooking.application.mentor_import.upload import check_upload
from mentorbooking.domain.mentor_import.events import RowOutcome, RowProblem

MESSY = (Path(__file__).parent.parent / "data" / "mentors-messy.csv").read_bytes()


def reported(header: list[str], *rows: ReportRow) -> str:
    return b"".join(report_lines(header, rows)).decode()


def test_the_original_columns_and_the_verdict() -> None:
    text = reported(
        ["E-mail", "Shoe size"],
        ReportRow(2, ["a@example.org", "41"], Verdict(RowOutcome.CREATED, (), "mentor_1")),
        ReportRow(
            5,
            ["x@", "4,1"],
            Verdict(
                RowOutcome.FAILED,
                (
                    RowProblem("E-mail", "invalid-email", "An address."),
                    RowProblem(None, "ragged-row", "3 cells; the header has 2."),
                ),
            ),
        ),
        ReportRow(6, ["b@example.org", ""]),
    )
    assert text == (
        "E-mail,Shoe size,line,status,errors,mentor_id\r\n"
        "a@example.org,41,2,created,,mentor_1\r\n"
        'x@,"4,1",5,failed,E-mail: invalid-email (An address.); '
        "ragged-row (3 cells; the header has 2.),\r\n"
        "b@example.org,,6,,,\r\n"
    )


def test_rows_of_too_few_and_too_many_cells_keep_the_verdict_in_its_columns() -> None:
    verdict = Verdict(RowOutcome.FAILED)
    text = reported(
        ["a", "b"], ReportRow(2, ["1"], verdict), ReportRow(3, ["1", "2", "3", "4"], verdict)
    )
    assert text.splitlines()[1:] == ["1,,2,failed,,", '1,"2,3,4",3,failed,,']


def test_nothing_in_a_report_can_run() -> None:
    text = reported(
        ["=head", "b"],
        ReportRow(
            2,
            ["=1+1", "-1"],
            Verdict(RowOutcome.FAILED, (RowProblem("=head", "too-long", "x"),)),
        ),
    )
    assert text == (
        "'=head,b,line,status,errors,mentor_id\r\n'=1+1,'-1,2,failed,'=head: too-long (x),\r\n"
    )


def test_bytes_that_could_not_be_read_do_not_stop_the_report() -> None:
    assert reported(["a"], ReportRow(2, ["J\udc81"])).splitlines()[1] == "J?,2,,,"


def test_the_report_of_the_messy_file_has_all_of_its_rows() -> None:
    upload = check_upload([MESSY])
    header = next(records_of([MESSY], upload)).cells
    rows = [
        ReportRow(
            row.line,
            row.cells,
            Verdict(RowOutcome.FAILED if row.errors else RowOutcome.CREATED, row.errors_if_new),
        )
        for row in MentorFile([MESSY], upload).rows()
    ]
    table = list(csv.DictReader(io.StringIO(reported(header, *rows), newline="")))
    assert list(table[0]) == [*header, "line", "status", "errors", "mentor_id"]
    assert [row["line"] for row in table] == ["2", "3", "4", "5", "6", "7", "8", "10", "11", "12"]
    assert [row["status"] for row in table].count("created") == 2
    assert table[7]["Full Name"] == "'=1+1"
    assert table[6]["E-mail"] == "line\r\nbreak@example.org"
    assert table[9]["errors"].count("; ") == 5
