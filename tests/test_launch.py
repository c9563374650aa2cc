"""A practice whose texts nobody approved goes to nobody: refused at start, before anything is opened."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from bot.app import opened
from bot.refusals import Unusable
from bot.settings import PracticeSettings, Settings, TelegramSettings

CONTENT = Path(__file__).parents[1] / "content"


def settings(folder: Path, **changes: object) -> Settings:
    telegram = TelegramSettings(token=SecretStr("1:test"))
    values: dict[str, object] = {
        "data_dir": folder / "data",
        "content_dir": CONTENT,
        "practices": {"mariposha": PracticeSettings(telegram=telegram)},
        **changes,
    }
    return Settings.model_validate(values)


async def test_an_unapproved_practice_is_refused_on_a_real_platform(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="nog niet naar echte mensen") as caught:
        async with opened(settings(tmp_path)):
            pass
    assert "approved: wie namens de praktijk" in str(caught.value)
    assert "offers.transformatietraject.link" in str(caught.value)
    assert not (tmp_path / "data").exists()


async def test_on_a_public_site_its_chat_opens_to_nobody_new(tmp_path: Path) -> None:
    public = settings(tmp_path, practices={}, public_url="https://chat.praktijk.nl")
    async with opened(public) as app:
        transport = httpx.ASGITransport(app=app.web, client=("192.0.2.7", 4711))
        async with httpx.AsyncClient(transport=transport, base_url="https://chat.praktijk.nl") as browser:
            assert (await browser.get("/chat/mariposha")).status_code == 404


async def test_against_a_test_server_on_this_machine_it_runs(tmp_path: Path) -> None:
    local = settings(tmp_path, telegram_api_url="http://127.0.0.1:9")
    async with opened(local) as app:
        assert "mariposha" in app.library().practices
