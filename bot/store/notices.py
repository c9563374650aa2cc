"""What a commit means for other processes on the same PostgreSQL, told by NOTIFY: who has something to send, who is due
next, which web chats have something new. Nothing depends on a notice: whoever misses one looks by itself, later.

It is sent after the commit and not in it, since committing transactions that notify wait for each other in one queue.
What comes while one is on its way goes with the next.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any, Final

import structlog
from sqlalchemy.engine import URL

from bot.crash import kind_and_place
from bot.store.database import Database
from bot.store.errors import DatabaseUnavailable

_CHANNEL: Final = "nabij"
_AT_ONCE: Final = 50
"""Names in one notice: PostgreSQL takes 8,000 bytes."""
_QUIET: Final = 30.0
"""Real seconds of silence after which the connection is asked whether it is still there."""
_ANSWER_WITHIN: Final = 5.0
_FIRST_WAIT: Final = 0.5
_LONGEST_WAIT: Final = 15.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    accounts: frozenset[str] = frozenset()
    """Have something to send now."""
    next_at: datetime | None = None
    """Somebody is due then."""
    chats: frozenset[str] = frozenset()
    """Marks of web chats with something new (`bot.channels.webchat.mark_of`): no name, no key to the chat."""
    left: frozenset[str] = frozenset()
    """Marks of web chats that their visitor left."""
    workers: bool = False
    """Accounts became free, or a worker came or went."""

    def __or__(self, other: Notice) -> Notice:
        moments = [moment for moment in (self.next_at, other.next_at) if moment is not None]
        return Notice(
            accounts=self.accounts | other.accounts,
            next_at=min(moments, default=None),
            chats=self.chats | other.chats,
            left=self.left | other.left,
            workers=self.workers or other.workers,
        )

    def written(self, sender: str) -> Iterator[str]:
        """As payloads that PostgreSQL takes; none when it says nothing."""
        parts = [_in_parts(sorted(names)) for names in (self.accounts, self.chats, self.left)]
        first: dict[str, Any] = {"next": self.next_at.isoformat()} if self.next_at is not None else {}
        first |= {"workers": True} if self.workers else {}
        for accounts, chats, left in zip_longest(*parts, fillvalue=()):
            named = {"accounts": accounts, "chats": chats, "left": left}
            yield json.dumps({"from": sender, **first, **{name: some for name, some in named.items() if some}})
            first = {}
        if first:
            yield json.dumps({"from": sender, **first})


def read(payload: str) -> tuple[str, Notice] | None:
    """Who sent it, and what it says; None for what is no notice of this version."""
    try:
        said = json.loads(payload)
        notice = Notice(
            accounts=frozenset(said.get("accounts", ())),
            next_at=datetime.fromisoformat(said["next"]) if "next" in said else None,
            chats=frozenset(said.get("chats", ())),
            left=frozenset(said.get("left", ())),
            workers=bool(said.get("workers", False)),
        )
        return str(said["from"]), notice
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


class Notices:
    """Sends through the database's pool, and listens on one connection of its own."""

    def __init__(
        self, database: Database, url: URL, heard: Callable[[Notice], None], listening: Callable[[bool], None]
    ) -> None:
        """`heard` is told what other processes say. `listening` is told True when everything from now on is heard
        (what was said before may have been missed), and False when nothing is any more."""
        self._database = database
        self._url = url
        self._heard = heard
        self._tell_listening = listening
        self._sender = secrets.token_hex(4)
        self._waiting = Notice()
        self._telling: asyncio.Task[None] | None = None
        self._running: asyncio.Task[None] | None = None
        self.is_listening = False

    def start(self) -> None:
        self._running = asyncio.create_task(self._listen_for_ever())

    async def close(self) -> None:
        """Tells what is waiting, and listens no longer."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        if self._telling is not None:
            await self._telling

    def tell(self, notice: Notice) -> None:
        """After a commit, without waiting."""
        self._waiting |= notice
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        while payloads := list(self._waiting.written(self._sender)):
            self._waiting = Notice()
            try:
                await self._database.notify(_CHANNEL, payloads)
            except DatabaseUnavailable as problem:
                _log.warning("notice_not_sent", **kind_and_place(problem))

    async def _listen_for_ever(self) -> None:
        wait, loop = _FIRST_WAIT, asyncio.get_running_loop()
        while True:
            began = loop.time()
            try:
                await self._listen()
            except Exception as problem:  # noqa: BLE001 -- whatever the driver raises: notices are a help, no more
                _log.warning("not_listening", seconds=wait, **kind_and_place(problem))
            finally:
                self._now_listening(False)
            if loop.time() - began > _LONGEST_WAIT:
                wait = _FIRST_WAIT
            await asyncio.sleep(wait)
            wait = min(_LONGEST_WAIT, wait * 2)

    async def _listen(self) -> None:
        """Until the connection is lost, which it raises."""
        # Imported here: SQLite does without it.
        import psycopg

        positional, named = self._url.get_dialect()().create_connect_args(self._url)
        connection = await psycopg.AsyncConnection.connect(
            *positional, **named, autocommit=True, connect_timeout=int(_ANSWER_WITHIN)
        )
        async with connection:
            await connection.execute(f"LISTEN {_CHANNEL}")
            self._now_listening(True)
            while True:
                async for notification in connection.notifies(timeout=_QUIET):
                    self._hear(notification.payload)
                # A connection that a firewall forgot says nothing for ever.
                async with asyncio.timeout(_ANSWER_WITHIN):
                    await connection.execute("SELECT 1")

    def _hear(self, payload: str) -> None:
        said = read(payload)
        if said is not None and said[0] != self._sender:
            self._heard(said[1])

    def _now_listening(self, is_listening: bool) -> None:  # noqa: FBT001 -- a fact
        if is_listening is not self.is_listening:
            self.is_listening = is_listening
            self._tell_listening(is_listening)


def _in_parts(names: Sequence[str]) -> list[Sequence[str]]:
    return [names[start : start + _AT_ONCE] for start in range(0, len(names), _AT_ONCE)]
