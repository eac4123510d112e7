"""``mentorbooking import-mentors`` where no service runs."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from mentorbooking.entrypoints.cli.exit_codes import ExitCode
from tests.support.program import Program

DATA = Path(__file__).parent.parent / "data"
MENTORS = DATA / "mentors.csv"
MESSY = DATA / "mentors-messy.csv"
FEW = "email,name,skills\nann@example.org,Ann,Go\nbob@example.org,Bob,Go;SQL\n"
COUNTS = ("total", "created", "updated", "unchanged", "failed")


def write(program: Program, content: str, name: str = "few.csv") -> Path:
    path = program.folder / name
    path.write_text(content)
    return path


def counts(answer: dict[str, object]) -> tuple[object, ...]:
    return tuple(answer[name] for name in COUNTS)


def test_the_mentors_are_there_and_the_same_file_again_changes_nothing(program: Program) -> None:
    first = program("import-mentors", MENTORS, "--json")
    assert first.code == ExitCode.OK
    assert first.json["status"] == "completed"
    assert counts(first.json) == (1000, 1000, 0, 0, 0)
    created = ("events", "list", "--type", "mentor.created", "--limit", "2000", "--json")
    assert len(program(*created).json) == 1000
    again = program("import-mentors", MENTORS, "--json")
    assert again.code == ExitCode.OK
    assert counts(again.json) == (1000, 0, 0, 1000, 0)


def test_the_summary_for_people(program: Program) -> None:
    called = program("import-mentors", write(program, FEW))
    assert (called.code, called.out) == (ExitCode.OK, "")
    assert called.error == "2 rows: 2 created, 0 updated, 0 unchanged, 0 failed"


def test_rows_that_fail_are_told_by_line_and_end_with_1(program: Program) -> None:
    called = program("import-mentors", MESSY)
    assert called.code == ExitCode.FAILED
    assert "line 3: E-mail: The same address stands in line 2. (duplicate-in-file)" in called.err
    assert "warning: column Shoe size:" in called.err
    assert called.err.splitlines()[-1] == "10 rows: 2 created, 0 updated, 0 unchanged, 8 failed"


def test_only_the_first_rows_that_fail_are_told(program: Program) -> None:
    rows = "".join(f"nobody,Name {n},Go\n" for n in range(25))
    called = program("import-mentors", write(program, f"email,name,skills\n{rows}"))
    assert called.code == ExitCode.FAILED
    assert called.err.count("invalid-email") == 10
    assert "… and 15 more rows that failed; --report FILE writes them all" in called.err


def test_the_report_holds_every_row_with_its_verdict(program: Program) -> None:
    report = program.folder / "report.csv"
    program("import-mentors", MESSY, "--report", report)
    rows = list(csv.DictReader(io.StringIO(report.read_text())))
    assert len(rows) == 10
    assert [row["status"] for row in rows].count("failed") == 8
    assert rows[0]["mentor_id"].startswith("mentor_")
    shown = program("import-mentors", MESSY, "--report", "-", "--dry-run")
    assert len(list(csv.DictReader(io.StringIO(shown.out)))) == 10


def test_a_dry_run_reports_and_touches_nobody(program: Program) -> None:
    called = program("import-mentors", write(program, FEW), "--dry-run", "--json")
    assert called.code == ExitCode.OK
    assert called.json["dry_run"] is True
    assert counts(called.json) == (2, 2, 0, 0, 0)
    assert program("events", "list", "--type", "mentor.created", "--json").json == []


def test_a_file_without_a_column_that_is_needed_is_refused(program: Program) -> None:
    called = program("import-mentors", write(program, "name,skills\nAnn,Go\n"))
    assert called.code == ExitCode.REFUSED
    assert called.error.endswith("(missing-column)")
    as_json = program("import-mentors", write(program, "name,skills\nAnn,Go\n"), "--json")
    assert as_json.code == ExitCode.REFUSED
    assert as_json.json["status"] == "failed"


def test_what_is_not_csv_is_refused_before_there_is_an_import(program: Program) -> None:
    program.make_admin()
    before = program("events", "list", "--json").json
    spreadsheet = program.folder / "mentors.xlsx"
    spreadsheet.write_bytes(b"PK\x03\x04 and so on")
    for path, word in ((spreadsheet, "spreadsheet"), (write(program, ""), "no data")):
        called = program("import-mentors", path)
        assert called.code == ExitCode.REFUSED
        assert word in called.error
    assert program("events", "list", "--json").json == before


def test_what_is_no_file_is_a_slip(program: Program) -> None:
    for path in ("missing.csv", ".", "/dev/null"):
        assert program("import-mentors", path).code == ExitCode.USAGE
    assert not program.data.exists()


def test_a_bar_shows_on_a_terminal_how_far_it_is(program: Program) -> None:
    code, shown = program.on_a_terminal("import-mentors", write(program, FEW))
    assert code == ExitCode.OK
    assert "Importing" in shown
    assert shown.rstrip().endswith("2 rows: 2 created, 0 updated, 0 unchanged, 0 failed")


def test_the_import_is_one_of_the_system_and_is_kept_as_it_was(program: Program) -> None:
    done = program("import-mentors", write(program, FEW), "--json").json
    events = program("events", "list", "--json").json
    requested = next(e for e in events if e["type"] == "mentor_import.requested")
    assert (requested["actor"], requested["channel"]) == ({"type": "system", "id": None}, "cli")
    rows = [e for e in events if e["type"] == "mentor_import_row.recorded"]
    assert {(e["actor"]["type"], e["actor"]["id"]) for e in rows} == {("import", done["id"])}
    kept = program.data / "objects" / requested["data"]["object_key"]
    assert kept.read_text() == FEW
