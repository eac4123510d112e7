"""A copy of the door with a Python that only pretends to install, so that its tests are quick."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.patience import PATIENCE

ROOT = Path(__file__).parent.parent.parent
COPIED = (
    "mb",
    "requirements.lock",
    "requirements-dev.lock",
    "tools/mutation/requirements.lock",
    "package.json",
    "package-lock.json",
    ".ci/run",
)
TOOLS = (
    "cat",
    "chmod",
    "cksum",
    "cp",
    "dirname",
    "grep",
    "mkdir",
    "mv",
    "readlink",
    "rm",
    "sh",
    "sleep",
    "touch",
    "uname",
)

PRETENDING = """#!/bin/sh
case "$*" in
  *'import venv'*) [ -z "${WITHOUT_VENV:-}" ] ;;
  '-c import pip') ;;
  *'-m compileall'*) ;;
  '-m venv '*)
    for folder; do :; done
    mkdir -p "$folder/bin" "$folder/lib/python3.11/site-packages"
    cp "$0" "$folder/bin/python"
    echo made >>"$DIARY" ;;
  '-m pip install '*)
    for lock; do :; done
    echo "installing ${lock##*/}" >>"$DIARY"
    until [ -z "${INSTALLING_UNTIL:-}" ] || [ -e "$INSTALLING_UNTIL" ]; do sleep 0.05; done
    [ -z "${WITHOUT_NETWORK:-}" ] || exit 1 ;;
  '-P '* | '-m bench.'*)
    echo "$$ $PWD"
    for argument; do echo "$argument"; done
    case "$*" in *"${FAILING:-nothing fails}"*) exit "$FAILING_CODE" ;; esac ;;
  *) exec REAL "$@" ;;
esac
"""
"""What needs no pretence (the version, the lock) goes to the real Python.

An installer is at work until there is the file that INSTALLING_UNTIL names.
"""

NPM = """#!/bin/sh
echo "npm $1" >>"$DIARY"
rm -rf node_modules
[ -z "${WITHOUT_NETWORK:-}" ] || exit 1
mkdir -p node_modules/half/linux-x64
[ -n "${ONLY_OPTIONAL_FAILS:-}" ] || {
  touch node_modules/half/linux-x64/dynoxide
  chmod +x node_modules/half/linux-x64/dynoxide
}
until [ -z "${INSTALLING_UNTIL:-}" ] || [ -e "$INSTALLING_UNTIL" ]; do sleep 0.05; done
mv node_modules/half node_modules/@dynoxide
"""

TOO_OLD = f"""#!/bin/sh
exec "{sys.executable}" -c "import sys; sys.version_info = (3, 9, 18, 'final', 0)
$2"
"""


@dataclass
class Door:
    """A project folder that holds the door, on a machine whose PATH is `tools`."""

    project: Path
    tools: Path
    diary: Path
    environment: dict[str, str] = field(default_factory=dict)

    @classmethod
    def standing_in(cls, folder: Path) -> Door:
        """Copy the door; the machine has the usual tools and a Python that pretends."""
        project, tools = folder / "a project", folder / "tools"
        for name in COPIED:
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, project / name)
        tools.mkdir()
        for name in TOOLS:
            found = shutil.which(name)
            assert found, f"these tests need {name}"
            (tools / name).symlink_to(found)
        door = cls(project, tools, folder / "diary")
        door.environment = {"PATH": str(tools), "DIARY": str(door.diary)}
        door.put_tool("python3", PRETENDING.replace("REAL", f'"{sys.executable}"'))
        return door

    def put_tool(self, name: str, script: str) -> None:
        """Put a script on the machine's PATH, in the place of what is there."""
        tool = self.tools / name
        tool.unlink(missing_ok=True)  # it may be a link to the real tool, which must not be written
        with tool.open("x") as created:
            created.write(script)
        tool.chmod(0o755)

    def run(
        self, *words: str, folder: Path | None = None, **settings: str
    ) -> subprocess.CompletedProcess[str]:
        """Call the door and wait for it."""
        process = self.start(*words, folder=folder, **settings)
        out, err = process.communicate(timeout=PATIENCE)
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def start(
        self, *words: str, folder: Path | None = None, **settings: str
    ) -> subprocess.Popen[str]:
        """Call the door, in a process group of its own."""
        return subprocess.Popen(
            [self.project / "mb", *words],
            cwd=folder or self.project,
            env=self.environment | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def at_once(self, word: str, number: int) -> list[int]:
        """Call the door so often; let one install when all others wait; return their codes."""
        go_on = self.project.parent / "go on"
        calls = [self.start(word, INSTALLING_UNTIL=str(go_on)) for _ in range(number)]
        said: list[str] = []

        def listen(call: subprocess.Popen[str]) -> None:
            assert call.stderr
            said.append(call.stderr.readline())

        listening = [threading.Thread(target=listen, args=(call,)) for call in calls]
        for each in listening:
            each.start()
        given_up = time.monotonic() + PATIENCE
        while sum("waiting for another mb" in words for words in said) < number - 1:
            assert time.monotonic() < given_up, f"they do not wait: {said}"
            time.sleep(0.01)
        go_on.touch()
        for each in listening:
            each.join()
        for call in calls:
            call.communicate(timeout=PATIENCE)
        return [call.returncode for call in calls]

    def kill(self, process: subprocess.Popen[str]) -> None:
        """Kill a call and all that it started."""
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    @property
    def done(self) -> list[str]:
        """What was made and installed so far, in order."""
        return self.diary.read_text().splitlines() if self.diary.exists() else []

    def wait_until_installing(self) -> None:
        """Return once an installer is at work."""
        self.wait_until("installing")

    def wait_until(self, doing: str) -> None:
        """Return once the diary has a line that begins so."""
        given_up = time.monotonic() + PATIENCE
        while not any(line.startswith(doing) for line in self.done):
            assert time.monotonic() < given_up, f"never: {doing}"
            time.sleep(0.01)
