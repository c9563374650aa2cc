"""Two processes' worth of app on one PostgreSQL: one takes in what people send, the other sends."""

from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from bot.app import Role, opened
from bot.settings import Settings
from bot.store.migrate import migrate
from tests.journeys.people import KEY, InWebChat, content_of
from tests.web.house import eventually

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


async def test_what_the_web_takes_in_the_worker_answers_at_once(postgres_database_url: str, tmp_path: Path) -> None:
    await migrate(postgres_database_url)
    settings = Settings(
        _env_file=None,
        data_dir=tmp_path,
        database_url=postgres_database_url,
        content_dir=content_of("mariposha", tmp_path / "content"),
        secret_key=SecretStr(KEY),
    )
    async with opened(settings, Role.WEB) as web, opened(settings, Role.WORKER):
        transport = httpx.ASGITransport(app=web.web)
        async with httpx.AsyncClient(transport=transport, base_url="http://nabij.test") as client:
            person = InWebChat(client, "mariposha")
            await person.says("hechting")

            async def answered() -> bool:
                return len(await person.reads()) == 2

            await eventually(answered, within=4)
