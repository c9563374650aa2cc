"""Settings: names that tools rely on, secrets from files, and refusals in plain Dutch."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError

from bot.settings import DemoSettings, Settings, is_local, problems

README = Path(__file__).parents[1] / "README.md"
BEFORE_SETTINGS = {"SECRETS_DIR"}
"""Read before there are any settings."""
TOKEN = "NABIJ_PRACTICES__IK_KIES_JOU__TELEGRAM__TOKEN"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_defaults_are_one_machine_and_one_file() -> None:
    settings = Settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert settings.database.startswith("sqlite+aiosqlite:///") and settings.database.endswith("data/nabij.sqlite3")
    assert not settings.has_own_clock and not settings.practices


def test_a_practice_is_named_by_its_slug_with_underscores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "123:abc")
    monkeypatch.setenv("NABIJ_PRACTICES__IK_KIES_JOU__TELEGRAM__RATE", "12.5")
    telegram = Settings().practices["ik-kies-jou"].telegram
    assert telegram is not None and telegram.rate == 12.5 and telegram.mode == "polling"
    assert "123:abc" not in repr(Settings())


def test_secrets_may_come_from_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / TOKEN).write_text("123:abc")
    monkeypatch.setenv("NABIJ_SECRETS_DIR", str(folder))
    telegram = Settings().practices["ik-kies-jou"].telegram
    assert telegram is not None and telegram.token.get_secret_value() == "123:abc"


@pytest.mark.parametrize(("scheme", "driver"), [("postgresql", "postgresql+psycopg"), ("sqlite", "sqlite+aiosqlite")])
def test_database_urls_get_their_async_driver(monkeypatch: pytest.MonkeyPatch, scheme: str, driver: str) -> None:
    monkeypatch.setenv("NABIJ_DATABASE_URL", f"{scheme}:///x")
    assert Settings().database == f"{driver}:///x"


def test_a_fast_clock_is_refused_with_a_real_platform_and_fine_with_a_test_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(TOKEN, "123:abc")
    monkeypatch.setenv("NABIJ_CLOCK_SPEED", "20000")
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert "echt platform" in problems(refused.value)[0]
    monkeypatch.setenv("NABIJ_TELEGRAM_API_URL", "http://127.0.0.1:8081")
    assert Settings().clock_speed == 20_000


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("NABIJ_PORT", "x", "geheel getal"),
        ("NABIJ_CLOCK_SPEED", "20001", "te groot"),
        ("NABIJ_CLOCK_START", "2026-03-01T08:00:00", "tijdzone"),
        ("NABIJ_CLOCK_START", "gisteren", "tijdstip"),
        ("NABIJ_PRACTICES__A__TELEGRAM__TOKEN", " ", "leeg"),
        ("NABIJ_PRACTICES__A__TELEGRAM__RATE", "5", "ontbreekt"),
    ],
)
def test_a_wrong_setting_is_named_with_what_to_do_and_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert any(says in line for line in problems(refused.value))


def test_webhook_mode_asks_for_its_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "123:abc")
    monkeypatch.setenv("NABIJ_PRACTICES__IK_KIES_JOU__TELEGRAM__MODE", "webhook")
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert "WEBHOOK_SECRET" in problems(refused.value)[0]


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:9", True),
        ("http://[::1]:9", True),
        ("http://localhost", True),
        ("http://10.0.0.3", True),
        ("https://api.telegram.org", False),
        ("https://8.8.8.8", False),
        ("", False),
    ],
)
def test_what_counts_as_a_test_server(url: str, *, local: bool) -> None:
    assert is_local(url) is local


def test_the_demo_touches_nothing_that_runs_for_real(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its clock is moved by hand: on the practice's own database it would send what is not due."""
    monkeypatch.setenv("NABIJ_PRACTICES__MARIPOSHA__TELEGRAM__TOKEN", "1:a")
    monkeypatch.setenv("NABIJ_DATABASE_URL", "postgresql://127.0.0.1/nabij")
    monkeypatch.setenv("NABIJ_SECRET_KEY", "x")
    monkeypatch.setenv("NABIJ_PUBLIC_URL", "https://chat.example.nl")
    monkeypatch.setenv("NABIJ_PORT", "8181")
    demo = DemoSettings(clock_speed=60)
    assert demo.demo and demo.port == 8181 and demo.clock_speed == 60
    assert not demo.practices and demo.database.startswith("sqlite") and not demo.public_url
    assert demo.secret_key is None


def test_alerts_go_to_a_chat_or_a_mail_address_of_the_practice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "123:abc")
    monkeypatch.setenv("NABIJ_PRACTICES__IK_KIES_JOU__ALERT__TELEGRAM_CHAT", "-1001")
    monkeypatch.setenv("NABIJ_PRACTICES__IK_KIES_JOU__ALERT__MAIL", "lotte@praktijk.example")
    monkeypatch.setenv("NABIJ_SMTP__HOST", "mail.example")
    monkeypatch.setenv("NABIJ_SMTP__SENDER", "nabij@praktijk.example")
    settings = Settings()
    alert = settings.practices["ik-kies-jou"].alert
    assert (alert.telegram_chat, alert.mail) == (-1001, "lotte@praktijk.example")
    assert settings.smtp is not None and (settings.smtp.port, settings.smtp.security) == (587, "starttls")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PRACTICES__MARIPOSHA__ALERT__MAIL", "lotte@praktijk.example", "NABIJ_SMTP__HOST"),
        ("PRACTICES__MARIPOSHA__ALERT__TELEGRAM_CHAT", "5", "TELEGRAM__TOKEN"),
        ("PRACTICES__MARIPOSHA__ALERT__MAIL", "lotte", "mailadres"),
        ("SMTP", '{"host": "mail.example", "sender": "n@p.example", "security": "none"}', "SECURITY=none"),
    ],
)
def test_alerts_that_could_not_be_sent_are_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"NABIJ_{name}", value)
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert said in " ".join(problems(refused.value))


def test_the_readme_names_every_setting_and_no_other() -> None:
    told = set(in_readme())
    assert set(names(Settings)) - told == set()
    assert told - set(names(Settings)) == BEFORE_SETTINGS


def names(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """As in the environment, without `NABIJ_`."""
    for name, field in model.model_fields.items():
        inner = [one for one in types_of(field.annotation) if isinstance(one, type) and issubclass(one, BaseModel)]
        key = "<SLUG>__" if "dict" in str(field.annotation) else ""
        if inner:
            yield from names(inner[0], f"{prefix}{name.upper()}__{key}")
        else:
            yield prefix + name.upper()


def types_of(annotation: Any) -> list[Any]:
    return [annotation, *(inner for one in get_args(annotation) for inner in types_of(one))]


def in_readme() -> Iterator[str]:
    """The settings of the table; `__RATE` there continues the first name of its row."""
    table = README.read_text(encoding="utf-8").partition("| setting (prefix `NABIJ_`)")[2].partition("\n\n")[0]
    for row in table.splitlines()[2:]:
        said = re.findall(r"`((?:__)?[A-Z][A-Z_<>]+)`", row)
        stem = said[0].rpartition("__")[0]
        own = row.split("|")[1]
        yield from (one for one in said if not one.startswith("__") and f"`{one}`" in own)
        yield from (stem + one for one in said if one.startswith("__"))
