"""The stepping clock, told with a hand-turned real time."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from bot.clock import FASTEST, LONGEST_MARK, RealClock, SteppingClock

START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


class RealTime:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds

    def passes(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def real() -> RealTime:
    return RealTime()


def clock_at(real: RealTime, *, speed: float = 3600.0, file: Path | None = None) -> SteppingClock:
    return SteppingClock(START, speed, file, real_seconds=real)


def running(real: RealTime, *, speed: float = 3600.0, file: Path | None = None) -> SteppingClock:
    clock = clock_at(real, speed=speed, file=file)
    clock.limit(None)
    return clock


def test_it_stands_still_until_somebody_has_looked_what_is_due(real: RealTime) -> None:
    clock = clock_at(real)
    real.passes(10)
    assert clock.now() == START
    clock.limit(None)
    assert clock.now() == START
    real.passes(1)
    assert clock.now() == START + HOUR


def test_it_never_passes_a_due_moment(real: RealTime) -> None:
    clock = clock_at(real)
    clock.limit(START + HOUR)
    real.passes(10)
    assert clock.now() == START + HOUR


def test_time_lost_at_a_due_moment_is_not_caught_up(real: RealTime) -> None:
    clock = clock_at(real)
    clock.limit(START + HOUR)
    real.passes(10)
    clock.limit(None)
    assert clock.now() == START + HOUR
    real.passes(1)
    assert clock.now() == START + 2 * HOUR


def test_it_is_held_while_something_is_handled_and_does_not_jump_afterwards(real: RealTime) -> None:
    clock = running(real)
    real.passes(1)
    with clock.hold():
        real.passes(5)
        with clock.hold():
            real.passes(5)
        assert clock.now() == START + HOUR
    assert clock.now() == START + HOUR


def test_a_commit_that_makes_something_due_earlier_is_not_run_past(real: RealTime) -> None:
    clock = clock_at(real)
    clock.limit(START + 5 * HOUR)
    clock.lower(START + 2 * HOUR)
    clock.lower(START + 3 * HOUR)
    real.passes(10)
    assert clock.now() == START + 2 * HOUR


def test_something_due_in_the_past_stops_the_clock_and_turns_nothing_back(real: RealTime) -> None:
    clock = running(real)
    real.passes(2)
    assert clock.now() == START + 2 * HOUR
    clock.lower(START)
    real.passes(2)
    assert clock.now() == START + 2 * HOUR


def test_a_new_speed_holds_from_now_on(real: RealTime) -> None:
    clock = running(real)
    real.passes(1)
    clock.set_speed(60)
    real.passes(1)
    assert clock.now() == START + HOUR + timedelta(minutes=1)
    assert clock.speed == 60


@pytest.mark.parametrize("speed", [0.0, -1.0, FASTEST * 1.01, float("nan")])
def test_a_speed_out_of_reason_is_refused(real: RealTime, speed: float) -> None:
    with pytest.raises(ValueError, match="speed"):
        clock_at(real, speed=speed)
    with pytest.raises(ValueError, match="speed"):
        running(real).set_speed(speed)


def test_a_start_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        SteppingClock(START.replace(tzinfo=None), 1)


def test_a_start_in_another_zone_is_shown_in_utc(real: RealTime) -> None:
    amsterdam = START.astimezone(timezone(HOUR))
    shown = SteppingClock(amsterdam, 1, real_seconds=real).now()
    assert shown == START
    assert shown.tzinfo is UTC


def test_a_restarted_clock_has_not_been_anywhere_twice(real: RealTime, tmp_path: Path) -> None:
    file = tmp_path / "clock"
    clock = running(real, file=file)
    real.passes(30)
    last = clock.now()
    again = clock_at(real, file=file)
    assert last <= again.now() <= last + LONGEST_MARK


def test_a_restarted_clock_has_not_skipped_the_due_moment_that_was_known(real: RealTime, tmp_path: Path) -> None:
    file = tmp_path / "clock"
    clock = running(real, file=file)
    real.passes(1)
    clock.now()
    due = START + HOUR + timedelta(minutes=1)
    clock.lower(due)
    assert clock_at(real, file=file).now() <= due


def test_the_mark_is_not_written_more_often_than_needed(
    real: RealTime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = running(real, speed=1, file=tmp_path / "clock")
    written: list[datetime] = []
    keep = clock._write_mark

    def count(mark: datetime) -> None:
        written.append(mark)
        keep(mark)

    monkeypatch.setattr(clock, "_write_mark", count)
    for _ in range(1000):
        real.passes(0.01)
        clock.now()
    assert 9 <= len(written) <= 11


def test_a_mark_that_nobody_can_read_is_named(real: RealTime, tmp_path: Path) -> None:
    file = tmp_path / "clock"
    file.write_text("gisteren")
    with pytest.raises(ValueError, match=r"clock.*remove it"):
        clock_at(real, file=file)


def test_a_later_start_outranks_an_old_mark(real: RealTime, tmp_path: Path) -> None:
    file = tmp_path / "clock"
    file.write_text((START - HOUR).isoformat())
    assert clock_at(real, file=file).now() == START


async def test_an_advance_stops_at_every_due_moment_on_the_way(real: RealTime) -> None:
    clock = clock_at(real, speed=0.001)
    dues = [START + HOUR * n for n in (1, 5, 23)]
    seen: list[datetime] = []

    async def worker() -> None:
        for due in dues:
            clock.limit(due)
            await clock.wait_until(due, asyncio.Event(), 10)
            seen.append(clock.now())
        clock.limit(None)

    working = asyncio.create_task(worker())
    arrived = await clock.advance(timedelta(days=1))
    await working
    assert seen == dues
    assert arrived == START + timedelta(days=1)
    real.passes(1)
    assert clock.now() < arrived + timedelta(seconds=1)


async def test_an_advance_waits_for_what_is_being_handled(real: RealTime) -> None:
    clock = running(real, speed=0.001)
    with clock.hold():
        journey = asyncio.create_task(clock.advance(HOUR))
        await asyncio.sleep(0)
        assert clock.now() == START
    assert await journey == START + HOUR


async def test_pressing_the_button_twice_goes_twice_as_far(real: RealTime) -> None:
    clock = clock_at(real, speed=0.001)
    journeys = [asyncio.create_task(clock.advance(HOUR)) for _ in range(2)]
    await asyncio.sleep(0)
    clock.limit(None)
    assert await journeys[1] == START + 2 * HOUR
    await journeys[0]


async def test_nobody_travels_back(real: RealTime) -> None:
    with pytest.raises(ValueError, match="back"):
        await running(real).advance(-HOUR)


async def test_waiting_ends_when_the_moment_has_come() -> None:
    clock = SteppingClock(START, FASTEST)
    clock.limit(None)
    await clock.wait_until(START + timedelta(seconds=100), asyncio.Event(), 10)
    assert clock.now() >= START + timedelta(seconds=100)


async def test_waiting_ends_when_woken(real: RealTime) -> None:
    clock = clock_at(real)
    wake = asyncio.Event()
    waiting = asyncio.create_task(clock.wait_until(START + HOUR, wake, 10_000))
    await asyncio.sleep(0)
    assert not waiting.done()
    wake.set()
    await waiting


async def test_a_waiter_hears_that_the_limit_was_lifted_even_among_many() -> None:
    clock = SteppingClock(START, FASTEST)
    waits = [asyncio.create_task(clock.wait_until(START + HOUR, asyncio.Event(), 10)) for _ in range(20)]
    await asyncio.sleep(0)
    clock.limit(START + HOUR)
    await asyncio.gather(*waits)
    assert clock.now() == START + HOUR


async def test_real_time_wakes_at_once_when_the_moment_is_past() -> None:
    clock = RealClock()
    assert not clock.is_demo
    with clock.hold():
        clock.limit(None)
        clock.lower(clock.now())
        await clock.wait_until(clock.now() - HOUR, asyncio.Event(), 10)


async def test_real_time_waits_no_longer_than_it_was_told() -> None:
    clock = RealClock()
    await clock.wait_until(clock.now() + HOUR, asyncio.Event(), 0.001)
    await clock.wait_until(None, asyncio.Event(), 0.001)
    assert clock.now().tzinfo is UTC
