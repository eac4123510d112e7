"""S3, SQS, SNS, SES and Cognito on this machine: moto's server, in a process of its own.

A process, so that it takes no time from the program that uses it, and so that the hooks which
moto puts into botocore stay out of it. `python -m tools.aws_local.moto` prints the port and runs
until its standard input ends.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


@contextmanager
def moto_server(*, port: int = 0) -> Iterator[str]:
    """Run a server and yield the URL of its endpoint; it keeps everything in memory.

    Its standard input is a pipe from this process: the kernel closes it whichever way this
    process ends. Raises ``RuntimeError`` if it does not come up.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.aws_local.moto", str(port)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    try:
        told = process.stdout.readline() if process.stdout else ""
        if not told:
            raise RuntimeError(f"moto did not come up: {process.communicate()[1]}")
        yield f"http://127.0.0.1:{int(told)}"
    finally:
        process.kill()  # nothing it holds is to be kept
        process.communicate()


def main() -> None:
    """Serve until standard input ends."""
    import logging

    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=int(sys.argv[1]), verbose=False)
    server.start()
    print(server.get_host_and_port()[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
