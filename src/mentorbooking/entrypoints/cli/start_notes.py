"""What the log says when the service starts, for who has just started it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import structlog

from mentorbooking.adapters.data_directory import DataDirectory
from mentorbooking.adapters.mail_sender.from_url import (
    InvalidMailUrl,
    is_ses,
    mail_sender_from_url,
)
from mentorbooking.application.ports.event_log import EventLog
from mentorbooking.domain.user_account.events import AccountRegistered
from mentorbooking.entrypoints.service import Service
from mentorbooking.entrypoints.settings import PREFIX, Settings, WrongSetting, strange_variables

FIRST_ADMIN = "mentorbooking users create --role admin --email ADDRESS --name NAME --password-stdin"

_log = structlog.get_logger(__name__)


def refuse_wrong_mail(settings: Settings) -> None:
    """Raise ``WrongSetting`` for mail settings that the mailer could not use; nothing is sent."""
    if is_ses(settings.mail_url) and settings.backend == "aws":
        return
    try:
        mail_sender_from_url(settings.mail_url, settings.data_dir, settings.mail_from, "localhost")
    except InvalidMailUrl as error:
        raise WrongSetting(f"{PREFIX}MAIL_URL: {error}") from error
    except ValueError as error:
        raise WrongSetting(f"{PREFIX}MAIL_FROM: {error}") from error


async def note_the_start(service: Service, environ: Mapping[str, str]) -> None:
    """Say where mail goes, and what is out of the ordinary."""
    base = service.base
    for warning in strange_variables(environ):
        _log.warning("setting_unknown", hint=warning)
    if not base.settings.rate_limits:
        _log.warning("rate_limits_off", hint="anybody may try passwords without end")
    mail = urlsplit(base.settings.mail_url)
    if mail.scheme == "file":
        _log.info("mail_set_up", by="file", folder=str(DataDirectory(base.settings.data_dir).mail))
    else:
        _log.info("mail_set_up", by=mail.scheme, host=mail.hostname)
    if not await _has_accounts(base.log):
        _log.warning("accounts_missing", first_admin=FIRST_ADMIN)


async def _has_accounts(events: EventLog) -> bool:
    """Whatever there is began with an account."""
    return bool(await events.read(0, 1, topics=(AccountRegistered.TOPIC,)))
