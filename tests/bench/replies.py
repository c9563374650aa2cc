"""How long a person waits for the reply to a keyword, alone and behind a long queue of lessons."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.bench import people, talking
from tests.bench.bot_api import Platform, platform
from tests.bench.people import Crowd
from tests.bench.report import Compared, Figure, Say, Size, Target, median, percentile
from tests.bench.served import Served, served

LATENCY: Final = 0.020
RUNS: Final = 3
_CALLS: Final = 200
_WARM_UP: Final = 100
_QUEUED: Final = 100_000
_RATE: Final = f"PRACTICES__{people.PRACTICE.upper()}__TELEGRAM__RATE"


def reply(size: Size, say: Say) -> Sequence[Figure]:
    with TemporaryDirectory() as folder, platform(LATENCY) as telegram:
        people.settle(people.sqlite_in(Path(folder)), _crowd(1_000))
        bare = asyncio.run(talking.bare_calls(telegram.url, _CALLS))
        with served(Path(folder), telegram.url) as bot:
            cpu = bot.cpu_seconds()
            waits, wire = _talked(bot, telegram, 50, size.of(500, 50), say)
            cpu = (bot.cpu_seconds() - cpu) / (_WARM_UP + RUNS * size.of(500, 50))
    note = (
        f"already on the wire after p50 {_ms(wire, 50):.1f}, p99 {_ms(wire, 99):.1f} ms; "
        f"{cpu * 1e3:.1f} ms of CPU a keyword (two messages); the stub alone p99 {_of(bare, 99):.1f} ms"
    )
    return [
        _figure("p50 at 50 keywords/s", waits, 50, _of(bare, 50), Target(25, compared=Compared.EXCESS), note),
        _figure("p99 at 50 keywords/s", waits, 99, _of(bare, 50), Target(80, compared=Compared.EXCESS)),
    ]


def reply_under_load(size: Size, say: Say) -> Sequence[Figure]:
    """Lessons stand behind each other the whole time: the queue outlasts the talking."""
    slow_alone, slow_behind, _ = _with_and_without(size, say, rate=25, per_second=5, count=size.of(150, 10))
    fast_alone, fast_behind, bare = _with_and_without(size, say, rate=1_000, per_second=50, count=size.of(1_000, 50))
    twice = Target(2, compared=Compared.RATIO)
    return [
        _figure("p50 of 5/s at 25/s; ref: no queue", slow_behind, 50, _ms(slow_alone, 50)),
        _figure("p99 of 5/s at 25/s; ref: no queue", slow_behind, 99, _ms(slow_alone, 99), twice),
        _figure("p50 of 50/s at 1,000/s; ref: no queue", fast_behind, 50, _ms(fast_alone, 50)),
        _figure("p99 of 50/s at 1,000/s; ref: no queue", fast_behind, 99, _ms(fast_alone, 99)),
        _figure("p99 of 50/s at 1,000/s; ref: the stub", fast_behind, 99, bare, Target(100, compared=Compared.EXCESS)),
    ]


def _with_and_without(
    size: Size, say: Say, *, rate: int, per_second: float, count: int
) -> tuple[list[list[float]], list[list[float]], float]:
    """Waits with nothing else to send, the same behind the queue, and milliseconds of the stub alone."""
    found: list[list[list[float]]] = []
    bare = 0.0
    for queued in (0, size.of(_QUEUED, 5_000)):
        with TemporaryDirectory() as folder, platform(LATENCY) as telegram:
            say(f"{queued:,} lessons queued, {rate}/s")
            people.settle(people.sqlite_in(Path(folder)), _crowd(max(queued, 1_000)), queued)
            bare = _of(asyncio.run(talking.bare_calls(telegram.url, _CALLS)), 50)
            with served(Path(folder), telegram.url, {_RATE: str(rate)}) as bot:
                waits, _ = _talked(bot, telegram, per_second, count, say, runs=1)
                if queued and telegram.count() >= queued + len(waits) * count:
                    raise RuntimeError("the queue was empty before the talking was over")
        found.append(waits)
    return found[0], found[1], bare


def _talked(
    bot: Served, telegram: Platform, per_second: float, count: int, say: Say, *, runs: int = RUNS
) -> tuple[list[list[float]], list[list[float]]]:
    """For each run, seconds until each reply was answered by the platform, and until it was on the wire."""
    strangers = itertools.count(talking.STRANGERS)
    say(f"warming up: {_WARM_UP} keywords")
    asyncio.run(talking.talk(bot, telegram, itertools.islice(strangers, _WARM_UP), 50))
    answered: list[list[float]] = []
    on_the_wire: list[list[float]] = []
    for run in range(runs):
        say(f"run {run + 1} of {runs}: {count} keywords, {per_second:g}/s")
        replies = asyncio.run(talking.talk(bot, telegram, itertools.islice(strangers, count), per_second))
        answered.append(replies.answered)
        on_the_wire.append(replies.on_the_wire)
    return answered, on_the_wire


def _figure(
    what: str, runs: list[list[float]], percent: float, reference: float, target: Target | None = None, note: str = ""
) -> Figure:
    return Figure(what=what, value=_ms(runs, percent), unit="ms", reference=reference, target=target, note=note)


def _ms(runs: list[list[float]], percent: float) -> float:
    """The median over the runs."""
    return median([_of(run, percent) for run in runs])


def _of(seconds: list[float], percent: float) -> float:
    return percentile(seconds, percent) * 1e3


def _crowd(count: int) -> Crowd:
    return Crowd(count, people.tomorrow_at_eight(datetime.now(UTC)))
