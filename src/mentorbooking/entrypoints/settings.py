"""Settings: from ``MENTORBOOKING_…`` variables, and a ``.env`` file beside where one starts.

The environment wins over the file. A wrong value stops the start with the variable's name and
what is allowed; a variable that looks like one of ours and is not is told as a warning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

import msgspec
from dotenv import dotenv_values

from mentorbooking.application.positions import MOST_LANES

PREFIX = "MENTORBOOKING_"


class WrongSetting(Exception):
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
    aws_prefix: str = "mentorbooking"
    aws_bucket: str | None = None
    aws_endpoint: str | None = None
    dynamodb_endpoint: str | None = None
    lanes: int | None = None
    cognito_issuer: str | None = None
    cognito_jwks_url: str | None = None
    cognito_client_ids: tuple[str, ...] = ()
    cognito_admin_group: str = "admin"
    cognito_mentor_group: str = "mentor"
    cognito_operator_group: str = "operator"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "console", "json"] = "auto"

    @property
    def public_url(self) -> str:
        """Where people reach the service: the base of every link, without a closing slash."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.base_url or f"http://{host}:{self.port}") + self.root_path

    @property
    def cognito_keys_url(self) -> str | None:
        """Where the user pool tells the keys of its tokens; None without a pool."""
        issuer = self.cognito_issuer
        return self.cognito_jwks_url or (issuer and f"{issuer}/.well-known/jwks.json")


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


def _matching(pattern: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError
        return text

    return parse


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise ValueError
    return number


def _lanes(text: str) -> int:
    number = int(text)
    if not 1 <= number <= MOST_LANES:
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
    if urlsplit(text).scheme not in ("file", "ses", "smtp", "smtps"):
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


def _client_ids(text: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    if not names or not all(re.fullmatch(r"[A-Za-z0-9_+]{1,128}", name) for name in names):
        raise ValueError
    return names


def _not_empty(text: str) -> str:
    if not text.strip():
        raise ValueError
    return text


SETTINGS: Mapping[str, _Setting] = {
    "data_dir": _Setting(
        "folder for everything that is kept", "a path", lambda t: Path(_not_empty(t))
    ),
    "backend": _Setting(
        "where events are kept: a data directory, or AWS",
        "embedded or aws",
        _one_of("embedded", "aws"),
    ),
    "host": _Setting("address to listen on", "a host name or IP address", _not_empty),
    "port": _Setting("port to listen on", "0 to 65535; 0 picks a free one", _port),
    "base_url": _Setting("how people reach the service", "an http or https URL", _http_url),
    "root_path": _Setting("path that the whole API is mounted at", "like /mentoring", _root_path),
    "mail_url": _Setting(
        "how mail is sent",
        "file:, smtp://user:password@host:port (smtps: for TLS), or ses: on the aws backend",
        _mail_url,
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
    "aws_prefix": _Setting(
        "what the names of tables, queues and topics begin with",
        "3 to 40 lower-case letters, digits and hyphens",
        _matching(r"[a-z][a-z0-9-]{2,39}"),
    ),
    "aws_bucket": _Setting(
        "bucket of uploads and exports, if not <prefix>-objects",
        "a bucket's name",
        _matching(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
    ),
    "aws_endpoint": _Setting(
        "what speaks as AWS does, for all services but DynamoDB", "an http or https URL", _http_url
    ),
    "dynamodb_endpoint": _Setting(
        "what speaks as DynamoDB does", "an http or https URL", _http_url
    ),
    "lanes": _Setting(
        "lanes of the log on AWS: so many bookings are written side by side",
        f"1 to {MOST_LANES}; aws init adds lanes, none can be taken away",
        _lanes,
    ),
    "cognito_issuer": _Setting(
        "Cognito user pool whose access tokens are taken too",
        "its issuer, like https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123",
        _http_url,
    ),
    "cognito_jwks_url": _Setting(
        "where the pool tells its keys, if not below its issuer", "an http or https URL", _http_url
    ),
    "cognito_client_ids": _Setting(
        "clients of the pool whose tokens are taken", "client ids, comma-separated", _client_ids
    ),
    "cognito_admin_group": _Setting("group of the pool's admins", "a name", _not_empty),
    "cognito_mentor_group": _Setting("group of the pool's mentors", "a name", _not_empty),
    "cognito_operator_group": _Setting("group of the pool's operators", "a name", _not_empty),
    "log_level": _Setting(
        "least level that is logged",
        "debug, info, warning or error",
        _one_of("debug", "info", "warning", "error"),
    ),
    "log_format": _Setting(
        "how logs are written", "auto, console or json", _one_of("auto", "console", "json")
    ),
}


def load_settings(environ: Mapping[str, str], **overrides: Any) -> Settings:
    """Read the settings; ``overrides`` (from the command line) that are not None win.

    Raises ``WrongSetting`` for the first wrong value.
    """
    variables = _with_file(environ)
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
    settings = Settings(**values)
    if bool(settings.cognito_issuer) != bool(settings.cognito_client_ids):
        raise WrongSetting(
            f"{PREFIX}COGNITO_ISSUER and {PREFIX}COGNITO_CLIENT_IDS are needed together"
        )
    return settings


def _with_file(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return the variables of the file, those of the environment over them."""
    from_file = {k: v for k, v in dotenv_values(".env").items() if v is not None}
    return {**from_file, **environ}


def as_text(value: object) -> str:
    """Write what a setting is as its variable would."""
    match value:
        case bool():
            return "on" if value else "off"
        case tuple():
            return ",".join(value)
        case _:
            return str(value)


def strange_variables(environ: Mapping[str, str]) -> list[str]:
    """Warn of each variable, of the file too, that looks like a setting and is none."""
    from difflib import get_close_matches

    known = [PREFIX + name.upper() for name in SETTINGS]
    warnings = []
    for variable in _with_file(environ):
        if variable.startswith(PREFIX) and variable not in known:
            near = get_close_matches(variable, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            warnings.append(f"{variable} is not a setting{hint}")
    return warnings
