"""The requirement locks: complete, hashed, without hosts, and of one mind."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.door import ROOT

LOCKS = [
    "requirements.lock",
    "requirements-dev.lock",
    "bench/requirements.lock",
    "tools/mutation/requirements.lock",
]
HOLD_MORE = LOCKS[2:]
PIN = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)


def pins(lock: str) -> dict[str, set[str]]:
    """Return the versions of each package that a lock names, one for each kind of machine."""
    found: dict[str, set[str]] = {}
    for name, version in PIN.findall((ROOT / lock).read_text()):
        found.setdefault(name, set()).add(version)
    return found


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_host_and_hashes_every_package(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert "--index" not in text
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert {entry.split("==")[0] for entry in entries} == pins(lock).keys() != set()
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_the_environment_of_development_holds_the_runtimes_packages_as_they_are(lock: str) -> None:
    dev = pins("requirements-dev.lock")
    shared = {name: version for name, version in pins(lock).items() if name in dev}
    assert {name: dev[name] for name in shared} == shared
    assert lock in HOLD_MORE or shared == pins(lock)


@pytest.mark.parametrize(
    ("lock", "requirements"),
    [
        ("requirements.lock", project()["project"]["dependencies"]),
        ("requirements-dev.lock", project()["project"]["dependencies"]),
        ("requirements-dev.lock", project()["dependency-groups"]["dev"]),
        ("tools/mutation/requirements.lock", project()["dependency-groups"]["dev"]),
    ],
)
def test_a_lock_holds_what_the_project_requires(lock: str, requirements: list[str]) -> None:
    locked = pins(lock)
    for requirement in map(Requirement, requirements):
        versions = locked.get(canonicalize_name(requirement.name), set())
        assert versions, f"{requirement.name} is not locked; ./mb lock"
        assert set(requirement.specifier.filter(versions)) == versions, f"{requirement}; ./mb lock"
