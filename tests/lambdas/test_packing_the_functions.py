"""``./mb lambda-package``: the same sources make the same archive, with what functions use.

Whether functions run from it, the tests beside this one tell: see ``support/runtime_api.py``.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from zipfile import ZipFile

import pytest

from tools.lambda_package.archive import TooLarge, pack
from tools.lambda_package.functions import FUNCTIONS
from tools.lambda_package.platform import wheels_for
from tools.lambda_package.requirements import LEFT_OUT, of_the_functions

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text()
LAMBDAS = ROOT / "src" / "mentorbooking" / "entrypoints" / "lambdas"


def _written(folder: Path, names: list[str], *, at: int) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}\n" * 50)
        path.chmod(0o600)
        os.utime(path, (at, at))
    return folder


def test_an_archive_depends_on_names_and_contents_only(tmp_path: Path) -> None:
    names = ["b/two.py", "a.py", "b/one.py"]
    first = _written(tmp_path / "first", names, at=1_600_000_000)
    second = _written(tmp_path / "second", names[::-1], at=1_700_000_000)

    size = pack(first, tmp_path / "out" / "1.zip", largest=10_000)
    pack(second, tmp_path / "out" / "2.zip", largest=10_000)

    assert (tmp_path / "out/1.zip").read_bytes() == (tmp_path / "out/2.zip").read_bytes()
    with ZipFile(tmp_path / "out" / "1.zip") as packed:
        entries = packed.infolist()
    assert [each.filename for each in entries] == ["a.py", "b/one.py", "b/two.py"]
    assert {each.external_attr >> 16 for each in entries} == {0o100644}
    assert size == sum(each.file_size for each in entries)


def test_what_is_too_large_is_not_packed_and_the_largest_is_named(tmp_path: Path) -> None:
    folder = _written(tmp_path / "task", ["small.py", "large/part.py"], at=0)
    (folder / "large" / "part.py").write_bytes(bytes(2_000_000))

    with pytest.raises(TooLarge, match=r"2\.0 MB unpacked are more than 1\.0 MB: large 2\.0 MB"):
        pack(folder, tmp_path / "out.zip", largest=1_000_000)

    assert not (tmp_path / "out.zip").exists()


def test_functions_install_what_is_locked_but_for_what_they_do_not_use() -> None:
    def names(lock: str) -> set[str]:
        return {line.partition("==")[0] for line in lock.splitlines() if "==" in line.split(";")[0]}

    kept = of_the_functions(LOCK)

    assert names(LOCK) - names(kept) == LEFT_OUT
    assert {"litestar", "aioboto3", "msgspec"} <= names(kept)
    assert set(kept.splitlines()) < set(LOCK.splitlines())
    assert all("--hash=sha256:" in entry for entry in kept.split("==")[1:])


def test_an_old_runtime_is_given_no_wheel_for_a_newer_c_library() -> None:
    assert wheels_for("3.11", "arm64")[0] == "manylinux_2_26_aarch64"
    assert wheels_for("3.13", "x86_64")[0] == "manylinux_2_34_x86_64"


def test_every_function_is_told_of() -> None:
    told = re.compile(r"^(handler = |def handler\()", re.MULTILINE)
    found = {path.stem for path in LAMBDAS.glob("*.py") if told.search(path.read_text())}
    page = (ROOT / "docs" / "lambda.md").read_text()

    assert {each.name for each in FUNCTIONS} == found
    for each in FUNCTIONS:
        assert f"| `{each.name}` |" in page
        assert f"| {each.seconds} s |" in page
