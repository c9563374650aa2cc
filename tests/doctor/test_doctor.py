"""The doctor finds what is wrong, says what to do, and changes nothing."""

import asyncio
import shutil
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bot.core.content.report import Finding, Level
from bot.core.messages import Address, Channel, Inbound, InboundKind
from bot.doctor import Line, Verdict, examine, machine
from bot.doctor import content as doctor_of_content
from bot.doctor.accounts import look_at_accounts
from bot.settings import PracticeSettings, Settings, TelegramSettings
from bot.store import hold, inbound
from bot.store.crypt import Keys
from bot.store.database import Database, open_database
from bot.store.migrate import migrate
from bot.store.subscribers import find_or_create
from tests.stubs.telegram import TOKEN, USERNAME, TelegramStub

pytestmark = pytest.mark.slow

HOME = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def settings(folder: Path, **more: Any) -> Settings:
    return Settings(**{"data_dir": folder, "content_dir": HOME / "content", **more})


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Database]:
    """The database of `settings(folder)`."""
    url = settings(folder).database
    await migrate(url)
    database = await open_database(url, Keys.load(folder, None, rows_exist=False))
    yield database
    await database.close()


async def said(folder: Path, subject: str, **more: Any) -> Line:
    [line] = [line for line in await examine(settings(folder, **more)) if line.subject == subject]
    return line


def telegram(**more: Any) -> dict[str, PracticeSettings]:
    return {"mariposha": PracticeSettings(telegram=TelegramSettings(**{"token": TOKEN, **more}))}


async def test_a_healthy_installation_is_ok_in_every_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_of_content, "verify_helplines", lambda _: [])
    async with opened(tmp_path):
        pass
    async with TelegramStub() as stub:
        lines = await examine(settings(tmp_path, telegram_api_url=stub.url, practices=telegram()))
        assert {method for method, _ in stub.requests} == {"getMe", "getWebhookInfo"}
    assert [str(line) for line in lines if line.verdict is not Verdict.OK] == []
    assert {line.subject for line in lines} >= {
        "Database", "Klok", "Schijf", "Sleutel", "STOP-logboek", "Telegram van mariposha", "Certificaat", "Inhoud",
    }  # fmt: skip


async def test_before_the_first_start_nothing_is_wrong_and_nothing_is_made(tmp_path: Path) -> None:
    line = await said(tmp_path, "Database")
    assert line.verdict is Verdict.NOTICE and "nabij serve" in line.says
    assert list(tmp_path.iterdir()) == []


async def test_an_old_database_a_lost_key_and_a_broken_file_are_told_apart(tmp_path: Path) -> None:
    async with opened(tmp_path):
        pass
    (tmp_path / "secret.key").rename(tmp_path / "elsewhere")
    assert "secret.key" in (await said(tmp_path, "Database")).says
    (tmp_path / "elsewhere").rename(tmp_path / "secret.key")
    file = tmp_path / "nabij.sqlite3"
    content = bytearray(file.read_bytes())
    content[-8000:-4000] = b"\xff" * 4000
    file.write_bytes(content)
    line = await said(tmp_path, "Bestand van de database")
    assert line.verdict is Verdict.WRONG and "nabij restore" in line.says
    file.write_bytes(b"")
    assert "nabij migrate" in (await said(tmp_path, "Database")).says


async def test_a_clock_that_is_behind_the_database_is_wrong(tmp_path: Path) -> None:
    address = Address(Channel.TELEGRAM, "mariposha:telegram", "1")
    update = Inbound(address=address, external_id="1", kind=InboundKind.TEXT)
    async with opened(tmp_path) as database:
        ahead = datetime.now(UTC) + timedelta(hours=5)
        await database.write(lambda conn: inbound.admit(conn, "mariposha", None, update, ahead))
    line = await said(tmp_path, "Klok")
    assert line.verdict is Verdict.WRONG and "4 uur" in line.says
    assert (await said(tmp_path, "Klok", demo=True)).verdict is Verdict.OK


async def test_what_a_restore_holds_is_told(tmp_path: Path) -> None:
    async with opened(tmp_path) as database:
        address = Address(Channel.TELEGRAM, "mariposha:telegram", "1")
        now = datetime.now(UTC)
        await database.write(lambda c: find_or_create(c, "mariposha", address, zone="Europe/Amsterdam", now=now))
        await database.write(lambda conn: hold.hold_everything(conn, now))
    line = await said(tmp_path, "Vastgehouden na een restore")
    assert line.verdict is Verdict.NOTICE and "mariposha (0)" in line.says


