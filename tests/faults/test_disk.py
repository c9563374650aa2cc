"""The disk is full, then read-only: nothing is acknowledged that is not safe, whoever may be in danger is answered all
the same, and when the disk is mended everything goes on by itself."""

import os
import resource
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest

from tests.bench.people import PRACTICE
from tests.faults.hooks import obey_file_modes
from tests.faults.nursery import Nursery, Run
from tests.faults.posting import Poster, poster, webhooks_at
from tests.faults.reporting import Figures, Report
from tests.faults.serving import WORDS, Serving, platform

DANGER: Final = "ik wil niet meer leven"
FIRST_IN_DANGER: Final = 1_000_000
POSTS_AT_MOST: Final = 300
"""What still fits into the space that SQLite has already is taken, and rightly acknowledged."""
_BIG: Final = "24m"
_QUOTA: Final = 65_536
"""Bytes; more than the log's size here, less than the database's."""


@pytest.mark.faults
@pytest.mark.timeout(900)
async def test_a_full_disk_acknowledges_nothing_and_recovers_unaided(
    tmp_path: Path, fault_times: Callable[[int], int], nursery: Nursery, report: Report
) -> None:
    times = fault_times(20)
    chats, in_danger = count(1), count(FIRST_IN_DANGER)
    with tmpfs(tmp_path / "data") as drive:
        async with trying(tmp_path, nursery) as (serving, run, telegram):
            for _ in range(times):
                assert await _is_taken(telegram, next(chats))
                drive.fill()
                refused = await _refused(telegram, chats)
                await _help_comes(telegram, next(in_danger))
                drive.free()
                await _answered_after_all(telegram, refused)
            await serving.drains()
            await serving.stops_by_itself(run)
        judged = serving.judged(but_for=range(FIRST_IN_DANGER, FIRST_IN_DANGER + times))
    judged.must_hold()
    report(Figures(fault="disk full (tmpfs)", times=times, judged=judged, seen=f"{times} crisis texts sent directly"))


@pytest.mark.faults
@pytest.mark.timeout(900)
async def test_a_database_that_became_read_only_acknowledges_nothing_and_recovers_unaided(
    tmp_path: Path, fault_times: Callable[[int], int], nursery: Nursery, report: Report
) -> None:
    """First no file may grow any more (RLIMIT_FSIZE), which costs the bot its connection; then it finds the files
    read-only. A bot that is root gives up its right to write them all the same."""
    times = fault_times(20)
    chats, in_danger = count(1), count(FIRST_IN_DANGER)
    no_limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with trying(tmp_path, nursery) as (serving, run, telegram):
        for _ in range(times):
            assert await _is_taken(telegram, next(chats))
            resource.prlimit(run.pid, resource.RLIMIT_FSIZE, (_QUOTA, no_limit[1]))
            refused = await _refused(telegram, chats)
            await _help_comes(telegram, next(in_danger))
            with _read_only(serving.data):
                resource.prlimit(run.pid, resource.RLIMIT_FSIZE, no_limit)
                refused += await _refused(telegram, chats)
                await _help_comes(telegram, next(in_danger))
            await _answered_after_all(telegram, refused)
        await serving.drains()
        await serving.stops_by_itself(run)
    judged = serving.judged(but_for=range(FIRST_IN_DANGER, FIRST_IN_DANGER + 2 * times))
    judged.must_hold()
    seen = f"{2 * times} crisis texts sent directly"
    report(Figures(fault="file quota, then read-only", times=times, judged=judged, seen=seen))


class Tmpfs:
    """A file system of its own that a ballast fills to the last byte."""

    def __init__(self, folder: Path) -> None:
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        with self._ballast.open("wb", buffering=0) as ballast:
            for size in (1 << 16, 4096, 1):
                try:
                    while ballast.write(b"\0" * size):
                        pass
                except OSError:
                    continue

    def free(self) -> None:
        self._ballast.unlink()


@contextmanager
def tmpfs(folder: Path) -> Iterator[Tmpfs]:
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_BIG}", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"no tmpfs may be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield Tmpfs(folder)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@asynccontextmanager
async def trying(folder: Path, nursery: Nursery) -> AsyncIterator[tuple[Serving, Run, Poster]]:
    """A bot on webhooks and on the real clock: the other one writes to the disk as well."""
    settings = webhooks_at([PRACTICE]) | {"CLOCK_START": "", "CLOCK_SPEED": ""}
    before = obey_file_modes if os.geteuid() == 0 else None
    async with platform(folder, practices=[PRACTICE]) as stub:
        serving = Serving(folder, stub, nursery, settings, practices=[PRACTICE], before=before)
        async with serving.process() as run, poster(stub, await serving.address(run)) as telegram:
            yield serving, run, telegram


Update = dict[str, Any]


async def _posted(telegram: Poster, chat: int, text: str = WORDS[PRACTICE]) -> tuple[int, Update]:
    telegram.stub.user(chat).says(text)
    [update] = telegram.taken(PRACTICE)
    return await telegram.post(PRACTICE, update), update


async def _is_taken(telegram: Poster, chat: int) -> bool:
    status, _ = await _posted(telegram, chat)
    return status == 200


async def _refused(telegram: Poster, chats: "count[int]") -> list[Update]:
    """Posts until three have been refused."""
    refused: list[Update] = []
    for _ in range(POSTS_AT_MOST):
        status, update = await _posted(telegram, next(chats))
        assert status in {200, 503}, status
        if status == 503:
            refused.append(update)
        if len(refused) == 3:
            return refused
    raise AssertionError(f"only {len(refused)} of {POSTS_AT_MOST} were refused")


async def _answered_after_all(telegram: Poster, refused: list[Update]) -> None:
    """They are posted again, as the platform does, once the disk is well."""
    for update in refused:
        assert await telegram.post(PRACTICE, update) == 200
        person = telegram.stub.user(update["message"]["chat"]["id"])
        assert await telegram.stub.bell.until(lambda: len(person.received) == 2, 30)  # noqa: B023 -- used within the loop


async def _help_comes(telegram: Poster, chat: int) -> None:
    status, _ = await _posted(telegram, chat, DANGER)
    assert status == 503
    [crisis] = await telegram.stub.user(chat).hears(1, 10)
    assert "113" in crisis.text


@contextmanager
def _read_only(folder: Path) -> Iterator[None]:
    files = [file for file in folder.iterdir() if file.name.startswith("nabij.sqlite3")]
    for file in files:
        file.chmod(0o444)
    folder.chmod(0o555)
    try:
        yield
    finally:
        folder.chmod(0o755)
        for file in files:
            file.chmod(0o644)
