"""A backup under load is restored: it is whole, what was open is held, and who said STOP since stays stopped."""

import asyncio
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.serving import HOME, Serving, comes_true
from tests.faults.test_sigkill import keep_coming
from tests.journeys.people import content_of
from tests.stubs.telegram import TelegramStub
from tests.stubs.telegram_world import Person


async def nabij(serving: Serving, *arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *arguments, cwd=HOME, env=serving._environment, stdout=-1, stderr=-1
    )
    told, complained = await process.communicate()
    assert process.returncode == 0, (told + complained).decode()


def heard(stub: TelegramStub, person: Person) -> int:
    return sum(sent.chat == person.chat for sent in stub.sent)


async def all_say_stop(people: list[Person], stub: TelegramStub, serving: Serving) -> None:
    for person in people:
        person.says("STOP")
    await comes_true(lambda: stopped(serving) >= {person.chat for person in people}, 60, serving.log.read_text)


def stopped(serving: Serving) -> set[int]:
    with closing(sqlite3.connect(f"file:{serving.database}?mode=ro", uri=True)) as reader:
        assert reader.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = reader.execute(
            "SELECT CAST(a.external_id AS INTEGER) FROM addresses a JOIN subscribers s ON s.id = a.subscriber_id"
            " WHERE s.stopped_at IS NOT NULL"
        ).fetchall()
    return {chat for (chat,) in rows}


@pytest.mark.faults
@pytest.mark.timeout(1200)
async def test_a_backup_under_load_forgets_no_stop_and_sends_nothing_by_itself(
    tmp_path: Path, fault_times: Callable[[int], int]
) -> None:
    held = silenced = 0
    async with TelegramStub(ledger=tmp_path / "ledger", latency=0.5) as stub:
        serving = Serving(tmp_path, stub, content_of("mariposha", tmp_path / "content"))
        newcomers = (stub.user(chat) for chat in range(1, 100_000))
        people: list[Person] = []
        for number in range(fault_times(10)):
            file = tmp_path / f"{number}.backup"
            before = len(people)
            async with serving.process() as process:
                talking = asyncio.create_task(keep_coming(newcomers, people))
                await stub.bell.until(lambda: len(people) > before + 2 and heard(stub, people[before + 1]) > 1, 60)  # noqa: B023 -- used within the loop
                await nabij(serving, "backup", str(file))
                talking.cancel()
                await asyncio.wait([talking])
                leavers = people[before : before + 2]
                await all_say_stop(leavers, stub, serving)
                await serving.stops(process)
            await nabij(serving, "restore", str(file))
            rows = serving.rows()
            assert {person.chat for person in leavers} <= stopped(serving)
            assert not {row.state for row in rows} & {"ready", "sending"}
            held += sum(row.state == "held" for row in rows)
            silenced += len(leavers)
            said_before = {person.chat: heard(stub, person) for person in people}
            async with serving.process() as process:
                newcomer = next(newcomers)
                newcomer.says("HECHTING")
                await newcomer.hears(2, 60)
                await serving.stops(process)
            assert {person.chat: heard(stub, person) for person in people} == said_before
            await nabij(serving, "release", "--drop")
            assert "held" not in {row.state for row in serving.rows()}
    print(f"restores {fault_times(10)}, held {held}, stops kept {silenced}")  # noqa: T201 -- `make faults` shows figures
    assert held > 0
