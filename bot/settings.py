"""Settings, frozen, from the environment (prefix NABIJ_, nested with __), `.env`, or files in NABIJ_SECRETS_DIR."""

from __future__ import annotations

import ipaddress
import os
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

TELEGRAM_PUBLIC = "https://api.telegram.org"
WHATSAPP_PUBLIC = "https://graph.facebook.com"
FASTEST = 20_000
_FROZEN = ConfigDict(frozen=True, extra="forbid")


class TelegramSettings(BaseModel):
    model_config = _FROZEN
    token: SecretStr
    mode: Literal["polling", "webhook"] = "polling"
    webhook_secret: SecretStr | None = None
    rate: float = Field(default=25.0, gt=0, le=1000)
    """Messages a second."""

    @field_validator("token")
    @classmethod
    def _has_a_token(cls, token: SecretStr) -> SecretStr:
        if not token.get_secret_value().strip():
            raise ValueError("het token is leeg")
        return token

    @model_validator(mode="after")
    def _webhook_has_a_secret(self) -> TelegramSettings:
        if self.mode == "webhook" and self.webhook_secret is None:
            raise ValueError("MODE=webhook vraagt ook om WEBHOOK_SECRET")
        return self


class WhatsAppSettings(BaseModel):
    """Accepted so that a practice's settings file can be complete; the channel itself is not part of this version."""

    model_config = _FROZEN
    phone_number_id: str
    access_token: SecretStr
    app_secret: SecretStr
    verify_token: SecretStr
    rate: float = Field(default=80.0, gt=0, le=1000)


class AlertSettings(BaseModel):
    """Where a practice wants to be told of an alarm: never what was said or by whom."""

    model_config = _FROZEN
    telegram_chat: int | None = None
    """Chat id of somebody of the practice, or of a group of theirs (negative), who talked to the practice's own bot."""
    mail: str = Field(default="", pattern=r"^$|^[^@\s,;<>]+@[^@\s,;<>]+$")


class PracticeSettings(BaseModel):
    model_config = _FROZEN
    telegram: TelegramSettings | None = None
    whatsapp: WhatsAppSettings | None = None
    alert: AlertSettings = AlertSettings()


