"""`./mb`: what it calls, from where, and how it refuses."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.door import TOO_OLD, Door
from tests.support.patience import PATIENCE

PROGRAM = ["-P", "-m", "mentorbooking.entrypoints.cli.main"]


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door.standing_in(tmp_path)


def called(out: str) -> tuple[int, str, list[str]]:
    """Return process id, folder and arguments of the Python that the door became."""
    first, *arguments = out.splitlines()
    pid, folder = first.split(" ", 1)
    return int(pid), folder, arguments


def test_help_needs_nothing(door: Door, tmp_path: Path) -> None:
    (door.tools / "python3").unlink()
    shown = door.run("help", folder=tmp_path)
    assert shown.returncode == 0
    for word in ("serve", "test", "check", "format", "lock", "bench", "mutate", "aws-local"):
        assert f"./mb {word}" in shown.stdout
    assert not (door.project / ".venv").exists()
    assert door.run().stdout == shown.stdout


def test_any_other_words_go_to_the_program(door: Door) -> None:
    _, _, arguments = called(door.run("users", "create", "--name", "Ada  L.", "*", "").stdout)
    assert arguments == [*PROGRAM, "users", "create", "--name", "Ada  L.", "*", ""]
    assert called(door.run("--help").stdout)[2] == [*PROGRAM, "--help"]


def test_the_benchmark_on_aws_is_one_of_its_own(door: Door) -> None:
    ours, aws = door.run("bench", "--json"), door.run("bench", "aws", "--json")
    assert called(ours.stdout)[2] == ["-m", "bench.run", "--json"]
    assert called(aws.stdout)[2] == ["-m", "bench.aws.run", "--json"]


def test_the_program_runs_in_the_callers_folder(door: Door, tmp_path: Path) -> None:
    _, folder, _ = called(door.run("import-mentors", "mine.csv", folder=tmp_path).stdout)
    assert folder == str(tmp_path)


def test_the_door_becomes_the_program_so_that_signals_reach_it(door: Door) -> None:
    process = door.start("serve")
    out, _ = process.communicate(timeout=PATIENCE)
    assert called(out)[0] == process.pid


def test_it_can_be_called_through_a_link(door: Door, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "real").symlink_to(door.project)
    (elsewhere / "mb").symlink_to("real/mb")
    done = subprocess.run(
        ["mb", "serve"],
        env=door.environment | {"PATH": f"{elsewhere}:{door.tools}"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert called(done.stdout)[2] == [*PROGRAM, "serve"]
    assert (door.project / ".venv").is_dir()


def test_bytecode_is_kept_whatever_the_environment_says(door: Door) -> None:
    door.run("serve")
    python = door.project / ".venv/bin/python"
    python.write_text('#!/bin/sh\necho "${PYTHONDONTWRITEBYTECODE-unset}"\n')
    assert door.run("serve", PYTHONDONTWRITEBYTECODE="1").stdout == "unset\n"


@pytest.mark.parametrize("word", ["serve", "check", "test", "bench", "aws-local"])
def test_without_a_fitting_python_it_names_what_it_found(door: Door, word: str) -> None:
    door.put_tool("python3", TOO_OLD)
    refused = door.run(word)
    assert refused.returncode == 1
    assert refused.stderr == (
        f"mb: needs Python 3.11 or newer; found {door.tools}/python3 is 3.9.18."
        " PYTHON=/path/to/python names one\n"
    )
    assert not (door.project / ".venv").exists()


def test_without_any_python_it_says_so(door: Door) -> None:
    (door.tools / "python3").unlink()
    refused = door.run("check")
    assert refused.returncode == 1
    assert "found none on PATH" in refused.stderr


@pytest.mark.parametrize("named", ["/nowhere/python", "python-of-old"])
def test_a_python_that_was_named_is_not_replaced_by_another(door: Door, named: str) -> None:
    door.put_tool("python-of-old", TOO_OLD)
    refused = door.run("check", PYTHON=named)
    assert refused.returncode == 1
    assert f"PYTHON={named} is not a Python 3.11 or newer" in refused.stderr
    assert door.done == []


def test_without_the_venv_module_it_tells_the_package_of_debian(door: Door) -> None:
    refused = door.run("check", WITHOUT_VENV="1")
    assert refused.returncode == 1
    assert "apt-get install python3-venv" in refused.stderr


def test_tests_are_named_from_the_callers_folder_or_the_projects(
    door: Door, tmp_path: Path
) -> None:
    settings = f"{door.project}/pyproject.toml"
    (tmp_path / "test_mine.py").touch()
    _, folder, arguments = called(door.run("test", "test_mine.py::x", folder=tmp_path).stdout)
    assert folder == str(tmp_path)
    assert arguments == ["-P", "-m", "pytest", "-c", settings, "test_mine.py::x"]
    _, folder, _ = called(door.run("test", "-k", "crash", folder=tmp_path).stdout)
    assert folder == str(door.project)


def test_local_servers_are_run_in_the_callers_folder(door: Door, tmp_path: Path) -> None:
    _, folder, arguments = called(door.run("aws-local", "--dir", "here", folder=tmp_path).stdout)
    assert folder == str(tmp_path)
    assert arguments[:2] == ["-P", "-c"]
    assert arguments[-3:] == [str(door.project), "--dir", "here"]


def test_a_check_goes_through_to_its_end_and_keeps_the_first_failure(door: Door) -> None:
    failed = door.run("check", FAILING="-m mypy", FAILING_CODE="7")
    assert failed.returncode == 7
    for step in ("format", "lint", "types", "import contracts", "generated pages"):
        assert f"== {step}\n" in failed.stdout
    assert door.run("check").returncode == 0


@pytest.mark.parametrize(
    ("failing", "code", "verdicts"),
    [
        ("-m pytest -c", 5, ["check: passed", "test:  FAILED (5)"]),
        ("-m mypy", 3, ["check: FAILED (3)", "test:  passed"]),
        ("nothing", 0, ["check: passed", "test:  passed"]),
    ],
)
def test_continuous_integration_ends_with_what_failed(
    door: Door, failing: str, code: int, verdicts: list[str]
) -> None:
    done = subprocess.run(
        [door.project / ".ci/run"],
        env=door.environment | {"FAILING": failing, "FAILING_CODE": str(code)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    assert done.stdout.splitlines()[-2:] == verdicts
