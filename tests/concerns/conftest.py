from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.store.crypt import Keys
from bot.store.database import Database, open_database
from bot.store.migrate import migrate

CONTENT = Path(__file__).parents[2] / "content"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    return Settings(data_dir=tmp_path, content_dir=CONTENT)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    await migrate(settings.database)
    opened = await open_database(settings.database, Keys.load(settings.data_dir, None, rows_exist=False))
    yield opened
    await opened.close()
