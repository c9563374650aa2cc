"""The time that schedule and rate limiter follow: the real one, or a stepping one for demo and tests.

A stepping clock never passes a due moment before what is due then has been planned and sent. Whoever knows of a due
moment says so (`limit`, `lower`), whoever works on one holds the clock. Leases, HTTP timeouts, sessions and link
lifetimes stay on real time. A clock belongs to one event loop and is not for other threads.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

FASTEST: Final = 20_000.0
LONGEST_MARK: Final = timedelta(minutes=15)
"""How far ahead of the time given out the high-water mark may lie."""


class Clock(Protocol):
    @property
    def is_demo(self) -> bool:
        """True when this is not the real time, and nothing real may be sent by it."""

    def now(self) -> datetime:
        """Aware, UTC."""

    async def wait_until(self, when: datetime | None, wake: asyncio.Event, at_most: float) -> None:
        """Returns when the clock shows `when`, when `wake` is set, or after `at_most` real seconds."""

    def hold(self) -> AbstractContextManager[None]:
        """Time does not move inside: something that came in or is due now is being worked on."""

    def limit(self, when: datetime | None) -> None:
        """The next due moment that is known; None when nothing is due ever."""

    def lower(self, when: datetime) -> None:
        """Something was committed that is due at `when`; a later limit comes down to it, an earlier one stays."""


class RealClock:
    @property
    def is_demo(self) -> bool:
        return False

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def wait_until(self, when: datetime | None, wake: asyncio.Event, at_most: float) -> None:
        seconds = at_most if when is None else min(at_most, (when - self.now()).total_seconds())
        await _within(wake, seconds)

    def hold(self) -> AbstractContextManager[None]:
        return nullcontext()

    def limit(self, when: datetime | None) -> None:
        """Real time can't be limited."""

    def lower(self, when: datetime) -> None:
        """Real time can't be limited."""


class SteppingClock:
    """Starts at `start` and runs up to `speed` times as fast as real time, from one due moment to the next.

    It stands still until the first `limit` says what is due. The speed is a maximum: time lost while held or limited
    is not caught up by a jump.

    `high_water` names a file with a mark that lies slightly ahead of every time given out, and not past the known due
    moment: a restarted clock goes on there, so that it never gives out a time that it has been through before.
    """

    def __init__(
        self,
        start: datetime,
        speed: float,
        high_water: Path | None = None,
        *,
        real_seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises ValueError for a naive start, a speed outside 0..20,000 or an unreadable mark."""
        if start.tzinfo is None:
            raise ValueError("the clock's start needs a time zone")
        self._speed = _checked(speed)
        self._file = high_water
        self._real_seconds = real_seconds
        self._shown = max(start.astimezone(UTC), _read_mark(high_water))
        self._mark = self._shown
        self._seen = real_seconds()
        self._limit: datetime | None = self._shown
        self._holds = 0
        self._destination: datetime | None = None
        self._changed = asyncio.Event()

    @property
    def is_demo(self) -> bool:
        return True

    @property
    def speed(self) -> float:
        return self._speed

    def now(self) -> datetime:
        seen = self._real_seconds()
        elapsed, self._seen = seen - self._seen, seen
        if self._holds:
            return self._shown
        travelling = self._destination is not None
        reached = self._destination or self._shown + timedelta(seconds=elapsed * self._speed)
        if self._limit is not None:
            reached = min(reached, self._limit)
        self._show(max(self._shown, reached))
        if travelling and self._destination is not None and self._shown >= self._destination:
            self._destination = None
        return self._shown

    async def wait_until(self, when: datetime | None, wake: asyncio.Event, at_most: float) -> None:
        ends = self._real_seconds() + at_most
        while not wake.is_set() and (when is None or self.now() < when):
            left = ends - self._real_seconds()
            if left <= 0:
                return
            await _first_of(wake, self._changed, min(left, self._seconds_until(when)))

    @contextmanager
    def hold(self) -> Iterator[None]:
        self.now()
        self._holds += 1
        try:
            yield
        finally:
            self.now()
            self._holds -= 1
            self._notify()

    def limit(self, when: datetime | None) -> None:
        self.now()
        self._limit = when
        self._keep_mark_behind_limit()
        self._notify()

    def lower(self, when: datetime) -> None:
        if self._limit is None or when < self._limit:
            self.limit(when)

    def set_speed(self, speed: float) -> None:
        """From now on. Raises ValueError outside 0..20,000."""
        speed = _checked(speed)
        self.now()
        self._speed = speed
        self._notify()

    async def advance(self, delta: timedelta) -> datetime:
        """Travels `delta` further as fast as the work allows, through every due moment on the way, and returns the
        time once what is due at arrival is done as well. The journey goes on when the caller no longer waits.

        Raises ValueError for a negative delta.
        """
        if delta < timedelta():
            raise ValueError("a clock does not go back")
        destination = self._destination = (self._destination or self.now()) + delta
        self._notify()
        nobody = asyncio.Event()
        await self.wait_until(destination, nobody, float("inf"))
        while self._holds or (self._limit is not None and self._limit <= destination):
            await self._changed.wait()
        return self.now()

    def _seconds_until(self, when: datetime | None) -> float:
        """Real seconds until a look is worth while; something that changes before then interrupts the wait."""
        target = when if self._limit is None or when is None else min(when, self._limit)
        if self._holds or target is None or target <= self._shown:
            return float("inf")
        return 0.0 if self._destination else (target - self._shown).total_seconds() / self._speed

    def _show(self, moment: datetime) -> None:
        self._shown = moment
        if moment > self._mark:
            ahead = min(timedelta(seconds=self._speed), LONGEST_MARK)
            self._write_mark(moment + ahead if self._limit is None else min(moment + ahead, self._limit))

    def _keep_mark_behind_limit(self) -> None:
        if self._limit is not None and self._mark > max(self._limit, self._shown):
            self._write_mark(max(self._limit, self._shown))

    def _write_mark(self, mark: datetime) -> None:
        self._mark = mark
        if self._file is None:
            return
        # No fsync: the mark guards against a restart, and a demo that lost power may begin a little earlier.
        fresh = self._file.with_name(self._file.name + ".new")
        fresh.write_text(mark.isoformat())
        fresh.replace(self._file)

    def _notify(self) -> None:
        # A fresh event for those who come later: one that was cleared instead could be missed by a waiter.
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


def _checked(speed: float) -> float:
    if not 0 < speed <= FASTEST:
        raise ValueError(f"the clock's speed is above 0 and at most {FASTEST:,.0f}, not {speed}")
    return speed


def _read_mark(high_water: Path | None) -> datetime:
    if high_water is None or not high_water.exists():
        return datetime.min.replace(tzinfo=UTC)
    text = high_water.read_text().strip()
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError as error:
        raise ValueError(f"{high_water} does not hold the clock's time; remove it to begin at CLOCK_START") from error


async def _within(wake: asyncio.Event, seconds: float) -> None:
    if seconds <= 0:
        # Lets others run: whoever calls this in a loop must not starve them.
        await asyncio.sleep(0)
        return
    try:
        async with asyncio.timeout(None if seconds == float("inf") else seconds):
            await wake.wait()
    except TimeoutError:
        return


async def _first_of(one: asyncio.Event, other: asyncio.Event, seconds: float) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in (one, other)]
    try:
        await asyncio.wait(
            waits, timeout=None if seconds == float("inf") else seconds, return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        for wait in waits:
            wait.cancel()
