"""The wiring: content that changes while the bot runs, and logs that hold no person."""

import asyncio
import io
import logging
import re
from collections.abc import Iterator
from contextlib import redirect_stderr
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import pytest
import structlog
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from bot import data_requests, key_rotation, logs, upkeep
from bot.app import opened
from bot.concerns import ages, alarms
from bot.content_folder import ContentFolder
from bot.content_watch import take_over_changes
from bot.core.decision import Decision
from bot.core.delivery import Message, Outcome
from bot.core.messages import Address, Channel, Inbound, InboundKind, Lane
from bot.settings import AlertSettings, Settings
from bot.store import contents
from bot.store.tables import ErasureRow, EventRow, MessageRow, SubscriberRow
from tests.journeys.people import KEY, InWebChat, OnTelegram, Story, content_of, story
from tests.mailbox import Mailbox, open_mailbox

pytestmark = pytest.mark.slow

CONTENT = Path(__file__).parents[1] / "content"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the process writes, at debug level, as JSON."""
    root, handlers, level = logging.getLogger(), list(logging.getLogger().handlers), logging.getLogger().level
    written = io.StringIO()
    with redirect_stderr(written):
        logs.configure("debug", as_json=True)
        yield written
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


async def test_a_bad_edit_changes_nothing_and_a_good_one_is_taken_over_whole(tmp_path: Path) -> None:
    folder = content_of("mariposha", tmp_path / "content")
    step = next((folder / "practices/mariposha/programs/hechtingspatroon").glob("01-*.md"))
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", content_dir=folder, secret_key=SecretStr(KEY))
    async with opened(settings) as app:
        content = ContentFolder(folder)
        first = content.library
        good = step.read_text(encoding="utf-8")
        step.write_text("---\nkind: les\n---\n", encoding="utf-8")
        await take_over_changes(content, app.database, app.clock, app.worker)
        assert content.library is first
        step.write_text(good.replace("Welkom.", "Dag, welkom."), encoding="utf-8")
        await take_over_changes(content, app.database, app.clock, app.worker)
        assert content.library.version != first.version
        async with app.database.read() as conn:
            assert await contents.files_of(conn, first.version) is not None
            kept = await contents.files_of(conn, content.library.version)
        assert kept is not None and any("Dag, welkom." in text for text in kept.values())


async def test_a_folder_that_cannot_be_read_for_a_moment_does_not_end_the_watching(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = content_of("mariposha", tmp_path / "content")
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", content_dir=folder, secret_key=SecretStr(KEY))
    async with opened(settings) as app:
        content = ContentFolder(folder)
        first = content.library

        def away() -> None:
            raise PermissionError("the volume is away")

        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(content, "refresh", away)
            await take_over_changes(content, app.database, app.clock, app.worker)
        assert content.library is first
        await take_over_changes(content, app.database, app.clock, app.worker)


def test_a_field_that_is_not_on_the_list_never_reaches_a_log_line(log: io.StringIO) -> None:
    structlog.get_logger().info("something", account="mariposha:telegram", text="geheim", name="Sanne")
    assert "geheim" not in log.getvalue() and "Sanne" not in log.getvalue()
    assert "fields left out: name, text" in log.getvalue()


def test_of_other_libraries_only_name_and_kind_of_error_are_logged(log: io.StringIO) -> None:
    try:
        raise ValueError("https://api.telegram.org/bot123:geheim/sendMessage")
    except ValueError:
        logging.getLogger("some.library").exception("calling %s", "bot123:geheim")
    assert "geheim" not in log.getvalue() and "some.library" in log.getvalue() and "ValueError" in log.getvalue()


STAFF = 987_654_321
"""The chat of somebody of the practice who is told of an alarm."""
PRIVATE = ("zeldzaamwoord-4711", "Sanne", "0612345678", "niet meer leven", "stubstub", "bang om alleen", "Wilhelmina")
"""What a person says, is called and can be reached by in the journey; and the account's token."""


