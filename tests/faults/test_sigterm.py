"""A stop under load: everything in flight finishes, and the next start has nothing to guess about."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.serving import Serving, comes_true
from tests.faults.test_sigkill import all_answered, everyone_is_answered_in_order, keep_coming, story_so_far
from tests.journeys.people import content_of
from tests.stubs.telegram import TelegramStub
from tests.stubs.telegram_world import Person


@pytest.mark.faults
@pytest.mark.timeout(600)
async def test_a_stop_under_load_leaves_nothing_unknown(tmp_path: Path, fault_times: Callable[[int], int]) -> None:
    async with TelegramStub(ledger=tmp_path / "ledger", latency=0.2) as stub:
        serving = Serving(tmp_path, stub, content_of("mariposha", tmp_path / "content"))
        newcomers = (stub.user(chat) for chat in range(1, 100_000))
        people: list[Person] = []
        for _ in range(fault_times(50)):
            heard = len(stub.sent)
            async with serving.process() as process:
                talking = asyncio.create_task(keep_coming(newcomers, people))
                await stub.bell.until(lambda: len(stub.sent) > heard + 2, 60)  # noqa: B023 -- used within the loop
                await serving.stops(process)
                talking.cancel()
                await asyncio.wait([talking])
        async with serving.process() as process:
            await comes_true(lambda: all_answered(people, stub, serving), 60, lambda: story_so_far(people, serving))
            await serving.stops(process)
        rows = serving.rows()
        assert {row.state for row in rows} == {"accepted"}
        assert not any(row.duplicate_possible for row in rows)
        assert len(stub.sent) == len(rows)
        everyone_is_answered_in_order(people, stub.sent)
