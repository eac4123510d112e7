"""``mentorbooking projections`` where no service runs."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import ExitStack, closing

import pytest

from mentorbooking.adapters.data_directory import DataDirectory
from mentorbooking.adapters.read_models.sqlite.database import ViewsDatabase
from mentorbooking.adapters.read_models.sqlite.models import all_models
from mentorbooking.entrypoints.cli.exit_codes import ExitCode
from tests.support.patience import PATIENCE
from tests.support.program import Program
from tests.support.serving_process import served, within

NAMES = sorted(model.name for model in all_models())


def digests(program: Program) -> dict[str, str]:
    with closing(ViewsDatabase(program.data / "views.db", all_models())) as views:
        return {name: views.digest(name) for name in NAMES}


def head(program: Program) -> str:
    position: str = program("outbox", "status", "--json").json["head"]
    return f"0:{position}"


def test_read_models_that_were_never_made(program: Program) -> None:
    program.make_admin()
    models = program("projections", "list", "--json").json
    assert [(m["name"], m["state"], m["position"]) for m in models] == [
        (name, "absent", "0:0") for name in NAMES
    ]
    assert {m["lag"] for m in models} == {2}


def test_read_models_are_made_anew_from_the_log(with_demo: Program) -> None:
    before = digests(with_demo)
    with closing(sqlite3.connect(with_demo.data / "views.db")) as views, views:
        views.execute("DELETE FROM bookings")
    assert digests(with_demo)["bookings"] != before["bookings"]
    called = with_demo("projections", "rebuild", "bookings")
    assert (called.code, called.err) == (ExitCode.OK, "made anew: bookings\n")
    assert digests(with_demo) == before
    models = {m["name"]: m for m in with_demo("projections", "list", "--json").json}
    assert models["bookings"]["generation"] == models["timeslots"]["generation"] + 1
    assert {(m["state"], m["lag"]) for m in models.values()} == {("running", 0)}
    assert {m["position"] for m in models.values()} == {head(with_demo)}


def test_all_of_them_also_without_the_file(with_demo: Program) -> None:
    before = digests(with_demo)
    (with_demo.data / "views.db").unlink()
    rebuilt = with_demo("projections", "rebuild", "--all", "--json")
    assert (rebuilt.code, rebuilt.json) == (ExitCode.OK, {"rebuilt": NAMES})
    assert digests(with_demo) == before


def test_a_name_that_is_not_known(program: Program) -> None:
    program.make_admin()
    called = program("projections", "rebuild", "bookings", "bookins")
    assert called.code == ExitCode.USAGE
    assert f"there is no bookins; there are {', '.join(NAMES)}." in called.err


@pytest.mark.parametrize("words", [(), ("bookings", "--all")])
def test_either_names_or_all_of_them(program: Program, words: tuple[str, ...]) -> None:
    program.make_admin()
    assert program("projections", "rebuild", *words).code == ExitCode.USAGE


def test_the_table_for_people(program: Program) -> None:
    program.make_admin()
    header, *lines = program("projections", "list").out.splitlines()
    assert header.split() == ["NAME", "STATE", "POSITION", "LAG", "GENERATION", "ERROR"]
    assert [line.split()[0] for line in lines] == NAMES


def test_a_service_that_stops_leaves_the_rebuild_to_the_next_one(with_demo: Program) -> None:
    stopping = ExitStack()
    stopping.enter_context(DataDirectory(with_demo.data).serving())

    def is_asked() -> bool:
        with closing(sqlite3.connect(with_demo.data / "work.db")) as work:
            return work.execute("SELECT * FROM control WHERE finished_at IS NULL").fetchone()

    asked = threading.Thread(target=lambda: (within(PATIENCE, is_asked), stopping.close()))
    asked.start()
    called = with_demo("projections", "rebuild", "bookings")
    asked.join()
    assert called.code == ExitCode.FAILED
    assert called.error.endswith("the service has stopped; it rebuilds them when it starts again")
    with served(with_demo.folder) as service:
        assert within(PATIENCE, lambda: service.event("rebuild_done"))["projection"] == "bookings"
