"""`./mb` makes the environment once, mends it, and bears being called many times at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.door import Door

RUNTIME = "installing requirements.lock"
DEV = "installing requirements-dev.lock"


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door.standing_in(tmp_path)


def test_the_first_call_makes_it_and_the_second_has_nothing_to_do(door: Door) -> None:
    first, second = door.run("serve"), door.run("serve")
    assert first.stderr.startswith("mb: installing ")
    assert second.stderr == ""
    assert door.done == ["made", RUNTIME]


def test_the_package_is_found_wherever_the_project_is_moved_to(door: Door) -> None:
    door.run("serve")
    (found,) = (door.project / ".venv/lib").glob("python*/site-packages/mentorbooking.pth")
    assert (found.parent / found.read_text().strip()).resolve() == door.project / "src"


def test_what_serves_for_development_serves_for_all_and_is_not_taken_back(door: Door) -> None:
    for words in (["serve"], ["test"], ["serve"], ["check"], ["users", "list"]):
        door.run(*words)
    assert door.done == ["made", RUNTIME, DEV]


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_changed_lock_is_installed_at_the_level_that_was_there(door: Door, lock: str) -> None:
    door.run("test")
    with (door.project / lock).open("a") as changed:
        changed.write("another==1\n")
    door.run("serve")
    door.run("test")
    assert door.done == ["made", DEV, DEV]


def test_an_environment_that_somebody_else_made_is_completed_and_not_thrown_away(
    door: Door,
) -> None:
    door.run("serve")
    (door.project / ".venv/.stamp").unlink()
    theirs = door.project / ".venv/theirs"
    theirs.touch()
    door.run("serve")
    assert door.done == ["made", RUNTIME, RUNTIME]
    assert theirs.exists()


def test_an_environment_whose_python_is_gone_is_made_anew(door: Door) -> None:
    door.run("serve")
    python = door.project / ".venv/bin/python"
    python.unlink()
    python.symlink_to("/nowhere/python3.11")
    assert door.run("serve").returncode == 0
    assert door.done == ["made", RUNTIME, "made", RUNTIME]


def test_five_first_calls_at_once_install_once(door: Door) -> None:
    assert door.at_once("serve", 5) == [0] * 5
    assert door.done == ["made", RUNTIME]


def test_a_call_that_was_killed_while_installing_leaves_nothing_half_made(door: Door) -> None:
    killed = door.start("serve", INSTALLING_UNTIL="it is killed")
    door.wait_until_installing()
    door.kill(killed)
    half_written = door.project / ".venv/half written"
    half_written.touch()
    assert door.run("serve").returncode == 0
    assert door.done == ["made", RUNTIME, "made", RUNTIME]
    assert not half_written.exists()


def test_without_a_package_index_it_says_so_and_the_next_call_starts_over(door: Door) -> None:
    refused = door.run("serve", WITHOUT_NETWORK="1")
    assert refused.returncode == 1
    assert "needs a package index once" in refused.stderr
    assert not (door.project / ".venv").exists()
    assert door.run("serve").returncode == 0


def test_a_refused_upgrade_leaves_what_stood(door: Door) -> None:
    door.run("serve")
    assert door.run("test", WITHOUT_NETWORK="1").returncode == 1
    assert door.run("serve", WITHOUT_NETWORK="1").returncode == 0
    assert door.run("test").returncode == 0
    assert door.done == ["made", RUNTIME, DEV, DEV]


def test_uv_is_used_where_it_is_installed(door: Door) -> None:
    door.put_tool("uv", '#!/bin/sh\necho "uv: $*" >>"$DIARY"\n')
    assert door.run("serve").returncode == 0
    made, installed = door.done
    assert made == "made"
    assert installed.startswith("uv: pip install ")
    assert installed.endswith(f"--require-hashes -r {door.project}/requirements.lock")


def test_where_uv_cannot_pip_does(door: Door) -> None:
    door.put_tool("uv", "#!/bin/sh\nexit 2\n")
    assert door.run("serve").returncode == 0
    assert door.done == ["made", RUNTIME]


def test_a_folder_that_cannot_be_written_is_named(door: Door) -> None:
    (door.project / ".venv.lock").write_text("in the way")
    refused = door.run("serve")
    assert refused.returncode == 1
    assert refused.stderr == f"mb: cannot write in {door.project}, where the environment is kept\n"