async def lives_through_everything(told: Story) -> str:
    """Returns the code of the link to the person's data; a word that is nowhere, where there was none."""
    code = "stubstub"
    person = told.person
    await person.says("hechting")
    await person.hears(2)
    await person.says("mijn zeldzaamwoord-4711 heet Sanne en mijn nummer is 0612345678")
    await person.hears(1)
    await person.taps("Elke dag een stap")
    await person.hears()
    await person.taps("Ja, ik ben 16+ en wil dit")
    await person.hears()
    await person.says("11.00")
    await person.hears()
    await person.says("KRACHT")
    await person.hears()
    await person.taps("Ja, mijn plan maken")
    await person.hears()
    await person.says("bij tante Wilhelmina op 0612345678")
    await person.hears()
    await person.says("KRACHT")
    assert "Wilhelmina" in (await person.hears())[-1].text
    await person.says("mijn gegevens")
    if isinstance(person, OnTelegram):
        await person.hears(3)
    else:
        assert isinstance(person, InWebChat)
        await person.hears(2)
        code = await uses_the_link(person)
    await person.says("ik wil niet meer leven zeldzaamwoord-4711, bang om alleen")
    await person.hears(1)
    return code


async def uses_the_link(person: InWebChat) -> str:
    """The link's code, which must not be in a log either."""
    newest = (await person.reads())[-1]["html"]
    path = re.search(r'href="http://[^/"]+(/gegevens/[^"]+)"', newest)
    assert path is not None
    for status in (200, 410):
        answer = await person._client.post(path[1], data={"als": "look"}, headers={"Origin": "http://nabij.test"})
        assert answer.status_code == status
    return path[1].rpartition("/")[2]


