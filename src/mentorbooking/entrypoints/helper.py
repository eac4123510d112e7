"""``python -m mentorbooking.entrypoints.helper PARTS``: the worker that the service starts itself.

It stands beside the service all the time, so it is kept small: it does without the library of the
command line, which ``mentorbooking worker`` needs.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

from mentorbooking.entrypoints.left_out import leave_out_other_peoples_keys, left_out
from mentorbooking.entrypoints.logs import begin_to_log
from mentorbooking.entrypoints.settings import load_settings


def main() -> None:
    """Work on the parts that are named until the service ends, or something fails."""
    settings = load_settings(os.environ)
    leave_out_other_peoples_keys()
    with left_out("ssl"):  # 4 MB, and only smtplib speaks TLS here, without the event loop
        import_module("asyncio")
    begin_to_log(settings)
    import structlog

    from mentorbooking.entrypoints.worker import run_worker

    try:
        run_worker(settings, sys.argv[1:], with_parent=True)
    except Exception:  # noqa: BLE001  whatever it is ends the process, and only the log tells
        structlog.get_logger(__name__).exception("worker_failed")
        sys.exit(1)


if __name__ == "__main__":
    main()
