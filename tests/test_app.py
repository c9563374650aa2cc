"""The wiring: content that changes while the bot runs, and logs that hold no person."""

import io
import logging
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path
from shutil import copytree

import pytest
import structlog
from pydantic import SecretStr

from bot import logs
from bot.app import opened, take_over_changes
from bot.content_folder import ContentFolder
from bot.settings import Settings
from bot.store import contents
from tests.journeys.people import KEY, content_of, story

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


async def test_a_whole_journey_at_debug_level_leaves_no_person_in_the_log(log: io.StringIO, tmp_path: Path) -> None:
    marked = "zeldzaamwoord-4711"
    async with story("telegram", f"sqlite+aiosqlite:///{tmp_path / 'x.sqlite3'}", tmp_path) as told:
        await told.person.says("hechting")
        await told.person.hears(2)
        await told.person.says(f"mijn {marked} heet Sanne en mijn nummer is 0612345678")
        await told.person.hears(1)
        await told.person.says(f"ik wil niet meer leven {marked}")
        await told.person.hears(1)
    written = log.getvalue()
    assert "account_taken" in written
    for private in (marked, "Sanne", "0612345678", "niet meer leven", "stubstub"):
        assert private not in written


async def test_every_practice_of_the_content_opens(tmp_path: Path) -> None:
    copytree(CONTENT, tmp_path / "content")
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", content_dir=tmp_path / "content")
    async with opened(settings) as app:
        assert {status.account.rpartition(":")[2] for status in app.worker.accounts()} == {"webchat"}
        assert len(app.library().practices) >= 4
    assert (tmp_path / "data" / "secret.key").stat().st_mode & 0o077 == 0
