"""A session over HTTP, and beside it on the command line: its log names nobody."""

from __future__ import annotations

from tests.support.patience import PATIENCE
from tests.support.program import ADMIN, PASSWORD, Program
from tests.support.serving_process import served, within

STUDENT = "sara.student@example.org"
NEW_PASSWORD = "another horse battery"
NAME = "Zacharias Quillfeather"


def test_no_address_token_password_or_name_and_an_id_and_actor_on_every_line(
    program: Program,
) -> None:
    program.make_admin()
    secrets = {ADMIN, PASSWORD, STUDENT, NEW_PASSWORD, NAME, "quill@example.org"}
    with served(program.folder, MENTORBOOKING_LOG_LEVEL="debug") as service:
        with service.client(None) as anyone:
            account = {"email": STUDENT, "password": PASSWORD, "name": NAME, "role": "student"}
            me = anyone.post("/auth/register", json=account).json()
            anyone.post("/auth/register", json=account)
            anyone.post("/auth/register", content=b'{"email": "sara.student@example.org", ')
            anyone.post("/auth/token", json={"email": STUDENT, "password": NEW_PASSWORD})
            anyone.get(f"/mentors?q={STUDENT}&token={PASSWORD}")
            anyone.get(f"/{STUDENT}")
            anyone.get("/me", headers={"Authorization": f"Bearer {PASSWORD}"})
            pair = anyone.post("/auth/token", json={"email": STUDENT, "password": PASSWORD}).json()
            secrets |= {pair["access_token"], pair["refresh_token"]}
            token = {"refresh_token": pair["refresh_token"]}
            secrets |= set(map(str, anyone.post("/auth/refresh", json=token).json().values()))
            anyone.post("/auth/refresh", json=token)
            signed_in = {"Authorization": f"Bearer {pair['access_token']}"}
            change = {"password": NEW_PASSWORD, "current_password": PASSWORD}
            assert anyone.patch("/me", json=change, headers=signed_in).status_code == 200
        with service.client() as admin:
            row = f"email,name,skills\nquill@example.org,{NAME},Go\nnobody,{NAME},Go\n"
            file = {"file": (f"{STUDENT}.csv", row.encode(), "text/csv")}
            queued = admin.post("/import/mentors", files=file, headers={"X-Request-ID": "mine-1"})
            within(PATIENCE, lambda: service.event("job_done"))
            admin.get(f"{queued.headers['Location']}/rows")
            export = admin.post("/exports/bookings", json={}).headers["Location"]
            link = within(PATIENCE, lambda: admin.get(export).json()["download_url"])
            assert admin.get(link).status_code == 200
            secrets.add(link.rpartition("signature=")[2])
        assert service.stop() == 0
    text = "".join(service.lines)
    assert [secret for secret in secrets - {"Bearer", "900"} if secret in text] == []
    lines = service.logged
    requests = [line for line in lines if line["event"] == "request"]
    assert len(requests) >= 14
    assert all(line["request_id"] for line in requests)
    assert all(line["actor"] for line in lines)
    assert {"anonymous", f"user:{me['id']}"} <= {line["actor"] for line in requests}
    imported = next(line for line in requests if line["route"] == "/import/mentors")
    assert (imported["request_id"], imported["status"]) == ("mine-1", 202)
    assert {tuple(line)[:3] for line in lines} == {("event", "level", "timestamp")}
