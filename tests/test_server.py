"""How serving ends: what is in flight finishes, within 35 seconds; who asks twice is not made to wait."""

import asyncio
import signal
import time
from pathlib import Path

import pytest

from tests.faults.serving import Serving, comes_true
from tests.journeys.people import content_of
from tests.stubs.telegram import TelegramStub
from tests.stubs.telegram_world import Fault

pytestmark = pytest.mark.slow


async def with_sends_that_hang(serving: Serving, stub: TelegramStub, process: asyncio.subprocess.Process) -> None:
    stub.always["sendMessage"] = Fault(delay=300)
    stub.user(1).says("HECHTING")
    asked = lambda: any(method == "sendMessage" for method, _ in stub.requests)  # noqa: E731
    await comes_true(asked, 60, serving.log.read_text)
    process.terminate()
    await comes_true(lambda: "stopping" in serving.log.read_text(), 10, serving.log.read_text)


async def test_a_second_signal_stops_at_once(tmp_path: Path) -> None:
    async with TelegramStub() as stub:
        serving = Serving(tmp_path, stub, content_of("mariposha", tmp_path / "content"))
        async with serving.process() as process:
            await with_sends_that_hang(serving, stub, process)
            before = time.monotonic()
            process.terminate()
            async with asyncio.timeout(5):
                assert await process.wait() == -signal.SIGTERM
            assert time.monotonic() - before < 2
        assert {row.state for row in serving.rows()} == {"sending", "ready"}


@pytest.mark.faults
async def test_a_platform_that_hangs_does_not_keep_a_stop_from_ending_in_35_seconds(tmp_path: Path) -> None:
    async with TelegramStub() as stub:
        serving = Serving(tmp_path, stub, content_of("mariposha", tmp_path / "content"))
        async with serving.process() as process:
            await with_sends_that_hang(serving, stub, process)
            async with asyncio.timeout(35):
                assert await process.wait() == 0
        # It may have arrived: known as such, and resent once by the next process.
        assert sum(row.duplicate_possible for row in serving.rows()) == 1
