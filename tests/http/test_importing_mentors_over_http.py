"""POST /import/mentors, and what is told of an import while it runs and when it has ended."""

from __future__ import annotations

import csv
import hashlib
import io
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest

from mentorbooking.domain.mentor_import.mentor_import import MentorImport
from tests.support.person import Person
from tests.support.running_service import House, pages_of, refusal

pytestmark = pytest.mark.anyio

DATA = Path(__file__).parents[1] / "data"
HEADER = b"email,name,skills\n"
MIB = 1024 * 1024
MANY = 1000


def counts(found: dict[str, Any]) -> tuple[int, ...]:
    return tuple(found[name] for name in ("total", "created", "updated", "unchanged", "failed"))


def first_rows(content: str, count: int) -> bytes:
    kept = io.StringIO(newline="")
    rows = csv.reader(io.StringIO(content, newline=""))
    csv.writer(kept).writerows(islice(rows, 1 + count))
    return kept.getvalue().encode()


async def upload(admin: Person, content: bytes, **query: Any) -> httpx.Response:
    files = {"file": ("mentors.csv", content, "text/csv")}
    return await admin.post("/import/mentors", files=files, params=query)


async def rows_of(admin: Person, import_id: str, **query: Any) -> list[dict[str, Any]]:
    pages = await pages_of(admin, f"/import/mentors/{import_id}/rows", limit=200, **query)
    return [row for page in pages for row in page]


async def test_a_file_is_kept_as_it_was_uploaded_and_answered_at_once(house: House) -> None:
    admin = await house.admin()
    content = HEADER + b"ada@example.org,Ada,Go\n"

    answer = await upload(admin, content)

    assert answer.status_code == 202
    queued = answer.json()
    assert answer.headers["Location"] == f"/import/mentors/{queued['id']}"
    assert queued["id"].startswith("import_")
    assert queued["status"] == "queued"
    assert queued["dry_run"] is False
    assert queued["file"] == {
        "name": "mentors.csv",
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
    }
    ((kept, stored),) = (await house.objects("mentors-import")).items()
    assert stored == content
    assert kept.endswith(f"{queued['id']}/mentors.csv")
    done = await house.finished(admin, answer.headers["Location"])
    assert done["status"] == "completed"
    assert counts(done) == (1, 1, 0, 0, 0)
    assert done["started_at"]
    assert done["finished_at"]
    assert "error" not in done


async def test_whatever_an_import_does_is_traced_back_to_the_request(house: House) -> None:
    admin = await house.admin()
    before = await house.service.base.log.head()
    file = ("m.csv", HEADER + b"ada@example.org,Ada,Go\n", "text/csv")

    asked = await admin.post(
        "/import/mentors", files={"file": file}, headers={"X-Request-ID": "the-import"}
    )
    done = await house.finished(admin, asked.headers["Location"])

    requested, *caused = await house.service.base.log.read(before, 100)
    assert len(caused) >= 4
    assert requested.metadata.correlation_id == "the-import"
    for recorded in caused:
        assert recorded.metadata.correlation_id == "the-import"
        assert recorded.metadata.causation_id == requested.event_id
        assert recorded.metadata.actor == f"import:{done['id']}"
        assert recorded.metadata.channel == "job"


async def test_a_large_file_and_the_same_file_again(house: House) -> None:
    admin = await house.admin()
    content = first_rows((DATA / "mentors.csv").read_text("utf-8"), MANY)

    first = await house.imported(admin, content)
    listed = [row for page in await pages_of(admin, "/mentors", limit=200) for row in page]
    head = len(await house.facts("mentor.created", "mentor.profile_changed", "mentor.invited"))
    again = await house.imported(admin, content)

    assert (first["status"], counts(first)) == ("completed", (MANY, MANY, 0, 0, 0))
    assert len(listed) == MANY
    assert (again["status"], counts(again)) == ("completed", (MANY, 0, 0, MANY, 0))
    assert head == len(
        await house.facts("mentor.created", "mentor.profile_changed", "mentor.invited")
    )
    assert len(await rows_of(admin, again["id"], status="unchanged")) == MANY
    assert len(await rows_of(admin, first["id"])) == MANY