async def breaks_down(told: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text that the conversation cannot bear, a web request that fails, and a statement that the database refuses."""

    def breaks(*_: object) -> Decision:
        raise ValueError("zeldzaamwoord-4711 van Sanne")

    with monkeypatch.context() as broken:
        broken.setattr(told.app.inbox, "_core", replace(told.app.inbox._core, respond=breaks))
        await told.person.says("zeldzaamwoord-4711, bel 0612345678")
        await told.person.hears(1)
    filling = insert(EventRow).values(practice="zeldzaamwoord-4711", kind="Sanne 0612345678")
    with pytest.raises(IntegrityError):
        await told.app.database.write(lambda conn: conn.execute(filling))
    logging.getLogger("sqlalchemy.engine").info("INSERT INTO inbound VALUES ('zeldzaamwoord-4711')")
    logging.getLogger("uvicorn.access").info("GET /gegevens/zeldzaamwoord-4711")
    logging.getLogger("uvicorn.error").error("zeldzaamwoord-4711", exc_info=ValueError("Sanne"))


async def is_kept_and_cleaned(told: Story, folder: Path) -> None:
    """A backup whose key is changed and from which the person's data are given out; and the nights of three weeks."""
    copy = folder / "copies" / "nabij.sqlite3"
    upkeep.backup(Settings(_env_file=None, data_dir=folder, database_url=f"sqlite:///{folder / 'x.sqlite3'}"), copy)
    keys = SecretStr(f"{Fernet.generate_key().decode()},{KEY}")
    of_copy = Settings(
        _env_file=None,
        data_dir=copy.parent,
        database_url=f"sqlite:///{copy}",
        secret_key=keys,
        content_dir=folder / "content",
    )
    renewed = await key_rotation.rotate_keys(of_copy)
    assert renewed[0] != "Onder de nieuwe sleutel gezet: 0 teksten."
    await data_requests.export_person(of_copy, "mariposha", "1", copy.parent)
    assert any("Wilhelmina" in file.read_text() for file in copy.parent.glob("*.json"))
    if isinstance(told.person, OnTelegram):
        # The page of the web chat gets shorter by it, and InWebChat counts lines.
        await told.until("2026-03-23 10:00")
        await told.app.worker._keeper.keep_to_the_days()


async def is_told_to_the_practice(told: Story, mailbox: Mailbox) -> None:
    """The mail is refused at first, and tried again."""
    await mailbox.gets()
    if isinstance(told.person, OnTelegram):
        (told_there,) = await told.telegram.user(STAFF).hears()
        assert "alarms mariposha" in told_there.text


async def is_under_sixteen(told: Story, folder: Path) -> None:
    """Says so amid the alarm, takes it back, and is looked at and put right by the practice."""
    await told.person.says("ik ben 14")
    assert "Wilhelmina" in (await told.person.hears(2))[-1].text
    await told.person.says("sorry, ik ben 24, zeldzaamwoord-4711 van Sanne")
    if isinstance(told.person, OnTelegram):
        # In the web chat it is within ten minutes of another answer, and silent.
        await told.person.hears()
    practice = Settings(
        _env_file=None,
        data_dir=folder,
        database_url=f"sqlite:///{folder / 'x.sqlite3'}",
        secret_key=SecretStr(KEY),
        content_dir=folder / "content",
    )
    assert len(await alarms.standing(practice, "mariposha")) > 0
    assert len(await ages.under_sixteen(practice, "mariposha")) > 1
    await ages.lift(practice, "mariposha", 1)


async def is_helped_beside_the_owner(told: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """The owner of the account is gone; somebody new is in danger, and the first attempt at the text breaks."""
    monkeypatch.setattr(told.app.stand_in, "_is_ours", lambda _: False)
    (port,) = told.app.channels
    await told.app.worker.stop()
    address = Address(Channel.WEBCHAT, port.account, "0612345678")
    text = "ik wil niet meer leven, zeldzaamwoord-4711 van Sanne"
    sends = port.send

    async def breaks_once(message: Message) -> Outcome:
        monkeypatch.setattr(port, "send", sends)
        raise ValueError(f"{text} {message.text} {message.address.external_id}")

    monkeypatch.setattr(port, "send", breaks_once)
    said = Inbound(address=address, external_id="beside:1", kind=InboundKind.TEXT, text=text, name="Sanne")
    await told.app.inbox.deliver([said])
    attempts: list[int] = []
    for _ in range(500):
        told.clock.limit(None)  # It would wait for the worker, who is gone.
        async with told.app.database.read() as conn:
            crisis = select(MessageRow.attempt).where(MessageRow.lane == Lane.CRISIS.value)
            attempts = list(await conn.scalars(crisis.order_by(MessageRow.id.desc())))
        if attempts and attempts[0] == 2:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(attempts)


async def is_erased(told: Story) -> None:
    await told.person.says("wis alles")
    await told.person.hears()
    await told.person.taps("Ja, wis alles")
    for _ in range(500):
        async with told.app.database.read() as conn:
            if await conn.scalar(select(ErasureRow.subscriber_id)) is not None:
                break
        await asyncio.sleep(0.01)
    due = update(ErasureRow).values(due_at=datetime.now(UTC))
    await told.app.database.write(lambda conn: conn.execute(due))
    await told.app.worker._keeper.finish_erasures()
    async with told.app.database.read() as conn:
        assert await conn.scalar(select(SubscriberRow.id)) is None


@pytest.mark.parametrize("channel", ["telegram", "webchat"])
async def test_a_whole_journey_at_debug_level_leaves_no_person_in_any_output(
    log: io.StringIO, tmp_path: Path, channel: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    alert = AlertSettings(mail="wilhelmina@praktijk.example", telegram_chat=STAFF if channel == "telegram" else None)
    async with (
        open_mailbox() as mailbox,
        story(
            channel,
            f"sqlite+aiosqlite:///{tmp_path / 'x.sqlite3'}",
            tmp_path,
            alert=alert,
            smtp=mailbox.settings,
        ) as told,
    ):
        told.telegram.user(STAFF, "Lotte")
        mailbox.answers = ["450 Wilhelmina leest straks weer"]
        code = await lives_through_everything(told)
        await is_told_to_the_practice(told, mailbox)
        await breaks_down(told, monkeypatch)
        await is_kept_and_cleaned(told, tmp_path)
        await is_under_sixteen(told, tmp_path)
        await is_erased(told)
        await told.app.worker._keeper.keep_to_the_days()
        # What is remembered beside the database, for floods and for open pages, names nobody either.
        beside = repr([told.app.inbox._floods.__dict__, told.app.inbox._direct.__dict__["_said"]])
        if channel == "webchat":
            await is_helped_beside_the_owner(told, monkeypatch)
    out, err = capfd.readouterr()
    written = log.getvalue() + out + err
    only_here = {"telegram": ("kept_long_enough",), "webchat": ("stood_in", "send_crashed")}[channel]
    for event in ("erased", "inbound_poison", "alert_not_told", *only_here):
        assert event in written
    for private in (*PRIVATE, code, str(STAFF), "wilhelmina@"):
        assert private not in written and private not in beside
    assert "external_id" not in beside


async def test_no_engine_of_the_database_echoes_its_statements(tmp_path: Path) -> None:
    async with story("webchat", f"sqlite+aiosqlite:///{tmp_path / 'x.sqlite3'}", tmp_path) as told:
        assert not told.app.database._readers.echo and not told.app.database._writers.echo


async def test_every_practice_of_the_content_opens(tmp_path: Path) -> None:
    copytree(CONTENT, tmp_path / "content")
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", content_dir=tmp_path / "content")
    async with opened(settings) as app:
        assert {status.account.rpartition(":")[2] for status in app.worker.accounts()} == {"webchat"}
        assert len(app.library().practices) >= 4
    assert (tmp_path / "data" / "secret.key").stat().st_mode & 0o077 == 0
