"""Changed content is taken over while running."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from bot.clock import Clock
from bot.content_folder import ContentFolder
from bot.core.content.report import Level
from bot.crash import kind_and_place
from bot.store import contents
from bot.store.database import Database
from bot.store.errors import DatabaseUnavailable
from bot.worker import Worker

LOOKED_AT_EVERY: Final = 5.0
"""Real seconds between two looks at the content folder."""
_log = structlog.get_logger(__name__)


async def watch(content: ContentFolder, database: Database, clock: Clock, worker: Worker) -> None:
    while True:
        await asyncio.sleep(LOOKED_AT_EVERY)
        await take_over_changes(content, database, clock, worker)


async def take_over_changes(content: ContentFolder, database: Database, clock: Clock, worker: Worker) -> None:
    """A changed folder is taken over whole, or not at all with one log line; the last good version stays."""
    before = content.library.version
    try:
        findings = await asyncio.to_thread(content.refresh)
    except OSError as problem:
        # A folder that can't be read for a moment (a volume that is away) must not end the watching.
        _log.error("content_not_read", **kind_and_place(problem))
        return
    wrong = [finding for finding in findings if finding.level is Level.ERROR]
    if wrong:
        first = wrong[0]
        _log.error("content_not_taken", file=first.file, line=first.line, reason=first.problem, count=len(wrong))
    version, now = content.library.version, clock.now()
    if version == before:
        return
    try:
        await database.write(lambda conn: contents.keep(conn, version, content.files, now))
    except DatabaseUnavailable:
        _log.warning("content_version_not_kept", version=version[:12])
    _log.info("content_taken", version=version[:12])
    worker.wake((), now)
