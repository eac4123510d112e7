"""Errors that a person can do something about, as one line and an exit code.

What is not in here is a fault of the program, and keeps its traceback.
"""

from __future__ import annotations

from typing import IO, Any

import click

from mentorbooking.entrypoints.cli.exit_codes import ExitCode
from mentorbooking.entrypoints.cli.failures_of_aws import hint_for, is_of_aws


class Failure(click.ClickException):
    """Ends the program with a line on standard error."""

    def __init__(self, message: str, code: ExitCode) -> None:
        super().__init__(message)
        self.exit_code = code  # type: ignore[misc]  # click reads it of the instance

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"mentorbooking: {self.format_message()}", file=file, err=file is None)


def failure_of(error: BaseException) -> Failure | None:
    """Return what to tell of an error; None for a fault of the program.

    Whatever a group of errors holds in common with this list is told for all of it.
    """
    if isinstance(error, BaseExceptionGroup):
        told = (failure_of(each) for each in error.exceptions)
        return next((failure for failure in told if failure is not None), None)
    return _of_a_rule(error) or _of_the_surroundings(error)


def _of_a_rule(error: BaseException) -> Failure | None:
    from mentorbooking.application.positions import InvalidPosition
    from mentorbooking.domain.kernel.errors import InvalidContent, Refused

    match error:
        case InvalidContent(errors=errors):
            lines = [f"{each.pointer.removeprefix('#/')}: {each.detail}" for each in errors]
            return Failure("\n  ".join(lines), ExitCode.USAGE)
        case InvalidPosition(detail=detail):
            return Failure(detail, ExitCode.USAGE)
        case Refused(detail=detail, code=code):
            return Failure(f"{detail} ({code})", ExitCode.REFUSED)
        case _:
            return None


def _of_the_surroundings(error: BaseException) -> Failure | None:
    match error:
        case OSError(filename=str(name), strerror=str(reason)):
            return Failure(f"{name}: {reason}", ExitCode.UNUSABLE)
        case OSError(strerror=str(reason)):
            return Failure(reason, ExitCode.UNUSABLE)
        case _ if isinstance(error, _unusable()) or _is_of_the_machine(error) or is_of_aws(error):
            return Failure(f"{error}{hint_for(error)}", ExitCode.UNUSABLE)
        case _:
            return None


def _unusable() -> tuple[type[Exception], ...]:
    """Return the errors whose texts say what is wrong around the program, for a person."""
    from mentorbooking.adapters.data_directory import DataDirectoryUnusable
    from mentorbooking.adapters.event_store.codec import UnknownEvent
    from mentorbooking.adapters.identity.secret_key import UnusableSecret
    from mentorbooking.adapters.persistence.requests import GapInLog
    from mentorbooking.application.ports.unavailable import Unavailable
    from mentorbooking.entrypoints.settings import WrongSetting

    return (
        DataDirectoryUnusable,
        GapInLog,
        Unavailable,
        UnknownEvent,
        UnusableSecret,
        WrongSetting,
    )


def _is_of_the_machine(error: BaseException) -> bool:
    """Tell SQLite's trouble with disk and file from its trouble with what the program asks."""
    from mentorbooking.adapters.read_models.sqlite.faults import is_of_the_machine

    return is_of_the_machine(error)