class SmtpSettings(BaseModel):
    """The mail server for alerts."""

    model_config = _FROZEN
    host: str = Field(min_length=1)
    port: int = Field(default=587, ge=1, le=65535)
    username: str = ""
    password: SecretStr | None = None
    sender: str = Field(pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+$")
    security: Literal["starttls", "tls", "none"] = "starttls"
    """`none` only for a mail server on this machine."""

    @model_validator(mode="after")
    def _no_plain_words_over_the_wire(self) -> SmtpSettings:
        if self.security == "none" and not is_local(f"smtp://{self.host}"):
            raise ValueError("SECURITY=none kan alleen met een mailserver op deze computer of in het eigen netwerk")
        return self


class Settings(BaseSettings):
    """Everything that can be set. Times are aware; a CLOCK_START without an offset is refused."""

    model_config = SettingsConfigDict(
        env_prefix="NABIJ_",
        env_nested_delimiter="__",
        env_file=".env",
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    data_dir: Path = Path("data")
    database_url: str = ""
    """Empty: SQLite in the data dir."""
    database_listen_url: str = ""
    """PostgreSQL past a pooler such as PgBouncer, which knows no LISTEN. Empty: the database's own URL."""
    content_dir: Path = Path("content")
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    metrics_port: int = Field(default=0, ge=0, le=65535)
    """Where `--role worker` answers /metrics, /healthz and /readyz; 0: nowhere."""
    public_url: str = ""
    smtp: SmtpSettings | None = None
    telegram_api_url: str = TELEGRAM_PUBLIC
    whatsapp_api_url: str = WHATSAPP_PUBLIC
    secret_key: SecretStr | None = None
    """Fernet keys, newest first, separated by commas. Absent on SQLite: a key file in the data dir."""
    practices: dict[str, PracticeSettings] = Field(default_factory=dict)
    clock_start: datetime | None = None
    clock_speed: float = Field(default=1.0, gt=0, le=FASTEST)
    demo: bool = False
    lan: bool = False
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_json: bool | None = None
    """None: JSON unless standard error is a terminal."""
    new_visitors_per_hour: int = Field(default=60, ge=1)
    """Cap on new web chat visitors for each client address."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 -- the library's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        sources = [init_settings, env_settings, dotenv_settings]
        if folder := os.environ.get("NABIJ_SECRETS_DIR"):
            sources.append(
                NestedSecretsSettingsSource(
                    file_secret_settings, secrets_dir=folder, secrets_nested_delimiter="__", secrets_prefix="NABIJ_"
                )
            )
        return tuple(sources)

    @field_validator("practices", mode="after")
    @classmethod
    def _slugs(cls, practices: dict[str, PracticeSettings]) -> dict[str, PracticeSettings]:
        return {name.lower().replace("_", "-"): practice for name, practice in practices.items()}

    @field_validator("clock_start")
    @classmethod
    def _aware(cls, start: datetime | None) -> datetime | None:
        if start is not None and start.utcoffset() is None:
            raise ValueError("zet er de tijdzone bij, zoals 2026-03-01T08:00:00+01:00")
        return start

    @model_validator(mode="after")
    def _no_fast_clock_on_a_real_platform(self) -> Settings:
        if self.has_own_clock and self.reaches_a_real_platform:
            raise ValueError(
                "CLOCK_START, CLOCK_SPEED en de demo kunnen niet samen met een echt platform: haal ze weg, of zet "
                "NABIJ_TELEGRAM_API_URL op een testserver op deze computer"
            )
        return self

    @model_validator(mode="after")
    def _alerts_can_be_sent(self) -> Settings:
        for slug, practice in self.practices.items():
            name = f"NABIJ_PRACTICES__{slug.upper().replace('-', '_')}__ALERT"
            if practice.alert.mail and self.smtp is None:
                raise ValueError(f"{name}__MAIL vraagt ook om NABIJ_SMTP__HOST en NABIJ_SMTP__SENDER")
            if practice.alert.telegram_chat is not None and practice.telegram is None:
                raise ValueError(f"{name}__TELEGRAM_CHAT vraagt ook om een TELEGRAM__TOKEN van die praktijk")
        return self

    @property
    def has_own_clock(self) -> bool:
        return self.demo or self.clock_start is not None or self.clock_speed != 1.0

    @property
    def reaches_a_real_platform(self) -> bool:
        telegram = any(practice.telegram for practice in self.practices.values())
        whatsapp = any(practice.whatsapp for practice in self.practices.values())
        return (telegram and not is_local(self.telegram_api_url)) or (whatsapp and not is_local(self.whatsapp_api_url))

    @property
    def is_public(self) -> bool:
        """Whether the web chat is open to people from outside: at an address of its own that is not this machine's."""
        return bool(self.public_url) and not self.demo and not is_local(self.public_url)

    @property
    def database(self) -> str:
        """The database URL with its async driver."""
        if not self.database_url:
            return f"sqlite+aiosqlite:///{(self.data_dir / 'nabij.sqlite3').resolve()}"
        scheme, colon, rest = self.database_url.partition("://")
        driver = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg", "sqlite": "sqlite+aiosqlite"}
        return f"{driver.get(scheme, scheme)}{colon}{rest}"


class DemoSettings(Settings):
    """What the demo runs with: its clock is moved by hand, so nothing of what runs for real is touched by it, whatever
    the environment and `.env` say."""

    demo: bool = True

    @model_validator(mode="before")
    @classmethod
    def _stands_alone(cls, given: dict[str, Any]) -> dict[str, Any]:
        of_the_real_one = {"practices", "database_url", "database_listen_url", "public_url", "secret_key", "smtp"}
        return {name: value for name, value in given.items() if name not in of_the_real_one}


def is_local(url: str) -> bool:
    """True for a server on this machine or in its private network: no real platform lives there."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith((".localhost", ".test", ".internal")):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_private


def problems(error: ValidationError) -> list[str]:
    """One plain Dutch line for each wrong setting; never its value."""
    lines = []
    for item in error.errors(include_input=False, include_url=False):
        name = "NABIJ_" + "__".join(str(part) for part in item["loc"]).upper() if item["loc"] else "De instellingen"
        message = item["msg"].removeprefix("Value error, ")
        lines.append(f"{name}: {_DUTCH.get(item['type'], message)}")
    return lines


_DUTCH = {
    "missing": "ontbreekt. Zet deze instelling in .env of in de omgeving.",
    "int_parsing": "moet een geheel getal zijn.",
    "float_parsing": "moet een getal zijn.",
    "bool_parsing": "moet true of false zijn.",
    "datetime_from_date_parsing": "moet een tijdstip zijn, zoals 2026-03-01T08:00:00+01:00.",
    "datetime_parsing": "moet een tijdstip zijn, zoals 2026-03-01T08:00:00+01:00.",
    "less_than_equal": "is te groot (CLOCK_SPEED en PORT hebben een grens).",
    "greater_than": "moet groter dan nul zijn.",
    "string_pattern_mismatch": "is geen mailadres, zoals naam@praktijk.nl.",
    "extra_forbidden": "bestaat niet. Kijk de naam na in de README.",
}
