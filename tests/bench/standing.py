"""What the bot costs when nobody writes: starting, standing still, memory."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.bench import people
from tests.bench.bot_api import Platform, platform
from tests.bench.people import Crowd
from tests.bench.report import Figure, Say, Size, Target, median
from tests.bench.served import Served, served

_LATENCY: Final = 0.020
_STARTS: Final = 5
_LIBRARIES: Final = (
    "aiohttp, aiosqlite, alembic.command, apscheduler.schedulers.asyncio, cryptography.fernet, fastapi, jinja2, "
    "markdown_it, pydantic_settings, rich.console, ruamel.yaml, sqlalchemy.ext.asyncio, structlog, telegram, "
    "typer, uvicorn"
)
_POLLING: Final = {f"PRACTICES__{people.PRACTICE.upper()}__TELEGRAM__MODE": "polling"}
_JOBS: Final = """
import psutil
from datetime import datetime, timedelta, UTC
from apscheduler.schedulers.background import BackgroundScheduler
scheduler = BackgroundScheduler(timezone="UTC")
scheduler.start(paused=True)
def lesson(subscriber): pass
before = psutil.Process().memory_info().rss
for n in range({count}):
    scheduler.add_job(lesson, "cron", hour=8, args=[n])
print(psutil.Process().memory_info().rss - before)
"""


def start(size: Size, say: Say) -> Sequence[Figure]:
    count = size.of(100_000)
    with TemporaryDirectory() as folder, platform(_LATENCY) as telegram:
        say(f"settling {count:,} people")
        people.settle(people.sqlite_in(Path(folder)), _crowd(count))
        waits: list[float] = []
        for run in range(_STARTS):
            say(f"start {run + 1} of {_STARTS}")
            with served(Path(folder), telegram.url) as bot:
                waits.append(bot.ready_after)
    imports = median([_importing() for _ in range(_STARTS)])
    return [
        Figure(
            what=f"to ready with {count:,} people; ref: importing the libraries alone",
            value=median(waits),
            unit="s",
            reference=imports,
            target=Target(2.5),
            note=", ".join(f"{wait:.2f}" for wait in waits) + " s",
        )
    ]


def idle(size: Size, say: Say) -> Sequence[Figure]:
    count = size.of(100_000)
    with TemporaryDirectory() as folder, platform(_LATENCY) as telegram:
        say(f"settling {count:,} people")
        people.settle(people.sqlite_in(Path(folder)), _crowd(count))
        with served(Path(folder), telegram.url, _POLLING) as bot:
            say("letting it come to rest")
            time.sleep(size.of(10, 3))
            seconds = size.of(60, 10)
            say(f"standing still for {seconds} s")
            share, wakeups = _rest(bot, seconds)
            megabytes = bot.megabytes()
    return [
        Figure(
            what="CPU with nothing due",
            value=share * 100,
            unit="% of a core",
            target=Target(0.5),
            note=f"it woke {wakeups:.1f} times a second",
        ),
        Figure(what=f"memory with {count:,} people", value=megabytes, unit="MB", target=Target(150)),
    ]


def memory(size: Size, say: Say) -> Sequence[Figure]:
    count, queued, jobs = size.of(1_000_000), size.of(100_000), size.of(20_000, 5_000)
    say(f"{jobs:,} jobs in APScheduler's memory")
    reference = _apscheduler_bytes(jobs) * count / 1e6
    with TemporaryDirectory() as folder, platform(_LATENCY) as telegram:
        say(f"settling {count:,} people")
        people.settle(people.sqlite_in(Path(folder)), _crowd(count))
        with served(Path(folder), telegram.url) as bot:
            at_start = bot.megabytes()
            say("letting it come to rest")
            time.sleep(size.of(30, 3))
            at_rest = bot.megabytes()
        say(f"queueing {queued:,} lessons")
        people.queue(people.sqlite_in(Path(folder)), queued)
        with served(Path(folder), telegram.url) as bot:
            most = _most_while_sending(bot, telegram, queued, say)
    of_jobs = f"{count:,} people; ref: as many APScheduler jobs"
    return [
        Figure(what="ready, " + of_jobs, value=at_start, unit="MB", reference=reference, target=Target(150)),
        Figure(what="at rest, " + of_jobs, value=at_rest, unit="MB", reference=reference, target=Target(150)),
        Figure(what=f"most while sending {queued:,}", value=most, unit="MB", reference=reference, target=Target(200)),
    ]


def _rest(bot: Served, seconds: float) -> tuple[float, float]:
    """The share of a core that it uses, and how often a second it wakes up."""
    cpu, wakeups, began = bot.cpu_seconds(), bot.wakeups(), time.monotonic()
    time.sleep(seconds)
    took = time.monotonic() - began
    return (bot.cpu_seconds() - cpu) / took, (bot.wakeups() - wakeups) / took


def _most_while_sending(bot: Served, telegram: Platform, queued: int, say: Say) -> float:
    most = 0.0
    while (sent := telegram.count()) < queued:
        most = max(most, bot.megabytes())
        say(f"{sent:,} of {queued:,} sent, {most:.0f} MB at most")
        time.sleep(0.25)
    return max(most, bot.megabytes())


def _importing() -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", f"import {_LIBRARIES}"], check=True)
    return time.monotonic() - began


def _apscheduler_bytes(jobs: int) -> float:
    """Resident bytes of one job, from `jobs` of them in a process of their own."""
    grown = subprocess.run(
        [sys.executable, "-c", _JOBS.format(count=jobs)], check=True, capture_output=True, text=True
    ).stdout
    return int(grown) / jobs


def _crowd(count: int) -> Crowd:
    return Crowd(count, people.tomorrow_at_eight(datetime.now(UTC)))