async def test_a_messy_file(house: House) -> None:
    admin = await house.admin()

    done = await house.imported(admin, (DATA / "mentors-messy.csv").read_bytes())

    assert done["status"] == "completed_with_errors"
    assert counts(done) == (10, 2, 0, 0, 8)
    assert [(w["code"], w["column"]) for w in done["warnings"]] == [("unknown-column", "Shoe size")]
    failed = await rows_of(admin, done["id"], status="failed")
    assert [(row["line"], [error["code"] for error in row["errors"]]) for row in failed] == [
        (3, ["duplicate-in-file"]),
        (4, ["invalid-email"]),
        (5, ["out-of-range"]),
        (6, ["unknown-time-zone"]),
        (7, ["ragged-row"]),
        (8, ["invalid-email"]),
        (11, ["missing-value"]),
        (
            12,
            [
                "missing-value",
                "missing-value",
                "invalid-number",
                "invalid-number",
                "unknown-time-zone",
                "invalid-value",
            ],
        ),
    ]
    assert "2" in failed[0]["errors"][0]["detail"]
    assert all(error["detail"] for row in failed for error in row["errors"])
    created = await rows_of(admin, done["id"], status="created")
    assert [row["line"] for row in created] == [2, 10]
    for row in created:
        assert (await admin.get(f"/mentors/{row['mentor_id']}")).status_code == 200


async def test_the_report_is_the_file_with_the_verdicts(house: House) -> None:
    admin = await house.admin()
    done = await house.imported(admin, (DATA / "mentors-messy.csv").read_bytes())

    answer = await admin.get(f"/import/mentors/{done['id']}/report.csv")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"].startswith("attachment")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert list(rows[0])[:2] == ["E-mail", "Full Name"]
    assert list(rows[0])[-4:] == ["line", "status", "errors", "mentor_id"]
    assert [row["line"] for row in rows] == ["2", "3", "4", "5", "6", "7", "8", "10", "11", "12"]
    assert rows[7]["Full Name"] == "'=1+1"
    assert rows[3]["Experience Years"] == "'-1"
    assert rows[0]["status"] == "created"
    assert rows[0]["mentor_id"].startswith("mentor_")
    assert "invalid-email" in rows[2]["errors"]


async def test_there_is_no_report_once_the_file_is_gone(house: House) -> None:
    admin = await house.admin()
    done = await house.imported(admin, (DATA / "mentors-messy.csv").read_bytes())
    base = house.service.base
    kept = await base.aggregates.get(MentorImport, done["id"])
    await base.storage.delete(kept.object_key)

    answer = await admin.get(f"/import/mentors/{done['id']}/report.csv")

    assert refusal(answer) == (404, "not-found")


async def test_a_dry_run_reports_the_same_and_touches_nobody(house: House) -> None:
    admin = await house.admin()
    before = len(await house.facts())

    done = await house.imported(admin, (DATA / "mentors-messy.csv").read_bytes(), dry_run=True)

    assert done["dry_run"] is True
    assert done["status"] == "completed_with_errors"
    assert counts(done) == (10, 2, 0, 0, 8)
    assert (await admin.get("/mentors")).json()["data"] == []
    topics = {recorded.event.TOPIC for recorded in (await house.facts())[before:]}
    assert not {topic for topic in topics if not topic.startswith(("mentor_import", "mentors.im"))}


async def test_a_row_updates_whom_it_names(house: House) -> None:
    admin = await house.admin()
    columns = b"email,name,skills,hourly_rate,bio,status,premium\n"
    await house.imported(admin, columns + b"ada@example.org,Ada,Go;SQL,50,Hello,active,yes\n")

    done = await house.imported(admin, columns + b'"ADA@example.org",,Rust|C++,\\N,,PAUSED,\n')

    assert counts(done) == (1, 0, 1, 0, 0)
    (row,) = await rows_of(admin, done["id"])
    mentor = (await admin.get(f"/mentors/{row['mentor_id']}")).json()
    assert mentor["name"] == "Ada"  # an empty cell keeps
    assert mentor["bio"] == "Hello"
    assert mentor["premium"] is True
    assert mentor["hourly_rate"] is None  # \N clears
    assert mentor["skills"] == ["Rust", "C++"]
    assert mentor["status"] == "paused"
    assert (await admin.get("/mentors")).json()["data"] == []


async def test_an_import_never_fills_a_strangers_profile(house: House) -> None:
    admin, mentor, student = await house.admin(), await house.mentor(), await house.student()
    content = HEADER + f"{mentor.email.upper()},Taken,Go\n{student.email},Taken,Go\n".encode()

    refused = await house.imported(admin, content)
    await admin.post(f"/mentors/{mentor.id}/confirm")
    allowed = await house.imported(admin, content)

    assert counts(refused) == (2, 0, 0, 0, 2)
    failed = await rows_of(admin, refused["id"])
    assert [[e["code"] for e in row["errors"]] for row in failed] == [["address-in-use"]] * 2
    assert counts(allowed) == (2, 0, 1, 0, 1)
    profile = (await mentor.get(f"/mentors/{mentor.id}")).json()
    assert (profile["name"], profile["skills"]) == ("Taken", ["Go"])


