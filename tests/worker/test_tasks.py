"""Loops that are begun again."""

import asyncio

import pytest

from bot.worker import tasks
from bot.worker.tasks import kept_running


class Failing:
    """Raises so many times, and then returns."""

    def __init__(self, times: int) -> None:
        self.left = times
        self.ran = asyncio.Event()

    async def run(self) -> None:
        self.ran.set()
        if self.left:
            self.left -= 1
            raise ConnectionError


async def test_what_raised_is_begun_again_until_it_returns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_SHORTEST_WAIT", 0.0)
    monkeypatch.setattr(tasks, "_FIRST_WAIT", 0.001)
    failing = Failing(3)
    async with asyncio.timeout(5):
        await kept_running("test", failing.run)
    assert failing.left == 0


async def test_news_of_a_commit_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_SHORTEST_WAIT", 0.0)
    monkeypatch.setattr(tasks, "_FIRST_WAIT", 3_600.0)
    failing, committed = Failing(1), asyncio.Event()
    running = asyncio.create_task(kept_running("test", failing.run, committed))
    await failing.ran.wait()
    assert not running.done()
    committed.set()
    async with asyncio.timeout(5):
        await running
    assert failing.left == 0
