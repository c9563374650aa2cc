"""Tasks that go on: whatever a loop of the worker raises, it is begun again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import structlog

from bot.crash import kind_and_place

_SHORTEST_WAIT: Final = 0.25
_FIRST_WAIT: Final = 0.5
_LONGEST_WAIT: Final = 30.0
_log = structlog.get_logger(__name__)


async def kept_running(name: str, run: Callable[[], Awaitable[None]], sooner: asyncio.Event | None = None) -> None:
    """Until `run` returns by itself. What it raises is logged, and it is begun again after a growing wait, which ends
    early when `sooner` is set: somebody committed something, so the database is back."""
    wait = _FIRST_WAIT
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        try:
            await run()
        except Exception as problem:  # noqa: BLE001 -- a worker that ended silently would lose everything after it
            if loop.time() - began > _LONGEST_WAIT:
                wait = _FIRST_WAIT
            _log.error("begun_again", task=name, seconds=wait, **kind_and_place(problem))
            await asyncio.sleep(_SHORTEST_WAIT)
            await _set_within(sooner or asyncio.Event(), wait - _SHORTEST_WAIT)
            wait = min(_LONGEST_WAIT, wait * 2)
        else:
            return


async def _set_within(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


async def finished(tasks: Sequence[asyncio.Task[None]], within: float) -> None:
    """Waits real seconds for the tasks, then cancels the rest."""
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=within)
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def all_of(*works: Awaitable[Any]) -> list[Any]:
    """What they return. When one raises, the others have ended too."""
    ends = await asyncio.gather(*works, return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException):
            raise end
    return ends