async def test_rows_are_listed_by_line_and_filtered_by_verdict(house: House) -> None:
    admin = await house.admin()
    content = HEADER + b"".join(b"m%d@example.org,M%d,Go\n" % (n, n) for n in range(7))
    done = await house.imported(admin, content)

    pages = await pages_of(admin, f"/import/mentors/{done['id']}/rows", limit=3)

    assert [[row["line"] for row in page] for page in pages] == [[2, 3, 4], [5, 6, 7], [8]]
    assert await rows_of(admin, done["id"], status="failed") == []
    bad = await admin.get(f"/import/mentors/{done['id']}/rows", params={"status": "x"})
    assert refusal(bad)[0] == 422


async def test_without_a_required_column_the_import_fails_as_a_whole(house: House) -> None:
    admin = await house.admin()

    for header, missing in [
        (b"name,skills", "email"),
        (b"email,skills", "name"),
        (b"email,first_name,skills", "name"),
        (b"email,name", "skills"),
    ]:
        done = await house.imported(admin, header + b"\na@example.org,A,Go\n")
        assert done["status"] == "failed"
        assert done["error"]["code"] == "missing-column"
        assert missing in done["error"]["detail"]
        assert (await admin.get("/mentors")).json()["data"] == []


async def test_files_are_read_as_they_come(house: House) -> None:
    admin = await house.admin()

    for content, encoding in [
        ("\ufeffE-Mail,NAME,Areas of expertise\nz1@example.org,Zoë Öz,Go\n", "utf-8"),
        ("email;First Name;last-name;skills\r\nz2@example.org;Zoë;Öz;Go\r\n", "utf-8"),
        ("email\tname\tteaching_skills\rz3@example.org\tZoë Öz\tGo\r", "utf-8"),
        ("email,name,skills\nz4@example.org,Zoë Öz,Go\n", "cp1252"),
        ('email,name,skills\nz5@example.org," Zoe\u0308 \u00d6z ",Go', "utf-8"),
    ]:
        done = await house.imported(admin, content.encode(encoding))
        assert counts(done) == (1, 1, 0, 0, 0), done
        (row,) = await rows_of(admin, done["id"])
        mentor = (await admin.get(f"/mentors/{row['mentor_id']}")).json()
        assert (mentor["name"], mentor["skills"]) == ("Zoë Öz", ["Go"])
        assert bool(done["warnings"]) is (encoding == "cp1252")


async def test_what_is_no_file_of_mentors_is_refused_at_once(house: House) -> None:
    admin = await house.admin()
    row = b"somebody%d@example.org,Somebody,Go\n"

    for content, status, code in [
        (b"", 422, "empty-file"),
        (b"  \n\n", 422, "empty-file"),
        (HEADER, 422, "empty-file"),
        (b"PK\x03\x04" + b"x" * 100, 415, None),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 100, 415, None),
        (HEADER + b"a\x00b,c,d\n", 415, None),
        (HEADER + b"x" * (10 * MIB), 413, None),
        (HEADER + b"".join(row % n for n in range(50_001)), 413, None),
    ]:
        answer = await upload(admin, content)
        assert refusal(answer)[0] == status, content[:20]
        assert code in (None, answer.json()["code"])
    assert await house.objects("mentors-import") == {}
    assert await house.facts("mentor_import.requested") == []


async def test_the_form_has_one_file(house: House) -> None:
    admin = await house.admin()
    file = ("m.csv", HEADER + b"a@example.org,A,Go\n", "text/csv")

    async def send(**wishes: Any) -> httpx.Response:
        return await admin.http.post("/import/mentors", **wishes)

    assert refusal(await send(json={"file": "x"}))[0] == 415
    assert refusal(await send(content=b"a,b", headers={"Content-Type": "text/csv"}))[0] == 415
    assert refusal(await send(files={"datei": file}))[0] == 422
    assert refusal(await send(files=[("file", file), ("file", file)]))[0] == 422
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    assert refusal(await send(content=b"nonsense", headers=broken))[0] == 400
    assert refusal(await send(files={"file": file}, params={"dry_run": "maybe"}))[0] == 422
