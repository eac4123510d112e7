"""Settings: from ``MENTORBOOKING_…`` variables, and a ``.env`` file beside where one starts.

The environment wins over the file. A wrong value stops the start with the variable's name and
what is allowed; a variable that looks like one of ours and is not is told as a warning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

import msgspec
from dotenv import dotenv_values

PREFIX = "MENTORBOOKING_"


class WrongSetting(Exception):  # noqa: N818
    """A setting has a value that it can't have; the text names it and says what is allowed."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """See ``DESCRIPTIONS`` for what each means."""

    data_dir: Path = Path("data")
    backend: Literal["embedded", "aws"] = "embedded"
    host: str = "127.0.0.1"
    port: int = 8000
    base_url: str | None = None
    root_path: str = ""
    mail_url: str = "file:"
    mail_from: str = "mentorbooking <no-reply@localhost>"
    secret_key: str | None = None
    rate_limits: bool = True
    trusted_proxies: tuple[str, ...] = ()
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "console", "json"] = "auto"

    @property
    def public_url(self) -> str:
        """Where people reach the service: the base of every link, without a closing slash."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.base_url or f"http://{host}:{self.port}") + self.root_path


class _Setting(NamedTuple):
    meaning: str
    allowed: str
    parse: Callable[[str], Any]


def _one_of(*allowed: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError
        return text

    return parse


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise ValueError
    return number


def _http_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError
    return text.rstrip("/")


def _root_path(text: str) -> str:
    if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)*/?", text):
        raise ValueError
    return text.rstrip("/")


def _mail_url(text: str) -> str:
    if urlsplit(text).scheme not in ("file", "smtp", "smtps"):
        raise ValueError
    return text


def _secret(text: str) -> str:
    if len(text) < 32:
        raise ValueError
    return text


def _networks(text: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    found = [ip_network(name, strict=False) for name in names]
    return tuple(
        str(each.network_address) if each.num_addresses == 1 else str(each) for each in found
    )


def _not_empty(text: str) -> str:
    if not text.strip():
        raise ValueError
    return text


SETTINGS: Mapping[str, _Setting] = {
    "data_dir": _Setting(
        "folder for everything that is kept", "a path", lambda t: Path(_not_empty(t))
    ),
    "backend": _Setting(
        "where events are kept", "embedded (aws is not built in yet)", _one_of("embedded")
    ),
    "host": _Setting("address to listen on", "a host name or IP address", _not_empty),
    "port": _Setting("port to listen on", "0 to 65535; 0 picks a free one", _port),
    "base_url": _Setting("how people reach the service", "an http or https URL", _http_url),
    "root_path": _Setting("path that the whole API is mounted at", "like /mentoring", _root_path),
    "mail_url": _Setting(
        "how mail is sent", "file: or smtp://user:password@host:port (smtps: for TLS)", _mail_url
    ),
    "mail_from": _Setting("sender of the mails", "an address, also as: Name <address>", _not_empty),
    "secret_key": _Setting("secret of tokens and links", "at least 32 characters", _secret),
    "rate_limits": _Setting(
        "throttling of sign-in and registration",
        "on or off",
        lambda t: _one_of("on", "off")(t) == "on",
    ),
    "trusted_proxies": _Setting(
        "proxies whose X-Forwarded-For is believed",
        "IP addresses or networks, comma-separated",
        _networks,
    ),
    "log_level": _Setting(
        "least level that is logged",
        "debug, info, warning or error",
        _one_of("debug", "info", "warning", "error"),
    ),
    "log_format": _Setting(
        "how logs are written", "auto, console or json", _one_of("auto", "console", "json")
    ),
}

_LATER = {"DYNAMODB_ENDPOINT", "AWS_ENDPOINT"}


def load_settings(environ: Mapping[str, str], **overrides: Any) -> Settings:
    """Read the settings; ``overrides`` (from the command line) that are not None win.

    Raises ``WrongSetting`` for the first wrong value.
    """
    from_file = {k: v for k, v in dotenv_values(".env").items() if v is not None}
    variables = {**from_file, **environ}
    values: dict[str, Any] = {}
    for name, setting in SETTINGS.items():
        text = variables.get(PREFIX + name.upper())
        if text is None or (text == "" and name != "root_path"):
            continue
        try:
            values[name] = setting.parse(text)
        except ValueError:
            raise WrongSetting(
                f"{PREFIX}{name.upper()} has a value that it can't have; allowed: {setting.allowed}"
            ) from None
    values.update({name: value for name, value in overrides.items() if value is not None})
    return Settings(**values)


def strange_variables(environ: Mapping[str, str]) -> list[str]:
    """Return a warning for each variable that looks like a setting and is none."""
    known = [PREFIX + name.upper() for name in SETTINGS] + [PREFIX + name for name in _LATER]
    warnings = []
    for variable in environ:
        if variable.startswith(PREFIX) and variable not in known:
            near = get_close_matches(variable, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            warnings.append(f"{variable} is not a setting{hint}")
    return warnings