async def test_a_full_disk_and_an_open_key_are_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(tmp_path):
        pass
    usage = shutil.disk_usage(tmp_path)._replace(free=machine.LEAST_ROOM - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    (tmp_path / "secret.key").chmod(0o644)
    assert (await said(tmp_path, "Schijf")).verdict is Verdict.WRONG
    assert "chmod 600" in (await said(tmp_path, "Sleutel")).says


async def test_a_refused_token_and_a_silent_platform_are_told_apart_without_the_token(tmp_path: Path) -> None:
    async with TelegramStub() as stub:
        others = telegram(token="999999:" + "fout" * 9)
        [refused] = await look_at_accounts(settings(tmp_path, telegram_api_url=stub.url, practices=others))
    [silent] = await look_at_accounts(settings(tmp_path, telegram_api_url=stub.url, practices=telegram()))
    assert refused.verdict is silent.verdict is Verdict.WRONG
    assert "BotFather" in refused.says and "NABIJ_PRACTICES__MARIPOSHA__TELEGRAM__TOKEN" in refused.says
    assert "geen antwoord" in silent.says
    assert "999999" not in refused.says and TOKEN not in silent.says


async def test_a_webhook_that_leads_elsewhere_is_noticed_and_waiting_updates_are_wrong(tmp_path: Path) -> None:
    async with TelegramStub() as stub:
        polling = settings(tmp_path, telegram_api_url=stub.url, practices=telegram())
        posted = telegram(mode="webhook", webhook_secret="s")
        site = settings(tmp_path, telegram_api_url=stub.url, practices=posted, public_url="https://nabij.example/")
        [unset] = await look_at_accounts(site)
        assert unset.verdict is Verdict.NOTICE and "https://nabij.example/webhooks/telegram/mariposha" in unset.says
        stub.bot(USERNAME).webhook = "https://nabij.example/webhooks/telegram/mariposha"
        [as_it_should] = await look_at_accounts(site)
        assert as_it_should.verdict is Verdict.OK and "webhook" in as_it_should.says
        [elsewhere] = await look_at_accounts(polling)
        assert elsewhere.verdict is Verdict.NOTICE
        stub.bot(USERNAME).updates.extend({"update_id": number} for number in range(100))
        [waiting] = await look_at_accounts(site)
        assert waiting.verdict is Verdict.WRONG and "100" in waiting.says


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Makes a certificate for localhost that ends after so many days; returns its file (with the key)."""
    folder = tmp_path_factory.mktemp("certificates")

    def make(days: float) -> Path:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=90))
            .not_valid_after(now + timedelta(days=days, hours=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        file = folder / f"{days}.pem"
        encoding = serialization.Encoding.PEM
        file.write_bytes(
            certificate.public_bytes(encoding)
            + key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        return file

    return make


@pytest.mark.parametrize(
    ("days", "verdict", "says"),
    [(60, Verdict.OK, "60 dagen"), (5, Verdict.WRONG, "5 dagen"), (-1, Verdict.WRONG, "geen geldig certificaat")],
)
async def test_a_certificate_that_ends_soon_is_wrong(
    tmp_path: Path, signed: Any, days: int, verdict: Verdict, says: str
) -> None:
    file = signed(days)
    site = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    site.load_cert_chain(file)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "localhost", 0, ssl=site)
    async with server:
        port = server.sockets[0].getsockname()[1]
        public = settings(tmp_path, public_url=f"https://localhost:{port}")
        line = await machine.look_at_certificate(public, ssl.create_default_context(cafile=str(file)))
        assert line.verdict is verdict and says in line.says
        if days > 0:
            unknown = await machine.look_at_certificate(public, ssl.create_default_context())
            assert unknown.verdict is Verdict.WRONG
    away = await machine.look_at_certificate(public, ssl.create_default_context())
    assert away.verdict is Verdict.NOTICE


async def test_a_webhook_without_https_is_wrong(tmp_path: Path) -> None:
    posted = settings(tmp_path, practices=telegram(mode="webhook", webhook_secret="s"))
    line = await machine.look_at_certificate(posted, ssl.create_default_context())
    assert line.verdict is Verdict.WRONG and "https" in line.says


async def test_on_a_public_site_the_chats_that_are_closed_are_told_with_what_they_miss(tmp_path: Path) -> None:
    public = settings(tmp_path, content_dir=HOME / "content", public_url="https://chat.praktijk.nl")
    _, closed = doctor_of_content.look_at_content(public)
    assert closed.verdict is Verdict.NOTICE and "mariposha" in closed.says and "approved" in closed.says
    inside = settings(tmp_path, content_dir=HOME / "content", public_url="http://192.168.1.4:8080")
    assert len(doctor_of_content.look_at_content(inside)) == 1


async def test_broken_content_is_told_with_file_and_line(tmp_path: Path) -> None:
    shutil.copytree(HOME / "content", tmp_path / "content")
    (tmp_path / "content" / "phrases.yaml").write_text("hallo: [\n")
    line = await said(tmp_path, "Inhoud", content_dir=tmp_path / "content")
    assert line.verdict is Verdict.WRONG and "phrases.yaml:" in line.says


def test_a_help_line_that_nobody_dialled_for_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    finding = Finding("helplines.yaml", 1, Level.ERROR, "113 is lang niet nagebeld.", "Bel het nummer na.")
    findings = [finding, replace(finding, level=Level.WARNING)]
    monkeypatch.setattr(doctor_of_content, "verify_helplines", lambda _: findings)
    old, older = doctor_of_content.look_at_helplines()
    assert (old.verdict, older.verdict) == (Verdict.WRONG, Verdict.NOTICE)
    assert old.says == "113 is lang niet nagebeld. Bel het nummer na."
