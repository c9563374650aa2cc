"""Several processes' worth of app on one PostgreSQL: some take in what people send, others send."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from bot.app import App, Role, opened
from bot.core.messages import Address, Channel
from bot.refusals import Unusable
from bot.settings import Settings
from bot.store.migrate import migrate
from tests.fakes import FakeChannel, inbound
from tests.journeys.people import KEY, InWebChat, content_of
from tests.web.house import eventually

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


@pytest.fixture
async def settings(postgres_database_url: str, tmp_path: Path) -> Settings:
    await migrate(postgres_database_url)
    return Settings(
        _env_file=None,
        data_dir=tmp_path,
        database_url=postgres_database_url,
        content_dir=content_of("mariposha", tmp_path / "content"),
        secret_key=SecretStr(KEY),
    )


@asynccontextmanager
async def visiting(app: App) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app.web)
    async with httpx.AsyncClient(transport=transport, base_url="http://nabij.test") as client:
        yield client


async def readyz(app: App) -> dict[str, Any]:
    async with visiting(app) as client:
        [account] = (await client.get("/readyz")).json()["accounts"]
        return dict(account)


async def metrics(app: App) -> list[str]:
    async with visiting(app) as client:
        return (await client.get("/metrics")).text.splitlines()


async def test_what_the_web_takes_in_the_worker_answers_at_once(settings: Settings) -> None:
    async with opened(settings, Role.WEB) as web, opened(settings, Role.WORKER), visiting(web) as client:
        person = InWebChat(client, "mariposha")
        await person.says("hechting")

        async def answered() -> bool:
            return len(await person.reads()) == 2

        await eventually(answered, within=4)


async def test_without_any_worker_the_web_itself_answers_who_is_in_danger_and_nobody_else(settings: Settings) -> None:
    async with opened(settings, Role.WEB) as web, visiting(web) as client, visiting(web) as another:
        person, other = InWebChat(client, "mariposha"), InWebChat(another, "mariposha")
        await other.says("hechting")
        await person.says("ik wil niet meer leven")

        async def answered() -> bool:
            return bool(await person.reads())

        await eventually(answered, within=10)
        [line] = await person.reads()
        assert "113" in line["html"]
        assert await other.reads() == []


async def test_what_a_worker_sends_wakes_the_open_streams_of_the_web(settings: Settings) -> None:
    async with opened(settings, Role.WEB) as web, opened(settings, Role.WORKER) as worker:
        address = Address(Channel.WEBCHAT, "mariposha:webchat", "a-visitor")
        await eventually(lambda: told(web))
        with web.hub.listen(address) as listener:
            await listener.wait(1)
            worker.hub.wake(address)
            async with asyncio.timeout(4):
                await listener._woken.wait()
        with web.hub.listen(address) as listener:
            worker.hub.end(address)
            async with asyncio.timeout(4):
                while listener.ended is None:
                    await listener.wait(1)


async def told(app: App) -> bool:
    return app.is_told()


async def test_readyz_and_metrics_tell_who_owns_what_in_every_process(settings: Settings) -> None:
    async with opened(settings, Role.WEB) as web:
        assert await readyz(web) == {
            "account": "mariposha:webchat",
            "state": "starting",
            "reason": "",
            "owner": "nobody",
        }
        async with opened(settings, Role.WORKER) as worker:
            await eventually(lambda: owned(worker))
            assert (await readyz(worker))["owner"] == "here"
            assert "nabij_workers 1.0" in await metrics(worker)
            assert 'nabij_account_owned{account="mariposha:webchat"} 1.0' in await metrics(worker)
            async with opened(settings, Role.ALL) as other:
                found = await readyz(other)
                assert (found["state"], found["owner"]) == ("on", "elsewhere")
                assert found["since"].endswith("+00:00")
            async with visiting(worker) as client:
                assert (await client.get("/chat/mariposha")).status_code == 404


async def owned(app: App) -> bool:
    return bool((await readyz(app))["state"] == "on")


async def test_an_account_whose_worker_died_is_nobodys(settings: Settings) -> None:
    async with opened(settings, Role.WORKER) as worker:
        await eventually(lambda: owned(worker))
    async with opened(settings, Role.WEB) as web:
        await web.database.write(lambda conn: conn.execute(text("UPDATE accounts SET owner = 'a worker that died'")))
        assert (await readyz(web))["owner"] == "nobody"
        assert 'nabij_account_owned{account="mariposha:webchat"} 0.0' in await metrics(web)


async def test_two_that_do_everything_share_it(settings: Settings) -> None:
    async with opened(settings) as one, opened(settings) as other:
        for here, there in ((one, other), (other, one)):
            async with visiting(here) as client, visiting(there) as elsewhere:
                person = InWebChat(client, "mariposha")
                await person.says("hechting")

                async def answered(person: InWebChat = person) -> bool:
                    return len(await person.reads()) == 2

                await eventually(answered, within=4)
                assert (await elsewhere.get("/healthz")).status_code == 200


@pytest.mark.parametrize("url", ["sqlite:///elsewhere.sqlite3", "nonsense"])
async def test_a_listen_url_that_is_no_postgresql_is_refused_in_one_line(settings: Settings, url: str) -> None:
    with pytest.raises(Unusable, match="NABIJ_DATABASE_LISTEN_URL"):
        async with opened(settings.model_copy(update={"database_listen_url": url})):
            pass


async def test_listening_goes_round_the_pooler(settings: Settings) -> None:
    directly = settings.database_url + "&application_name=directly"
    async with opened(settings.model_copy(update={"database_listen_url": directly}), Role.WEB) as web:
        await eventually(lambda: told(web))
        async with web.database.read() as conn:
            # Of other tests' processes on the same server there may be more.
            here = "query = 'LISTEN nabij' AND datname = current_database()"
            found = await conn.scalars(text(f"SELECT application_name FROM pg_stat_activity WHERE {here}"))
            assert list(found) == ["directly"]


class Watched(FakeChannel):
    """Tells what was still in flight when it was closed."""

    cut = 0

    async def stop(self) -> None:
        self.cut = max(self.cut, self.in_flight)
        await super().stop()


async def test_a_stop_closes_no_connection_under_what_is_in_flight(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = Watched()
    monkeypatch.setattr("bot.app.accounts_of", lambda *_: [channel])
    async with opened(settings) as app:
        channel.gate.clear()
        await app.inbox.deliver([inbound("hechting", id="1")])
        await channel.until(lambda: channel.in_flight == 1)
        asyncio.get_running_loop().call_later(0.3, channel.gate.set)
    assert (channel.stopped, channel.cut) == (True, 0)
